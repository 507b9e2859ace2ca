// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "core/torch/model_module.h"

using namespace evolute::core;

namespace {

struct Case {
  const char *name;
  Architecture architecture;
};

const Case kCases[] = {
    {"regression transformer", IclTransformerConfig{3, 4, 12, 20, 3, 2, false}},
    {"regression transformer, doubled residual", IclTransformerConfig{3, 4, 12, 20, 3, 3, true}},
    {"attention only, shortformer", AttentionOnlyConfig{13, 9, 10, 3, 4, 2, true}},
    {"attention only, standard positions", AttentionOnlyConfig{13, 9, 10, 3, 4, 3, false}},
    {"linear network", LinearNetworkConfig{{4, 3, 5}}},
};

/// A minibatch for each of `replicas` (or one for all): inputs and targets that the architecture takes.
std::pair<torch::Tensor, torch::Tensor> minibatch(const Architecture &architecture, std::int64_t replicas,
                                                  torch::ScalarType dtype) {
  constexpr std::int64_t kBatch = 5;
  const auto numbers = torch::dtype(dtype);
  if (const auto *c = std::get_if<AttentionOnlyConfig>(&architecture)) {
    const torch::Tensor tokens = torch::randint(c->vocabulary, {replicas, kBatch, c->context}, torch::kInt64);
    return {tokens.narrow(2, 0, c->context - 1), tokens.narrow(2, 1, c->context - 1)};
  }
  if (const auto *c = std::get_if<IclTransformerConfig>(&architecture))
    return {torch::randn({replicas, kBatch, c->tokenCount(), c->taskDimension + 1}, numbers),
            torch::randn({replicas, kBatch, c->contextPairs}, numbers)};
  const auto &widths = std::get<LinearNetworkConfig>(architecture).widths;
  return {torch::randn({replicas, kBatch, widths.front()}, numbers),
          torch::randn({replicas, kBatch, widths.back()}, numbers)};
}

double largest(const torch::Tensor &t) {
  return t.abs().max().item<double>();
}

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
    for (int i = 0; i < int(std::size(kCases)); ++i)
      for (const bool same : {false, true})
        for (const bool single : {false, true})
          QTest::addRow("%s, %s, %s", kCases[i].name, same ? "one minibatch" : "a minibatch each",
                        single ? "float" : "double")
              << i << same << single;
  }
  void equalsTheWholeNetworkForEveryComponent() {
    QFETCH(int, which);
    QFETCH(bool, sameMinibatch);
    QFETCH(bool, single);
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
    for (const Component &component : componentsOf(architecture)) {
      MovingWeights moving(start, parameters, component, kReplicas);
      {
        torch::NoGradGuard noGrad;
        moving.flat().add_(torch::randn_like(moving.flat()), 0.1);
      }
      const torch::Tensor plain = model->losses(moving.parameters(), inputs, targets);
      const torch::Tensor plainGradient = moving.gradient(plain.mean(1));
      const torch::Tensor shared = model->losses(moving, frozen);
      const torch::Tensor sharedGradient = moving.gradient(shared.mean(1));
      QCOMPARE(shared.sizes().vec(), (std::vector<std::int64_t>{kReplicas, 5}));
      QVERIFY(largest(plainGradient) > 1e-4);
      QVERIFY2(largest(shared - plain) <= tolerance * largest(plain), component.name.c_str());
      QVERIFY2(largest(sharedGradient - plainGradient) <= tolerance * largest(plainGradient),
               component.name.c_str());
    }
  }

  /// A head is evaluated without the matrices of the heads beside it: with these set to NaN after the frozen
  /// pass, its loss is still finite.
  void aHeadTouchesNoOtherHeadOfItsLayer() {
    const AttentionOnlyConfig config{13, 9, 10, 3, 4, 1, true};
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
