// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>

#include "core/data/icl_regression.h"
#include "core/torch/batched_ops.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/torch/objective.h"

using namespace evolute::core;

namespace {

Weights inDouble(Weights weights) {
  for (torch::Tensor &w : weights)
    w = w.to(torch::kFloat64) + 0.1 * torch::randn(w.sizes(), torch::kFloat64); // biases and gains off their defaults
  return weights;
}

/// The same network written plainly from its description: one sample, one head at a time, no tricks.
torch::Tensor plainOutputs(const IclTransformerConfig &c, const Weights &w, const torch::Tensor &tokens) {
  namespace F = torch::nn::functional;
  torch::Tensor x = torch::mm(tokens, w[0].t()) + w[1];
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const torch::Tensor *p = &w[2 + 10 * std::size_t(l)];
    const torch::Tensor normed = torch::layer_norm(x, {c.width}, p[0], p[1]);
    std::vector<torch::Tensor> heads;
    for (std::int64_t h = 0; h < c.heads; ++h) {
      const std::int64_t d = c.headWidth();
      const auto rows = [&](std::int64_t part) { return p[2].narrow(0, (3 * h + part) * d, d); };
      const torch::Tensor q = torch::mm(normed, rows(0).t()), k = torch::mm(normed, rows(1).t()),
                          v = torch::mm(normed, rows(2).t());
      torch::Tensor scores = torch::mm(q, k.t()) / std::sqrt(double(d));
      for (std::int64_t i = 0; i < scores.size(0); ++i)
        for (std::int64_t j = i + 1; j < scores.size(0); ++j)
          scores[i][j] = -1e300;
      heads.push_back(torch::mm(torch::softmax(scores, 1), v));
    }
    const torch::Tensor middle = x + torch::mm(torch::cat(heads, 1), p[3].t());
    const torch::Tensor hidden =
        torch::relu(torch::mm(torch::layer_norm(middle, {c.width}, p[4], p[5]), p[6].t()) + p[7]);
    const torch::Tensor block = middle + torch::mm(hidden, p[8].t()) + p[9];
    x = c.doubledResidual ? x + block : block;
  }
  x = torch::layer_norm(x, {c.width}, w[w.size() - 4], w[w.size() - 3]);
  return torch::mm(x, w[w.size() - 2].t()) + w.back();
}

IclTransformerConfig smallConfig(bool doubled) {
  return {3, 4, 12, 20, 3, 2, doubled};
}

} // namespace

