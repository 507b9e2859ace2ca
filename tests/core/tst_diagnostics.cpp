// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>
#include <limits>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/llc/diagnostics.h"
#include "core/sampling/philox.h"

using namespace evolute::core;
using Eigen::ArrayXXd;

namespace {

const nlohmann::json &reference() {
  static const nlohmann::json document =
      nlohmann::json::parse(std::ifstream(EVOLUTE_TEST_DATA "/diagnostics.json"));
  return document;
}

ArrayXXd drawsOf(const nlohmann::json &chains) {
  ArrayXXd draws(Eigen::Index(chains.at(0).size()), Eigen::Index(chains.size()));
  for (Eigen::Index chain = 0; chain < draws.cols(); ++chain)
    for (Eigen::Index draw = 0; draw < draws.rows(); ++draw)
      draws(draw, chain) = chains.at(std::size_t(chain)).at(std::size_t(draw)).get<double>();
  return draws;
}

ArrayXXd independentNormals(Eigen::Index draws, Eigen::Index chains, std::uint64_t seed) {
  std::vector<double> z(std::size_t(draws * chains));
  RandomStream{streamKey(seed, "diagnostics")}.normals(0, z);
  return Eigen::Map<const ArrayXXd>(z.data(), draws, chains);
}

using Diagnostic = double (*)(const ArrayXXd &);
constexpr Diagnostic kAll[] = {splitRhat, essBulk, essTail, essMean, mcseMean};

} // namespace

class TestDiagnostics : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void agreesWithArviz_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < reference().at("cases").size(); ++i)
      QTest::newRow(reference().at("cases").at(i).at("name").get<std::string>().c_str()) << int(i);
  }
  void agreesWithArviz() {
    QFETCH(int, index);
    const nlohmann::json &row = reference().at("cases").at(std::size_t(index));
    const ArrayXXd draws = drawsOf(row.at("chains"));
    const auto agrees = [&](double ours, const char *key) {
      const double theirs = row.at(key).get<double>();
      const bool ok = std::abs(ours - theirs) <= 1e-10 * std::abs(theirs);
      if (!ok)
        qWarning("%s: %.15g, ArviZ %.15g", key, ours, theirs);
      return ok;
    };
    QVERIFY(agrees(splitRhat(draws), "rhat"));
    QVERIFY(agrees(essBulk(draws), "ess_bulk"));
    QVERIFY(agrees(essMean(draws), "ess_mean"));
    QVERIFY(agrees(mcseMean(draws), "mcse_mean"));
    if (row.at("name") == "ties") // the 95 % quantile is the largest value: a constant indicator
      QVERIFY(std::isnan(essTail(draws)));
    else
      QVERIFY(agrees(essTail(draws), "ess_tail"));
  }

  void whatCannotBeToldIsNotANumber_data() {
    QTest::addColumn<QString>("what");
    for (const char *what : {"empty", "three draws", "constant", "NaN", "infinity"})
      QTest::newRow(what) << QString(what);
  }
  void whatCannotBeToldIsNotANumber() {
    QFETCH(QString, what);
    ArrayXXd draws = independentNormals(what == "three draws" ? 3 : 50, 4, 1);
    if (what == "empty")
      draws.resize(0, 0);
    else if (what == "constant")
      draws.setConstant(0.1);
    else if (what == "NaN")
      draws(7, 2) = std::numeric_limits<double>::quiet_NaN();
    else if (what == "infinity")
      draws(0, 0) = -std::numeric_limits<double>::infinity();
    for (const Diagnostic diagnostic : kAll)
      QVERIFY(std::isnan(diagnostic(draws)));
  }

  void frozenChainsThatDifferNeverAgree() {
    ArrayXXd draws(20, 2);
    draws.col(0).setConstant(1);
    draws.col(1).setConstant(2);
    QVERIFY(std::isinf(splitRhat(draws)));
  }

  void theOrderOfChainsDoesNotMatter() {
    const ArrayXXd draws = independentNormals(60, 3, 2);
    ArrayXXd turned(60, 3);
    turned << draws.col(2), draws.col(0), draws.col(1);
    for (const Diagnostic diagnostic : kAll)
      QVERIFY(std::abs(diagnostic(draws) - diagnostic(turned)) < 1e-12 * std::abs(diagnostic(draws)));
  }

  /// A rising transformation changes no rank: bulk figures stay bit for bit. A shift and a scale change no
  /// diagnostic, but for the error of the mean, which scales.
  void ranksAndScalesBehaveAsTheyShould() {
    const ArrayXXd draws = independentNormals(80, 4, 3);
    QCOMPARE(essBulk(draws), essBulk(draws.exp()));
    const ArrayXXd scaled = 3.0 * draws + 7.0;
    for (const Diagnostic diagnostic : {splitRhat, essBulk, essTail, essMean})
      QVERIFY(std::abs(diagnostic(draws) / diagnostic(scaled) - 1) < 1e-10);
    QVERIFY(std::abs(mcseMean(scaled) / mcseMean(draws) - 3) < 1e-10);
  }

  /// AR(1) with correlation r: N (1 - r) / (1 + r) effective draws. The estimator's relative error is about
  /// sqrt(2 (2 tau) / N) with tau = 3 here: 1.5 %; the truncation of the sum adds little.
  void countsTheEffectiveDrawsOfAnAutoregression() {
    const Eigen::Index length = 20000;
    const double r = 0.5;
    ArrayXXd draws = independentNormals(length, 2, 4);
    for (Eigen::Index draw = 1; draw < length; ++draw)
      draws.row(draw) = r * draws.row(draw - 1) + std::sqrt(1 - r * r) * draws.row(draw);
    const double expected = 2.0 * double(length) * (1 - r) / (1 + r);
    QVERIFY2(std::abs(essMean(draws) / expected - 1) < 0.08, qPrintable(QString::number(essMean(draws))));
    const double error = std::sqrt(1.0 / expected); // variance 1
    QVERIFY(std::abs(mcseMean(draws) / error - 1) < 0.05);
  }
};

QTEST_GUILESS_MAIN(TestDiagnostics)
#include "tst_diagnostics.moc"
