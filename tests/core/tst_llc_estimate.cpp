// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/llc/llc_estimate.h"

using namespace evolute::core;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

LlcEstimate sample() {
  LlcEstimate e;
  e.step = 4000;
  e.checkpointHash = "c0ffee";
  e.component = "L0.H3";
  e.slice = "github";
  e.dataHash = "da7a";
  e.settingsHash = "5e77";
  e.llc = 12.5;
  e.standardError = 0.1; // no exact binary form: the round trip must keep every bit
  e.llcPaired = 12.5;
  e.sePaired = 0.1;
  e.llcPlain = 12.25;
  e.sePlain = 1.0 / 3.0;
  e.sdOverChains = kNaN;
  e.rhat = 1.0125;
  e.essBulk = 431.7;
  e.essTail = 377.1;
  e.mcse = 0.09;
  e.acceptance = kInfinity;
  e.initialLoss = 2.302585092994046;
  e.initialLossError = 0.01;
  e.shareBelow = 0.03;
  e.inverseTemperature = 66.7;
  e.verdict = {"chains-disagree", "R-hat is 1.2 \"high\"\n"};
  ChainEvidence whole{12.0, 11.0, 0.93, 0.5, 1e-3, 2e-3, 3e-3, 200, ChainEnd::Completed, ""};
  ChainEvidence broken{kNaN, kNaN, kNaN, 0.1, 1, 2, 3, 17, ChainEnd::Diverged, "the loss was NaN at draw 17"};
  ChainEvidence stopped{1, 1, 1, 1, 1, 1, 1, 3, ChainEnd::Stopped, "stopped"};
  e.chains = {whole, broken, stopped};
  e.loss.resize(2, 3);
  e.loss << 0.1F, 0.2F, std::numeric_limits<float>::quiet_NaN(), 0.3F, 1e-30F, -0.5F;
  e.excess = e.loss * 0.5F;
  e.seconds = 1.25;
  e.message = "a note";
  return e;
}

/// Equal, or both NaN.
bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || a == b;
}

} // namespace

