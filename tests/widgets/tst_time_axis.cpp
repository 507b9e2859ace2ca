// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QTest>

#include "widgets/plots/time_axis.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {
constexpr double kPixels = 600;
double sevenPixelsALetter(const QString &text) {
  return 7.0 * double(text.size());
}
QStringList labels(const TimeAxis &axis, double lower, double upper, double pixels = kPixels) {
  QStringList result;
  for (const auto &tick : axis.ticks(lower, upper, pixels, sevenPixelsALetter))
    if (!tick.label.isEmpty())
      result << tick.label;
  return result;
}
} // namespace

class TestTimeAxis : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void goesThereAndBack_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("log(1 + t)") << int(TimeAxisKind::LogOnePlus);
    QTest::newRow("linear") << int(TimeAxisKind::Linear);
    QTest::newRow("by checkpoint") << int(TimeAxisKind::Index);
  }
  void goesThereAndBack() {
    QFETCH(int, kind);
    const TimeAxis axis(TimeAxisKind(kind), {0, 1, 2, 4, 100, 50000});
    double before = -1e300;
    // Checkpoints, steps between two of them, and steps beyond the last.
    for (const double step : {0.0, 1.0, 2.0, 3.0, 4.0, 17.0, 100.0, 3000.0, 50000.0, 70000.0}) {
      const double c = axis.coordinate(step);
      QVERIFY2(c > before, "steps must keep their order");
      before = c;
      QVERIFY(std::abs(axis.step(c) - step) <= 1e-9 * (1 + step));
    }
  }

  void stepZeroHasAFinitePlace() {
    QCOMPARE(TimeAxis(TimeAxisKind::LogOnePlus).coordinate(0), 0.0);
    QCOMPARE(TimeAxis(TimeAxisKind::LogOnePlus).coordinate(9), 1.0);
    QCOMPARE(TimeAxis(TimeAxisKind::Linear).coordinate(0), 0.0);
    QCOMPARE(TimeAxis(TimeAxisKind::Index, {0, 5, 50}).coordinate(0), 0.0);
    QCOMPARE(TimeAxis(TimeAxisKind::Index, {0, 5, 50}).coordinate(50), 2.0);
  }

  void indexAxisSurvivesFewCheckpoints() {
    QCOMPARE(TimeAxis(TimeAxisKind::Index).coordinate(7), 7.0);
    const TimeAxis one(TimeAxisKind::Index, {100});
    QCOMPARE(one.coordinate(100), 0.0);
    QCOMPARE(one.step(0), 100.0);
    QCOMPARE(one.nearestIndex(5.0), std::optional<int>(0));
  }

  void nearestCheckpointIsNearestOnTheAxis() {
    const std::vector<std::int64_t> steps = {0, 10, 1000};
    // 200 is far nearer to 10 in steps, yet nearer to 1000 in log10(1 + t): 2.30 lies above (1.04 + 3.00)
    // / 2.
    QCOMPARE(*TimeAxis(TimeAxisKind::Linear, steps).nearestCheckpoint(200), std::int64_t(10));
    const TimeAxis log(TimeAxisKind::LogOnePlus, steps);
    QCOMPARE(*log.nearestCheckpoint(log.coordinate(200)), std::int64_t(1000));
    QCOMPARE(*log.nearestCheckpoint(-3), std::int64_t(0));
    QCOMPARE(*log.nearestCheckpoint(30), std::int64_t(1000));
    QVERIFY(!TimeAxis().nearestCheckpoint(1));
  }

  void lastCheckpointAtOrBefore() {
    const TimeAxis axis(TimeAxisKind::Linear, {10, 20});
    QVERIFY(!axis.indexOf(9));
    QCOMPARE(*axis.indexOf(10), 0);
    QCOMPARE(*axis.indexOf(19), 0);
    QCOMPARE(*axis.indexOf(99), 1);
  }

  void logTicksAreZeroAndThePowersOfTen() {
    const TimeAxis axis(TimeAxisKind::LogOnePlus);
    QCOMPARE(labels(axis, -0.1, axis.coordinate(50000)),
             (QStringList{u"0"_s, u"1"_s, u"10"_s, u"100"_s, u"1k"_s, u"10k"_s}));
  }

  void ticksStandWhereTheirStepStands() {
    const TimeAxis axis(TimeAxisKind::LogOnePlus);
    for (const auto &tick : axis.ticks(-0.1, 4.8, kPixels, sevenPixelsALetter))
      if (tick.label == u"1k"_s)
        QCOMPARE(tick.coordinate, std::log10(1001.0));
  }

  void aNarrowLogRangeStillHasTicks() {
    const TimeAxis axis(TimeAxisKind::LogOnePlus);
    QVERIFY(labels(axis, axis.coordinate(2000), axis.coordinate(3000)).size() >= 3);
    QVERIFY(labels(axis, axis.coordinate(8000), axis.coordinate(60000)).contains(u"20k"_s));
  }

  void labelsNeverTouch() {
    for (const auto kind : {TimeAxisKind::LogOnePlus, TimeAxisKind::Linear, TimeAxisKind::Index})
      for (const double pixels : {60.0, 150.0, 400.0, 1500.0}) {
        std::vector<std::int64_t> steps;
        for (std::int64_t s = 0; s <= 50000; s += 500)
          steps.push_back(s);
        const TimeAxis axis(kind, steps);
        const double lower = axis.coordinate(0), upper = axis.coordinate(50000);
        double end = -1e9;
        for (const auto &tick : axis.ticks(lower, upper, pixels, sevenPixelsALetter)) {
          if (tick.label.isEmpty())
            continue;
          const double at = (tick.coordinate - lower) / (upper - lower) * pixels;
          const double half = 0.5 * sevenPixelsALetter(tick.label);
          QVERIFY(at - half > end);
          end = at + half;
        }
      }
  }

  void emptyRangesGiveNoTicks() {
    QVERIFY(TimeAxis().ticks(1, 1, 100, sevenPixelsALetter).empty());
    QVERIFY(TimeAxis().ticks(0, 1, 0, sevenPixelsALetter).empty());
  }

  void stepsAreShortOnlyWhereNothingIsLost_data() {
    QTest::addColumn<qint64>("step");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << qint64(0) << u"0"_s;
    QTest::newRow("small") << qint64(512) << u"512"_s;
    QTest::newRow("thousand") << qint64(1000) << u"1k"_s;
    QTest::newRow("two decimals") << qint64(8510) << u"8.51k"_s;
    QTest::newRow("all digits") << qint64(8512) << u"8,512"_s;
    QTest::newRow("million") << qint64(1250000) << u"1.25M"_s;
    QTest::newRow("million, all digits") << qint64(1234567) << u"1,234,567"_s;
    QTest::newRow("billion") << qint64(3000000000) << u"3B"_s;
  }
  void stepsAreShortOnlyWhereNothingIsLost() {
    QFETCH(qint64, step);
    QFETCH(QString, text);
    QCOMPARE(formatStep(step), text);
  }
};

QTEST_GUILESS_MAIN(TestTimeAxis)
#include "tst_time_axis.moc"
