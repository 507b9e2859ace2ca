// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "core/model/component_name.h"
#include "core/torch/chain_runner.h"
#include "core/torch/model_module.h"

using namespace evolute::core;

namespace {

struct Case {
  const char *name;
  Architecture architecture;
};

/// Two layers with MLPs: the families of libraries differ from here by a field or two.
DecoderConfig withMlps(PositionKind positions, NormKind norm = NormKind::Affine) {
  DecoderConfig c{13, 9, 10, 3, 4, 2, positions, norm, 14, Activation::GeluTanh};
  c.rotaryWidth = positions == PositionKind::Rotary ? 2 : 0;
  return c;
}
DecoderConfig gpt2Like() {
  DecoderConfig c = withMlps(PositionKind::Learned);
  c.tied = true;
  c.unembedBias = false;
  return c;
}
DecoderConfig neoXLike() {
  DecoderConfig c = withMlps(PositionKind::Rotary);
  c.parallel = true;
  c.unembedBias = false;
  return c;
}
DecoderConfig withoutBiases() {
  DecoderConfig c = withMlps(PositionKind::None, NormKind::None);
  c.attentionBias = false;
  c.attentionScale = 1;
  return c;
}

const Case kCases[] = {
    {"regression transformer", IclTransformerConfig{3, 4, 12, 20, 3, 2, false}},
    {"regression transformer, doubled residual", IclTransformerConfig{3, 4, 12, 20, 3, 3, true}},
    {"attention only, shortformer", DecoderConfig{13, 9, 10, 3, 4, 2}},
    {"attention only, standard positions", DecoderConfig{13, 9, 10, 3, 4, 3, PositionKind::Learned}},
    {"attention only, logits in several chunks", DecoderConfig{40001, 9, 10, 3, 4, 1}},
    {"attention only, LayerNorm without weights",
     DecoderConfig{13, 9, 10, 3, 4, 2, PositionKind::Shortformer, NormKind::Plain}},
    {"with MLPs, shortformer", withMlps(PositionKind::Shortformer, NormKind::Plain)},
    {"as GPT-2", gpt2Like()},
    {"as GPT-NeoX", neoXLike()},
    {"neither positions, norms nor biases", withoutBiases()},
    {"linear network", LinearNetworkConfig{{4, 3, 5}}},
    {"MLP", MlpConfig{{4, 3, 5}, Activation::Tanh, true, {"0", "2"}}},
};

/// A minibatch for each of `replicas` (or one for all): inputs and targets that the architecture takes.
std::pair<torch::Tensor, torch::Tensor> minibatch(const Architecture &architecture, std::int64_t replicas,
                                                  torch::ScalarType dtype) {
  constexpr std::int64_t kBatch = 5;
  const auto numbers = torch::dtype(dtype);
  if (const auto *c = std::get_if<DecoderConfig>(&architecture)) {
    const torch::Tensor tokens = torch::randint(c->vocabulary, {replicas, kBatch, c->context}, torch::kInt64);
    return {tokens.narrow(2, 0, c->context - 1), tokens.narrow(2, 1, c->context - 1)};
  }
  if (const auto *c = std::get_if<IclTransformerConfig>(&architecture))
    return {torch::randn({replicas, kBatch, c->tokenCount(), c->taskDimension + 1}, numbers),
            torch::randn({replicas, kBatch, c->contextPairs}, numbers)};
  const auto *mlp = std::get_if<MlpConfig>(&architecture);
  const auto &widths = mlp != nullptr ? mlp->widths : std::get<LinearNetworkConfig>(architecture).widths;
  return {torch::randn({replicas, kBatch, widths.front()}, numbers),
          torch::randn({replicas, kBatch, widths.back()}, numbers)};
}

double largest(const torch::Tensor &t) {
  return t.abs().max().item<double>();
}

/// Counts the frozen passes that are computed.
class Counting : public DataObjective {
public:
  using DataObjective::DataObjective;
  using DataObjective::losses;
  FrozenPass frozenPass(const Weights &start, const torch::Tensor &indices) const override {
    ++passes;
    return DataObjective::frozenPass(start, indices);
  }
  mutable int passes = 0;
};

} // namespace

