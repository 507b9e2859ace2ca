// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/trajectory/smoothing.h"
#include "tests/core/known_curves.h"

using namespace evolute::core;
using namespace known_curves;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

Smoother smootherOf(const SmoothingSettings &settings, const MatrixXd &points) {
  return {settings, stepsFor(points), points};
}

// What the cut-off at 5 standard deviations leaves out of a Gaussian.
constexpr double kCutOff = 6e-7;

} // namespace

class TestSmoothing : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void noWidthLeavesThePathAsItIs() {
    const MatrixXd path = withNoise(MatrixXd::Zero(20, 3), 1, 1);
    QCOMPARE(smootherOf({}, path).apply(path), path);
    QVERIFY(!SmoothingSettings().isOn());
  }

  void aHarmonicShrinksByItsGaussian_data() {
    QTest::addColumn<double>("sigma");
    QTest::newRow("narrow") << 1.5;
    QTest::newRow("wide") << 12.0;
  }
  void aHarmonicShrinksByItsGaussian() {
    QFETCH(double, sigma);
    constexpr Index count = 400;
    const double omega = 2 * std::numbers::pi / 100;
    const MatrixXd path = sampled(ellipse(1, 1), 0, omega * (count - 1), count);
    const MatrixXd smooth = smootherOf({SmoothingWidth::Constant, sigma}, path).apply(path);
    const double factor = std::exp(-0.5 * omega * omega * sigma * sigma);
    for (Index i = Index(5 * sigma) + 1; i + 5 * sigma + 1 < count; ++i)
      QVERIFY((smooth.row(i) - factor * path.row(i)).norm() < 4 * kCutOff);
  }

  void whiteNoiseShrinksByTheGainsThatAreTold() {
    constexpr double sigma = 6;
    const MatrixXd zeros = MatrixXd::Zero(200, 1);
    const Smoother smoother = smootherOf({SmoothingWidth::Constant, sigma}, zeros);
    // Closed forms of a Gaussian kernel: its square sums to 1 / (2 sqrt(pi) sigma), its second derivative's
    // to 3 / (8 sqrt(pi) sigma^5), the latter but for the grid: (1 - omega^2 / 12)^2 at omega^2 ~ 5 / (2
    // sigma^2).
    const double gain = 1 / (2 * std::sqrt(std::numbers::pi) * sigma);
    const double second = 3 / (8 * std::sqrt(std::numbers::pi) * std::pow(sigma, 5));
    QVERIFY(std::abs(smoother.noiseGain(100) / gain - 1) < 2 * kCutOff);
    QVERIFY(std::abs(smoother.secondDifferenceGain(100) / second - 1) < 5 / (6 * sigma * sigma));
    double sum = 0;
    constexpr int repeats = 400;
    for (int seed = 0; seed < repeats; ++seed) {
      const VectorXd smooth = smoother.apply(withNoise(zeros, 1, std::uint64_t(seed)));
      sum += std::pow(smooth(99) - 2 * smooth(100) + smooth(101), 2);
    }
    const double measured = sum / repeats / smoother.secondDifferenceGain(100);
    QVERIFY2(std::abs(measured - 1) < 4 * std::sqrt(2.0 / repeats), qPrintable(QString::number(measured)));
  }

  void aConstantStaysAndAStraightLineStaysInside_data() {
    QTest::addColumn<SmoothingWidth>("width");
    QTest::newRow("constant") << SmoothingWidth::Constant;
    QTest::newRow("ramp") << SmoothingWidth::Ramp;
  }
  void aConstantStaysAndAStraightLineStaysInside() {
    QFETCH(SmoothingWidth, width);
    MatrixXd path(300, 2);
    path.col(0).setConstant(3.5);
    path.col(1) = VectorXd::LinSpaced(300, -1, 1);
    const MatrixXd smooth = smootherOf({width, 8}, path).apply(path);
    QVERIFY((smooth.col(0).array() - 3.5).abs().maxCoeff() < 1e-14);
    for (Index i = 41; i + 41 < 300; ++i)
      QVERIFY(std::abs(smooth(i, 1) - path(i, 1)) < 1e-14);
    QVERIFY(smooth(0, 1) > path(0, 1)); // ends are drawn in
  }

  void theRampIsFlatThenRisesThenStays() {
    const MatrixXd path = MatrixXd::Zero(500, 1);
    SmoothingSettings settings{SmoothingWidth::Ramp, 60, 10, 200};
    const Smoother smoother = smootherOf(settings, path);
    QCOMPARE(smoother.reach(20), 10);
    QCOMPARE(smoother.reach(40), 10); // one fifth of 200
    QCOMPARE(smoother.reach(120), 35);
    QCOMPARE(smoother.reach(200), 60);
    QCOMPARE(smoother.reach(350), 60);
  }

  void crowdedCheckpointsDoNotPullInLogTime() {
    // Evenly spaced steps crowd late in log time; log(1 + t) itself is a straight line there.
    std::vector<std::int64_t> steps(2000);
    std::iota(steps.begin(), steps.end(), 0);
    VectorXd logTime(2000);
    for (Index i = 0; i < 2000; ++i)
      logTime(i) = std::log1p(double(i));
    const Smoother smoother({SmoothingWidth::LogTime, 20}, steps, {});
    const VectorXd smooth = smoother.apply(logTime);
    const double width = 20 * logTime(1999) / 1999; // in log time
    QVERIFY(smoother.reach(1500) > 100);            // wide late
    QCOMPARE(smoother.reach(3), 1);                 // narrow early
    // A sum over cells instead of an integral: off by the square of a cell, h^2 / width where h = 1 / t.
    for (Index i = 200; i <= 1300; i += 100) // 5 widths from the end: a factor of 1.46 in time
      QVERIFY2(std::abs(smooth(i) - logTime(i)) < 1e-3 * width, qPrintable(QString::number(i)));
  }

  void arcLengthForgetsTheSpeed() {
    // The same straight way at a speed that grows tenfold.
    MatrixXd path(600, 2);
    for (Index i = 0; i < 600; ++i) {
      const double u = double(i) / 599;
      path.row(i) << u + 4.5 * u * u, 0;
    }
    SmoothingSettings settings{SmoothingWidth::Constant, 6};
    const MatrixXd byIndex = smootherOf(settings, path).apply(path);
    settings.byArcLength = true;
    const MatrixXd byArc = smootherOf(settings, path).apply(path);
    // By index the acceleration draws points on by a sigma^2 / 2; by arc length only the grid does.
    const double drawn = 9.0 / (599.0 * 599.0) * 36 / 2;
    QVERIFY(std::abs(byIndex(300, 0) - path(300, 0) - drawn) < 1e-3 * drawn);
    QVERIFY(std::abs(byArc(300, 0) - path(300, 0)) < 0.1 * drawn);
  }

  void aPathThatStandsStillHasNoArcLengthAndIsSmoothedByIndex() {
    const MatrixXd path = MatrixXd::Constant(30, 2, 1.5);
    SmoothingSettings settings{SmoothingWidth::Constant, 3};
    settings.byArcLength = true;
    QVERIFY((smootherOf(settings, path).apply(path) - path).cwiseAbs().maxCoeff() < 1e-14);
  }

  void settingsThatCannotBeMeantAreRefused_data() {
    QTest::addColumn<SmoothingSettings>("settings");
    QTest::addColumn<QString>("mentions");
    QTest::newRow("negative") << SmoothingSettings{SmoothingWidth::Constant, -1} << "found -1";
    QTest::newRow("NaN") << SmoothingSettings{SmoothingWidth::Constant, std::nan("")} << "nan";
    SmoothingSettings both{SmoothingWidth::LogTime, 2};
    both.byArcLength = true;
    QTest::newRow("arc and log") << both << "arc length or log time";
    SmoothingSettings before{SmoothingWidth::Constant, 2};
    before.byArcLength = before.beforePca = true;
    QTest::newRow("arc before PCA") << before << "after the PCA";
  }
  void settingsThatCannotBeMeantAreRefused() {
    QFETCH(SmoothingSettings, settings);
    QFETCH(QString, mentions);
    try {
      smootherOf(settings, MatrixXd::Zero(5, 2));
      QFAIL("accepted");
    } catch (const Error &error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(mentions), error.what());
    }
  }

  void onePointAndNoneAreFine() {
    for (const Index count : {0, 1}) {
      const MatrixXd path = MatrixXd::Constant(count, 2, 7);
      QCOMPARE(smootherOf({SmoothingWidth::LogTime, 3}, path).apply(path), path);
    }
    QVERIFY_EXCEPTION_THROWN(smootherOf({}, MatrixXd::Zero(3, 1)).apply(MatrixXd::Zero(4, 1)), Error);
  }
};

QTEST_GUILESS_MAIN(TestSmoothing)
#include "tst_smoothing.moc"
