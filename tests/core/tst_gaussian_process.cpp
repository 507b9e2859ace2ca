// SPDX-License-Identifier: GPL-3.0-or-later
// The state-space form against the dense one: covariance matrices and a Cholesky factor.
#include <cmath>
#include <numbers>

#include <Eigen/Cholesky>
#include <QTest>

#include "core/sampling/philox.h"
#include "core/stages/gaussian_process.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

VectorXd normals(Index count, std::uint64_t seed) {
  VectorXd z(count);
  RandomStream{streamKey(seed, "test")}.normals(0, std::span(z.data(), std::size_t(count)));
  return z;
}

CurvePoints wave(const VectorXd &x, double noise, std::uint64_t seed = 1) {
  CurvePoints points{x, {}, {}};
  points.y = 5 + (1.3 * x.array()).sin() * 2 + noise * normals(x.size(), seed).array();
  return points;
}

/// Straight from the formulas of the header; nothing shared with the code under test.
struct Dense {
  const CurvePoints &points;
  CurveKernel kernel;
  double xMiddle, xRange, yMiddle, ySize;

  Dense(const CurvePoints &p, const CurveKernel &k) : points(p), kernel(k) {
    const Index n = p.x.size();
    xMiddle = (p.x[0] + p.x[n - 1]) / 2;
    xRange = p.x[n - 1] - p.x[0];
    yMiddle = p.y.mean();
    ySize = std::sqrt((p.y.array() - yMiddle).square().mean());
  }
  /// cov of the a-th derivative at x and the b-th at y, a and b at most 1
  double covariance(double x, double y, int a, int b) const {
    const double r = std::sqrt(5) / kernel.lengthScale, t = x - y, d = r * std::abs(t), e = std::exp(-d);
    const double s2 = kernel.amplitude * kernel.amplitude;
    const double c0 = 100 * ySize * ySize, c1 = c0 / (xRange * xRange);
    const double first = s2 * r * r / 3 * (1 + d) * e * t; // - d/dx
    if (a == 0 && b == 0)
      return s2 * (1 + d + d * d / 3) * e + c0 + c1 * (x - xMiddle) * (y - xMiddle);
    if (a == 1 && b == 0)
      return -first + c1 * (y - xMiddle);
    if (a == 0 && b == 1)
      return first + c1 * (x - xMiddle);
    return s2 * r * r / 3 * (1 + d - d * d) * e + c1;
  }
  MatrixXd matrix(const VectorXd &x, const VectorXd &y, int a, int b) const {
    return MatrixXd::NullaryExpr(x.size(), y.size(),
                                 [&](Index i, Index j) { return covariance(x[i], y[j], a, b); });
  }
  MatrixXd observed() const {
    MatrixXd m = matrix(points.x, points.x, 0, 0);
    m.diagonal().array() += kernel.noise * kernel.noise;
    if (points.error.size() > 0)
      m.diagonal() += points.error.cwiseAbs2();
    return m;
  }
  double logLikelihood() const {
    const Eigen::LLT<MatrixXd> llt(observed());
    const VectorXd z = llt.matrixL().solve(VectorXd(points.y.array() - yMiddle));
    return -0.5 * z.squaredNorm() - VectorXd(MatrixXd(llt.matrixL()).diagonal()).array().log().sum() -
           0.5 * double(points.x.size()) * std::log(2 * std::numbers::pi);
  }
  CurvePosterior posterior(const VectorXd &grid) const {
    const Eigen::LLT<MatrixXd> llt(observed());
    const VectorXd weights = llt.solve(VectorXd(points.y.array() - yMiddle));
    CurvePosterior p{grid, {}, {}, {}, {}};
    for (const int a : {0, 1}) {
      const MatrixXd cross = matrix(grid, points.x, a, 0), explained = cross * llt.solve(cross.transpose());
      (a == 0 ? p.mean : p.slopeMean) = cross * weights;
      (a == 0 ? p.sd : p.slopeSd) =
          (matrix(grid, grid, a, a).diagonal() - explained.diagonal()).cwiseMax(0).cwiseSqrt();
    }
    p.mean.array() += yMiddle;
    return p;
  }
};

