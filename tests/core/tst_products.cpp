// SPDX-License-Identifier: GPL-3.0-or-later
// Matrix products of rounded operands: what is rounded, what is not, and what becomes of lambda-hat.
#include <cmath>

#include <QTest>
#include <nlohmann/json.hpp>

#include "core/llc/llc_estimator.h"
#include "core/torch/batched_ops.h"
#include "core/torch/next_token_loss.h"
#include "core/torch/products.h"

using namespace evolute::core;

namespace {

constexpr double kRounding = 1.0 / 256; ///< relative, of bfloat16: half of its last of 7 bits

torch::Tensor random(std::vector<std::int64_t> shape, torch::ScalarType type = torch::kFloat32) {
  return torch::randn(shape, torch::dtype(type)).set_requires_grad(true);
}

/// Largest difference, as a share of the largest value.
double difference(const torch::Tensor &a, const torch::Tensor &b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

struct Result {
  torch::Tensor y, dx, dWeight, dBias;
};

template <typename Function>
Result runWith(ProductPrecision precision, const torch::Tensor &x, const torch::Tensor &w, const torch::Tensor &b,
               Function &&f) {
  torch::Tensor y;
  {
    const ProductScope scope(precision, torch::kCPU);
    y = f(x, w, b);
  } // backward runs outside: it must follow what forward did
  const auto gradients = torch::autograd::grad({(y * y.detach()).sum()}, {x, w, b});
  return {y.detach(), gradients[0], gradients[1], gradients[2]};
}

} // namespace

class TestProducts : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { torch::manual_seed(1); }
  void roundsTheOperandsAndTheProductOfALayer();
  void gradientsAreThoseOfTheFullLayerUpToRounding();
  void theReferenceLayerRoundsToo();
  void lossesOfTokensAreThoseOfFullProductsUpToRounding();
  void float64StaysFull();
  void theScopeEnds();
  void workOnTheProcessorLeavesTheModeOfGpusAlone();
  void lambdaHatAgreesWithFullProducts();
};

void TestProducts::roundsTheOperandsAndTheProductOfALayer() {
  const torch::Tensor x = random({1, 40, 24}), w = random({2, 16, 24}), b = random({2, 16});
  const Result bits = runWith(ProductPrecision::Bfloat16, x, w, b,
                              [](const auto &...t) { return affine(t...); });
  torch::NoGradGuard noGrad;
  const auto rounded = [](const torch::Tensor &t) { return t.to(torch::kBFloat16).to(torch::kFloat64); };
  const torch::Tensor product = torch::matmul(rounded(x), rounded(w).transpose(1, 2));
  const torch::Tensor withoutBias = bits.y.to(torch::kFloat64) - b.unsqueeze(1);
  // only the product's own rounding is left
  QVERIFY(((withoutBias - product).abs() <= kRounding * product.abs() + 1e-5).all().item<bool>());
  const torch::Tensor full = torch::matmul(x, w.transpose(1, 2)).to(torch::kFloat64);
  QVERIFY(difference(withoutBias, full) > 1e-4); // float32 would agree to 1e-6
}

void TestProducts::gradientsAreThoseOfTheFullLayerUpToRounding() {
  const torch::Tensor x = random({2, 40, 24}), w = random({2, 16, 24}), b = random({2, 16});
  const auto layer = [](const auto &...t) { return affineRelu(t...); };
  const Result full = runWith(ProductPrecision::Full, x, w, b, layer);
  const Result bits = runWith(ProductPrecision::Bfloat16, x, w, b, layer);
  // three roundings along a path; sums of 24 or 40 terms whose errors add like noise stay below a few of them
  QVERIFY(difference(bits.dx, full.dx) < 4 * kRounding);
  QVERIFY(difference(bits.dWeight, full.dWeight) < 4 * kRounding);
  QVERIFY(difference(bits.dBias, full.dBias) < 4 * kRounding);
  QVERIFY(difference(bits.dWeight, full.dWeight) > 1e-5);
  QCOMPARE(bits.dWeight.scalar_type(), torch::kFloat32);
  QCOMPARE(bits.dWeight.sizes().vec(), w.sizes().vec());
}

