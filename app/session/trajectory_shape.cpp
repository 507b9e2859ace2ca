// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/trajectory_shape.h"

#include <utility>

#include <QPointer>

#include "core/error.h"

namespace evolute::app {

TrajectoryShape::TrajectoryShape(RunSession &session, ViewState &view, QObject *parent)
    : QObject(parent), m_session(session), m_view(view),
      m_newest(std::make_shared<std::atomic<std::uint64_t>>(0)) {
  m_pool.setMaxThreadCount(1);
  connect(&session, &RunSession::opened, this, &TrajectoryShape::request);
  connect(&session, &RunSession::closed, this, &TrajectoryShape::request);
  connect(&session, &RunSession::trajectoryChanged, this, &TrajectoryShape::request);
  connect(&view, &ViewState::edViewChanged, this, [this](const EdView &wanted) {
    if (wanted.geometry(m_session.trajectory().steps.size()) != m_settings)
      request();
  });
}

TrajectoryShape::~TrajectoryShape() {
  ++*m_newest;
  m_pool.clear();
  m_pool.waitForDone();
}

void TrajectoryShape::request() {
  const std::uint64_t number = ++*m_newest;
  m_pool.clear(); // what has not begun is out of date
  const core::Trajectory &trajectory = m_session.trajectory();
  m_settings = m_view.edView().geometry(trajectory.steps.size());
  m_settled = trajectory.steps.empty();
  if (m_settled) {
    m_geometry.reset();
    Q_EMIT changed();
    return;
  }
  m_pool.start([number, newest = m_newest, settings = m_settings, trajectory, inbox = m_inbox.sender(),
                shape = QPointer<TrajectoryShape>(this)]() mutable {
    const auto outdated = [&] { return *newest != number; };
    const auto post = [&](core::TrajectoryGeometry geometry, bool last) {
      inbox.post([shape, number, last,
                  result = std::make_shared<const core::TrajectoryGeometry>(std::move(geometry))] {
        if (shape)
          shape->take(number, result, last);
      });
    };
    if (outdated())
      return;
    try {
      core::TrajectoryGeometry geometry = core::computeGeometry(trajectory, settings);
      const bool ranks = !geometry.planes.empty();
      post(std::move(geometry), !ranks);
      settings.walks = kWalks;
      if (!ranks || outdated())
        return;
      geometry = core::computeGeometry(trajectory, settings, [&](const core::Progress &) {
        return outdated() ? core::Flow::Stop : core::Flow::Continue;
      });
      if (!outdated())
        post(std::move(geometry), true);
    } catch (const core::Error &) {
      // Settings come from EdView, which has none that core refuses; a path that cannot be told stays
      // undrawn.
      post({}, true);
    }
  });
}

void TrajectoryShape::take(std::uint64_t number, std::shared_ptr<const core::TrajectoryGeometry> geometry,
                           bool last) {
  if (number != *m_newest)
    return;
  m_geometry = std::move(geometry);
  m_settled = last;
  Q_EMIT changed();
}

} // namespace evolute::app
