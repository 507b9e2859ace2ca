// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include "core/torch/chain_runner.h"
#include "core/torch/sampler.h"
#include "core/torch/summarize_chains.h"

using namespace evolute::core;

namespace {

/// sum_i h_i w_i^2 / 2 for one parameter "w".
class Bowl : public Objective {
public:
  explicit Bowl(std::vector<double> h) : m_h(torch::tensor(h, torch::kFloat64)) {}
  std::int64_t sampleCount() const override { return 2; }
  std::int64_t activationsPerSample() const override { return 8; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    return (0.5 * (x.square() * m_h).sum(1)).unsqueeze(1).expand({x.size(0), indices.size(1)});
  }
  std::vector<ParameterShape> parameters() const { return {{"w", {m_h.size(0)}}}; }
  Component all() const { return {"all", {{"w", -1, 0, 0}}, m_h.size(0)}; }
  torch::Tensor m_h;
};

/// Loses its footing: NaN once the first weight of the chain leaves [-limit, limit].
class Cliff : public Bowl {
public:
  Cliff(std::vector<double> h, double limit) : Bowl(std::move(h)), m_limit(limit) {}
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    const torch::Tensor outside = (x.select(1, 0).abs() > m_limit).unsqueeze(1);
    return Bowl::losses(w, indices).masked_fill(outside, std::nan(""));
  }
  double m_limit;
};

void sgldStep(torch::Tensor &w, const torch::Tensor &gradient, const torch::Tensor &anchor, const torch::Tensor &noise,
              double stepSize, double inverseTemperature, double localization) {
  LlcSettings s;
  s.stepSize = stepSize;
  s.inverseTemperature = inverseTemperature;
  s.localization = localization;
  const auto sampler = makeSampler(s, anchor);
  SamplerState state = sampler->begin(w, {});
  sampler->step(state, gradient, noise);
}

LlcSettings smallSettings() {
  LlcSettings s;
  s.stepSize = 1e-3;
  s.localization = 1;
  s.inverseTemperature = 100;
  s.chainCount = 6;
  s.drawCount = 50;
  s.burnInSteps = 10;
  s.batchSize = 2;
  s.sampleCount = 2;
  s.doublePrecision = true;
  return s;
}

ChainTraces run(const Bowl &bowl, const LlcSettings &s, const Observer &observe = {},
                const std::string &checkpoint = "checkpoint", int threads = 1) {
  const Weights start = {torch::zeros({bowl.m_h.size(0)}, torch::kFloat64)};
  const torch::Tensor table = torch::zeros({2}, torch::kFloat64);
  const auto parameters = bowl.parameters();
  const Component all = bowl.all();
  return runChains({bowl, start, parameters, all, s, table, checkpoint, threads}, observe);
}

} // namespace

