// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <limits>
#include <numbers>

#include <Eigen/Geometry>

#include "core/trajectory/curve_geometry.h"
#include "core/trajectory/path_roughness.h"
#include "core/trajectory/vertices.h"
#include "tests/core/known_curves.h"

using namespace evolute::core;
using namespace known_curves;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;

namespace {

constexpr double kPi = std::numbers::pi;

struct Found {
  MatrixXd smoothed;
  std::vector<Vertex> vertices;
};
Found verticesOf(const MatrixXd &points, double sigma) {
  const Smoother smoother({SmoothingWidth::Constant, sigma}, stepsFor(points), points);
  const MatrixXd smoothed = smoother.apply(points);
  return {smoothed, findVertices(smoothed, smoother, noiseVariance(points))};
}

std::vector<Vertex> ofKind(const std::vector<Vertex> &vertices, VertexKind kind) {
  std::vector<Vertex> result;
  std::copy_if(vertices.begin(), vertices.end(), std::back_inserter(result),
               [&](const Vertex &v) { return v.kind == kind; });
  return result;
}

QString indices(const std::vector<Vertex> &vertices) {
  QString text;
  for (const Vertex &v : vertices)
    text += QString::fromStdString(nameOf(v.kind)) + ' ' + QString::number(v.index) + ' ';
  return text;
}

constexpr double kA = 2, kB = 1; // the ellipse's half axes
constexpr double kFrom = 0.1, kTo = 2 * kPi + 1;
double ellipseCurvature(double t) {
  return kA * kB / std::pow(kA * kA * std::sin(t) * std::sin(t) + kB * kB * std::cos(t) * std::cos(t), 1.5);
}

} // namespace

