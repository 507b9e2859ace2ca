// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "core/torch/decoder_trace.h"
#include "core/torch/model_module.h"

using namespace evolute::core;

namespace {

DecoderConfig attentionOnly() {
  DecoderConfig c;
  c.vocabulary = 17;
  c.context = 12;
  c.width = 16;
  c.heads = 3;
  c.headWidth = 4;
  c.layers = 2;
  return c;
}

DecoderConfig withMlp() {
  DecoderConfig c = attentionOnly();
  c.positions = PositionKind::Learned;
  c.norm = NormKind::Plain;
  c.mlpWidth = 20;
  c.activation = Activation::GeluTanh;
  c.tied = true;
  c.unembedBias = false;
  return c;
}

DecoderConfig rotary() {
  DecoderConfig c = attentionOnly();
  c.positions = PositionKind::Rotary;
  c.rotaryWidth = 2;
  c.mlpWidth = 20;
  c.parallel = true;
  c.unembedBias = false;
  return c;
}

Weights randomWeights(const DecoderConfig &config) {
  torch::manual_seed(3);
  Weights weights = makeModel(config)->initialWeights(5);
  for (torch::Tensor &w : weights)
    w = w.to(torch::kFloat64) + 0.3 * torch::randn(w.sizes(), torch::kFloat64);
  return weights;
}

torch::Tensor someIds(const DecoderConfig &config) {
  torch::manual_seed(4);
  return torch::randint(config.vocabulary, {5, config.context});
}

std::size_t placeOf(const DecoderConfig &config, const std::string &name) {
  const auto parameters = parametersOf(config);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name)
      return i;
  return parameters.size();
}

double furthest(const torch::Tensor &a, const torch::Tensor &b) {
  return (a - b).abs().max().item<double>();
}

constexpr double kRounding = 1e-11; // of sums of some hundred numbers near 1 in double

} // namespace