class TestSgld : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void oneStepIsTheFormula() {
    torch::Tensor w = torch::tensor({{1.0, -2.0}}, torch::kFloat64);
    const torch::Tensor g = torch::tensor({{0.5, 0.25}}, torch::kFloat64), xi = torch::tensor({{2.0, -1.0}}, torch::kFloat64);
    const torch::Tensor anchor = torch::tensor({0.0, 1.0}, torch::kFloat64);
    sgldStep(w, g, anchor, xi, 0.04, 10, 3);
    QVERIFY(std::abs(w[0][0].item<double>() - (1.0 - 0.02 * (10 * 0.5 + 3 * 1.0) + 0.2 * 2)) < 1e-12);
    QVERIFY(std::abs(w[0][1].item<double>() - (-2.0 - 0.02 * (10 * 0.25 + 3 * -3.0) - 0.2)) < 1e-12);
  }

  void zeroStepSizeStaysPut() {
    torch::Tensor w = torch::ones({1, 3}, torch::kFloat64);
    sgldStep(w, torch::ones({1, 3}, torch::kFloat64), torch::zeros({3}, torch::kFloat64),
             torch::ones({1, 3}, torch::kFloat64), 0, 10, 3);
    QVERIFY(torch::equal(w, torch::ones({1, 3}, torch::kFloat64)));
  }

  void matchesTheClosedFormOnABowl_data() {
    QTest::addColumn<double>("curvature");
    QTest::addColumn<double>("localization");
    QTest::addColumn<double>("stepSize");
    QTest::newRow("regular: half per weight") << 1.0 << 0.0 << 1e-3;
    QTest::newRow("stiff: the step size biases up") << 10.0 << 0.0 << 1e-3;
    QTest::newRow("pull biases down") << 1.0 << 50.0 << 1e-3;
  }
  void matchesTheClosedFormOnABowl() {
    QFETCH(double, curvature);
    QFETCH(double, localization);
    QFETCH(double, stepSize);
    // 32 chains x 64 weights = 2,048 independent AR(1) walks; the last loss of each is one draw of chi^2
    const std::int64_t weights = 64;
    LlcSettings s = smallSettings();
    s.stepSize = stepSize;
    s.localization = localization;
    s.chainCount = 32;
    s.burnInSteps = 200;
    s.drawCount = 2;
    const ChainTraces traces = run(Bowl(std::vector<double>(weights, curvature)), s);
    const double p = s.inverseTemperature * curvature + localization;
    const double exact = 0.5 * s.inverseTemperature * curvature / (p * (1 - 0.25 * stepSize * p));
    const double perWeight = s.inverseTemperature * double(traces.loss.row(1).cast<double>().mean()) / double(weights);
    const double tolerance = 4 * exact * std::sqrt(2.0 / double(32 * weights)); // chi-squared, 4 standard errors
    QVERIFY2(std::abs(perWeight - exact) < tolerance,
             qPrintable(QString("%1 against %2 +- %3").arg(perWeight).arg(exact).arg(tolerance / 4)));
  }

  /// For the bowl the law is known: at stationarity of the AR(1) chain the log ratio is -(eps p)^... in closed
  /// form; here the acceptance is compared with its direct definition written out for scalars.
  void malaAcceptanceIsItsDefinition() {
    const double eps = 0.3, nBeta = 2, gamma = 0.7, h = 1.3, a = 0.4, b = -0.9, anchor = 0.1;
    const auto U = [&](double w) { return nBeta * 0.5 * h * w * w + 0.5 * gamma * (w - anchor) * (w - anchor); };
    const auto slope = [&](double w) { return nBeta * h * w + gamma * (w - anchor); };
    const auto logQ = [&](double to, double from) {
      const double r = to - (from - 0.5 * eps * slope(from));
      return -r * r / (2 * eps);
    };
    const double expected = std::min(1.0, std::exp(logQ(a, b) - logQ(b, a) + U(a) - U(b)));
    const auto one = [](double x) { return torch::tensor({{x}}, torch::kFloat64); };
    const torch::Tensor p = malaAcceptance(one(a), one(h * a), torch::tensor({0.5 * h * a * a}, torch::kFloat64), one(b),
                                           one(h * b), torch::tensor({0.5 * h * b * b}, torch::kFloat64),
                                           torch::tensor({anchor}, torch::kFloat64), {eps, nBeta, gamma});
    QVERIFY(std::abs(p.item<double>() - expected) < 1e-12);
    QVERIFY(expected > 0.01 && expected < 0.99); // else this row would show nothing
  }

  void acceptanceGoesToOneAsTheStepShrinks() {
    LlcSettings s = smallSettings();
    double last = 0;
    for (const double eps : {2e-2, 2e-3, 2e-4}) {
      s.stepSize = eps;
      const double p = run(Bowl({1, 1, 1, 1}), s).chains[0].acceptance;
      QVERIFY2(p > last, qPrintable(QString::number(p)));
      last = p;
    }
    QVERIFY(last > 0.99);
  }

  void numbersDoNotDependOnThreadsOrBlocks() {
    const Bowl bowl({1, 2, 3});
    LlcSettings s = smallSettings();
    const ChainTraces together = run(bowl, s, {}, "c", 1); // one block of six
    const ChainTraces apart = run(bowl, s, {}, "c", 2);    // two blocks of three
    s.chainCount = 2;
    const ChainTraces fewer = run(bowl, s, {}, "c", 1);
    QVERIFY((together.loss - apart.loss).abs().maxCoeff() < 1e-6F);
    QVERIFY((together.loss.leftCols(2) - fewer.loss).abs().maxCoeff() < 1e-6F);
    QVERIFY(together.loss.abs().minCoeff() > 0);
  }

  void anotherCheckpointOrSeedIsAnotherPath() {
    const Bowl bowl({1, 2, 3});
    LlcSettings s = smallSettings();
    const ChainTraces a = run(bowl, s), again = run(bowl, s), other = run(bowl, s, {}, "another checkpoint");
    s.seed = 1;
    const ChainTraces reseeded = run(bowl, s);
    QVERIFY((a.loss == again.loss).all());
    QVERIFY((a.loss != other.loss).all());
    QVERIFY((a.loss != reseeded.loss).all());
    QVERIFY((a.loss.col(0) != a.loss.col(1)).all());
  }

  void stoppingKeepsTheDrawsSoFar() {
    LlcSettings s = smallSettings();
    s.chainCount = 1;
    const ChainTraces traces = run(Bowl({1, 1}), s, [](const Progress &p) {
      return p.done >= 30 ? Flow::Stop : Flow::Continue;
    });
    QCOMPARE(traces.chains[0].end, ChainEnd::Stopped);
    QCOMPARE(traces.chains[0].draws, 20); // 30 steps less 10 of burn-in
    QVERIFY(traces.loss.col(0).head(20).isFinite().all());
    QVERIFY(traces.loss.col(0).tail(30).isNaN().all());
  }

  void aDivergedChainEndsAloneAndIsLeftOut() {
    LlcSettings s = smallSettings();
    s.chainCount = 24;
    s.inverseTemperature = 1;
    s.localization = 1;
    s.stepSize = 1e-2;
    // |w| reaches about 0.1 sqrt(60) = 0.8: some chains cross 0.5, some do not
    ChainTraces traces = run(Cliff({1, 1}, 0.5), s);
    int diverged = 0;
    for (const ChainEvidence &chain : traces.chains)
      diverged += chain.end == ChainEnd::Diverged ? 1 : 0;
    QVERIFY2(diverged > 0 && diverged < 24, qPrintable(QString::number(diverged)));
    const LlcEstimate estimate = summarizeChains(s, std::move(traces), 0, 0);
    double mean = 0;
    for (const ChainEvidence &chain : estimate.chains) {
      QCOMPARE(chain.message.empty(), chain.end == ChainEnd::Completed);
      if (chain.end == ChainEnd::Completed)
        mean += chain.llcPaired / (24 - diverged);
    }
    QVERIFY(std::abs(estimate.llc - mean) < 1e-6);
  }

  void whenEveryChainDivergesTheEstimateSaysSo() {
    LlcSettings s = smallSettings();
    s.burnInSteps = 5;
    const LlcEstimate estimate = summarizeChains(s, run(Cliff({1, 1}, -1.0), s), 0, 0);
    QVERIFY(std::isnan(estimate.llc));
    QVERIFY(!estimate.message.empty());
    QVERIFY(!estimate.verdict.healthy());
  }

  void aFrozenWeightStaysAndTakesNoNoise() {
    const std::vector<ParameterShape> parameters = {{"a", {2, 3}}, {"b", {4}}};
    const Weights start = {torch::arange(6, torch::kFloat64).view({2, 3}), torch::ones({4}, torch::kFloat64)};
    MovingWeights moving(start, parameters, {"part", {{"a", 1, 1, 3}}, 4}, 2);
    QCOMPARE(moving.count(), 4);
    {
      torch::NoGradGuard noGrad;
      moving.flat().add_(100);
    }
    const Weights seen = moving.parameters();
    QCOMPARE(seen[0].sizes().vec(), (std::vector<std::int64_t>{2, 2, 3}));
    for (int r = 0; r < 2; ++r) {
      QVERIFY(torch::equal(seen[0][r].select(1, 0), start[0].select(1, 0)));
      QVERIFY(torch::equal(seen[0][r].narrow(1, 1, 2), start[0].narrow(1, 1, 2) + 100));
    }
    QCOMPARE(seen[1].dim(), 1);
    const torch::Tensor gradient = moving.gradient((seen[0].square().sum({1, 2})));
    QVERIFY(torch::allclose(gradient, 2 * moving.flat()));
  }
};

QTEST_GUILESS_MAIN(TestSgld)
#include "tst_sgld.moc"
