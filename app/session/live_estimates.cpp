// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/live_estimates.h"

#include <utility>

namespace evolute::app {

LiveEstimates::LiveEstimates(RunSession &session, QObject *parent) : QObject(parent), m_session(session) {
  connect(&m_session, &RunSession::checkpointsAdded, this, &LiveEstimates::arrived);
  connect(&m_session, &RunSession::checkpointsReplaced, this, &LiveEstimates::arrived);
  connect(&m_session, &RunSession::closed, this, &LiveEstimates::stop);
}

void LiveEstimates::start(const core::LlcRequest &request) {
  const bool wasOn = isOn();
  m_request = request;
  if (!wasOn)
    Q_EMIT onChanged(true);
}

void LiveEstimates::stop() {
  m_waiting.clear();
  if (std::exchange(m_request, std::nullopt))
    Q_EMIT onChanged(false);
}

void LiveEstimates::arrived(const std::vector<std::int64_t> &steps) {
  if (!isOn())
    return;
  m_waiting.insert(steps.begin(), steps.end());
  estimateWaiting();
}

void LiveEstimates::estimateWaiting() {
  if (!isOn() || m_waiting.empty() || (m_job && !m_job->hasEnded()))
    return;
  core::LlcRequest request = *m_request;
  request.steps.assign(m_waiting.begin(), m_waiting.end());
  m_waiting.clear();
  m_job = m_session.computeLlc(request);
  if (!m_job)
    return;
  connect(m_job, &Job::ended, this, [this, job = m_job] {
    if (!job || job->state() != JobState::Finished)
      stop();
    else
      estimateWaiting();
  });
}

} // namespace evolute::app
