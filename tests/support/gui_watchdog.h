// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>

#include <QFile>
#include <QObject>
#include <QTimer>

namespace evolute::test {

/// Measures how long the event loop of the thread it is made in was away, at worst.
///
/// Counted is what the thread did and what it waited for (a lock, a file, a sleep). Exempt is the time in
/// which it could have run but the machine ran something else, as told by the kernel's run-queue clock: a
/// busy machine is no fault of the code under test. Where the kernel has no such clock all time counts.
/// Exempt by design, not here: the first frame of an OpenGL pane.
class GuiWatchdog : public QObject {
public:
  static constexpr std::chrono::milliseconds kLimit{50};

  explicit GuiWatchdog(QObject *parent = nullptr)
      : QObject(parent), m_queueClock(QStringLiteral("/proc/thread-self/schedstat")) {
    // Opened in this thread: "thread-self" is resolved here and the file stays this thread's.
    m_hasQueueClock = m_queueClock.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    m_timer.setTimerType(Qt::PreciseTimer);
    connect(&m_timer, &QTimer::timeout, this, [this] { look(); });
    restart();
    m_timer.start(kTick);
  }

  void restart() {
    m_last = Clock::now();
    m_lastQueued = queued();
    m_longest = {};
  }
  /// Includes the time since the loop was last seen alive.
  std::chrono::milliseconds longestGap() {
    look();
    return std::chrono::duration_cast<std::chrono::milliseconds>(m_longest);
  }
  bool isFine() { return longestGap() <= kLimit; }

private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kTick{2};

  /// Time that this thread has ever spent waiting for a processor.
  std::chrono::nanoseconds queued() {
    if (!m_hasQueueClock)
      return {};
    m_queueClock.seek(0);
    const QList<QByteArray> fields = m_queueClock.read(128).simplified().split(' ');
    return std::chrono::nanoseconds(fields.size() > 1 ? fields[1].toLongLong() : 0);
  }
  void look() {
    const auto now = Clock::now();
    const auto waited = queued();
    m_longest = std::max<Clock::duration>(m_longest, (now - m_last) - (waited - m_lastQueued) - kTick);
    m_last = now;
    m_lastQueued = waited;
  }

  QFile m_queueClock;
  bool m_hasQueueClock = false;
  QTimer m_timer;
  Clock::time_point m_last;
  std::chrono::nanoseconds m_lastQueued{};
  Clock::duration m_longest{};
};

} // namespace evolute::test
