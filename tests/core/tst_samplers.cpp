// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <functional>

#include "core/llc/exact_learning_coefficient.h"
#include "core/sampling/philox.h"
#include "core/torch/chain_runner.h"
#include "core/torch/sampler.h"
#include "core/torch/summarize_chains.h"

using namespace evolute::core;

namespace {

constexpr int kChains = 32;
constexpr std::int64_t kWeights = 512; ///< 16,384 independent walks: the mean of their squares is known to 1.1 %

torch::Tensor rows(const Weights &w) {
  return w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
}

/// |w|^2 / 2 + c_j w on sample j, where the c_j are fixed numbers of mean 0: a bowl with minibatch noise.
class NoisyBowl : public Objective {
public:
  /// `variance` of c_j in each direction; 0: every sample has the same loss.
  explicit NoisyBowl(double variance = 0, std::int64_t samples = 256, std::int64_t weights = kWeights)
      : m_slopes(torch::zeros({samples, weights}, torch::kFloat64)) {
    if (variance == 0)
      return;
    for (std::int64_t j = 0; j < samples; ++j)
      RandomStream{7}.normals(std::uint64_t(j), {m_slopes.data_ptr<double>() + j * weights, std::size_t(weights)});
    m_slopes -= m_slopes.mean(0, true);
    m_slopes *= torch::sqrt(variance / m_slopes.square().mean(0, true));
  }
  std::int64_t sampleCount() const override { return m_slopes.size(0); }
  std::int64_t activationsPerSample() const override { return 64; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = rows(w);
    const torch::Tensor c = m_slopes.index_select(0, indices.reshape({-1})).view({x.size(0), -1, m_slopes.size(1)});
    return 0.5 * x.square().sum(1, true) + torch::bmm(c, x.unsqueeze(2)).squeeze(2);
  }
  torch::Tensor m_slopes;
};

/// w1^2 w2^2
class Crossing : public Objective {
public:
  std::int64_t sampleCount() const override { return 2; }
  std::int64_t activationsPerSample() const override { return 64; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = rows(w);
    return (x.select(1, 0) * x.select(1, 1)).square().unsqueeze(1).expand({x.size(0), indices.size(1)});
  }
};

LlcSettings settingsFor(SamplerKind sampler, double stepSize) {
  LlcSettings s;
  s.sampler = sampler;
  s.stepSize = stepSize;
  s.inverseTemperature = 100;
  s.localization = 0;
  s.chainCount = kChains;
  s.burnInSteps = 300;
  s.drawCount = 2;
  s.batchSize = 2;
  s.sampleCount = 256;
  s.doublePrecision = true;
  return s;
}

ChainTraces run(const Objective &objective, const LlcSettings &s, std::int64_t weights = kWeights,
                const torch::Tensor &factors = {}) {
  const Weights origin = {torch::zeros({weights}, torch::kFloat64)};
  const torch::Tensor table = torch::zeros({objective.sampleCount()}, torch::kFloat64);
  const std::vector<ParameterShape> parameters = {{"w", {weights}}};
  const Component all{"all", {{"w", -1, 0, 0}}, weights};
  return runChains({objective, origin, parameters, all, s, table, "checkpoint", 1, factors}, {});
}

/// p * Var w from the loss of the last draw of a bowl of curvature p = n*beta: 1 for a sampler without bias.
double relativeVariance(const ChainTraces &traces, const LlcSettings &s) {
  return 2 * s.inverseTemperature * double(traces.loss.row(traces.loss.rows() - 1).cast<double>().mean()) /
         double(kWeights);
}
/// Mean of chi-squared numbers over all walks, 4 standard errors.
double tolerance(double expected) {
  return 4 * expected * std::sqrt(2.0 / double(kChains * kWeights));
}

#define CLOSE_TO(found, expected)                                                                              \
  QVERIFY2(std::abs((found) - (expected)) < tolerance(expected),                                               \
           qPrintable(QString("%1, expected %2 +- %3").arg(found).arg(expected).arg(tolerance(expected) / 4)))

/// Stationary p Var w of BAOAB on a bowl with white noise of variance `noise` in the drift: its linear recursion
/// for (w, v), run until nothing changes.
double baoabVariance(double stepSize, double friction, double curvature, double noise) {
  const double h = std::sqrt(stepSize), c = std::exp(-friction * h);
  // one step is (w, v) -> M (w, v) + a eta + b xi
  const double kick = -h * curvature;
  const double m[2][2] = {{1 + 0.5 * h * (1 + c) * kick, 0.5 * h * (1 + c)}, {c * kick, c}};
  const double a[2] = {-0.5 * h * h * (1 + c), -c * h}, b[2] = {0.5 * h * std::sqrt(1 - c * c), std::sqrt(1 - c * c)};
  double s[2][2] = {{1 / curvature, 0}, {0, 1}};
  for (int t = 0; t < 100'000; ++t) {
    double next[2][2];
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        next[i][j] = noise * a[i] * a[j] + b[i] * b[j];
        for (int k = 0; k < 2; ++k)
          for (int l = 0; l < 2; ++l)
            next[i][j] += m[i][k] * s[k][l] * m[j][l];
      }
    std::memcpy(s, next, sizeof s);
  }
  return curvature * s[0][0];
}

