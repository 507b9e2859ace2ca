// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include <QFile>
#include <QObject>
#include <QTest>
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
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // The instrumented program is slower, by how much varies.
  static constexpr std::chrono::milliseconds kLimit{500};
#else
  static constexpr std::chrono::milliseconds kLimit{50};
#endif

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

/// Fails the test in which it is called where `scenario` holds the event loop up each of three times;
/// `prepare` comes before each, uncounted. What the code under test does, it does each time; what the machine
/// did once (a page read from a slow disk, a processor lent elsewhere below the kernel's clocks) is gone with
/// the next try.
template <typename Prepare, typename Scenario>
void verifyNothingIsHeldUp(Prepare &&prepare, Scenario &&scenario) {
  std::chrono::milliseconds least = std::chrono::milliseconds::max();
  for (int attempt = 0; attempt < 3 && least > GuiWatchdog::kLimit; ++attempt) {
    prepare();
    GuiWatchdog watchdog;
    scenario();
    if (QTest::currentTestFailed())
      return; // said already
    least = std::min(least, watchdog.longestGap());
  }
  QVERIFY2(least <= GuiWatchdog::kLimit, qPrintable(QStringLiteral("held up for %1 ms").arg(least.count())));
}

template <typename Scenario>
void verifyNothingIsHeldUp(Scenario &&scenario) {
  verifyNothingIsHeldUp([] {}, std::forward<Scenario>(scenario));
}

} // namespace evolute::test
