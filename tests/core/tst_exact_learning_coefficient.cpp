// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/error.h"
#include "core/llc/exact_learning_coefficient.h"

using namespace evolute::core;

namespace {

using Widths = std::vector<std::int64_t>;

ExactCoefficient inLowestTerms(std::int64_t numerator, std::int64_t denominator, int multiplicity) {
  const std::int64_t common = std::gcd(numerator, denominator);
  return {numerator / common, denominator / common, multiplicity};
}

/// Two layers by the formula of Aoyagi and Watanabe 2005 for reduced-rank regression, by cases.
ExactCoefficient reducedRankRegression(std::int64_t in, std::int64_t hidden, std::int64_t out,
                                       std::int64_t r) {
  const std::int64_t M = in, H = hidden, N = out;
  if (M + H < N + r)
    return inLowestTerms(H * M - H * r + N * r, 2, 1);
  if (N + H < M + r)
    return inLowestTerms(H * N - H * r + M * r, 2, 1);
  if (M + N < H + r)
    return inLowestTerms(M * N, 2, 1);
  const bool odd = (M + H + N + r) % 2 != 0;
  const std::int64_t eighths =
      -(H + r) * (H + r) - M * M - N * N + 2 * (H + r) * (M + N) + 2 * M * N + (odd ? 1 : 0);
  return inLowestTerms(eighths, 8, odd ? 2 : 1);
}

} // namespace