void TestProducts::theReferenceLayerRoundsToo() {
  const torch::Tensor x = random({1, 40, 24}), w = random({2, 16, 24}), b = random({2, 16});
  const Result own = runWith(ProductPrecision::Bfloat16, x, w, b, [](const auto &...t) { return affine(t...); });
  const Result reference =
      runWith(ProductPrecision::Bfloat16, x, w, b, [](const auto &...t) { return affineReference(t...); });
  QVERIFY(difference(own.y, reference.y) < kRounding);
  QVERIFY(difference(own.dx, reference.dx) < 4 * kRounding);
  QVERIFY(difference(own.dWeight, reference.dWeight) < 4 * kRounding);
}

void TestProducts::lossesOfTokensAreThoseOfFullProductsUpToRounding() {
  const torch::Tensor x = random({1, 50, 24}), w = random({1, 24, 300}), b = random({1, 300});
  const torch::Tensor target = torch::randint(300, {1, 50}, torch::kInt64);
  const auto loss = [&](const torch::Tensor &stream, const torch::Tensor &map, const torch::Tensor &bias) {
    return nextTokenLosses(stream, map, bias, target);
  };
  const Result full = runWith(ProductPrecision::Full, x, w, b, loss);
  const Result bits = runWith(ProductPrecision::Bfloat16, x, w, b, loss);
  QVERIFY(difference(bits.y, full.y) < 2 * kRounding);
  QVERIFY(difference(bits.dx, full.dx) < 6 * kRounding);
  QVERIFY(difference(bits.dWeight, full.dWeight) < 6 * kRounding);
  QVERIFY(difference(bits.y, full.y) > 1e-5);
}

void TestProducts::float64StaysFull() {
  const torch::Tensor x = random({1, 8, 6}, torch::kFloat64), w = random({5, 6}, torch::kFloat64),
                      b = random({5}, torch::kFloat64);
  const auto layer = [](const auto &...t) { return affine(t...); };
  QVERIFY(torch::equal(runWith(ProductPrecision::Bfloat16, x, w, b, layer).y,
                       runWith(ProductPrecision::Full, x, w, b, layer).y));
}

void TestProducts::theScopeEnds() {
  const torch::Tensor t = torch::ones({2});
  {
    const ProductScope outer(ProductPrecision::Bfloat16, torch::kCPU);
    {
      const ProductScope inner(ProductPrecision::Full, torch::kCPU);
      QCOMPARE(operand(t).scalar_type(), torch::kFloat32);
    }
    QCOMPARE(operand(t).scalar_type(), torch::kBFloat16);
  }
  QCOMPARE(operand(t).scalar_type(), torch::kFloat32);
}

/// A flag of LibTorch's, which is there without a GPU.
void TestProducts::workOnTheProcessorLeavesTheModeOfGpusAlone() {
  const ProductScope onGpu(ProductPrecision::Tf32, torch::kCUDA);
  QVERIFY(at::globalContext().allowTF32CuBLAS());
  {
    const ProductScope beside(ProductPrecision::Full, torch::kCPU);
    QVERIFY(at::globalContext().allowTF32CuBLAS());
  }
  const ProductScope full(ProductPrecision::Full, torch::kCUDA);
  QVERIFY(!at::globalContext().allowTF32CuBLAS());
}

/// Same streams of noise and minibatches, so the two differ by rounding alone.
void TestProducts::lambdaHatAgreesWithFullProducts() {
  const Run run = openRun(EVOLUTE_TEST_DATA "/devinterp/transformer");
  LlcSettings settings;
  settings.stepSize = 3e-4;
  settings.localization = 100;
  settings.batchSize = 64;
  settings.sampleCount = 512;
  settings.chainCount = 2;
  settings.burnInSteps = 40;
  settings.drawCount = 60;
  const auto estimateWith = [&](ProductPrecision products) {
    settings.products = products;
    return LlcEstimatorEngine(run, "train", settings).estimate(run.index.checkpoints.back());
  };
  const LlcEstimate full = estimateWith(ProductPrecision::Full), bits = estimateWith(ProductPrecision::Bfloat16);
  QVERIFY(full.llc != bits.llc);
  QVERIFY2(std::abs(full.llc - bits.llc) < 2 * std::hypot(full.standardError, bits.standardError),
           qPrintable(QString("%1 +- %2, %3").arg(full.llc).arg(full.standardError).arg(bits.llc)));
  settings.products = ProductPrecision::Full;
  const std::string key = settings.hash();
  settings.products = ProductPrecision::Bfloat16;
  QVERIFY(settings.hash() != key);
  QVERIFY(llcSettingsFromJson(toJson(settings)) == settings);
}

QTEST_GUILESS_MAIN(TestProducts)
#include "tst_products.moc"