void compare(const VectorXd &found, const VectorXd &expected, double tolerance, const char *what) {
  QCOMPARE(found.size(), expected.size());
  const double off = (found - expected).cwiseAbs().maxCoeff();
  QVERIFY2(off <= tolerance, qPrintable(QStringLiteral("%1 off by %2").arg(QLatin1String(what)).arg(off)));
}

} // namespace

class TestGaussianProcess : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void theStateSpaceFormIsTheDenseOne_data() {
    QTest::addColumn<double>("lengthScale");
    QTest::addColumn<double>("noise");
    QTest::addColumn<bool>("hasErrors");
    QTest::newRow("short") << 0.3 << 0.1 << false;
    QTest::newRow("long") << 8.0 << 0.1 << false;
    QTest::newRow("little noise") << 1.5 << 0.005 << false;
    QTest::newRow("known errors") << 1.5 << 0.05 << true;
  }
  void theStateSpaceFormIsTheDenseOne() {
    QFETCH(double, lengthScale);
    QFETCH(double, noise);
    QFETCH(bool, hasErrors);
    VectorXd x(40); // even, very close, equal, and far apart
    for (Index i = 0; i < 40; ++i)
      x[i] = i < 20 ? 0.2 * double(i) : i < 30 ? 4 + 1e-6 * double(i / 2) : 4.5 + 0.3 * double(i - 30);
    CurvePoints points = wave(x, 0.1);
    if (hasErrors)
      points.error = normals(40, 2).cwiseAbs() * 0.2;
    const CurveKernel kernel{1.7, lengthScale, noise};
    const Dense dense(points, kernel);
    const double likelihood = logMarginalLikelihood(points, kernel);
    // Both lose up to (prior variance / noise variance) * 1e-16 of digits: 4e6 here with little noise.
    const double tolerance = 1e-8;
    QVERIFY2(std::abs(likelihood - dense.logLikelihood()) < tolerance * std::abs(likelihood),
             qPrintable(QString::number(likelihood - dense.logLikelihood())));
    const VectorXd grid = VectorXd::LinSpaced(57, -1, 9);
    const CurvePosterior found = GaussianProcess(points, kernel).posterior(grid),
                         expected = dense.posterior(grid);
    compare(found.mean, expected.mean, tolerance * 10, "mean");
    compare(found.slopeMean, expected.slopeMean, tolerance * 10, "slope");
    // Standard deviations of the dense form come from a difference of numbers near 400.
    compare(found.sd.cwiseAbs2(), expected.sd.cwiseAbs2(), tolerance * 10, "variance");
    compare(found.slopeSd.cwiseAbs2(), expected.slopeSd.cwiseAbs2(), tolerance * 100,
            "variance of the slope");
  }

  void theGradientIsThatOfFiniteDifferences() {
    CurvePoints points = wave(VectorXd::LinSpaced(60, 0, 10), 0.3);
    for (const bool hasErrors : {false, true}) {
      if (hasErrors)
        points.error = VectorXd::Constant(60, 0.2);
      const CurveKernel at{1.1, 1.9, 0.25};
      Eigen::Vector3d gradient;
      const double value = logMarginalLikelihood(points, at, &gradient);
      QCOMPARE(value, logMarginalLikelihood(points, at));
      for (int i = 0; i < 3; ++i) {
        const auto moved = [&](double by) {
          CurveKernel k = at;
          (i == 0 ? k.amplitude : i == 1 ? k.lengthScale : k.noise) *= std::exp(by);
          return logMarginalLikelihood(points, k);
        };
        const double h = 1e-4; // error of order h^2 and 1e-13 / h
        const double difference = (moved(h) - moved(-h)) / (2 * h);
        QVERIFY2(
            std::abs(gradient[i] - difference) < 1e-6 * (1 + std::abs(difference)),
            qPrintable(QStringLiteral("%1: %2, by differences %3").arg(i).arg(gradient[i]).arg(difference)));
      }
    }
  }

  void fittingReachesAStationaryPoint() {
    const CurvePoints points = wave(VectorXd::LinSpaced(200, 0, 10), 0.3);
    const CurveKernel kernel = GaussianProcess::fitted(points).kernel();
    Eigen::Vector3d gradient;
    logMarginalLikelihood(points, kernel, &gradient);
    QVERIFY2(gradient.norm() < 0.05, qPrintable(QString::number(gradient.norm())));
    QVERIFY(std::abs(kernel.noise - 0.3) <
            4 * 0.3 / std::sqrt(2 * 200.0)); // 4 standard errors of a standard deviation
  }

  void drawsHaveTheMeanAndTheSpreadOfThePosterior() {
    const CurvePoints points = wave(VectorXd::LinSpaced(30, 0, 10), 0.3);
    const GaussianProcess process(points, {1.5, 2, 0.3});
    const VectorXd grid = VectorXd::LinSpaced(23, -0.5, 10.5);
    const int count = 4000;
    const CurvePosterior posterior = process.posterior(grid);
    const CurveDraws draws = process.draws(grid, count, 7);
    QCOMPARE(draws.value.cols(), Index(count));
    const auto check = [&](const MatrixXd &drawn, const VectorXd &mean, const VectorXd &sd) {
      const VectorXd m = drawn.rowwise().mean();
      const VectorXd s = ((drawn.colwise() - m).rowwise().squaredNorm() / (count - 1)).cwiseSqrt();
      for (Index i = 0; i < grid.size(); ++i) { // 92 comparisons: 5 standard errors
        QVERIFY(std::abs(m[i] - mean[i]) < 5 * sd[i] / std::sqrt(double(count)));
        QVERIFY(std::abs(s[i] / sd[i] - 1) < 5 / std::sqrt(2.0 * count));
      }
    };
    check(draws.value, posterior.mean, posterior.sd);
    check(draws.slope, posterior.slopeMean, posterior.slopeSd);
    // Joint law: what a slope says of the value's change, by the trapezium rule on a grid finer than the
    // kernel.
    const VectorXd fine = VectorXd::LinSpaced(401, 2, 6);
    const CurveDraws path = process.draws(fine, 3, 7);
    for (Index c = 0; c < 3; ++c) {
      const double h = fine[1] - fine[0];
      const double integral = h * (path.slope.col(c).sum() - (path.slope(0, c) + path.slope(400, c)) / 2);
      QVERIFY(std::abs(integral - (path.value(400, c) - path.value(0, c))) < 1e-3);
    }
    QCOMPARE(process.draws(grid, 5, 7).value, process.draws(grid, 5, 7).value);
    QVERIFY(process.draws(grid, 5, 7).value != process.draws(grid, 5, 8).value);
  }

  void unitsOfTheCurveDoNotMatter() {
    CurvePoints points = wave(VectorXd::LinSpaced(80, 0, 10), 0.2), scaled = points;
    scaled.x = scaled.x.array() * 3 + 100;
    scaled.y = scaled.y.array() * 1e4 - 7;
    const CurveKernel a = GaussianProcess::fitted(points).kernel(),
                      b = GaussianProcess::fitted(scaled).kernel();
    QVERIFY(std::abs(b.lengthScale / (3 * a.lengthScale) - 1) < 1e-3);
    QVERIFY(std::abs(b.amplitude / (1e4 * a.amplitude) - 1) < 1e-3);
    QVERIFY(std::abs(b.noise / (1e4 * a.noise) - 1) < 1e-3);
  }

  void curvesAtTheEdgeAreNoTrouble_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<double>("value");
    QTest::newRow("two points") << 2 << 1.0;
    QTest::newRow("a constant") << 50 << 0.0;
    QTest::newRow("large numbers") << 50 << 1e9;
  }
  void curvesAtTheEdgeAreNoTrouble() {
    QFETCH(int, count);
    QFETCH(double, value);
    CurvePoints points{VectorXd::LinSpaced(count, 0, 10), VectorXd::Constant(count, 3), {}};
    points.y[count / 2] += value;
    const GaussianProcess process = GaussianProcess::fitted(points);
    const CurvePosterior p = process.posterior(VectorXd::LinSpaced(11, 0, 10));
    QVERIFY(p.mean.allFinite() && p.sd.allFinite() && p.slopeMean.allFinite() && p.slopeSd.allFinite());
    QVERIFY(process.draws(p.x, 4, 0).slope.allFinite());
  }
};

QTEST_GUILESS_MAIN(TestGaussianProcess)
#include "tst_gaussian_process.moc"
