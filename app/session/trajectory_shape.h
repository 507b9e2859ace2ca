// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <memory>

#include <QObject>
#include <QThreadPool>

#include "app/jobs/inbox.h"
#include "app/session/run_session.h"
#include "app/session/view_state.h"

namespace evolute::app {

/// The shape of the open run's trajectory, smoothed as the user wants it, with circles, vertices and forms.
/// Computed beside the GUI thread whenever the trajectory or the wish changes, the newest wish winning; first
/// without ranks (milliseconds), then ranked among random walks. For the GUI thread only.
class TrajectoryShape : public QObject {
  Q_OBJECT
public:
  static constexpr int kWalks = 99; ///< as many as `evolute-cli ed` takes

  TrajectoryShape(RunSession &session, ViewState &view, QObject *parent = nullptr);
  ~TrajectoryShape() override; ///< stops the work, waits for one walk at most

  /// Null while there is no trajectory. While a newer one is computed, the one before.
  const std::shared_ptr<const core::TrajectoryGeometry> &geometry() const { return m_geometry; }
  bool isRanked() const { return m_geometry && m_geometry->walks > 0; }
  bool isSettled() const { return m_settled; } ///< nothing newer is on its way

Q_SIGNALS:
  void changed();

private:
  void request();
  void take(std::uint64_t number, std::shared_ptr<const core::TrajectoryGeometry> geometry, bool last);

  RunSession &m_session;
  ViewState &m_view;
  std::shared_ptr<const core::TrajectoryGeometry> m_geometry;
  core::GeometrySettings m_settings; ///< last asked for
  bool m_settled = true;
  std::shared_ptr<std::atomic<std::uint64_t>> m_newest; ///< shared with the work, which ends when it is older
  Inbox m_inbox;
  QThreadPool m_pool;
};

} // namespace evolute::app