class TestExactLearningCoefficient : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void matchesWorkedDeepLinearNetworks_data() {
    QTest::addColumn<Widths>("widths");
    QTest::addColumn<qint64>("rank");
    QTest::addColumn<qint64>("numerator");
    QTest::addColumn<qint64>("denominator");
    QTest::addColumn<int>("multiplicity");
    const auto row = [](const Widths &widths, qint64 rank, qint64 numerator, qint64 denominator, int m) {
      QString name = "rank " + QString::number(rank) + " of";
      for (const std::int64_t width : widths)
        name += " " + QString::number(width);
      QTest::newRow(qPrintable(name)) << widths << rank << numerator << denominator << m;
    };
    row({1, 1, 1}, 0, 1, 2, 2);
    row({1, 1, 1, 1}, 0, 1, 2, 3);
    row({2, 2, 2}, 0, 3, 2, 1);
    row({2, 2, 2}, 1, 2, 1, 2);
    row({2, 2, 2}, 2, 2, 1, 1);
    row({3, 2, 4}, 0, 3, 1, 2);
    row({3, 3, 3}, 0, 7, 2, 2);
    row({5, 3, 5}, 0, 13, 2, 2);
    row({5, 3, 5}, 2, 19, 2, 2);
    row({5, 4, 5}, 0, 8, 1, 1);
    row({4, 3, 8}, 0, 6, 1, 1);
    row({10, 10, 10}, 0, 75, 2, 1);
    row({10, 10, 10}, 5, 47, 1, 2);
    row({10, 5, 10}, 3, 32, 1, 1);
    row({4, 4, 4, 4}, 0, 11, 2, 3);
    row({4, 4, 4, 4}, 2, 15, 2, 3);
    row({4, 4, 4, 4}, 4, 8, 1, 1);
    row({10, 10, 10, 10}, 3, 42, 1, 3);
    row({5, 8, 3, 6, 7}, 1, 19, 2, 2);
    row({3, 4, 5, 6}, 0, 11, 2, 1);
    row({6, 2, 9, 4}, 1, 6, 1, 1);
    row({8, 8, 8, 8, 8}, 0, 20, 1, 1);
    row({185, 259, 286, 885, 235, 204, 274, 252}, 100, 20889, 1, 3);
  }
  void matchesWorkedDeepLinearNetworks() {
    QFETCH(Widths, widths);
    QFETCH(qint64, rank);
    QFETCH(qint64, numerator);
    QFETCH(qint64, denominator);
    QFETCH(int, multiplicity);
    const ExactCoefficient found = deepLinearCoefficient(widths, rank);
    QCOMPARE(found.numerator, numerator);
    QCOMPARE(found.denominator, denominator);
    QCOMPARE(found.multiplicity, multiplicity);
  }

  void agreesWithReducedRankRegressionEverywhere() {
    int cases = 0;
    for (std::int64_t in = 1; in <= 7; ++in)
      for (std::int64_t hidden = 1; hidden <= 7; ++hidden)
        for (std::int64_t out = 1; out <= 7; ++out)
          for (std::int64_t rank = 0; rank <= std::min({in, hidden, out}); ++rank, ++cases)
            QVERIFY2(deepLinearCoefficient({in, hidden, out}, rank) ==
                         reducedRankRegression(in, hidden, out, rank),
                     qPrintable(QString("%1-%2-%3 rank %4").arg(in).arg(hidden).arg(out).arg(rank)));
    QCOMPARE(cases, 1127);
  }

  /// At rank 0 the order of the widths does not matter; at other ranks that of the inner ones does not.
  void theOrderOfWidthsDoesNotMatter() {
    Widths widths{3, 4, 6, 8};
    const ExactCoefficient expected = deepLinearCoefficient(widths, 0);
    do
      QCOMPARE(deepLinearCoefficient(widths, 0), expected);
    while (std::next_permutation(widths.begin(), widths.end()));
    QCOMPARE(deepLinearCoefficient({5, 8, 3, 6, 7}, 1), deepLinearCoefficient({7, 3, 6, 8, 5}, 1));
  }

  /// With full rank everywhere the model is regular but for GL symmetries: r (in + out - r) / 2.
  void fullRankCountsTheDimensionsOfTheMap() {
    for (std::int64_t r = 1; r <= 6; ++r)
      QCOMPARE(deepLinearCoefficient({r, r, r, r}, r), inLowestTerms(r * r, 2, 1));
  }

  void neverExceedsHalfTheNumberOfWeights() {
    for (const Widths &widths : {Widths{2, 9, 4, 3}, Widths{7, 1, 7}, Widths{5, 5, 2, 8, 3}})
      for (std::int64_t rank = 0; rank <= *std::min_element(widths.begin(), widths.end()); ++rank) {
        double weights = 0;
        for (std::size_t i = 0; i + 1 < widths.size(); ++i)
          weights += double(widths[i] * widths[i + 1]);
        const double lambda = deepLinearCoefficient(widths, rank).value();
        QVERIFY(lambda > 0 && lambda <= weights / 2);
      }
  }

  void impossibleNetworksAreRefused() {
    QVERIFY_EXCEPTION_THROWN(deepLinearCoefficient({3, 3}, 0), Error);
    QVERIFY_EXCEPTION_THROWN(deepLinearCoefficient({}, 0), Error);
    QVERIFY_EXCEPTION_THROWN(deepLinearCoefficient({3, 0, 3}, 0), Error);
    QVERIFY_EXCEPTION_THROWN(deepLinearCoefficient({3, 2, 3}, 3), Error);
    QVERIFY_EXCEPTION_THROWN(deepLinearCoefficient({3, 2, 3}, -1), Error);
  }

  void matchesNormalCrossings_data() {
    QTest::addColumn<std::vector<int>>("powers");
    QTest::addColumn<int>("denominator");
    QTest::addColumn<int>("multiplicity");
    const auto row = [](const char *name, std::vector<int> powers, int denominator, int m) {
      QTest::newRow(name) << powers << denominator << m;
    };
    row("0 1", {0, 1}, 2, 1);
    row("1 1", {1, 1}, 2, 2);
    row("0 2", {0, 2}, 4, 1);
    row("1 2", {1, 2}, 4, 1);
    row("2 2", {2, 2}, 4, 2);
    row("0 3", {0, 3}, 6, 1);
    row("1 3", {1, 3}, 6, 1);
    row("2 3", {2, 3}, 6, 1);
    row("3 3", {3, 3}, 6, 2);
    row("3 1 3 3", {3, 1, 3, 3}, 6, 3);
  }
  void matchesNormalCrossings() {
    QFETCH(std::vector<int>, powers);
    QFETCH(int, denominator);
    QFETCH(int, multiplicity);
    QCOMPARE(normalCrossingCoefficient(powers), (ExactCoefficient{1, denominator, multiplicity}));
  }

  void crossingsWithoutAPowerAreRefused() {
    QVERIFY_EXCEPTION_THROWN(normalCrossingCoefficient({}), Error);
    QVERIFY_EXCEPTION_THROWN(normalCrossingCoefficient({0, 0}), Error);
    QVERIFY_EXCEPTION_THROWN(normalCrossingCoefficient({2, -1}), Error);
  }

  void theBowlGivesHalfAWeightEachAndItsBiases() {
    QCOMPARE(quadraticBowl({1, 2, 5}, 100, 0, 0), 1.5);
    // the pull takes h n*beta / (h n*beta + gamma) of it: 1/2 * 100 / 150
    QVERIFY(std::abs(quadraticBowl({1}, 100, 50, 0) - 1.0 / 3) < 1e-15);
    // the step adds 1 / (1 - eps p / 4): AR(1) variance, p = 150, eps p / 4 = 0.375
    QVERIFY(std::abs(quadraticBowl({1}, 100, 50, 0.01) - 1.0 / 3 / 0.625) < 1e-15);
    QCOMPARE(quadraticBowl({0, 0}, 100, 1, 0.01), 0.0);
    QVERIFY(std::isnan(quadraticBowl({1, 1e-3}, 400, 0, 0.01))); // eps p = 4: the chain runs off
    QVERIFY(std::isfinite(quadraticBowl({1}, 399, 0, 0.01)));
  }

  /// The closed form is the stationary variance of the chain; iterating that variance must reach it.
  void theBowlIsWhereTheVarianceOfTheChainSettles() {
    const double h = 3, inverseTemperature = 40, gamma = 7, step = 2e-3;
    const double shrink = 1 - 0.5 * step * (inverseTemperature * h + gamma);
    double variance = 0;
    for (int i = 0; i < 2000; ++i)
      variance = shrink * shrink * variance + step;
    QVERIFY(std::abs(quadraticBowl({h}, inverseTemperature, gamma, step) -
                     0.5 * inverseTemperature * h * variance) < 1e-12);
  }
};

QTEST_GUILESS_MAIN(TestExactLearningCoefficient)
#include "tst_exact_learning_coefficient.moc"
