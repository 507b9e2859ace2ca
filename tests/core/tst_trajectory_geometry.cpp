// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "core/trajectory/path_roughness.h"
#include "core/trajectory/principal_axes.h"
#include "core/trajectory/trajectory_geometry.h"
#include "tests/core/known_curves.h"

using namespace evolute::core;
using namespace known_curves;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

Trajectory trajectoryOf(const MatrixXd &points) {
  Trajectory trajectory;
  trajectory.steps = stepsFor(points);
  trajectory.points = points;
  trajectory.explained = VectorXd::Constant(points.cols(), 1.0 / double(points.cols()));
  return trajectory;
}

GeometrySettings smoothedBy(double sigma, int walks = 0) {
  GeometrySettings settings;
  settings.smoothing.sigma = sigma;
  settings.walks = walks;
  return settings;
}

double bestRank(const TrajectoryGeometry &geometry) {
  double best = 1;
  for (const Vertex &vertex : geometry.planes.front().vertices)
    best = std::min(best, vertex.rank);
  return best;
}

} // namespace

class TestTrajectoryGeometry : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aPlantedFormIsFoundInAllPlanes() {
    // Half an ellipse in a plane that contains the second axis and halves the first and third: vertices with
    // one centre in planes (1,2) and (2,3), and a path that goes back on itself in (1,3).
    constexpr double a = 2, b = 1;
    const Curve curve = [&](double t) {
      return point({a * std::cos(t) + 5, b * std::sin(t) - 2, a * std::cos(t) + 1});
    };
    constexpr Index count = 401;
    const TrajectoryGeometry geometry = computeGeometry(trajectoryOf(sampled(curve, -1.2, 1.2, count)), {});
    QCOMPARE(geometry.planes.size(), 3U);
    QCOMPARE(geometry.forms.size(), 1U);
    const Form &form = geometry.forms.front();
    QCOMPARE(form.index, 200);
    const double distance = 2.4 / (count - 1), along = (a * a - b * b) / a;
    QVERIFY((form.place - point({5 + along, -2, 1 + along})).norm() < 6 * distance * distance);
    QVERIFY(form.disagreement < 1e-9);
    QCOMPARE(form.vertexInPlane.size(), 3U);
    QCOMPARE(geometry.plane(0, 2)->vertices[std::size_t(form.vertexInPlane[1])].kind, VertexKind::Cusp);
    QVERIFY(form.first < 200 && form.last > 200);
  }

  void planesMustAgreeOnTimeAndPlace_data() {
    QTest::addColumn<Index>("time");
    QTest::addColumn<double>("x");
    QTest::addColumn<bool>("isForm");
    QTest::newRow("together") << Index(52) << 1.0 << true;
    QTest::newRow("a little apart") << Index(51) << 1.8 << true;
    QTest::newRow("another time") << Index(53) << 1.0
                                  << false; // reach 1 without smoothing, twice that counts
    QTest::newRow("another place") << Index(50) << 2.2 << false;
  }
  void planesMustAgreeOnTimeAndPlace() {
    QFETCH(Index, time);
    QFETCH(double, x);
    QFETCH(bool, isForm);
    const MatrixXd points = MatrixXd::Zero(100, 3);
    const auto plane = [](int a, int b, Index index, Eigen::Vector2d centre) {
      PlaneGeometry geometry;
      geometry.firstComponent = a;
      geometry.secondComponent = b;
      Vertex vertex;
      vertex.index = index;
      vertex.first = index - 5;
      vertex.last = index + a + b;
      vertex.circle.centre = centre;
      vertex.circle.radius = 2; // of which half may be disagreed on
      vertex.contactAngle = 1 + a;
      geometry.vertices = {vertex};
      return geometry;
    };
    const auto forms =
        findForms({plane(0, 1, 50, {1, 2}), plane(0, 2, time, {x, 3}), plane(1, 2, 50, {2, 3})}, points,
                  Smoother({}, stepsFor(points), points));
    QCOMPARE(forms.size(), isForm ? 1U : 0U);
    if (!isForm)
      return;
    QVERIFY((forms[0].place - point({0.5 + 0.5 * x, 2, 3})).norm() < 1e-12);
    QVERIFY(std::abs(forms[0].disagreement - (x - 1) / 2) < 1e-12);
    QCOMPARE(forms[0].contactAngle, 1.0);
    QCOMPARE(forms[0].first, 45);
    QCOMPARE(forms[0].last, std::max<Index>(53, time + 2));
  }

  void theFormPotentialIsTheSquaredDistance() {
    MatrixXd line(101, 2);
    for (Index i = 0; i <= 100; ++i)
      line.row(i) << double(i) - 50, 3;
    const VectorXd potential = formPotential(line, point({0, 0}));
    // Smoothing by one checkpoint adds its variance, 1, to x^2 everywhere; the least value takes it off
    // again.
    for (Index i = 10; i <= 90; ++i)
      QVERIFY(std::abs(potential(i) - std::pow(double(i) - 50, 2)) < 1e-2);
    QCOMPARE(potential.minCoeff(), 0.0);
    const MatrixXd circle = sampled(ellipse(2, 2), 0, 5, 50);
    QVERIFY(formPotential(circle, point({0, 0})).maxCoeff() < 1e-12);
    QVERIFY_EXCEPTION_THROWN(formPotential(line, point({0, 0, 0})), Error);
  }

  void theRoughnessOfAWalkIsMeasured_data() {
    QTest::addColumn<double>("correlation");
    QTest::addColumn<double>("noise");
    QTest::newRow("independent") << 0.0 << 0.0;
    QTest::newRow("independent, noisy") << 0.0 << 0.5;
    QTest::newRow("smooth") << 12.0 << 0.0;
    QTest::newRow("smooth, noisy") << 12.0 << 0.2;
  }
  void theRoughnessOfAWalkIsMeasured() {
    QFETCH(double, correlation);
    QFETCH(double, noise);
    constexpr Index count = 3000, dims = 8;
    PathRoughness planted{VectorXd::Ones(count - 1), VectorXd::Constant(count, noise / dims), correlation};
    const MatrixXd walk = smoothRandomWalk(planted, dims, 7, 0);
    const PathRoughness found = measureRoughness(walk);
    // About count * dims / (4 tau) independent pieces of the correlation function, hence 2 % to 5 %; halving
    // lags are whole numbers.
    QVERIFY2(std::abs(found.correlation - correlation) <= 0.1 * correlation + (correlation > 0 ? 0.5 : 0),
             qPrintable(QString::number(found.correlation)));
    const double speed = found.speedVariance.mean();
    QVERIFY2(std::abs(speed - 1) < 0.15, qPrintable(QString::number(speed)));
    const double wobble = found.noise.mean() * dims;
    QVERIFY2(std::abs(wobble - noise) < 0.03 + 0.1 * noise, qPrintable(QString::number(wobble)));
  }

  void aSmoothPathHasNoNoise() {
    const MatrixXd path = sampled(ellipse(2, 1), 0.4, 6, 400);
    const PathRoughness found = measureRoughness(path);
    QVERIFY(found.noise.maxCoeff() < 1e-12);
    QVERIFY(found.correlation > 20 && found.correlation < 80); // a sixth of a turn over sqrt(4 ln 2): 43
    const MatrixXd noisy = withNoise(path, 0.01, 3);
    QVERIFY(std::abs(std::sqrt(noiseVariance(noisy).mean()) / 0.01 - 1) < 0.15);
  }

  void walksAreRepeatableAndDiffer() {
    const PathRoughness roughness{VectorXd::Ones(99), VectorXd::Zero(100), 3};
    const MatrixXd walk = smoothRandomWalk(roughness, 4, 1, 0);
    QCOMPARE(smoothRandomWalk(roughness, 4, 1, 0), walk);
    QVERIFY((smoothRandomWalk(roughness, 4, 1, 1) - walk).norm() > 1);
    QVERIFY((smoothRandomWalk(roughness, 4, 2, 0) - walk).norm() > 1);
  }

  void aRandomWalkIsNoEvidence_data() {
    QTest::addColumn<double>("correlation");
    QTest::addColumn<double>("noise");
    QTest::newRow("rough") << 0.0 << 0.02;
    QTest::newRow("smooth") << 6.0 << 0.01;
  }
  void aRandomWalkIsNoEvidence() {
    QFETCH(double, correlation);
    QFETCH(double, noise);
    // Ranks of walks among walks are uniform: 0.1 or less in one case of ten. More than 12 of 40 has a chance
    // of 2e-4 (binomial); measuring the roughness anew from each one costs a little of that.
    constexpr Index count = 160, dims = 10;
    int small = 0;
    for (std::uint64_t number = 0; number < 40; ++number) {
      const PathRoughness planted{VectorXd::Ones(count - 1), VectorXd::Constant(count, noise), correlation};
      const MatrixXd walk = turnedToPrincipalAxes(smoothRandomWalk(planted, dims, 99, number)).points;
      if (bestRank(computeGeometry(trajectoryOf(walk), smoothedBy(3, 19))) <= 0.1)
        ++small;
    }
    QVERIFY2(small <= 12, qPrintable(QString::number(small)));
    qInfo("%d of 40 walks pass at 0.1", small);
  }

  void aLoopThatWalksDoNotMakeIsEvidence() {
    // A straight way with one circle and a half of it in the middle.
    MatrixXd path(300, 3);
    Eigen::Vector3d at(-4, 0, 0);
    double heading = 0;
    for (Index i = 0; i < 300; ++i) {
      path.row(i) = at;
      if (i >= 100 && i < 200)
        heading += 4 * std::numbers::pi / 100;
      at += 0.05 * Eigen::Vector3d(std::cos(heading), std::sin(heading), 0.2);
    }
    const TrajectoryGeometry geometry =
        computeGeometry(trajectoryOf(withNoise(path, 0.002, 1)), smoothedBy(6, 99));
    QVERIFY2(bestRank(geometry) <= 0.02, qPrintable(QString::number(bestRank(geometry))));
    QCOMPARE(geometry.walks, 99);
    QVERIFY(bestRank(geometry) >= 0.01);
  }

  void withoutWalksThereAreNoRanks() {
    const auto geometry = computeGeometry(trajectoryOf(sampled(ellipse(2, 1), 0.4, 6.6, 300)), smoothedBy(4));
    QVERIFY(std::isnan(geometry.planes.front().vertices.front().rank));
    QCOMPARE(geometry.walks, 0);
  }

  void stoppingKeepsTheWalksSoFar() {
    const Observer atFive = [](const Progress &p) { return p.done == 5 ? Flow::Stop : Flow::Continue; };
    const Trajectory path = trajectoryOf(withNoise(sampled(ellipse(2, 1), 0.4, 6.6, 300), 0.01, 2));
    const auto stopped = computeGeometry(path, smoothedBy(8, 50), atFive);
    const auto five = computeGeometry(path, smoothedBy(8, 5));
    QCOMPARE(stopped.walks, 5);
    QCOMPARE(stopped.planes.front().vertices.front().rank, five.planes.front().vertices.front().rank);
  }

  void smoothingBeforeThePcaIsThatOfTheFeatures() {
    // A path in 4 of 60 features; smoothing rows first, then a PCA, against smoothing its components.
    const Curve curve = [](double t) {
      return point({3 * t, std::cos(t), 0.5 * std::sin(2 * t), 0.2 * std::cos(3 * t)});
    };
    MatrixXd axes = withNoise(MatrixXd::Zero(60, 4), 1, 5);
    const MatrixXd features = sampled(curve, 0, 5, 80) * axes.transpose();
    TrajectoryPca raw, smoothed;
    SmoothingSettings settings{SmoothingWidth::Constant, 5};
    const Smoother smoother(settings, stepsFor(features), features);
    const MatrixXd smoothFeatures = smoother.apply(features);
    for (Index t = 0; t < 80; ++t) {
      const Eigen::VectorXf row = features.row(t).cast<float>(),
                            smoothRow = smoothFeatures.row(t).cast<float>();
      raw.addRow(t, {row.data(), 60});
      smoothed.addRow(t, {smoothRow.data(), 60});
    }
    GeometrySettings geometry;
    geometry.smoothing = settings;
    geometry.smoothing.beforePca = true;
    const Trajectory expected = smoothed.compute(4), found = computeGeometry(raw.compute(10), geometry).path;
    // Float features of size 100.
    QVERIFY((found.points.leftCols(4) - expected.points).cwiseAbs().maxCoeff() < 1e-3);
    QVERIFY((found.explained.head(4) - expected.explained).cwiseAbs().maxCoeff() < 1e-5);
  }

  void littleOrNothingGivesNoPlanes() {
    QVERIFY(computeGeometry({}, smoothedBy(2, 3)).planes.empty());
    QVERIFY(computeGeometry(trajectoryOf(MatrixXd::Random(4, 3)), smoothedBy(1, 3)).planes.empty());
    QVERIFY(computeGeometry(trajectoryOf(MatrixXd::Random(30, 1)), smoothedBy(1, 3)).planes.empty());
    QCOMPARE(computeGeometry(trajectoryOf(MatrixXd::Random(30, 2)), smoothedBy(1, 3)).planes.size(), 1U);
    QVERIFY(computeGeometry(trajectoryOf(MatrixXd::Constant(30, 3, 1)), smoothedBy(1, 3)).forms.empty());
    GeometrySettings wrong;
    wrong.components = 1;
    QVERIFY_EXCEPTION_THROWN(computeGeometry(trajectoryOf(MatrixXd::Random(9, 3)), wrong), Error);
  }
};

QTEST_GUILESS_MAIN(TestTrajectoryGeometry)
#include "tst_trajectory_geometry.moc"
