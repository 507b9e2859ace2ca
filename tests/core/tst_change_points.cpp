// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <QTest>

#include "core/sampling/philox.h"
#include "core/stages/change_points.h"

using namespace evolute::core;
using Eigen::Index;
using Eigen::VectorXd;

namespace {

CurvePoints noisy(Index n, double (*value)(double), double noise, std::uint64_t seed) {
  CurvePoints points{VectorXd::LinSpaced(n, 0, 10), VectorXd(n), {}};
  RandomStream{streamKey(seed, "test")}.normals(0, std::span(points.y.data(), std::size_t(n)));
  for (Index i = 0; i < n; ++i)
    points.y[i] = value(points.x[i]) + noise * points.y[i];
  return points;
}

double steps(double x) {
  return x < 3 ? 0 : x < 7 ? 2 : 1;
}
double bend(double x) {
  return x < 6 ? x : 6 - 2 * (x - 6);
}
double straight(double x) {
  return 3 * x;
}
double flat(double) {
  return 0;
}

/// Cost of explaining points i ... j-1 by a least-squares constant or line, over noise of size 1.
double residual(const CurvePoints &p, Index i, Index j, bool isLevel) {
  const VectorXd x = p.x.segment(i, j - i), y = p.y.segment(i, j - i);
  const VectorXd centred = y.array() - y.mean();
  if (isLevel)
    return centred.squaredNorm();
  const VectorXd moved = x.array() - x.mean();
  return (centred - moved * (moved.dot(centred) / moved.squaredNorm())).squaredNorm();
}

/// The best cost over all partitions, by trying every last piece of every beginning.
double bestCost(const CurvePoints &p, double penalty, bool isLevel, double noise) {
  const Index n = p.x.size(), shortest = isLevel ? 2 : 3;
  std::vector<double> best(std::size_t(n) + 1, std::numeric_limits<double>::infinity());
  best[0] = -penalty;
  for (Index j = 1; j <= n; ++j)
    for (Index i = 0; i + shortest <= j; ++i)
      best[std::size_t(j)] = std::min(best[std::size_t(j)], best[std::size_t(i)] + penalty +
                                                                residual(p, i, j, isLevel) / (noise * noise));
  return best[std::size_t(n)];
}

/// The noise as change_points.h says it is measured.
double measuredNoise(const CurvePoints &p) {
  std::vector<double> deviations;
  for (Index i = 1; i + 1 < p.x.size(); ++i)
    deviations.push_back(std::abs(p.y[i] - (p.y[i - 1] + p.y[i + 1]) / 2) / std::sqrt(1.5));
  std::sort(deviations.begin(), deviations.end());
  return 1.482602218505602 * deviations[deviations.size() / 2];
}

} // namespace

