// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/llc/diagnostics.h"
#include "core/sampling/philox.h"

using namespace evolute::core;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Eigen::Index kDraws = 200, kChains = 4;
constexpr double kInverseTemperature = 50;

/// An estimate with the given excess over L(w*) = 1 and the evidence computed from it, as an estimator does.
LlcEstimate withExcess(const Eigen::ArrayXXf &excess) {
  LlcEstimate e;
  e.initialLoss = 1.0;
  e.acceptance = 0.9;
  e.inverseTemperature = kInverseTemperature;
  e.excess = excess;
  e.loss = excess + 1.0F;
  const Eigen::ArrayXXd draws = kInverseTemperature * excess.cast<double>();
  const Eigen::ArrayXd means = draws.colwise().mean().transpose();
  e.chains.resize(std::size_t(excess.cols()));
  e.llc = means.mean();
  e.sdOverChains =
      means.size() > 1 ? std::sqrt((means - e.llc).square().sum() / double(means.size() - 1)) : kNaN;
  e.rhat = splitRhat(draws);
  e.essBulk = essBulk(draws);
  e.essTail = essTail(draws);
  e.mcse = mcseMean(draws);
  e.shareBelow = (draws < 0).cast<double>().mean();
  return e;
}

/// Level traces around 0.2 with independent noise: lambda-hat about 10.
Eigen::ArrayXXf healthyExcess(Eigen::Index chains = kChains) {
  std::vector<double> z(std::size_t(kDraws * chains));
  RandomStream{streamKey(5, "verdict")}.normals(0, z);
  return 0.2F + 0.02F * Eigen::Map<const Eigen::ArrayXXd>(z.data(), kDraws, chains).cast<float>();
}

Eigen::ArrayXf ramp() {
  return Eigen::ArrayXf::LinSpaced(kDraws, 0.0F, 1.0F);
}

using Make = std::function<LlcEstimate()>;

} // namespace

Q_DECLARE_METATYPE(Make)

