// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <array>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/llc/exact_learning_coefficient.h"

using namespace evolute::core;

namespace {

constexpr std::array kTemperatures{21.7, 30.0, 66.7, 1e2, 1e3, 1e4}; // n*beta
using Row = std::array<double, kTemperatures.size()>;
constexpr double kRounding = 5.5e-4; // the tables give three decimals, n*beta three digits

} // namespace

Q_DECLARE_METATYPE(Row)

class TestFiniteTemperature : public QObject {
  Q_OBJECT
private Q_SLOTS:
  /// Values of an independent script (gamma = 1), see the project's notes on exact targets.
  void matchesTheTableOfCrossings_data() {
    QTest::addColumn<std::vector<int>>("powers");
    QTest::addColumn<Row>("expected");
    const auto row = [](const char *name, std::vector<int> powers, Row expected) {
      QTest::newRow(name) << powers << expected;
    };
    row("w^2", {1}, {.489, .492, .496, .498, .500, .500});
    row("w^4", {2}, {.233, .235, .240, .242, .247, .249});
    row("w^6", {3}, {.149, .150, .154, .156, .161, .164});
    row("(w1 w2)^2", {1, 1}, {.316, .325, .346, .354, .390, .412});
    row("w1^2 w2^4", {1, 2}, {.186, .191, .201, .206, .225, .236});
    row("(w1 w2)^4", {2, 2}, {.132, .135, .143, .147, .165, .179});
    row("w1^2 w2^6", {1, 3}, {.128, .131, .137, .139, .151, .158});
    row("(w1 w2)^6", {3, 3}, {.079, .081, .085, .087, .098, .106});
  }
  void matchesTheTableOfCrossings() {
    QFETCH(std::vector<int>, powers);
    QFETCH(Row, expected);
    for (std::size_t i = 0; i < kTemperatures.size(); ++i) {
      const double found = finiteTemperatureCrossing(powers, kTemperatures[i], 1);
      QVERIFY2(std::abs(found - expected[i]) < kRounding,
               qPrintable(
                   QString("n*beta %1: %2, expected %3").arg(kTemperatures[i]).arg(found).arg(expected[i])));
    }
  }

  void matchesTheTableOfTwoLayerNetworks_data() {
    QTest::addColumn<std::vector<int>>("widths");
    QTest::addColumn<Row>("expected");
    const auto row = [](const char *name, std::vector<int> widths, Row expected) {
      QTest::newRow(name) << widths << expected;
    };
    row("1-1-1", {1, 1, 1}, {.316, .325, .346, .354, .390, .412}); // (w1 w2)^2 by another road
    row("2-2-2", {2, 2, 2}, {1.302, 1.325, 1.372, 1.390, 1.456, 1.483});
    row("3-2-4", {3, 2, 4}, {2.596, 2.631, 2.700, 2.727, 2.827, 2.875});
    row("2-2-5", {2, 2, 5}, {1.934, 1.948, 1.971, 1.979, 1.997, 2.000});
    row("5-3-5", {5, 3, 5}, {5.830, 5.896, 6.027, 6.079, 6.260, 6.341});
    row("4-3-8", {4, 3, 8}, {5.839, 5.872, 5.929, 5.947, 5.992, 5.999});
  }
  void matchesTheTableOfTwoLayerNetworks() {
    QFETCH(std::vector<int>, widths);
    QFETCH(Row, expected);
    for (std::size_t i = 0; i < kTemperatures.size(); ++i) {
      const auto found = finiteTemperatureTwoLayer(widths[0], widths[1], widths[2], kTemperatures[i], 1);
      QCOMPARE(found.standardError, 0.0);
      QVERIFY2(
          std::abs(found.value - expected[i]) < kRounding,
          qPrintable(
              QString("n*beta %1: %2, expected %3").arg(kTemperatures[i]).arg(found.value).arg(expected[i])));
    }
  }

  /// One weight: the bowl's closed form is n*beta / (2 n*beta + gamma), here with L = w^2 = (2/2) w^2.
  void oneWeightIsTheBowl() {
    for (const double gamma : {0.1, 1.0, 30.0})
      QVERIFY(std::abs(finiteTemperatureCrossing({1}, 66.7, gamma) - quadraticBowl({2}, 66.7, gamma, 0)) <
              1e-12);
  }