class TestCurveGeometry : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theCircleIsExactHoweverItIsSampled() {
    // Rounding of points of size 14, divided by the smallest sagitta that the spacing leaves.
    PlanePoints points(40, 2);
    for (Index i = 0; i < 40; ++i) {
      const double angle = 0.1 * double(i) + 0.04 * std::sin(double(i * i)); // uneven, clockwise
      points.row(i) << 10 + 3 * std::cos(-angle), -7 + 3 * std::sin(-angle);
    }
    const double tolerance = 16 * 14 * std::numeric_limits<double>::epsilon() / (0.02 * 0.02);
    const auto circles = osculatingCircles(points);
    for (std::size_t i = 1; i < 39; ++i) {
      QVERIFY(std::abs(circles[i].radius - 3) < 3 * tolerance);
      QVERIFY(std::abs(circles[i].curvature + 1.0 / 3) < tolerance); // to the right
      QVERIFY((circles[i].centre - Vector2d(10, -7)).norm() < 3 * tolerance);
    }
    QVERIFY(std::isnan(circles.front().radius) && std::isnan(circles.back().centre.x()));
  }

  void straightAndTurningBackAndStandingStillAreTold() {
    const OsculatingCircle straight = circleThrough({0, 0}, {1, 1}, {3, 3});
    QCOMPARE(straight.curvature, 0.0);
    QVERIFY(std::isinf(straight.radius) && std::isnan(straight.centre.x()));
    const OsculatingCircle back = circleThrough({0, 0}, {1, 0}, {0, 0});
    QCOMPARE(back.radius, 0.0);
    QCOMPARE(back.centre, Vector2d(1, 0));
    QVERIFY(std::isinf(back.curvature));
    QVERIFY(std::isnan(circleThrough({1, 0}, {1, 0}, {2, 0}).curvature));
  }

  void theEvoluteOfALogarithmicSpiralIsASpiral() {
    constexpr double growth = 0.15, distance = 0.05;
    const MatrixXd points = sampled(spiral(growth), 0, distance * 299, 300);
    const PlanePoints evolute = evoluteOf(osculatingCircles(points));
    // The spiral is similar to itself, so three points give the same centre turned and stretched: exactly.
    const Vector2d start = evolute.row(1);
    for (Index i = 1; i < 299; ++i) {
      const double t = distance * double(i - 1);
      const Eigen::Rotation2Dd turn(t);
      const Vector2d expected = std::exp(growth * t) * (turn * start);
      QVERIFY((evolute.row(i).transpose() - expected).norm() < 1e-11 * expected.norm());
    }
    // And it is the known one, turned by a quarter and `growth` as large, to second order in the distance.
    const Vector2d known =
        growth * std::exp(growth * distance) * (Eigen::Rotation2Dd(distance + kPi / 2) * Vector2d(1, 0));
    QVERIFY((start - known).norm() < distance * distance);
    QVERIFY(verticesOf(points, 0).vertices.empty()); // its curvature only falls
    QVERIFY2(verticesOf(points, 4).vertices.empty(), qPrintable(indices(verticesOf(points, 4).vertices)));
  }

  void anEllipseHasFourVertices_data() {
    QTest::addColumn<double>("sigma");
    QTest::newRow("as it is") << 0.0;
    QTest::newRow("smoothed") << 8.0;
  }
  void anEllipseHasFourVertices() {
    QFETCH(double, sigma);
    constexpr Index count = 400;
    const double distance = (kTo - kFrom) / (count - 1);
    const auto [smoothed, vertices] = verticesOf(sampled(ellipse(kA, kB), kFrom, kTo, count), sigma);
    QVERIFY2(vertices.size() == 4, qPrintable(indices(vertices)));
    // Smoothing shrinks all of it by one factor. Curvature at the nearest sample, half a distance from the
    // vertex at most, and through three points: relative errors 4.5 / 4 and 4.5 times the distance squared.
    const double scale = std::exp(-0.5 * std::pow(sigma * distance, 2)), tolerance = 6 * distance * distance;
    for (std::size_t k = 0; k < 4; ++k) {
      const Vertex &v = vertices[k];
      const double t = parameterAt(kFrom, kTo, count, v.index), quarter = 0.5 * kPi * double(k + 1);
      QVERIFY2(std::abs(t - quarter) <= 1.001 * distance, qPrintable(indices(vertices)));
      const bool wide = k % 2 == 0;
      QCOMPARE(v.kind, wide ? VertexKind::Wide : VertexKind::Tight);
      const double radius = scale * (wide ? kA * kA / kB : kB * kB / kA);
      QVERIFY(std::abs(v.circle.radius / radius - 1) < tolerance + 1e-5);
      const Vector2d cusp = wide ? Vector2d(0, (kB * kB - kA * kA) / kB * std::sin(quarter))
                                 : Vector2d((kA * kA - kB * kB) / kA * std::cos(quarter), 0);
      // The nearest sample's centre is along the evolute's cusp: to first order only the radius differs, the
      // normal turns by the distance.
      QVERIFY((v.circle.centre - scale * cusp).norm() <
              radius * (tolerance + 1e-5) + 2 * distance * distance * radius);
      QVERIFY(v.first < v.index && v.index < v.last && v.contactAngle > 0.5);
    }
  }

  void aCircleHasNone_data() {
    QTest::addColumn<double>("sigma");
    QTest::addColumn<double>("noise");
    QTest::newRow("as it is") << 0.0 << 0.0;
    QTest::newRow("smoothed") << 10.0 << 0.0;
    QTest::newRow("noisy") << 12.0 << 0.02;
  }
  void aCircleHasNone() {
    QFETCH(double, sigma);
    QFETCH(double, noise);
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const auto found = verticesOf(withNoise(sampled(ellipse(1, 1), 0.3, 5.8, 500), noise, seed), sigma);
      QVERIFY2(found.vertices.empty(), qPrintable(indices(found.vertices)));
    }
  }

  void theErrorOfCurvatureIsWhatItIsTakenFor() {
    constexpr double sigma = 12, noise = 0.01;
    constexpr Index count = 2000;
    const double distance = 12.0 / (count - 1);
    const MatrixXd points = withNoise(sampled(ellipse(1, 1), 0, 12, count), noise, 5);
    const Smoother smoother({SmoothingWidth::Constant, sigma}, stepsFor(points), points);
    const auto circles = osculatingCircles(smoother.apply(points));
    const double scale = std::exp(-0.5 * std::pow(sigma * distance, 2));
    double sum = 0;
    int used = 0;
    for (Index i = 100; i < 1900; ++i, ++used)
      sum += std::pow(circles[std::size_t(i)].curvature - 1 / scale, 2);
    const double speed = scale * distance;
    const double expected = noise * std::sqrt(smoother.secondDifferenceGain(1000)) / (speed * speed);
    const double ratio = std::sqrt(sum / used) / expected;
    // Second derivatives of the smoothed noise are correlated over about sigma: used / (2 sigma) are
    // independent.
    QVERIFY2(std::abs(ratio - 1) < 4 / std::sqrt(2.0 * used / (2 * sigma)),
             qPrintable(QString::number(ratio)));
    const VectorXd told = noiseVariance(points);
    QVERIFY(std::abs(std::sqrt(told(1000)) / noise - 1) < 0.2); // four standard errors, see noiseVariance()
  }

  void noiseLeavesAnEllipseItsFourVertices() {
    constexpr Index count = 1000;
    constexpr double sigma = 16, noise = 0.01;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const MatrixXd points = withNoise(sampled(ellipse(kA, kB), kFrom, kTo, count), noise, seed);
      const Smoother smoother({SmoothingWidth::Constant, sigma}, stepsFor(points), points);
      const auto found = verticesOf(points, sigma);
      QVERIFY2(found.vertices.size() == 4, qPrintable(indices(found.vertices)));
      for (std::size_t k = 0; k < 4; ++k) {
        const Vertex &v = found.vertices[k];
        QCOMPARE(v.kind, k % 2 == 0 ? VertexKind::Wide : VertexKind::Tight);
        // Found where noise beats the true extreme: true curvatures differ by no more than 5 errors there.
        const double t = parameterAt(kFrom, kTo, count, v.index);
        const double speed = 0.5 * (found.smoothed.row(v.index + 1) - found.smoothed.row(v.index - 1)).norm();
        const double error = noise * std::sqrt(smoother.secondDifferenceGain(v.index)) / (speed * speed);
        QVERIFY(std::abs(ellipseCurvature(t) - ellipseCurvature(0.5 * kPi * double(k + 1))) < 5 * error);
        QVERIFY(v.prominence >= 7);
      }
    }
  }

  void aCycloidHasCuspsAndWideVerticesBetween_data() {
    QTest::addColumn<double>("sigma");
    QTest::addColumn<double>("noise");
    QTest::newRow("as it is") << 0.0 << 0.0;
    QTest::newRow("smoothed") << 6.0 << 0.0;
    QTest::newRow("noisy") << 12.0 << 0.01;
  }
  void aCycloidHasCuspsAndWideVerticesBetween() {
    QFETCH(double, sigma);
    QFETCH(double, noise);
    constexpr Index count = 900;
    const double from = 0.6, to = 6 * kPi - 0.6, distance = (to - from) / (count - 1);
    const auto found = verticesOf(withNoise(sampled(cycloid(), from, to, count), noise, 3), sigma);
    const auto cusps = ofKind(found.vertices, VertexKind::Cusp),
               wide = ofKind(found.vertices, VertexKind::Wide);
    QVERIFY2(cusps.size() == 2 && wide.size() == 3 && found.vertices.size() == 5,
             qPrintable(indices(found.vertices)));
    for (std::size_t k = 0; k < 2; ++k) {
      const double t = parameterAt(from, to, count, cusps[k].index);
      QVERIFY(std::abs(t - 2 * kPi * double(k + 1)) <= std::max(1.0, sigma) * distance);
      QVERIFY(cusps[k].contactAngle > 2 * kPi / 3);
    }
    if (noise == 0 && sigma == 0)
      for (std::size_t k = 0; k < 3; ++k) {
        QVERIFY(std::abs(parameterAt(from, to, count, wide[k].index) - kPi * double(2 * k + 1)) <= distance);
        QVERIFY(std::abs(wide[k].circle.radius - 4) < 4 * distance * distance);
      }
  }

  void theEvoluteOfACycloidIsACycloid() {
    constexpr Index count = 600;
    const double from = 1, to = 2 * kPi - 1, distance = (to - from) / (count - 1);
    const PlanePoints evolute = evoluteOf(osculatingCircles(sampled(cycloid(), from, to, count)));
    for (Index i = 1; i + 1 < count; ++i) {
      const double t = parameterAt(from, to, count, i);
      QVERIFY((evolute.row(i).transpose() - Vector2d(t + std::sin(t), std::cos(t) - 1)).norm() <
              4 * distance * distance);
    }
  }

  void scaleAndPlaceDoNotMatter() {
    const MatrixXd points = withNoise(sampled(ellipse(kA, kB), kFrom, kTo, 600), 0.01, 9);
    const auto plain = verticesOf(points, 12).vertices;
    const auto moved = verticesOf((1e-3 * points).array() + 50, 12).vertices;
    QCOMPARE(indices(moved), indices(plain));
    for (std::size_t k = 0; k < plain.size(); ++k)
      QVERIFY(std::abs(moved[k].contactAngle - plain[k].contactAngle) < 1e-6);
  }

  void tooFewPointsHaveNoVertices() {
    for (const Index count : {0, 1, 2, 3, 4, 5})
      QVERIFY(verticesOf(sampled(ellipse(2, 1), 0, 1, count), 1).vertices.empty());
    const auto still = verticesOf(MatrixXd::Constant(50, 2, 3), 2).vertices;
    QVERIFY2(still.empty(), qPrintable(indices(still)));
  }
};

QTEST_GUILESS_MAIN(TestCurveGeometry)
#include "tst_curve_geometry.moc"