torch::Tensor one(double x) {
  return torch::tensor({{x}}, torch::kFloat64);
}

struct Moved {
  double w, memory;
};
/// Two steps of a sampler on one weight, from w = 0.5 with w* = 0.2; gradients 0.3 and -0.4, noises 1.1 and -0.6.
Moved twoSteps(const LlcSettings &s, double momentum = 0.9) {
  const auto sampler = makeSampler(s, torch::tensor({0.2}, torch::kFloat64));
  SamplerState state = sampler->begin(one(0.5), one(momentum));
  sampler->step(state, one(0.3), one(1.1));
  sampler->step(state, one(-0.4), one(-0.6));
  const torch::Tensor memory = state.momentum.defined()       ? state.momentum
                               : state.secondMoment.defined() ? state.secondMoment
                                                              : one(0);
  return {state.weights.item<double>(), memory.item<double>()};
}

LlcSettings oneWeight(SamplerKind sampler) {
  LlcSettings s = settingsFor(sampler, 0.04);
  s.inverseTemperature = 10;
  s.localization = 3;
  s.weightDecay = 0.5;
  return s;
}

using Change = std::function<void(LlcSettings &)>;

} // namespace

Q_DECLARE_METATYPE(Change)

class TestSamplers : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void rmspropStepsAreTheFormula() {
    LlcSettings s = oneWeight(SamplerKind::RmspropSgld);
    s.rmspropDecay = 0.9;
    s.preconditioning = 0.75;
    double w = 0.5, v = 0;
    for (const auto &[g, xi] : {std::pair(0.3, 1.1), std::pair(-0.4, -0.6)}) {
      v = 0.9 * v + 0.1 * g * g;
      const double scale = 0.25 + 0.75 / (0.1 + std::sqrt(v));
      w += -0.02 * scale * (10 * g + 3 * (w - 0.2) + 0.5 * w) + std::sqrt(0.04 * scale) * xi;
    }
    QVERIFY(std::abs(twoSteps(s).w - w) < 1e-12);
    QVERIFY(std::abs(twoSteps(s).memory - v) < 1e-12);
    s.preconditioning = 0;
    QVERIFY(std::abs(twoSteps(s).w - twoSteps(oneWeight(SamplerKind::Sgld)).w) < 1e-12);
  }

  void baoabStepsAreTheFormula() {
    const LlcSettings s = oneWeight(SamplerKind::Baoab);
    const double h = 0.2, c = std::exp(-10 * h);
    double w = 0.5, v = 0.9;
    for (const auto &[g, xi] : {std::pair(0.3, 1.1), std::pair(-0.4, -0.6)}) {
      v -= h * (10 * g + 3 * (w - 0.2) + 0.5 * w);
      w += 0.5 * h * v;
      v = c * v + std::sqrt(1 - c * c) * xi;
      w += 0.5 * h * v;
    }
    QVERIFY(std::abs(twoSteps(s).w - w) < 1e-12);
    QVERIFY(std::abs(twoSteps(s).memory - v) < 1e-12);
  }

  void sgnhtStepsAreTheFormula() {
    const LlcSettings s = oneWeight(SamplerKind::Sgnht);
    const double h = 0.2;
    double w = 0.5, v = 0.9, z = 10;
    for (const auto &[g, xi] : {std::pair(0.3, 1.1), std::pair(-0.4, -0.6)}) {
      v -= h * (10 * g + 3 * (w - 0.2) + 0.5 * w);
      w += 0.5 * h * v;
      z += 0.5 * h * (v * v - 1);
      const double c = std::exp(-z * h);
      v = c * v + std::sqrt(10 * (1 - c * c) / z) * xi;
      w += 0.5 * h * v;
      z += 0.5 * h * (v * v - 1);
    }
    QVERIFY(std::abs(twoSteps(s).w - w) < 1e-12);
    QVERIFY(std::abs(twoSteps(s).memory - v) < 1e-12);
  }

  /// The path of other devices walks where the loops walk, box and factors too.
  void tensorOperationsMakeTheSameSteps_data() {
    QTest::addColumn<QString>("sampler");
    for (const SamplerKind kind : samplerKinds())
      QTest::newRow(nameOf(kind)) << nameOf(kind);
  }
  void tensorOperationsMakeTheSameSteps() {
    QFETCH(QString, sampler);
    LlcSettings s = oneWeight(samplerFromName(sampler.toStdString()));
    s.boundingBox = 0.3;
    const torch::Tensor anchor = torch::linspace(-1, 1, 7, torch::kFloat64);
    const torch::Tensor factors = torch::linspace(0.5, 2, 7, torch::kFloat64);
    const auto noise = [](std::uint64_t position) {
      torch::Tensor z = torch::empty({3, 7}, torch::kFloat64);
      RandomStream{1}.normals(position, {z.data_ptr<double>(), 21});
      return z;
    };
    const auto loops = makeSampler(s, anchor, factors), tensors = makeSampler(s, anchor, factors);
    tensors->useTensorOperations();
    SamplerState a = loops->begin(anchor.repeat({3, 1}), noise(0)), b = tensors->begin(anchor.repeat({3, 1}), noise(0));
    for (std::uint64_t t = 1; t <= 5; ++t) {
      loops->step(a, noise(2 * t), noise(2 * t + 1));
      tensors->step(b, noise(2 * t), noise(2 * t + 1));
      QVERIFY(torch::allclose(a.weights, b.weights, 1e-12, 1e-12));
      QVERIFY((a.weights - anchor).abs().max().item<double>() <= 0.3 + 1e-12);
    }
    if (a.momentum.defined())
      QVERIFY(torch::allclose(a.momentum, b.momentum, 1e-12, 1e-12));
    QVERIFY(((a.weights - anchor).abs() > 0.29999).any().item<bool>()); // some came to the wall
  }

  /// eps p = 1, a quarter of what is stable: SGLD's variance is too large by a third, BAOAB's and MALA's by nothing.
  void bowlsHaveTheirClosedForm_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<double>("stepSize");
    QTest::addColumn<double>("expected");
    QTest::newRow("sgld") << "sgld" << 1e-2 << 1 / (1 - 0.25);
    QTest::newRow("baoab") << "baoab" << 1e-2 << 1.0;
    QTest::newRow("baoab near its limit") << "baoab" << 3.6e-2 << 1.0;
    QTest::newRow("sgnht") << "sgnht" << 2e-3 << 1.0;
  }
  void bowlsHaveTheirClosedForm() {
    QFETCH(QString, sampler);
    QFETCH(double, stepSize);
    QFETCH(double, expected);
    const LlcSettings s = settingsFor(samplerFromName(sampler.toStdString()), stepSize);
    CLOSE_TO(relativeVariance(run(NoisyBowl(), s), s), expected);
  }

  /// Accepting over 512 directions at once would need tiny steps; 4 at a time is what MALA is for.
  void malaIsExactAtAnyStepSize() {
    LlcSettings s = settingsFor(SamplerKind::Mala, 1e-2);
    s.chainCount = 1024;
    s.sampleCount = 2;
    const NoisyBowl bowl(0, 2, 4);
    const auto variance = [&] {
      const ChainTraces traces = run(bowl, s, 4);
      return std::pair(2 * 100.0 * double(traces.loss.row(1).cast<double>().mean()) / 4, traces.chains[0].acceptance);
    };
    const double error = std::sqrt(2.0 / (1024 * 4));
    const auto [mala, acceptance] = variance();
    QVERIFY2(std::abs(mala - 1) < 4 * error, qPrintable(QString::number(mala)));
    QVERIFY2(acceptance > 0.5 && acceptance < 0.95, qPrintable(QString::number(acceptance)));
    s.sampler = SamplerKind::Sgld;
    QVERIFY(variance().first > 1 + 4 * error); // 4/3
  }

  /// n*beta E[L] of w1^2 w2^2 by quadrature; far from a bowl, and mala needs no extrapolation in eps.
  void singularModelsHaveTheirFiniteTemperatureValue_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<double>("stepSize");
    QTest::newRow("mala") << "mala" << 1e-2;
    QTest::newRow("baoab") << "baoab" << 5e-4;
  }
  void singularModelsHaveTheirFiniteTemperatureValue() {
    QFETCH(QString, sampler);
    QFETCH(double, stepSize);
    LlcSettings s = settingsFor(samplerFromName(sampler.toStdString()), stepSize);
    s.localization = 4;
    s.friction = 4; // critical for the flat directions
    s.chainCount = 256;
    s.burnInSteps = 300;
    s.stepsBetweenDraws = 10;
    s.drawCount = 100;
    s.sampleCount = 2;
    const LlcEstimate e = summarizeChains(s, run(Crossing(), s, 2), 0, 0);
    const double target = finiteTemperatureCrossing({1, 1}, 100, 4);
    QVERIFY2(std::abs(e.llc - target) < 4 * e.standardError,
             qPrintable(QString("%1 +- %2, expected %3").arg(e.llc).arg(e.standardError).arg(target)));
    QVERIFY2(e.standardError < 0.02 * target, qPrintable(QString::number(e.standardError)));
  }

  /// White noise of variance 89 in the drift of each direction: SGLD and BAOAB are heated as their recursions say;
  /// the thermostat takes the noise up.
  void minibatchNoiseHeatsAllButTheThermostat_data() {
    QTest::addColumn<QString>("sampler");
    QTest::addColumn<int>("accumulation");
    QTest::addColumn<double>("expected");
    const double eps = 2e-3, p = 100, noise = 90;
    const auto sgld = [&](double v) { return (1 + 0.25 * eps * v) / (1 - 0.25 * eps * p); };
    QTest::newRow("sgld") << "sgld" << 1 << sgld(noise);
    QTest::newRow("sgld, four minibatches a step") << "sgld" << 4 << sgld(noise / 4);
    QTest::newRow("baoab") << "baoab" << 1 << baoabVariance(eps, 2, p, noise);
    QTest::newRow("sgnht") << "sgnht" << 1 << 1.0;
  }
  void minibatchNoiseHeatsAllButTheThermostat() {
    QFETCH(QString, sampler);
    QFETCH(int, accumulation);
    QFETCH(double, expected);
    LlcSettings s = settingsFor(samplerFromName(sampler.toStdString()), 2e-3);
    s.friction = 2;
    s.gradientAccumulation = accumulation;
    s.fixedEvaluationSamples = 256; // all of them: the noise is in the steps alone
    const NoisyBowl bowl(2 * 90.0 / 1e4); // a drift of n*beta times the mean of two samples' slopes
    CLOSE_TO(relativeVariance(run(bowl, s), s), expected);
  }

  void aPreconditionerThatStandsStillKeepsTheLaw() {
    LlcSettings s = settingsFor(SamplerKind::RmspropSgld, 1e-4); // G is at most 10: eps G p / 4 < 0.025
    s.rmspropDecay = 0.5;
    s.burnInSteps = 100;
    s.stepsBetweenDraws = 300; // V stands still; the law of the burn-in is forgotten in some 40 steps
    const double still = relativeVariance(run(NoisyBowl(), s), s);
    QVERIFY2(std::abs(still - 1) < tolerance(1) + 0.025, qPrintable(QString::number(still)));
    s.rmspropAdaptsAlways = true;
    const double always = relativeVariance(run(NoisyBowl(), s), s);
    QVERIFY2(std::abs(always - 1) > 0.1, qPrintable(QString::number(always)));
  }

  void optionsOfSgldHaveTheirClosedForm_data() {
    QTest::addColumn<Change>("change");
    QTest::addColumn<double>("expected");
    const double eps = 4e-3;
    const auto row = [](const char *name, Change change, double expected) {
      QTest::newRow(name) << change << expected;
    };
    row("half the noise", [](LlcSettings &s) { s.noiseScale = 0.5; }, 0.25 / (1 - 0.25 * eps * 100));
    row("weight decay", [](LlcSettings &s) { s.weightDecay = 100; }, 0.5 / (1 - 0.25 * eps * 200));
    row("start", [](LlcSettings &s) { s.initialNoise = 1, s.burnInSteps = 0, s.drawCount = 2, s.stepSize = 1e-12; },
        100);
  }
  void optionsOfSgldHaveTheirClosedForm() {
    QFETCH(Change, change);
    QFETCH(double, expected);
    LlcSettings s = settingsFor(SamplerKind::Sgld, 4e-3);
    change(s);
    CLOSE_TO(relativeVariance(run(NoisyBowl(), s), s), expected);
  }

  void stepSizeFactorsChangeStepsAndNotTheTarget() {
    const std::vector<ParameterShape> parameters = {{"a.weight", {4, 64}}, {"b", {256}}};
    const std::vector<Component> components = {{"all", {{"a.weight", -1, 0, 0}, {"b", -1, 0, 0}}, 512},
                                               {"L0.H0", {{"a.weight", 0, 1, 3}}, 128}};
    const auto factors = [&](const std::vector<StepSizeFactor> &wanted, std::size_t component) {
      return stepSizeFactors(wanted, components[component], components, parameters, torch::kFloat64);
    };
    QVERIFY(!factors({}, 0).defined());
    const torch::Tensor f = factors({{"L0.*", 4}, {"b", 0.5}}, 0);
    QCOMPARE(f.narrow(0, 64, 128).eq(4).sum().item<int>(), 128);
    QCOMPARE(f.narrow(0, 256, 256).eq(0.5).sum().item<int>(), 256);
    QCOMPARE(f.eq(1).sum().item<int>(), 128);
    QVERIFY(factors({{"L0.*", 4}}, 1).eq(4).all().item<bool>());
    QVERIFY(factors({{"*", 3}}, 0).eq(3).all().item<bool>()); // once, though names and components match
    QVERIFY_EXCEPTION_THROWN(factors({{"L7.*", 2}}, 0), std::runtime_error);

    const LlcSettings s = settingsFor(SamplerKind::Sgld, 4e-3);
    double expected = 0;
    for (const double share : {4.0, 0.5, 1.0})
      expected += (share == 0.5 ? 0.5 : 0.25) / (1 - 0.25 * s.stepSize * share * 100);
    CLOSE_TO(relativeVariance(run(NoisyBowl(), s, kWeights, f), s), expected);
  }

  void drawsAreCountedAsAsked() {
    LlcSettings s = settingsFor(SamplerKind::Sgld, 4e-3);
    s.chainCount = 3;
    s.burnInSteps = 5;
    s.drawCount = 4;
    s.stepsBetweenDraws = 3;
    const NoisyBowl bowl;
    const ChainTraces last = run(bowl, s);
    s.includeBurnIn = true;
    const ChainTraces every = run(bowl, s); // steps 0 ... 16; on this bowl a loss is a function of w alone
    QCOMPARE(every.loss.rows(), 17);
    QCOMPARE(every.chains[0].draws, 17);
    s.includeBurnIn = false;
    s.drawRule = DrawRule::FirstOfBlock;
    const ChainTraces first = run(bowl, s);
    for (int k = 0; k < 4; ++k) {
      QVERIFY((last.loss.row(k) == every.loss.row(5 + 3 * k + 2)).all());
      QVERIFY((first.loss.row(k) == every.loss.row(5 + 3 * k + 1)).all()); // after the update of step 5 + 3k
    }
    QVERIFY((every.loss.row(0) == 0).all()); // w*
  }

  void sharedMinibatchesAreTheSameForAllChains() {
    LlcSettings s = settingsFor(SamplerKind::Sgld, 4e-3);
    s.noiseScale = 0; // only minibatches tell chains apart
    s.burnInSteps = 3;
    const NoisyBowl bowl(1.0);
    const ChainTraces own = run(bowl, s);
    s.sharedMinibatches = true;
    const ChainTraces shared = run(bowl, s);
    QVERIFY((own.loss.col(0) != own.loss.col(1)).all());
    QVERIFY((shared.loss.col(0) == shared.loss.col(1)).all());
    QVERIFY((shared.loss.col(0) == own.loss.col(0)).all());
  }

  /// What is paired on the same samples at w and w* loses the minibatch noise; so does what is measured on a set.
  void aFixedEvaluationSetHasNoMinibatchNoise() {
    LlcSettings s = settingsFor(SamplerKind::Sgld, 1e-12); // stays at its start
    s.initialNoise = 1;
    s.burnInSteps = 1;
    const NoisyBowl bowl(100.0);
    const ChainTraces minibatches = run(bowl, s);
    s.fixedEvaluationSamples = 128;
    const ChainTraces fixed = run(bowl, s);
    QVERIFY(((minibatches.loss.row(0) - minibatches.loss.row(1)).abs() > 1).any());
    QVERIFY(((fixed.loss.row(0) - fixed.loss.row(1)).abs() < 0.1F).all());
  }
};

QTEST_GUILESS_MAIN(TestSamplers)
#include "tst_samplers.moc"
