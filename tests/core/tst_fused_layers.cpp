// SPDX-License-Identifier: GPL-3.0-or-later
// The fused pieces of batched_ops.h against the same mathematics by ordinary tensor operations and LibTorch's autograd:
// results and every gradient, for parameters shared by the replicas, a copy a replica, and inputs that are shared.
#include <QtTest>

#include <functional>

#include "core/torch/batched_ops.h"

using namespace evolute::core;

namespace {

using Inputs = std::vector<torch::Tensor>;
using Layer = std::function<torch::Tensor(const Inputs &)>;

/// Largest difference of result and gradients, over the largest number there is in each.
double largestDifference(const Layer &fused, const Layer &reference, const std::vector<std::vector<std::int64_t>> &shapes,
                         torch::ScalarType dtype) {
  Inputs a, b;
  for (const auto &shape : shapes) {
    a.push_back(torch::randn(shape, dtype).requires_grad_(true));
    b.push_back(a.back().detach().to(torch::kFloat64).requires_grad_(true));
  }
  const torch::Tensor ours = fused(a), theirs = reference(b);
  const torch::Tensor weight = torch::randn(theirs.sizes(), torch::kFloat64);
  (ours * weight.to(dtype)).sum().backward();
  (theirs * weight).sum().backward();
  double worst = 0;
  const auto compare = [&](const torch::Tensor &x, const torch::Tensor &y) {
    if (x.sizes() != y.sizes())
      worst = INFINITY;
    else
      worst = std::max(worst, ((x.to(torch::kFloat64) - y).abs().max() / y.abs().max()).item<double>());
  };
  compare(ours.detach(), theirs.detach());
  for (std::size_t i = 0; i < a.size(); ++i)
    compare(a[i].grad(), b[i].grad());
  return worst;
}

} // namespace

class TestFusedLayers : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(5); }

  void equalOrdinaryTensorOperations_data() {
    QTest::addColumn<int>("inputReplicas");
    QTest::addColumn<int>("parameterReplicas"); // 0: no replica axis
    QTest::addColumn<int>("width");
    QTest::newRow("one of each") << 1 << 1 << 64;
    QTest::newRow("shared parameters") << 3 << 0 << 24;
    QTest::newRow("a copy a replica") << 3 << 3 << 40;
    QTest::newRow("a shared input") << 1 << 3 << 33;
    QTest::newRow("narrower than the lanes") << 2 << 2 << 5;
  }
  void equalOrdinaryTensorOperations() {
    QFETCH(int, inputReplicas);
    QFETCH(int, parameterReplicas);
    QFETCH(int, width);
    const std::int64_t rows = 19, in = 11;
    const auto parameter = [&](std::vector<std::int64_t> shape) {
      if (parameterReplicas > 0)
        shape.insert(shape.begin(), parameterReplicas);
      return shape;
    };
    const std::vector<std::int64_t> x = {inputReplicas, rows, in}, wide = {inputReplicas, rows, width};
    const std::vector<std::int64_t> weight = parameter({width, in}), bias = parameter({width});
    const auto check = [&](const char *name, const Layer &fused, const Layer &reference,
                           const std::vector<std::vector<std::int64_t>> &shapes) {
      const double exact = largestDifference(fused, reference, shapes, torch::kFloat64);
      const double single = largestDifference(fused, reference, shapes, torch::kFloat32);
      QVERIFY2(exact < 1e-10, qPrintable(QString("%1, float64: %2").arg(name).arg(exact)));
      QVERIFY2(single < 1e-5, qPrintable(QString("%1, float32: %2").arg(name).arg(single)));
    };
    check("layerNorm", [](const Inputs &i) { return layerNorm(i[0], i[1], i[2]); },
          [](const Inputs &i) { return layerNormReference(i[0], i[1], i[2]); }, {wide, bias, bias});
    check("affine", [](const Inputs &i) { return affine(i[0], i[1], i[2]); },
          [](const Inputs &i) { return affineReference(i[0], i[1], i[2]); }, {x, weight, bias});
    check("affine without bias", [](const Inputs &i) { return affine(i[0], i[1]); },
          [](const Inputs &i) { return affineReference(i[0], i[1]); }, {x, weight});
    check("affineRelu", [](const Inputs &i) { return affineRelu(i[0], i[1], i[2]); },
          [](const Inputs &i) { return torch::relu(affineReference(i[0], i[1], i[2])); }, {x, weight, bias});
    check("addAffine", [](const Inputs &i) { return addAffine(i[3], i[0], i[1], i[2]); },
          [](const Inputs &i) { return i[3] + affineReference(i[0], i[1], i[2]); }, {x, weight, bias, wide});
  }

  /// Rows that lie apart, as where only every other token is asked for, and a weight that is a transposed view.
  void viewsAreTakenAsTheyAre() {
    const auto everyOther = [](const torch::Tensor &t) { return t.view({t.size(0), -1, 2 * t.size(2)}).narrow(2, 0, t.size(2)); };
    const double difference = largestDifference(
        [&](const Inputs &i) { return addAffine(everyOther(i[0]), everyOther(i[1]), i[2].transpose(1, 2), i[3]); },
        [&](const Inputs &i) { return everyOther(i[0]) + affineReference(everyOther(i[1]), i[2].transpose(1, 2), i[3]); },
        {{2, 12, 7}, {2, 12, 5}, {2, 5, 7}, {2, 7}}, torch::kFloat64);
    QVERIFY2(difference < 1e-10, qPrintable(QString::number(difference)));
  }

  void aChainThatIsNotFiniteStaysSo() {
    torch::Tensor x = torch::ones({1, 2, 4});
    x[0][0][0] = NAN;
    const torch::Tensor y = affineRelu(x, torch::ones({3, 4}), torch::zeros({3}));
    QVERIFY(y[0][0].isnan().all().item<bool>());
    QVERIFY(!y[0][1].isnan().any().item<bool>());
  }

  /// What does not move gets no gradient: a frozen weight costs no product.
  void whatIsFrozenIsLeftOut() {
    const torch::Tensor x = torch::randn({1, 6, 4}).requires_grad_(true), w = torch::randn({3, 4});
    affine(x, w).sum().backward();
    QVERIFY(x.grad().defined() && !w.grad().defined());
    QVERIFY(torch::allclose(x.grad()[0][0], w.sum(0)));
  }
};

QTEST_GUILESS_MAIN(TestFusedLayers)
#include "tst_fused_layers.moc"