class TestDecoderTrace : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void lossesAreThoseOfTheDecoder_data() {
    QTest::addColumn<int>("which");
    QTest::newRow("attention only, shortformer") << 0;
    QTest::newRow("MLPs, learned positions, plain norms, tied") << 1;
    QTest::newRow("rotary, parallel") << 2;
  }
  void lossesAreThoseOfTheDecoder() {
    QFETCH(int, which);
    const DecoderConfig config = which == 0 ? attentionOnly() : which == 1 ? withMlp() : rotary();
    const Weights weights = randomWeights(config);
    const torch::Tensor ids = someIds(config);
    const std::int64_t length = ids.size(1) - 1;
    const torch::Tensor expected = makeModel(config)->losses(weights, ids.narrow(1, 0, length).unsqueeze(0),
                                                             ids.narrow(1, 1, length).unsqueeze(0));
    const DecoderTrace trace = traceDecoder(config, weights, ids, {}, {TraceKeep::LogProbabilities});
    QVERIFY(furthest(trace.losses.mean(1), expected[0]) < kRounding);
    QVERIFY(furthest(trace.logProbabilities.exp().sum(2), torch::ones({5, length + 1}, torch::kFloat64)) <
            kRounding);
    QVERIFY(trace.patterns.empty() && trace.mixtures.empty());
  }

  void patternsAreCausalAndSumToOne() {
    const DecoderConfig config = rotary();
    const DecoderTrace trace =
        traceDecoder(config, randomWeights(config), someIds(config), {}, {TraceKeep::Patterns});
    QCOMPARE(trace.patterns.size(), std::size_t(2));
    for (const torch::Tensor &pattern : trace.patterns) {
      QVERIFY(furthest(pattern.sum(3), torch::ones({5, 3, 12}, torch::kFloat64)) < kRounding);
      QCOMPARE(pattern.triu(1).abs().max().item<double>(), 0.0);
    }
  }

  void aHeadsOwnMixtureChangesNothing() {
    const DecoderConfig config = withMlp();
    const Weights weights = randomWeights(config);
    const torch::Tensor ids = someIds(config);
    const DecoderTrace intact = traceDecoder(config, weights, ids, {}, {TraceKeep::Mixtures});
    DecoderChanges changes;
    changes.heads = {{{0, 1}, intact.mixtures[0].select(1, 1)}, {{1, 2}, intact.mixtures[1].select(1, 2)}};
    changes.paths = {{{0, 0}, {1, 1}, intact.mixtures[0].select(1, 0)}};
    QVERIFY(furthest(traceDecoder(config, weights, ids, changes).losses, intact.losses) < kRounding);
  }

  void aMixtureOfZeroIsAHeadWithoutOutput() {
    const DecoderConfig config = attentionOnly();
    Weights weights = randomWeights(config);
    const torch::Tensor ids = someIds(config);
    DecoderChanges changes;
    changes.heads = {{{0, 2}, torch::zeros({1, 1, 4}, torch::kFloat64)}};
    const torch::Tensor ablated = traceDecoder(config, weights, ids, changes).losses;
    QVERIFY(furthest(ablated, traceDecoder(config, weights, ids).losses) > 1e-3);
    torch::Tensor &output = weights[placeOf(config, "blocks.0.attn.W_O")];
    output = output.clone();
    output.select(0, 2).zero_();
    QVERIFY(furthest(ablated, traceDecoder(config, weights, ids).losses) < kRounding);
  }

  /// What a head of layer 1 makes of a stream without head `from` is what it makes where `from` is ablated
  /// for all.
  void aPathChangesWhatItsEndReadsAndNothingElse() {
    const DecoderConfig config = attentionOnly();
    const Weights weights = randomWeights(config);
    const torch::Tensor ids = someIds(config);
    const torch::Tensor other = torch::full({1, 1, 4}, 0.7, torch::kFloat64);
    DecoderChanges everywhere, path, end;
    everywhere.heads = {{{0, 1}, other}};
    const DecoderTrace changed = traceDecoder(config, weights, ids, everywhere, {TraceKeep::Mixtures});
    path.paths = {{{0, 1}, {1, 0}, other}};
    end.heads = {{{1, 0}, changed.mixtures[1].select(1, 0)}};
    const torch::Tensor alongPath = traceDecoder(config, weights, ids, path).losses;
    QVERIFY(furthest(alongPath, traceDecoder(config, weights, ids, end).losses) < kRounding);
    QVERIFY(furthest(alongPath, changed.losses) > 1e-3);
  }

  void withoutPositionsIsAPositionEmbeddingOfZero() {
    for (const DecoderConfig &config : {attentionOnly(), withMlp()}) {
      Weights weights = randomWeights(config);
      const torch::Tensor ids = someIds(config);
      DecoderChanges changes;
      changes.withoutPositions = true;
      const torch::Tensor without = traceDecoder(config, weights, ids, changes).losses;
      weights[1] = torch::zeros_like(weights[1]);
      QVERIFY(furthest(without, traceDecoder(config, weights, ids).losses) < kRounding);
    }
  }

  void aMixtureOfOneTextReachesThatTextAlone() {
    const DecoderConfig config = attentionOnly();
    const Weights weights = randomWeights(config);
    const torch::Tensor ids = someIds(config);
    const DecoderTrace intact = traceDecoder(config, weights, ids, {}, {TraceKeep::Mixtures});
    torch::Tensor mixture = intact.mixtures[1].select(1, 0).clone();
    mixture[3] += 1;
    DecoderChanges changes;
    changes.heads = {{{1, 0}, mixture}};
    const torch::Tensor difference =
        (traceDecoder(config, weights, ids, changes).losses - intact.losses).abs();
    QVERIFY(difference[3].max().item<double>() > 1e-3);
    QVERIFY(difference.slice(0, 0, 3).max().item<double>() < kRounding);
  }
};

QTEST_GUILESS_MAIN(TestDecoderTrace)
#include "tst_decoder_trace.moc"