/// What replicas read from the frozen pass changes no number.
class TestFrozenPass : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(7); }

  void equalsTheWholeNetworkForEveryComponent_data() {
    QTest::addColumn<int>("which");
    QTest::addColumn<bool>("sameMinibatch");
    QTest::addColumn<bool>("single");
    QTest::addColumn<bool>("weighted");
    for (int i = 0; i < int(std::size(kCases)); ++i)
      for (const bool same : {false, true})
        for (const bool single : {false, true})
          for (const bool weighted : {false, true})
            QTest::addRow("%s, %s, %s, %s", kCases[i].name, same ? "one minibatch" : "a minibatch each",
                          single ? "float" : "double", weighted ? "weighted samples" : "mean of samples")
                << i << same << single << weighted;
  }
  void equalsTheWholeNetworkForEveryComponent() {
    QFETCH(int, which);
    QFETCH(bool, sameMinibatch);
    QFETCH(bool, single);
    QFETCH(bool, weighted);
    constexpr std::int64_t kReplicas = 3;
    const Architecture &architecture = kCases[which].architecture;
    const auto model = makeModel(architecture);
    const torch::ScalarType dtype = single ? torch::kFloat32 : torch::kFloat64;
    const double tolerance = single ? 1e-5 : 1e-10;
    Weights start = model->initialWeights(3);
    for (torch::Tensor &w : start)
      w = w.to(dtype) +
          0.2 * torch::randn(w.sizes(), torch::dtype(dtype)); // biases and gains off their defaults
    const auto [inputs, targets] = minibatch(architecture, sameMinibatch ? 1 : kReplicas, dtype);
    const FrozenPass frozen = model->frozenPass(start, inputs, targets);
    for (const torch::Tensor &kept : frozen.kept)
      QVERIFY(!kept.requires_grad());
    const auto parameters = parametersOf(architecture);
    std::vector<Component> components = componentsOf(architecture);
    if (const auto *decoder = std::get_if<DecoderConfig>(&architecture); decoder != nullptr && decoder->attentionBias)
      components.push_back(componentNamed("L0.H1+bias", components, parameters));
    for (const Component &component : components) {
      MovingWeights moving(start, parameters, component, kReplicas);
      {
        torch::NoGradGuard noGrad;
        moving.flat().add_(torch::randn_like(moving.flat()), 0.1);
      }
      const torch::Tensor plain = model->losses(moving.parameters(), inputs, targets);
      const torch::Tensor share = weighted ? torch::rand_like(plain) : torch::full_like(plain, 0.2);
      const torch::Tensor plainGradient = moving.gradient(plain * share);
      const torch::Tensor shared = model->losses(moving, frozen);
      const torch::Tensor sharedGradient = moving.gradient(shared * share);
      QCOMPARE(shared.sizes().vec(), (std::vector<std::int64_t>{kReplicas, 5}));
      QVERIFY(largest(plainGradient) > 1e-4);
      QVERIFY2(largest(shared - plain) <= tolerance * largest(plain), component.name.c_str());
      QVERIFY2(largest(sharedGradient - plainGradient) <= tolerance * largest(plainGradient),
               component.name.c_str());
    }
  }

  /// One frozen pass a step and chain, however many components read it; none where nothing is frozen.
  void componentsOfAMinibatchShareItsPass() {
    const DecoderConfig config{13, 9, 10, 3, 4, 2};
    const auto model = makeModel(config);
    const Weights start = model->initialWeights(3);
    const torch::Tensor tokens = torch::randint(config.vocabulary, {20, config.context}, torch::kInt64);
    const Counting objective(*model, tokens.narrow(1, 0, 8), tokens.narrow(1, 1, 8));
    const torch::Tensor table = lossTable(objective, start);
    LlcSettings settings;
    settings.chainCount = 2;
    settings.batchSize = 4;
    settings.burnInSteps = 5;
    settings.drawCount = 20; // evidence is measured once on the way
    const auto parameters = parametersOf(config);
    const std::vector<Component> components = componentsOf(config);
    const auto planOf = [&](std::size_t component) {
      return ChainPlan{objective, start, parameters, components[component], settings, table, "checkpoint", 1};
    };
    // chains that run in one block share the pass as well; how many do is the runner's choice
    runChainsTogether({planOf(1)}, {});
    const int alone = objective.passes;
    QVERIFY(alone == 25 || alone == 50);
    objective.passes = 0;
    runChainsTogether({planOf(1), planOf(2), planOf(4)}, {});
    QCOMPARE(objective.passes, alone);
    objective.passes = 0;
    runChainsTogether({planOf(0)}, {});
    QCOMPARE(objective.passes, 0);
  }

  /// A head is evaluated without the matrices of the heads beside it: with these set to NaN after the frozen
  /// pass, its loss is still finite.
  void aHeadTouchesNoOtherHeadOfItsLayer() {
    const DecoderConfig config{13, 9, 10, 3, 4, 1};
    const auto model = makeModel(config);
    Weights start = model->initialWeights(3);
    const auto [inputs, targets] = minibatch(config, 1, torch::kFloat32);
    const FrozenPass frozen = model->frozenPass(start, inputs, targets);
    const auto parameters = parametersOf(config);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (parameters[i].name.find(".W_") != std::string::npos && parameters[i].name.starts_with("blocks"))
        start[i].narrow(0, 1, 2).fill_(std::numeric_limits<float>::quiet_NaN());
    const MovingWeights moving(start, parameters, componentsOf(config)[1], 2);
    QVERIFY(torch::isfinite(model->losses(moving, frozen)).all().item<bool>());
    QVERIFY(!torch::isfinite(model->losses(moving.parameters(), inputs, targets)).any().item<bool>());
  }
};

QTEST_GUILESS_MAIN(TestFrozenPass)
#include "tst_frozen_pass.moc"
