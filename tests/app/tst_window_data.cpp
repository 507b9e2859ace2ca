// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <QTest>

#include "app/window/launch_options.h"
#include "app/window/pane_data.h"
#include "app/window/plain_text.h"
#include "app/window/stage_data.h"
#include "app/window/step_choice.h"
#include "app/window/validation_figure.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

core::LlcEstimate estimate(std::int64_t step, const std::string &component, double llc,
                           const std::string &settings) {
  core::LlcEstimate e;
  e.step = step;
  e.component = component;
  e.llc = e.llcPaired = llc;
  e.llcPlain = llc + 5;
  e.standardError = 0.5;
  e.settingsHash = settings;
  e.dataHash = "data";
  e.chains.resize(3);
  for (int i = 0; i < 3; ++i)
    e.chains[std::size_t(i)].llcPaired = llc + i - 1;
  return e;
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

class TestWindowData : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theLawOfACurveStandsAtItsStepsAlsoWhereTheyAreFarApart() {
    // The law is x itself: at each step it must be log(1 + step), to half a place of the grid.
    core::StageProposal proposal;
    core::CurvePosterior &law = proposal.reading.posterior;
    law.x = law.mean = Eigen::VectorXd::LinSpaced(512, 0, std::log1p(5000.0));
    law.sd = law.slopeSd = Eigen::VectorXd::Zero(512);
    law.slopeMean = Eigen::VectorXd::Ones(512);
    const auto points = readingPanels(proposal, u"eval_loss"_s)[0].series[0].points;
    QCOMPARE(points.front().step, std::int64_t(0));
    QCOMPARE(points[1].step, std::int64_t(1));
    QCOMPARE(points.back().step, std::int64_t(5000));
    for (const widgets::CurvePoint &point : points)
      QVERIFY2(std::abs(point.value - std::log1p(double(point.step))) <= 0.5001 * law.x[1],
               qPrintable(u"step %1: %2"_s.arg(point.step).arg(point.value)));
  }

  void aLossOnFreshTasksIsNoNoiseAroundTheOther() {
    MetricsSnapshot metrics;
    for (const char *column : {"eval_loss", "loss", "ood_loss"})
      metrics.series[column] = {{0, 10}, {2.0, 1.0}};
    for (const widgets::CurveSeries &curve : metricCurves(metrics))
      QCOMPARE(curve.faint, curve.id == u"metric:loss"_s);
  }

  void estimatesOfUnlikeSettingsAreNeverOneCurve() {
    const std::vector<core::LlcEstimate> all{estimate(0, "all", 1, "a"), estimate(10, "all", 2, "a"),
                                             estimate(10, "all", 9, "b")};
    const auto sets = estimateSets(all);
    QCOMPARE(sets.size(), std::size_t(2));
    QCOMPARE(sets[0].settingsHash, std::string("a")); // the larger first
    QCOMPARE(llcCurves(sets[0]).size(), std::size_t(1));
    QCOMPARE(llcCurves(sets[0])[0].points.size(), std::size_t(2));
    QCOMPARE(llcCurves(sets[1])[0].points[0].value, 9.0);
    QVERIFY(sets[0].key() != sets[1].key());
  }

  void aCurveHasErrorBarsTheChainsBandAndReasons() {
    std::vector<core::LlcEstimate> all{estimate(10, "all", 2, "a"), estimate(0, "all", 1, "a")};
    all[0].verdict = {"chains-disagree", "R-hat is 1.3."};
    all[0].chains[2].llcPaired = kNaN; // a chain that diverged has no place in the band
    const auto curve = llcCurves(estimateSets(all).front()).front();
    QCOMPARE(curve.points[0].step, std::int64_t(0)); // by step, whatever the order of arrival
    QCOMPARE(curve.points[0].error, 0.5);
    QCOMPARE(curve.points[0].low, 0.0);
    QCOMPARE(curve.points[0].high, 2.0);
    QVERIFY(!curve.points[0].suspect);
    QCOMPARE(curve.points[1].high, 2.0);
    QVERIFY(curve.points[1].suspect);
    QCOMPARE(curve.points[1].note, u"R-hat is 1.3."_s);
  }

  void componentsKeepTheirOrderWhateverArrivesFirst() {
    const std::vector<core::LlcEstimate> all{estimate(0, "L1.H0", 1, "a"), estimate(0, "all", 1, "a"),
                                             estimate(0, "L0.H1", 1, "a"), estimate(0, "L0.H0", 1, "a")};
    QStringList order;
    for (const auto &curve : llcCurves(estimateSets(all).front()))
      order << curve.id;
    QCOMPARE(order, (QStringList{u"llc:all"_s, u"llc:L0.H0"_s, u"llc:L0.H1"_s, u"llc:L1.H0"_s}));
  }

  void metricNamesAreNotMarkupAndLossesComeFirst() {
    MetricsSnapshot metrics;
    metrics.series["grad_norm"] = {{0, 1}, {1.0, 2.0}};
    metrics.series["train_loss"] = {{0, 1}, {3.0, 2.0}};
    const auto curves = metricCurves(metrics);
    QCOMPARE(curves[0].id, u"metric:train_loss"_s);
    QCOMPARE(curves[1].label, u"grad\\_norm"_s);
    QCOMPARE(curves[1].points[1].value, 2.0);
    QVERIFY(isLossColumn("valid/Loss"));
    QVERIFY(!isLossColumn("lr"));
  }

  void aTrajectoryIsShownInThePlaneAskedFor() {
    core::Trajectory trajectory;
    trajectory.steps = {0, 5};
    trajectory.points = Eigen::MatrixXd{{1, 2, 3}, {4, 5, 6}};
    trajectory.explained = Eigen::Vector3d(0.6, 0.3, 0.1);
    const auto plane = trajectoryPlane(trajectory, 0, 2);
    QCOMPARE(plane.x, (std::vector<double>{1, 4}));
    QCOMPARE(plane.y, (std::vector<double>{3, 6}));
    QCOMPARE(plane.yLabel, u"PC3 (10.0 %)"_s);
    QVERIFY(trajectoryPlane(trajectory, 0, 3).steps.empty());
    QVERIFY(trajectoryPlane({}, 0, 1).steps.empty());
  }

  void checkpointsWithinTheLogAreRings() {
    MetricsSnapshot metrics;
    metrics.series["loss"] = {{0, 10}, {1.0, 2.0}};
    const auto marks = timelineMarks({{5, CheckpointMark::State::File, {}},
                                      {20, CheckpointMark::State::File, {}},
                                      {30, CheckpointMark::State::Failed, u"torn"_s}},
                                     &metrics);
    QCOMPARE(marks[0].state, widgets::CheckpointState::Metrics);
    QCOMPARE(marks[1].state, widgets::CheckpointState::File);
    QCOMPARE(marks[2].state, widgets::CheckpointState::Failed);
    QCOMPARE(marks[2].note, u"torn"_s);
    QCOMPARE(timelineMarks({{5, CheckpointMark::State::File, {}}}, nullptr)[0].state,
             widgets::CheckpointState::File);
  }

  void stepsAreSpreadOverLogTimeWithBothEnds() {
    std::vector<std::int64_t> steps;
    for (std::int64_t i = 0; i <= 1000; ++i)
      steps.push_back(i);
    const auto chosen = spreadInLogTime(steps, 0, 1000, 4);
    // Even places in log(1+t) up to log 1001: 1001^(1/3) - 1 = 9.003 and 1001^(2/3) - 1 = 99.07.
    QCOMPARE(chosen, (std::vector<std::int64_t>{0, 9, 99, 1000}));
    QCOMPARE(spreadInLogTime(steps, 0, 1000, 0).size(), steps.size());
    QCOMPARE(spreadInLogTime(steps, 7, 9, 50), (std::vector<std::int64_t>{7, 8, 9}));
    QCOMPARE(spreadInLogTime(steps, 0, 1000, 1), std::vector<std::int64_t>{1000});
    QVERIFY(spreadInLogTime({}, 0, 10, 3).empty());
    QVERIFY(spreadInLogTime({1, 2}, 5, 10, 3).empty());
  }

  void exactlyAsManyStepsAsAskedForAndNoneTwice() {
    const std::vector<std::int64_t> steps{0, 1, 100000, 100001, 100002, 100003};
    for (int count = 1; count <= 6; ++count) {
      const auto chosen = spreadInLogTime(steps, 0, 200000, count);
      QCOMPARE(int(chosen.size()), count);
      QVERIFY(std::is_sorted(chosen.begin(), chosen.end(), std::less_equal<>()));
      QCOMPARE(chosen.back(), std::int64_t(100003));
    }
  }

  void durationsReadAsPeopleSayThem_data() {
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("tenths") << 0.44 << u"0.4 s"_s;
    QTest::newRow("seconds") << 59.4 << u"59 s"_s;
    QTest::newRow("rounds up to a minute") << 59.6 << u"1 min"_s;
    QTest::newRow("minutes and seconds") << 200.0 << u"3 min 20 s"_s;
    QTest::newRow("padded") << 61.0 << u"1 min 01 s"_s;
    QTest::newRow("hours") << 7500.0 << u"2 h 05 min"_s;
    QTest::newRow("not known") << kNaN << u"unknown"_s;
  }
  void durationsReadAsPeopleSayThem() {
    QFETCH(double, seconds);
    QFETCH(QString, text);
    QCOMPARE(durationText(seconds), text);
  }

  void validationRowsBecomePointsAgainstTheTruth() {
    core::ValidationRow large{"large", "size", 50, 48, 47.5, 0.5};
    large.ok = true;
    const core::ValidationRow off{"off", "size", 4, 4, 9, 0.5};
    const widgets::LineData data = validationLines({large, off});
    QVERIFY(data.logX && data.logValue && data.diagonal);
    QCOMPARE(data.series.size(), std::size_t(3)); // estimates, targets, and the one that is off
    QCOMPARE(data.series[0].points.size(), std::size_t(1));
    QCOMPARE(data.series[0].points[0].x, 50.0);
    QCOMPARE(data.series[0].points[0].value, 47.5);
    QCOMPARE(data.series[0].points[0].error, 0.5);
    QCOMPARE(data.series[1].points.size(), std::size_t(2));
    QCOMPARE(data.series[1].points[0].x, 4.0); // ascending
    QCOMPARE(data.series[1].points[1].value, 48.0);
    QCOMPARE(data.series[2].points[0].value, 9.0);
    QVERIFY(data.series[2].points[0].note.contains(u"off · size"_s));
    QCOMPARE(validationLines({large}).series.size(), std::size_t(2));
  }

  void valuesAreRoundedByTheirErrors() {
    QCOMPARE(withErrorText(172.43, 2.31), u"172.4 ± 2.3"_s);
    QCOMPARE(withErrorText(0.123456, 0.00123), u"0.1235 ± 0.0012"_s);
    QCOMPARE(withErrorText(1234.4, 230), u"1234 ± 230"_s);
    QCOMPARE(withErrorText(1.23456, kNaN), u"1.235"_s);
    QCOMPARE(withErrorText(kNaN, 1), u"no value"_s);
    QCOMPARE(groupedText(50000), u"50,000"_s);
  }

  void theCommandLineIsReadOrRefusedInOneSentence_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("named"); // what a refusal must name; empty: accepted
    QTest::newRow("nothing") << u""_s << u""_s;
    QTest::newRow("a run") << u"run --at 8500 --follow"_s << u""_s;
    QTest::newRow("the demo") << u"--demo --screenshot a.png --after 2.5"_s << u""_s;
    QTest::newRow("a figure") << u"--export run --figure llc --out a.pdf"_s << u""_s;
    QTest::newRow("the figure of a validation") << u"--export rows.csv --figure validation --out a.pdf"_s << u""_s;
    QTest::newRow("step in words") << u"run --at last"_s << u"last"_s;
    QTest::newRow("negative step") << u"run --at -1"_s << u"-1"_s;
    QTest::newRow("unknown figure") << u"--export run --figure map --out a.pdf"_s << u"map"_s;
    QTest::newRow("figure without file") << u"--export run --figure llc"_s << u"--out"_s;
    QTest::newRow("delay without picture") << u"--after 3"_s << u"--screenshot"_s;
    QTest::newRow("demo and a run") << u"--demo run"_s << u"run"_s;
    QTest::newRow("unknown option") << u"--fast"_s << u"fast"_s;
  }
  void theCommandLineIsReadOrRefusedInOneSentence() {
    QFETCH(QString, line);
    QFETCH(QString, named);
    LaunchOptions options;
    const QString problem =
        parseLaunch(QStringList{u"evolute"_s} + line.split(u' ', Qt::SkipEmptyParts), options);
    QCOMPARE(problem.isEmpty(), named.isEmpty());
    QVERIFY2(problem.contains(named), qPrintable(problem));
  }

  void theCommandLineFillsTheOptions() {
    LaunchOptions options;
    QCOMPARE(
        parseLaunch({u"evolute"_s, u"a"_s, u"--at"_s, u"8500"_s, u"--follow"_s, u"--layout"_s, u"l.json"_s},
                    options),
        QString());
    QCOMPARE(options.paths, QStringList{u"a"_s});
    QCOMPARE(options.atStep, std::optional<std::int64_t>(8500));
    QVERIFY(options.follow);
    QCOMPARE(options.layout, u"l.json"_s);
    QVERIFY(!options.demo);
  }
};

QTEST_GUILESS_MAIN(TestWindowData)
#include "tst_window_data.moc"