  void oneHiddenWeightIsACrossing() {
    for (const double gamma : {0.5, 1.0, 20.0})
      QVERIFY(std::abs(finiteTemperatureTwoLayer(1, 1, 1, 150, gamma).value -
                       finiteTemperatureCrossing({1, 1}, 150, gamma)) < 1e-10);
  }

  void freeDirectionsAndTheOrderOfFactorsDoNotMatter() {
    QCOMPARE(finiteTemperatureCrossing({0, 2, 0}, 50, 3), finiteTemperatureCrossing({2}, 50, 3));
    QVERIFY(std::abs(finiteTemperatureCrossing({1, 3}, 50, 3) - finiteTemperatureCrossing({3, 1}, 50, 3)) <
            1e-12);
  }

  /// For L homogeneous of degree d only n*beta gamma^(-d/2) matters: a matter of the unit of weights.
  void onlyTheScaledTemperatureMatters() {
    const double gamma = 6.25;
    QVERIFY(std::abs(finiteTemperatureCrossing({1, 2}, 100 * std::pow(gamma, 3), gamma) -
                     finiteTemperatureCrossing({1, 2}, 100, 1)) < 1e-11);
    QVERIFY(std::abs(finiteTemperatureTwoLayer(3, 2, 4, 100 * gamma * gamma, gamma).value -
                     finiteTemperatureTwoLayer(3, 2, 4, 100, 1).value) < 1e-11);
  }

  void transposingTheNetworkChangesNothing() {
    QCOMPARE(finiteTemperatureTwoLayer(2, 3, 6, 100, 1).value,
             finiteTemperatureTwoLayer(6, 3, 2, 100, 1).value);
  }

  /// As n*beta -> 0 the weights keep their prior: n*beta E|W2 W1|^2 = n*beta in hidden out / gamma^2. The
  /// next term is of relative size n*beta (in + hidden + out + ...) / gamma^2, below 1e-4 here.
  void hotNetworksKeepTheirPrior_data() {
    QTest::addColumn<std::vector<int>>("widths");
    QTest::newRow("one eigenvalue") << std::vector{1, 4, 2};
    QTest::newRow("two") << std::vector{3, 2, 4};
    QTest::newRow("three") << std::vector{5, 3, 5};
    QTest::newRow("sampled") << std::vector{5, 4, 6};
  }
  void hotNetworksKeepTheirPrior() {
    QFETCH(std::vector<int>, widths);
    const double inverseTemperature = 1e-6, gamma = 1;
    const auto found = finiteTemperatureTwoLayer(widths[0], widths[1], widths[2], inverseTemperature, gamma);
    const double expected = inverseTemperature * widths[0] * widths[1] * widths[2];
    QVERIFY(std::abs(found.value - expected) < 1e-4 * expected + 4 * found.standardError);
  }

  /// Sampled where there are four eigenvalues: lambda is reached from below as it gets cold. 5-4-5 has
  /// lambda = 8 with multiplicity 1; the gap falls like a power of n*beta.
  void sampledNetworksApproachLambdaFromBelow() {
    const double lambda = deepLinearCoefficient({5, 4, 5}, 0).value();
    double before = 0;
    for (const double inverseTemperature : {1e2, 1e4}) {
      const auto found = finiteTemperatureTwoLayer(5, 4, 5, inverseTemperature, 1);
      QVERIFY(found.standardError > 0 && found.standardError < 0.02);
      QVERIFY(found.value < lambda + 4 * found.standardError &&
              found.value > before + 4 * found.standardError);
      before = found.value;
    }
    QVERIFY2(lambda - before < 0.2, qPrintable(QString::number(before)));
    QCOMPARE(finiteTemperatureTwoLayer(5, 4, 5, 1e4, 1).value, before); // same numbers every time
  }

  void impossibleTargetsAreRefused() {
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureCrossing({1}, 0, 1), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureCrossing({1}, 10, 0), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureCrossing({}, 10, 1), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureCrossing({-1}, 10, 1), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureCrossing({1, 1, 1}, 10, 1), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureTwoLayer(2, 0, 2, 10, 1), Error);
    QVERIFY_EXCEPTION_THROWN(finiteTemperatureTwoLayer(2, 2, 2, std::nan(""), 1), Error);
  }
};

QTEST_GUILESS_MAIN(TestFiniteTemperature)
#include "tst_finite_temperature.moc"
