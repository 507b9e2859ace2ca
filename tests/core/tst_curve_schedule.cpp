// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <vector>

#include "core/llc/curve_schedule.h"

using namespace evolute::core;

namespace {

using Steps = std::vector<std::int64_t>;

Steps everyStepTo(std::int64_t last) {
  Steps steps;
  for (std::int64_t step = 0; step <= last; ++step)
    steps.push_back(step);
  return steps;
}

/// Takes up to `count` steps, reporting `curve(step)` for each before asking for the next.
Steps take(CurveSchedule &schedule, int count, const std::function<double(std::int64_t)> &curve) {
  Steps order;
  for (int i = 0; i < count; ++i) {
    const auto step = schedule.next();
    if (!step)
      break;
    order.push_back(*step);
    schedule.report(*step, curve(*step));
  }
  return order;
}

double flat(std::int64_t) {
  return 1.0;
}

} // namespace

class TestCurveSchedule : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void anEmptyCurveHasNothingToDo() {
    CurveSchedule schedule({});
    QVERIFY(!schedule.next().has_value());
    QCOMPARE(schedule.remaining(), 0);
  }

  void theEndsComeFirst() {
    CurveSchedule schedule({300, 0, 100, 900, 200});
    QCOMPARE(take(schedule, 2, flat), (Steps{900, 0}));
  }

  /// With steps 2^k - 1, log(1+t) is k ln 2: bisection in log-time is bisection in k.
  void bisectsInLogTime() {
    Steps steps;
    for (int k = 0; k <= 16; ++k)
      steps.push_back((std::int64_t(1) << k) - 1);
    CurveSchedule schedule(steps);
    Steps order = take(schedule, 9, flat);
    for (std::int64_t &step : order)
      step = std::llround(std::log2(double(step + 1)));
    QCOMPARE(order, (Steps{16, 0, 8, 4, 12, 2, 6, 10, 14}));
  }

  void eachStepIsHandedOutOnceEvenBeforeResults() {
    CurveSchedule schedule(everyStepTo(40));
    std::set<std::int64_t> seen;
    while (const auto step = schedule.next())
      QVERIFY(seen.insert(*step).second);
    QCOMPARE(seen.size(), std::size_t(41));
    QCOMPARE(schedule.remaining(), 41); // handed out, not yet done
    for (const std::int64_t step : seen)
      schedule.report(step, 0.0);
    QCOMPARE(schedule.remaining(), 0);
  }

  /// A jump of the curve between 500 and 501: after 9 estimates it lies in a gap of at most e^(log 2001 / 8)
  /// in time, fewer than 1000 steps, which 10 halvings close.
  void steepGapsComeBeforeLevelOnes() {
    CurveSchedule schedule(everyStepTo(2000));
    const auto jump = [](std::int64_t step) { return step <= 500 ? 1.0 : 9.0; };
    take(schedule, 9, jump);
    const Steps later = take(schedule, 10, jump);
    QVERIFY(std::find(later.begin(), later.end(), 500) != later.end());
    QVERIFY(std::find(later.begin(), later.end(), 501) != later.end());
  }

  void levelCurvesGoOnBisecting() {
    // 33 points over log(1024): no gap is wider than twice an even share while steps remain inside it.
    std::set<std::int64_t> done;
    CurveSchedule schedule(everyStepTo(1023));
    for (const std::int64_t step : take(schedule, 33, flat))
      done.insert(step);
    double widest = 0;
    for (auto it = done.begin(); std::next(it) != done.end(); ++it)
      if (*std::next(it) > *it + 1)
        widest = std::max(widest, std::log1p(double(*std::next(it))) - std::log1p(double(*it)));
    QVERIFY2(widest <= 2.0 * std::log(1024.0) / 32, qPrintable(QString::number(widest)));
  }

  void isDeterministic() {
    const auto curve = [](std::int64_t step) { return std::sin(0.01 * double(step)); };
    CurveSchedule a(everyStepTo(300)), b(everyStepTo(300));
    QCOMPARE(take(a, 301, curve), take(b, 301, curve));
    QVERIFY(!a.next().has_value());
  }

  void notANumberCountsAsDone() {
    CurveSchedule schedule(everyStepTo(30));
    const Steps order =
        take(schedule, 100, [](std::int64_t) { return std::numeric_limits<double>::quiet_NaN(); });
    QCOMPARE(order.size(), std::size_t(31));
    QCOMPARE(schedule.remaining(), 0);
  }

  void storedResultsAreNotHandedOut() {
    CurveSchedule schedule({0, 10, 20});
    schedule.report(20, 3.0);
    schedule.report(0, 1.0);
    QCOMPARE(schedule.remaining(), 1);
    QCOMPARE(take(schedule, 9, flat), (Steps{10}));
  }

  void thePromotedStepComesNextAndTheLatestWishFirst() {
    CurveSchedule schedule(everyStepTo(100));
    take(schedule, 2, flat);
    schedule.promote(37);
    schedule.promote(71);
    schedule.promote(37);   // asked for again: goes to the front
    schedule.promote(0);    // done
    schedule.promote(1000); // not of this curve
    QCOMPARE(take(schedule, 2, flat), (Steps{37, 71}));
    schedule.promote(5);
    schedule.report(5, 1.0); // found stored meanwhile
    const auto next = schedule.next();
    QVERIFY(next && *next != 5);
  }

  void aNewCheckpointJoins() {
    CurveSchedule schedule({0, 10});
    take(schedule, 2, flat);
    QVERIFY(!schedule.next().has_value());
    schedule.add(20);
    schedule.add(10); // done already
    QCOMPARE(schedule.remaining(), 1);
    QCOMPARE(take(schedule, 9, flat), (Steps{20}));
  }
};

QTEST_GUILESS_MAIN(TestCurveSchedule)
#include "tst_curve_schedule.moc"
