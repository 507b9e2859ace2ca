// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QTest>

#include "core/stages/milestones.h"
#include "tests/support/stage_curves.h"

using namespace evolute::core;
using namespace evolute::stage_curves;

namespace {

/// Noise as a share of the curve's range, which is near 50 for all of these shapes.
CurveReading read(const Shape &shape, double noise, std::uint64_t seed, int count = 100) {
  return readCurve(noisy(shape, checkpoints(count), noise, seed));
}

QString text(const CurveReading &reading) {
  QString out = QStringLiteral("milestones:");
  for (const Milestone &m : reading.milestones)
    out += QStringLiteral(" %1 [%2, %3]").arg(m.x).arg(m.low).arg(m.high);
  return out;
}

} // namespace

class TestMilestones : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theTruthOfTheShapesIsWhatTheirFormulasSay() {
    // Between two equal steps the slope is least in the middle; a peak is where the slope is zero.
    const Shape even{"even", {{10, 3, 0.5}, {10, 7, 0.5}}};
    const auto places = milestonesOf(even, 0.25);
    QCOMPARE(places.size(), std::size_t(1));
    QVERIFY(std::abs(places[0] - 5) < 1e-3);
    for (const double place : milestonesOf(turn(), 0.25))
      QVERIFY(std::abs(turn().slope(place)) < 0.05);
    QCOMPARE(milestonesOf(fourStages(), 0.25).size(), std::size_t(3));
    QVERIFY(milestonesOf(line(), 0.25).empty());
  }

  void milestonesAreFoundAndTheirIntervalsHoldTheTruth() {
    int held = 0, all = 0;
    for (const Shape &shape : {plateau(), turn(), fourStages()}) {
      const std::vector<double> truth = milestonesOf(shape, MilestoneSettings().flatness);
      for (std::uint64_t seed = 0; seed < 4; ++seed) {
        const CurveReading reading = read(shape, 1.5, seed);
        QVERIFY2(reading.milestones.size() == truth.size(), qPrintable(text(reading)));
        QCOMPARE(reading.stages.size(), truth.size() + 1);
        for (std::size_t i = 0; i < truth.size(); ++i) {
          const Milestone &m = reading.milestones[i];
          held += m.low <= truth[i] && truth[i] <= m.high;
          ++all;
          QVERIFY2(std::abs(m.x - truth[i]) < 1, qPrintable(text(reading)));
          QVERIFY(m.low <= m.x && m.x <= m.high && m.probability >= 0.99);
        }
      }
    }
    QCOMPARE(all, 20);
    QVERIFY2(held >= 16, qPrintable(QString::number(held))); // at 95 % each, fewer has probability 0.003
  }

  void noiseAndLinesHaveNoMilestone_data() {
    QTest::addColumn<bool>("isLine");
    QTest::addColumn<double>("noise");
    QTest::newRow("pure noise") << false << 1.0;
    QTest::newRow("a line, 3 % noise") << true << 1.6;
    QTest::newRow("a line, 30 % noise") << true << 16.0;
  }
  void noiseAndLinesHaveNoMilestone() {
    QFETCH(bool, isLine);
    QFETCH(double, noise);
    int withMilestones = 0;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const CurveReading reading = read(isLine ? line() : nothing(), noise, seed, 60);
      withMilestones += !reading.milestones.empty();
      if (isLine && reading.stages.size() == 1)
        QCOMPARE(reading.stages[0].type, StageType::A);
    }
    QVERIFY2(withMilestones <= 1, qPrintable(QString::number(withMilestones))); // at 1 % each, two have 0.006
  }

  void stagesAreLabelledByTheSignOfTheirChange() {
    const CurveReading reading = read(fourStages(), 1.0, 3);
    QCOMPARE(reading.stages.size(), std::size_t(4));
    const std::vector<StageType> types{StageType::A, StageType::A, StageType::B, StageType::A};
    for (std::size_t i = 0; i < 4; ++i) {
      const StageChange &stage = reading.stages[i];
      QCOMPARE(stage.type, types[i]);
      const double truth = fourStages().value(stage.end) - fourStages().value(stage.start);
      QVERIFY(stage.deltaLow <= stage.delta && stage.delta <= stage.deltaHigh);
      // 95 % intervals, four of them: twice their half-width is four standard deviations
      QVERIFY(std::abs(stage.delta - truth) < stage.deltaHigh - stage.deltaLow);
      QVERIFY(i == 0 || reading.stages[i - 1].end == stage.start);
    }
    for (const StageChange &stage : read(nothing(), 1, 0, 40).stages)
      QCOMPARE(stage.type, StageType::Other);
  }

  void aFlatEndIsNoMilestone() {
    const Shape rise{"rise", {{30, 3, 0.8}}};
    const CurveReading reading = read(rise, 0.5, 5);
    QVERIFY2(reading.milestones.empty(), qPrintable(text(reading)));
    QCOMPARE(reading.stages[0].type, StageType::A);
  }

  void unitsDoNotMoveMilestones() {
    CurvePoints points = noisy(turn(), checkpoints(60), 2, 1), scaled = points;
    scaled.x = scaled.x.array() * 10 + 3;
    scaled.y = scaled.y.array() * -0.01; // upside down
    const CurveReading a = readCurve(points), b = readCurve(scaled);
    QCOMPARE(a.milestones.size(), std::size_t(1));
    QCOMPARE(b.milestones.size(), std::size_t(1));
    QVERIFY(std::abs(a.milestones[0].x * 10 + 3 - b.milestones[0].x) <
            0.05 * 10); // other draws: Monte Carlo error
    QCOMPARE(a.stages[0].type, StageType::A);
    QCOMPARE(b.stages[0].type, StageType::B);
  }

  void knownErrorsAreHeeded() {
    // One point far off that says so itself must not make a milestone.
    CurvePoints points = noisy(line(), checkpoints(60), 0.5, 1);
    points.error = Eigen::VectorXd::Constant(points.x.size(), 0.5);
    for (Eigen::Index i = 40; i < 44; ++i) {
      points.y[i] += 30;
      points.error[i] = 30;
    }
    QVERIFY(readCurve(points).milestones.empty());
    points.error = Eigen::VectorXd::Constant(points.x.size(), 0.5);
    QVERIFY(!readCurve(points).milestones.empty());
  }

  void hardlyAnyPointsSayNothing() {
    QVERIFY(readCurve({}).stages.empty());
    for (const int count : {1, 2, 4}) {
      CurvePoints points{
          Eigen::VectorXd::LinSpaced(count, 0, 3), Eigen::VectorXd::LinSpaced(count, 0, 3), {}};
      const CurveReading reading = readCurve(points);
      QVERIFY(reading.milestones.empty());
      QCOMPARE(reading.stages.size(), std::size_t(1));
      QCOMPARE(reading.stages[0].type, StageType::Other);
    }
    const CurvePoints constant{Eigen::VectorXd::LinSpaced(30, 0, 3), Eigen::VectorXd::Constant(30, 2.5), {}};
    QVERIFY(readCurve(constant).milestones.empty());
  }

  void theSameInputsGiveTheSameReading() {
    const auto points = noisy(turn(), checkpoints(40), 2, 1);
    const CurveReading a = readCurve(points), b = readCurve(points);
    QCOMPARE(a.milestones.size(), b.milestones.size());
    QCOMPARE(a.milestones[0].x, b.milestones[0].x);
    QCOMPARE(a.stages[0].delta, b.stages[0].delta);
  }
};

QTEST_GUILESS_MAIN(TestMilestones)
#include "tst_milestones.moc"
