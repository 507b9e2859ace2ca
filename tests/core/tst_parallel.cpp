// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/parallel.h"

using namespace evolute::core;

/// Also under the thread sanitizer: what workers wrote must be seen by the caller without further locks.
class TestParallel : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyIndexIsDoneOnceAndSeenByTheCaller_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("threads");
    QTest::newRow("nothing to do") << 0 << 4;
    QTest::newRow("one thread") << 100 << 1;
    QTest::newRow("more threads than work") << 3 << 8;
    QTest::newRow("much work") << 10'000 << 4;
  }
  void everyIndexIsDoneOnceAndSeenByTheCaller() {
    QFETCH(int, count);
    QFETCH(int, threads);
    std::vector<int> done(std::size_t(count), 0);
    parallelFor(count, threads, [&](std::int64_t i) { ++done[std::size_t(i)]; });
    QCOMPARE(done, std::vector<int>(std::size_t(count), 1));
  }

  void everyThreadIsPreparedBeforeItWorks() {
    std::mutex mutex;
    std::set<std::thread::id> prepared;
    std::atomic<int> unprepared = 0;
    const auto isPrepared = [&] {
      const std::lock_guard lock(mutex);
      return prepared.contains(std::this_thread::get_id());
    };
    parallelFor(
        64, 4,
        [&](std::int64_t) {
          unprepared += isPrepared() ? 0 : 1;
          std::this_thread::sleep_for(std::chrono::milliseconds(1)); // so that others have their share
        },
        [&] {
          const std::lock_guard lock(mutex);
          prepared.insert(std::this_thread::get_id());
        });
    QCOMPARE(unprepared.load(), 0);
    QCOMPARE(prepared.size(), std::size_t(4));
  }

  void theFirstFailureIsThrownAgainAndEndsTheWork() {
    std::atomic<int> begun = 0;
    QVERIFY_EXCEPTION_THROWN(parallelFor(1'000'000, 4,
                                         [&](std::int64_t) {
                                           ++begun;
                                           throw std::runtime_error("one of them");
                                         }),
                             std::runtime_error);
    QVERIFY(begun >= 1 && begun <= 4); // at most one a thread
  }
};

QTEST_GUILESS_MAIN(TestParallel)
#include "tst_parallel.moc"