class TestVerdict : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void eachRuleSpeaksOfWhatItWatches_data() {
    QTest::addColumn<Make>("make");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("mentions");
    const auto row = [](const char *name, const char *code, const char *mentions, Make make) {
      QTest::newRow(name) << make << QString(code) << QString(mentions);
    };
    row("healthy", "ok", "Step size not checked", [] { return withExcess(healthyExcess()); });
    row("one healthy chain", "ok", "", [] { return withExcess(healthyExcess(1)); });
    row("a chain gave NaN", "diverged", "Chain 2: the loss was NaN", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.chains[1] = {kNaN, kNaN, kNaN, 0, 0, 0, 0, 3, ChainEnd::Diverged, "the loss was NaN at draw 4"};
      e.excess.col(1).tail(kDraws - 3).setConstant(float(kNaN));
      return e;
    });
    row("the loss runs away", "diverged", "times where it started", [] {
      Eigen::ArrayXXf excess = healthyExcess();
      excess.colwise() += (12 * ramp()).exp() * 1e-3F;
      return withExcess(excess);
    });
    row("draws below the start", "below-start", "0.2", [] { return withExcess(healthyExcess() - 0.2F); });
    row("opening spike", "start-spike", "first tenth", [] {
      Eigen::ArrayXXf excess = healthyExcess();
      excess.topRows(3) *= 5;
      return withExcess(excess);
    });
    row("low acceptance", "step-too-big", "0.31", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = 0.31;
      return e;
    });
    row("accepts all, moves slowly", "not-exploring", "0.999", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = 0.999;
      e.essBulk = 12;
      return e;
    });
    row("accepts all, mixes well", "ok", "", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = 0.999;
      return e;
    });
    row("still climbing", "not-settled", "last half", [] {
      Eigen::ArrayXXf excess = healthyExcess();
      excess.colwise() += 0.5F * ramp();
      return withExcess(excess);
    });
    row("one chain at another level", "chains-disagree", "R-hat", [] {
      Eigen::ArrayXXf excess = healthyExcess();
      excess.col(2) += 0.1F;
      return withExcess(excess);
    });
    row("chain means spread", "chains-disagree", "0.2", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.sdOverChains = 0.2 * e.llc;
      return e;
    });
    row("each chain wanders slowly", "slow-mixing", "autocorrelation times", [] {
      Eigen::ArrayXXf excess = healthyExcess();
      for (Eigen::Index c = 0; c < excess.cols(); ++c) // half a turn more in each chain: level apart, no drift in common
        for (Eigen::Index d = 0; d < excess.rows(); ++d)
          excess(d, c) += 0.1F * std::sin(6.3F * float(d) / float(kDraws) + 1.57F * float(c));
      LlcEstimate e = withExcess(excess);
      e.rhat = 1.07; // between the two limits
      return e;
    });
    row("half the step takes a fifth away", "step-size-bias", "0.4", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.halfStepDifference = 0.2 * e.llc;
      e.halfStepDifferenceError = 0.02 * e.llc;
      return e;
    });
    row("accepts too few for so small a lambda-hat", "step-too-big", "a share of 0.172", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.llc = 10;
      e.acceptance = std::erfc(0.32 / std::sqrt(2.0)); // (0.32^2 / 20)^1/3
      return e;
    });
    row("accepts nearly nine of ten", "ok", "Step size not checked", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = 0.86;
      return e;
    });
    row("accepts as few of many directions", "ok", "Step size not checked", [] {
      LlcEstimate e = withExcess(100 * healthyExcess());
      e.initialLoss = 1000;
      e.acceptance = 0.75;
      return e;
    });
    row("accepts few, but half the step agrees", "ok", "", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = 0.7;
      e.halfStepDifference = 0.01 * e.llc;
      e.halfStepDifferenceError = 0.02 * e.llc;
      return e;
    });
    row("a sampler without acceptance", "ok", "Step size not checked", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.acceptance = kNaN;
      return e;
    });
    row("stands still", "not-exploring", "small to explore", [] {
      LlcEstimate e = withExcess(Eigen::ArrayXXf::Zero(kDraws, kChains));
      e.acceptance = 1;
      return e;
    });
    row("creeps about w*", "not-exploring", "small to explore", [] { // below L(w*) by noise: not for want of a minimum
      LlcEstimate e = withExcess(-1e-6F * ramp().replicate(1, kChains));
      e.acceptance = 1;
      e.essBulk = 8;
      return e;
    });
    row("half the step differs by no more than noise", "ok", "", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.halfStepDifference = 0.2 * e.llc;
      e.halfStepDifferenceError = 0.11 * e.llc;
      return e;
    });
    row("few effective draws", "too-few-draws", "31", [] {
      LlcEstimate e = withExcess(healthyExcess());
      e.essTail = 31;
      return e;
    });
    row("nothing was sampled", "too-few-draws", "0", [] {
      LlcEstimate e;
      for (const auto field :
           {&LlcEstimate::llc, &LlcEstimate::sdOverChains, &LlcEstimate::rhat, &LlcEstimate::essBulk,
            &LlcEstimate::essTail, &LlcEstimate::mcse, &LlcEstimate::acceptance, &LlcEstimate::shareBelow})
        e.*field = kNaN;
      return e;
    });
  }
  void eachRuleSpeaksOfWhatItWatches() {
    QFETCH(Make, make);
    QFETCH(QString, code);
    QFETCH(QString, mentions);
    const Verdict verdict = judge(make());
    QVERIFY2(verdict.code == code.toStdString(), (verdict.code + ": " + verdict.reason).c_str());
    QVERIFY2(QString::fromStdString(verdict.reason).contains(mentions), verdict.reason.c_str());
    QCOMPARE(verdict.healthy(), code == "ok");
    QVERIFY(code != "ok" || verdict.reason.empty() || verdict.reason.find("Step size not checked") == 0);
  }

  /// What half the step told needs no remark, nor does a sampler that rejects what its step gets wrong.
  void onlyAnUncheckedStepIsRemarkedOn() {
    LlcEstimate e = withExcess(healthyExcess());
    QVERIFY(!judge(e).reason.empty());
    e.acceptance = 0.4;
    QCOMPARE(judge(e).code, std::string("step-too-big"));
    QVERIFY(judge(e, true).healthy() && judge(e, true).reason.empty());
    e.acceptance = 0.9;
    e.halfStepDifference = e.halfStepDifferenceError = 0.01;
    QVERIFY(judge(e).healthy() && judge(e).reason.empty());
  }

  /// Traces are not always at hand; what needs none is still said.
  void worksWithoutTraces() {
    LlcEstimate e = withExcess(healthyExcess());
    e.loss.resize(0, 0);
    e.excess.resize(0, 0);
    QVERIFY(judge(e).healthy());
    e.rhat = 1.3;
    QCOMPARE(judge(e).code, std::string("chains-disagree"));
  }

  /// A network with almost no loss samples far above ten times L(w*): that alone is no divergence.
  void aTinyInitialLossIsNoDivergence() {
    LlcEstimate e = withExcess(healthyExcess());
    e.initialLoss = 1e-6;
    e.loss = e.excess + 1e-6F;
    QVERIFY2(judge(e).healthy(), judge(e).reason.c_str());
  }

  /// Chi-squared draws (a single weight in a bowl) are as heavy-tailed as excess losses get.
  void aLevelHeavyTailedTraceIsHealthy() {
    int unhealthy = 0;
    for (int seed = 0; seed < 200; ++seed) {
      std::vector<double> z(std::size_t(kDraws * kChains));
      RandomStream{streamKey(std::uint64_t(seed), "bowl")}.normals(0, z);
      const Eigen::ArrayXXd draws = Eigen::Map<const Eigen::ArrayXXd>(z.data(), kDraws, kChains);
      LlcEstimate e = withExcess(draws.square().cast<float>());
      e.sdOverChains =
          std::min(e.sdOverChains, 0.1 * e.llc); // spread of chi-squared means is not the question
      unhealthy += judge(e).healthy() ? 0 : 1;
    }
    QVERIFY2(unhealthy <= 20,
             qPrintable(QString::number(unhealthy))); // one in ten: rules are two-sigma bounds
  }
};

QTEST_GUILESS_MAIN(TestVerdict)
#include "tst_verdict.moc"