class TestLlcEstimate : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void hasTheFieldsOfTheCommandLineContract() {
    const nlohmann::json object = toJson(sample());
    for (const char *key : {"step", "component", "slice", "llc", "se", "sd", "rhat", "ess", "acceptance",
                            "init_loss", "verdict", "chains", "seconds"})
      QVERIFY2(object.contains(key), key);
    QCOMPARE(object.at("step").get<int>(), 4000);
    QCOMPARE(object.at("llc").get<double>(), 12.5);
    QCOMPARE(object.at("se").get<double>(), 0.1);
    QCOMPARE(object.at("ess").get<double>(), 431.7);
    QCOMPARE(object.at("verdict").get<std::string>(), std::string("chains-disagree"));
    QCOMPARE(object.at("chains").size(), std::size_t(3));
    QCOMPARE(object.at("chains").at(1).at("end").get<std::string>(), std::string("diverged"));
    QVERIFY(!object.contains("loss"));
  }

  void whatIsNotFiniteIsNull() {
    const nlohmann::json object = toJson(sample(), true);
    QVERIFY(object.at("sd").is_null());
    QVERIFY(object.at("acceptance").is_null());
    QVERIFY(object.at("chains").at(1).at("llc_paired").is_null());
    QVERIFY(object.at("loss").at(2).at(0).is_null());
    QVERIFY(!object.at("loss").at(2).at(1).is_null());
  }

  void comesBackFromTextBitForBit() {
    LlcEstimate e = sample();
    const LlcEstimate back = llcEstimateFromJson(nlohmann::json::parse(toJson(e, true).dump()));
    e.acceptance = kNaN; // infinity is the one value that changes
    QCOMPARE(back.step, e.step);
    for (const auto field : {&LlcEstimate::checkpointHash, &LlcEstimate::component, &LlcEstimate::slice,
                             &LlcEstimate::dataHash, &LlcEstimate::settingsHash, &LlcEstimate::message})
      QCOMPARE(back.*field, e.*field);
    for (const auto field :
         {&LlcEstimate::llc, &LlcEstimate::standardError, &LlcEstimate::llcPaired, &LlcEstimate::sePaired,
          &LlcEstimate::llcPlain, &LlcEstimate::sePlain, &LlcEstimate::sdOverChains, &LlcEstimate::rhat,
          &LlcEstimate::essBulk, &LlcEstimate::essTail, &LlcEstimate::mcse, &LlcEstimate::acceptance,
          &LlcEstimate::initialLoss, &LlcEstimate::initialLossError, &LlcEstimate::shareBelow,
          &LlcEstimate::inverseTemperature, &LlcEstimate::seconds})
      QVERIFY(same(back.*field, e.*field));
    QCOMPARE(back.verdict.code, e.verdict.code);
    QCOMPARE(back.verdict.reason, e.verdict.reason);
    QCOMPARE(back.chains.size(), e.chains.size());
    for (std::size_t i = 0; i < e.chains.size(); ++i) {
      for (const auto field :
           {&ChainEvidence::llcPaired, &ChainEvidence::llcPlain, &ChainEvidence::acceptance,
            &ChainEvidence::distance, &ChainEvidence::gradientNorm, &ChainEvidence::pullNorm,
            &ChainEvidence::noiseNorm})
        QVERIFY(same(back.chains[i].*field, e.chains[i].*field));
      QCOMPARE(back.chains[i].draws, e.chains[i].draws);
      QCOMPARE(back.chains[i].end, e.chains[i].end);
      QCOMPARE(back.chains[i].message, e.chains[i].message);
    }
    for (const auto field : {&LlcEstimate::loss, &LlcEstimate::excess}) {
      QCOMPARE((back.*field).rows(), 2);
      QCOMPARE((back.*field).cols(), 3);
      for (Eigen::Index i = 0; i < 6; ++i)
        QVERIFY(same((back.*field)(i), (e.*field)(i)));
    }
  }

  void aMissingNumberIsNotANumber() {
    const LlcEstimate e = llcEstimateFromJson({{"step", 1}, {"llc", 2.0}});
    QVERIFY(std::isnan(e.standardError));
    QCOMPARE(e.component, std::string("all"));
    QVERIFY(e.chains.empty());
    QCOMPARE(e.loss.size(), 0);
  }

  void aWrongTypeIsRefusedByName_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("mentions");
    QTest::newRow("no object") << "[1]"
                               << "object";
    QTest::newRow("no step") << R"({"llc": 1})"
                             << "step";
    QTest::newRow("no llc") << R"({"step": 1})"
                            << "llc";
    QTest::newRow("broken step") << R"({"step": 1.5, "llc": 1})"
                                 << "step";
    QTest::newRow("text for a number") << R"({"step": 1, "llc": "high"})"
                                       << "llc";
    QTest::newRow("number for text") << R"({"step": 1, "llc": 1, "component": 3})"
                                     << "component";
    QTest::newRow("chains") << R"({"step": 1, "llc": 1, "chains": 4})"
                            << "chains";
    QTest::newRow("a chain") << R"({"step": 1, "llc": 1, "chains": [4]})"
                             << "chains";
    QTest::newRow("end") << R"({"step": 1, "llc": 1, "chains": [{"end": "tired"}]})"
                         << "tired";
    QTest::newRow("ragged trace") << R"({"step": 1, "llc": 1, "loss": [[1, 2], [1]]})"
                                  << "chain 1";
    QTest::newRow("trace of text") << R"({"step": 1, "llc": 1, "loss": [["a"]]})"
                                   << "loss";
    QTest::newRow("flat trace") << R"({"step": 1, "llc": 1, "loss": [1, 2]})"
                                << "loss";
  }
  void aWrongTypeIsRefusedByName() {
    QFETCH(QString, text);
    QFETCH(QString, mentions);
    try {
      llcEstimateFromJson(nlohmann::json::parse(text.toStdString()));
      QFAIL("accepted");
    } catch (const Error &error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(mentions), error.what());
    }
  }
};

QTEST_GUILESS_MAIN(TestLlcEstimate)
#include "tst_llc_estimate.moc"
