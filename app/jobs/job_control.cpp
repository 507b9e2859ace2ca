// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_control.h"

#include <algorithm>
#include <utility>

#include <QThreadPool>

namespace evolute::app {

bool DeviceGate::isWantedAbove(JobPriority priority) const {
  return std::any_of(waiting.upper_bound(priority), waiting.end(),
                     [](const auto &entry) { return entry.second > 0; });
}

JobControl::JobControl(std::shared_ptr<DeviceGate> gate, JobPriority priority, Inbox::Sender inbox,
                       QThreadPool *pool)
    : m_gate(std::move(gate)), m_priority(priority), m_inbox(std::move(inbox)), m_pool(pool) {}

bool JobControl::begin() {
  const std::lock_guard lock(m_gate->mutex);
  m_begun = !m_cancelled;
  return m_begun;
}

core::Flow JobControl::proceed() {
  std::unique_lock lock(m_gate->mutex);
  for (;;) {
    if (m_cancelled) {
      return core::Flow::Stop; // keeps the device, if it has it, while it winds up
    }
    if (m_paused) {
      releaseDevice();
      // The next job of this pool may start meanwhile: a paused job keeps its thread, not its place.
      m_pool->releaseThread();
      m_gate->changed.wait(lock, [this] { return !m_paused || m_cancelled; });
      m_pool->reserveThread();
      continue;
    }
    if (!m_gate->exclusive)
      return core::Flow::Continue;
    const bool wantedAbove = m_gate->isWantedAbove(m_priority);
    if (m_gate->holder == this && !wantedAbove)
      return core::Flow::Continue;
    if (!m_gate->holder && !wantedAbove) {
      m_gate->holder = this;
      return core::Flow::Continue;
    }
    releaseDevice();
    ++m_gate->waiting[m_priority];
    m_gate->changed.notify_all();
    m_gate->changed.wait(lock);
    --m_gate->waiting[m_priority];
  }
}

void JobControl::report(double fraction, double secondsLeft, const QString &sentence) {
  const std::lock_guard lock(m_gate->mutex);
  m_report = {fraction, secondsLeft, sentence};
}

core::Flow JobControl::pauseBecause(const QString &sentence) {
  {
    const std::lock_guard lock(m_gate->mutex);
    m_paused = true;
    m_report.secondsLeft = std::numeric_limits<double>::quiet_NaN();
    m_report.sentence = sentence;
  }
  if (m_showPause)
    post(m_showPause);
  return proceed();
}

bool JobControl::isCancelled() const {
  const std::lock_guard lock(m_gate->mutex);
  return m_cancelled;
}

void JobControl::setPaused(bool paused) {
  const std::lock_guard lock(m_gate->mutex);
  m_paused = paused;
  m_gate->changed.notify_all();
}

bool JobControl::cancel() {
  const std::lock_guard lock(m_gate->mutex);
  m_cancelled = true;
  m_gate->changed.notify_all();
  return m_begun;
}

JobControl::Report JobControl::lastReport() const {
  const std::lock_guard lock(m_gate->mutex);
  return m_report;
}

void JobControl::leave() {
  const std::lock_guard lock(m_gate->mutex);
  releaseDevice();
}

void JobControl::releaseDevice() {
  if (m_gate->holder != this)
    return;
  m_gate->holder = nullptr;
  m_gate->changed.notify_all();
}

} // namespace evolute::app
