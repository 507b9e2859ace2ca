// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include <QObject>
#include <QPointer>

#include "app/jobs/job_queue.h"
#include "app/session/run_session.h"
#include "core/llc/llc_curve.h"

namespace evolute::app {

/// The rule "λ̂ of each new checkpoint": what arrives or is written again while the rule holds is estimated with the
/// same settings. One job at a time; what arrives meanwhile is the next one's. The rule ends with the run, and when its
/// job is cancelled or fails: whoever cancels does not want the next one to start by itself.
/// For the GUI thread only. The session must outlive it.
class LiveEstimates : public QObject {
  Q_OBJECT
public:
  explicit LiveEstimates(RunSession &session, QObject *parent = nullptr);

  bool isOn() const { return m_request.has_value(); }
  /// The steps of the request are not looked at. Turns a rule with other settings into this one.
  void start(const core::LlcRequest &request);

public Q_SLOTS:
  void stop(); ///< what is being estimated is finished

Q_SIGNALS:
  void onChanged(bool on);

private:
  void arrived(const std::vector<std::int64_t> &steps);
  void estimateWaiting();

  RunSession &m_session;
  std::optional<core::LlcRequest> m_request;
  std::set<std::int64_t> m_waiting;
  QPointer<Job> m_job;
};

} // namespace evolute::app