class TestRegressionTransformer : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(1); }

  /// 51,717 weights for D = 4, K = 8; 2,654,217 + output projections for D = 8, K = 16, width 512.
  void countsTheWeightsOfThePaper() {
    const auto count = [](const IclTransformerConfig &c) {
      std::int64_t sum = 0;
      for (const ParameterShape &p : parametersOf(c))
        sum += p.elementCount();
      return sum;
    };
    QCOMPARE(count({}), 51717);
    QCOMPARE(count({8, 16, 512, 512, 4, 2, false}), 2654217 + 2 * 512 * 512);
  }

  void headsAndTheRestCoverEveryWeightOnce() {
    std::int64_t parts = 0, all = 0, heads = 0, attention = 0;
    for (const Component &c : componentsOf(IclTransformerConfig{})) {
      if (c.name == "all")
        all = c.weightCount;
      else if (c.name.find(".H") != std::string::npos)
        heads += c.weightCount;
      else {
        parts += c.weightCount;
        attention += c.name.ends_with(".attn") ? c.weightCount : 0;
      }
    }
    QCOMPARE(parts, all);
    QCOMPARE(heads, attention);
  }

  void attentionEqualsOrdinaryTensorOperations_data() {
    QTest::addColumn<int>("length");
    QTest::addColumn<int>("headWidth");
    QTest::addColumn<int>("queryStride");
    QTest::newRow("published width") << 16 << 16 << 1;
    QTest::newRow("published width, every other query") << 16 << 16 << 2;
    QTest::newRow("longer than a tile") << 45 << 24 << 1;
    QTest::newRow("longer than a tile, every other query") << 45 << 24 << 2;
    QTest::newRow("odd width") << 7 << 5 << 1;
    QTest::newRow("wide") << 5 << 40 << 3;
    QTest::newRow("one token") << 1 << 4 << 1;
  }
  void attentionEqualsOrdinaryTensorOperations() {
    QFETCH(int, length);
    QFETCH(int, headWidth);
    QFETCH(int, queryStride);
    const std::int64_t heads = 3;
    torch::Tensor a = torch::randn({4, length, 3 * heads * headWidth}, torch::kFloat64).requires_grad_(true);
    torch::Tensor b = a.detach().clone().requires_grad_(true);
    const torch::Tensor weight = torch::randn({4, (length + queryStride - 1) / queryStride, heads * headWidth}, torch::kFloat64);
    const torch::Tensor fused = causalAttention(a, heads, queryStride), plain = causalAttentionReference(b, heads, queryStride);
    QVERIFY(torch::allclose(fused, plain, 1e-12, 1e-12));
    (fused * weight).sum().backward();
    (plain * weight).sum().backward();
    QVERIFY(torch::allclose(a.grad(), b.grad(), 1e-11, 1e-12));
    const torch::Tensor single = causalAttention(a.detach().to(torch::kFloat32), heads, queryStride);
    QVERIFY(torch::allclose(single.to(torch::kFloat64), plain.detach(), 1e-4, 1e-5));
  }

  void equalsTheNetworkWrittenPlainly_data() {
    QTest::addColumn<bool>("doubled");
    QTest::newRow("textbook residual") << false;
    QTest::newRow("doubled residual of the released code") << true;
  }
  void equalsTheNetworkWrittenPlainly() {
    QFETCH(bool, doubled);
    const IclTransformerConfig config = smallConfig(doubled);
    const auto model = makeModel(config);
    const Weights w = inDouble(model->initialWeights(3));
    const Dataset data = makeDataset(config, {}, "test", 0, 6);
    const torch::Tensor inputs = data.inputs.to(torch::kFloat64), targets = data.targets.to(torch::kFloat64);
    const torch::Tensor outputs = model->outputs(w, inputs).view({6, 8, 4});
    const torch::Tensor losses = model->losses(w, inputs.unsqueeze(0), targets.unsqueeze(0));
    QCOMPARE(losses.sizes().vec(), (std::vector<std::int64_t>{1, 6}));
    for (int s = 0; s < 6; ++s) {
      const torch::Tensor plain = plainOutputs(config, w, inputs[s]);
      QVERIFY(torch::allclose(outputs[s], plain, 1e-10, 1e-10));
      double loss = 0;
      for (int k = 0; k < 4; ++k)
        loss += std::pow(targets[s][k].item<double>() - plain[2 * k][0].item<double>(), 2) / 4;
      QVERIFY(std::abs(losses[0][s].item<double>() - loss) < 1e-10 * (1 + loss));
    }
  }

  /// Replicas side by side give what each gives alone, losses and gradients, for every component.
  void replicasDoNotSeeEachOther() {
    const IclTransformerConfig config = smallConfig(false);
    const auto model = makeModel(config);
    const Weights w = inDouble(model->initialWeights(3));
    const Dataset data = makeDataset(config, {}, "test", 0, 20);
    const DataObjective objective(*model, data.inputs.to(torch::kFloat64), data.targets.to(torch::kFloat64));
    const auto parameters = parametersOf(config);
    const torch::Tensor indices = torch::randint(20, {3, 5}, torch::kInt64);
    for (const Component &component : componentsOf(config)) {
      MovingWeights together(w, parameters, component, 3);
      {
        torch::NoGradGuard noGrad;
        together.flat().add_(torch::randn_like(together.flat()), 0.1);
      }
      const torch::Tensor losses = objective.losses(together.parameters(), indices);
      const torch::Tensor gradient = together.gradient(losses.mean(1));
      QVERIFY(gradient.abs().max().item<double>() > 1e-6);
      for (int r = 0; r < 3; ++r) {
        MovingWeights alone(w, parameters, component, 1);
        {
          torch::NoGradGuard noGrad;
          alone.flat().copy_(together.flat().narrow(0, r, 1));
        }
        const torch::Tensor own = objective.losses(alone.parameters(), indices.narrow(0, r, 1));
        QVERIFY2(torch::allclose(own[0], losses[r], 1e-9, 1e-10), component.name.c_str());
        QVERIFY2(torch::allclose(alone.gradient(own.mean(1))[0], gradient[r], 1e-8, 1e-10), component.name.c_str());
      }
    }
  }

  /// With weights that make every output zero the loss is E y^2 = D + noise variance at every position.
  void predictingThePriorCostsDPlusNoise() {
    const IclTransformerConfig config;
    const auto model = makeModel(config);
    Weights w = model->initialWeights(1);
    w[w.size() - 2].zero_();
    w.back().zero_();
    const std::int64_t n = 20000;
    const Dataset data = makeDataset(config, {}, "test", 0, n);
    const torch::Tensor losses = lossTable(DataObjective(*model, data.inputs, data.targets), w).to(torch::kFloat64);
    const double standardError = losses.std().item<double>() / std::sqrt(double(n));
    QVERIFY(std::abs(losses.mean().item<double>() - 4.125) < 4 * standardError);
  }

  void tokensAlternateAndDependOnTheirNumberAlone() {
    const IclRegressionTask task{3, 4, 0.125};
    std::vector<float> tokens(2 * 8 * 4), targets(2 * 4), later(8 * 4), laterTargets(4);
    makeIclSequences(task, 99, 5, 2, tokens, targets);
    makeIclSequences(task, 99, 6, 1, later, laterTargets);
    QVERIFY(std::equal(later.begin(), later.end(), tokens.begin() + 8 * 4));
    for (int k = 0; k < 4; ++k) {
      const float *x = &tokens[std::size_t(2 * k * 4)], *y = x + 4;
      QCOMPARE(x[0], 0.0F);
      QCOMPARE(y[0], targets[std::size_t(k)]);
      QVERIFY(y[1] == 0 && y[2] == 0 && y[3] == 0 && x[1] != 0);
    }
  }

  void aHeadOutsideTheModelIsRefused() {
    const auto parameters = parametersOf(IclTransformerConfig{});
    const Weights w = makeModel(IclTransformerConfig{})->initialWeights(0);
    QVERIFY_EXCEPTION_THROWN(MovingWeights(w, parameters, {"x", {{"embed.weight", 1, 3, 9}}, 1}, 1), std::runtime_error);
    QVERIFY_EXCEPTION_THROWN(MovingWeights(w, parameters, {"x", {{"nothing", -1, 0, 0}}, 1}, 1), std::runtime_error);
  }
};

QTEST_GUILESS_MAIN(TestRegressionTransformer)
#include "tst_regression_transformer.moc"