class TestChangePoints : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void changesAreFoundWhereTheyAre() {
    const auto level = findChangePoints(noisy(200, steps, 0.3, 1), {ChangeKind::Level});
    QCOMPARE(level.size(), std::size_t(2));
    QVERIFY(level[0].low <= 3 && 3 <= level[0].high && std::abs(level[0].x - 3) < 0.3);
    QVERIFY(level[1].low <= 7 && 7 <= level[1].high && std::abs(level[1].x - 7) < 0.3);
    const auto slope = findChangePoints(noisy(200, bend, 0.3, 1), {ChangeKind::Slope});
    QCOMPARE(slope.size(), std::size_t(1));
    QVERIFY(slope[0].low <= 6 && 6 <= slope[0].high && slope[0].high - slope[0].low < 2);
    QVERIFY(slope[0].gain > 0);
  }

  void thePartitionIsTheBestOfAll_data() {
    QTest::addColumn<bool>("isLevel");
    QTest::addColumn<double>("penalty");
    for (const double penalty : {2.0, 8.0, 20.0}) {
      QTest::addRow("level, penalty %g", penalty) << true << penalty;
      QTest::addRow("slope, penalty %g", penalty) << false << penalty;
    }
  }
  void thePartitionIsTheBestOfAll() {
    QFETCH(bool, isLevel);
    QFETCH(double, penalty);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const CurvePoints points = noisy(60, seed % 2 == 0 ? steps : bend, 0.6, seed);
      const double noise = measuredNoise(points);
      const auto changes =
          findChangePoints(points, {isLevel ? ChangeKind::Level : ChangeKind::Slope, penalty});
      double cost = 0;
      Index begin = 0;
      for (std::size_t k = 0; k <= changes.size(); ++k) {
        Index end = points.x.size();
        if (k < changes.size())
          end = std::upper_bound(points.x.begin(), points.x.end(), changes[k].x) - points.x.begin();
        cost += residual(points, begin, end, isLevel) / (noise * noise) + (k > 0 ? penalty : 0);
        begin = end;
      }
      const double best = bestCost(points, penalty, isLevel, noise);
      QVERIFY2(std::abs(cost - best) < 1e-8 * best,
               qPrintable(QStringLiteral("%1 against %2").arg(cost).arg(best)));
    }
  }

  void intervalsHoldThePlaceAsOftenAsTheySay() {
    int held = 0, extra = 0;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      const auto step = [](double x) { return x < 4 ? 0.0 : 1.2; };
      const auto changes = findChangePoints(noisy(120, step, 0.6, seed), {ChangeKind::Level});
      QVERIFY(!changes.empty());
      extra += int(changes.size()) - 1;
      held += std::any_of(changes.begin(), changes.end(),
                          [](const ChangePoint &c) { return c.low <= 4 && 4 <= c.high; });
    }
    QVERIFY2(held >= 51, qPrintable(QString::number(held))); // at 95 %, fewer has probability 0.001
    QVERIFY2(extra <= 4, qPrintable(QString::number(extra)));
  }

  void noiseAndLinesHaveNoChange() {
    int found = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      found += int(findChangePoints(noisy(150, flat, 1, seed), {ChangeKind::Level}).size());
      found += int(findChangePoints(noisy(150, straight, 1, seed), {ChangeKind::Slope}).size());
    }
    QVERIFY2(found <= 4, qPrintable(QString::number(found)));
  }

  void unitsDoNotMatter() {
    CurvePoints points = noisy(100, bend, 0.3, 2), scaled = points;
    scaled.x = scaled.x.array() * 2 + 7;
    scaled.y = scaled.y.array() * -1e5 + 1e7;
    const auto a = findChangePoints(points), b = findChangePoints(scaled);
    QCOMPARE(a.size(), std::size_t(1));
    QCOMPARE(b.size(), std::size_t(1));
    QVERIFY(std::abs(b[0].x - (2 * a[0].x + 7)) < 1e-9);
    QVERIFY(std::abs(b[0].gain / a[0].gain - 1) < 1e-6);
  }

  void anErrorThatIsKnownWeighs() {
    CurvePoints points = noisy(100, flat, 0.3, 2);
    for (Index i = 50; i < 55; ++i)
      points.y[i] += 3;
    QVERIFY(!findChangePoints(points, {ChangeKind::Level}).empty());
    points.error = VectorXd::Constant(100, 0.3);
    points.error.segment(50, 5).setConstant(3);
    QVERIFY(findChangePoints(points, {ChangeKind::Level}).empty());
  }

  void hardlyAnyPointsSayNothing() {
    for (Index n = 0; n < 6; ++n)
      QVERIFY(findChangePoints({VectorXd::LinSpaced(n, 0, 1), VectorXd::LinSpaced(n, 0, 1), {}}).empty());
    QVERIFY(findChangePoints({VectorXd::LinSpaced(30, 0, 1), VectorXd::Constant(30, 2), {}}).empty());
  }
};

QTEST_GUILESS_MAIN(TestChangePoints)
#include "tst_change_points.moc"
