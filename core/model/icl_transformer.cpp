// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>

#include "core/model/built_in_models.h"
#include "core/torch/layered_model.h"
#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"

namespace evolute::core {

namespace {

/// Loss: (1/K) sum_k (y_k - prediction_k)^2; a prediction is coordinate 0 at the token of x_k. In the last layer only
/// tokens that hold a prediction (those of x, every other one) go on: same numbers, less work.
class IclTransformer : public LayeredModel {
public:
  explicit IclTransformer(IclTransformerConfig config) : m_config(config) {}

  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    torch::Tensor x = embedded(weights, inputs.unsqueeze(0));
    for (std::int64_t l = 0; l < m_config.layers; ++l)
      x = pastMlp(weights, l, throughAttention(weights, l, x, 1), 1);
    x = layerNorm(x, weights[weights.size() - 4], weights[weights.size() - 3]);
    return affine(x, weights[weights.size() - 2], weights.back()).reshape({inputs.size(0), -1});
  }
  std::int64_t activationsPerSample(const torch::Tensor & /*inputs*/) const override {
    return m_config.tokenCount() * (m_config.layers * (12 * m_config.width + 2 * m_config.mlpWidth));
  }
  Weights initialWeights(std::uint64_t seed) const override {
    Weights weights;
    for (const ParameterShape &p : parametersOf(m_config)) {
      if (p.name.find("ln") != std::string::npos)
        weights.push_back(p.name.ends_with("weight") ? torch::ones(p.shape) : torch::zeros(p.shape));
      else if (p.name == "pos.weight") // kept as the transpose of a Linear(2K -> width)
        weights.push_back(uniformParameter(p, p.shape[0], seed));
      else if (p.name.ends_with("mlp.out.bias"))
        weights.push_back(uniformParameter(p, m_config.mlpWidth, seed));
      else
        weights.push_back(uniformParameter(p, p.shape.size() == 2 ? p.shape[1] : m_config.width, seed));
    }
    return weights;
  }

protected:
  std::int64_t layerCount() const override { return m_config.layers; }

  /// Token embedding and position, [R, B tokens, width].
  torch::Tensor embedded(const Weights &w, const torch::Tensor &inputs) const override {
    const std::int64_t batch = inputs.size(1), length = m_config.tokenCount(), width = m_config.width;
    torch::Tensor x = affine(inputs.reshape({inputs.size(0), batch * length, inputs.size(3)}), w[0]);
    const torch::Tensor position = w[1].dim() == 2 ? w[1].view({1, 1, length, width}) : w[1].unsqueeze(1);
    x = x.view({x.size(0), batch, length, width}) + position;
    return x.reshape({x.size(0), batch * length, width});
  }
  Attention throughAttention(const Weights &w, std::int64_t l, const torch::Tensor &x,
                             const torch::Tensor & /*targets*/) const override {
    return throughAttention(w, l, x, strideOf(l));
  }
  torch::Tensor pastMlp(const Weights &w, std::int64_t l, const Attention &attention) const override {
    return pastMlp(w, l, attention, strideOf(l));
  }
  torch::Tensor readOut(const Weights &w, const torch::Tensor &x, const torch::Tensor &targets) const override {
    const torch::Tensor normal = layerNorm(x, w[w.size() - 4], w[w.size() - 3]);
    const torch::Tensor &unembed = w[w.size() - 2], &bias = w.back();
    const torch::Tensor predicted =
        affine(normal, unembed.narrow(unembed.dim() - 2, 0, 1), bias.narrow(bias.dim() - 1, 0, 1)); // [R, B K, 1]
    return (predicted.reshape({predicted.size(0), -1, m_config.contextPairs}) - targets).square().mean(-1);
  }

  std::int64_t stageOf(std::size_t parameter) const override {
    constexpr std::size_t kMlp = 4; // LayerNorm and weights of the MLP come from here on
    if (parameter < kFirstBlock)
      return -1;
    const std::size_t place = parameter - kFirstBlock;
    return std::int64_t(2 * (place / kPerBlock) + (place % kPerBlock >= kMlp ? 1 : 0));
  }
  /// One head's rows of QKV and columns of the output.
  std::optional<std::int64_t> movingHead(const MovingWeights &moving) const override {
    const auto &parts = moving.parts();
    const std::int64_t c = m_config.headWidth();
    if (parts.size() != 2 || parts[0].parameter < kFirstBlock ||
        (parts[0].parameter - kFirstBlock) % kPerBlock != 2 || parts[1].parameter != parts[0].parameter + 1 ||
        parts[0].dim != 0 || parts[1].dim != 1)
      return std::nullopt;
    const std::int64_t h = parts[1].begin / c;
    const bool one = parts[1].begin == h * c && parts[1].end == (h + 1) * c && parts[0].begin == 3 * h * c &&
                     parts[0].end == 3 * (h + 1) * c;
    return one ? std::optional(h) : std::nullopt;
  }
  /// The frozen stream, less the head's frozen share, plus what the moving head gives.
  torch::Tensor lossesPastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l,
                               const FrozenPass &frozen) const override {
    const std::int64_t c = m_config.headWidth();
    const Weights &w = moving.start();
    Attention attention = keptOf(frozen, l);
    torch::Tensor others;
    {
      torch::NoGradGuard noGrad;
      others = attention.middle - affine(attention.mixed.narrow(2, h * c, c), layer(w, l)[3].narrow(1, h * c, c));
    }
    const torch::Tensor mixed = mixture(affine(attention.normal, moving.parts()[0].leaf), 1, strideOf(l));
    attention.middle = addAffine(others, mixed, moving.parts()[1].leaf);
    return lossesFrom(l + 1, pastMlp(w, l, attention), w, frozen.targets);
  }

private:
  static constexpr std::size_t kFirstBlock = 2, kPerBlock = 10; // order of parametersOf()

  static const torch::Tensor *layer(const Weights &w, std::int64_t l) {
    return &w[kFirstBlock + kPerBlock * std::size_t(l)];
  }
  /// Tokens come in pairs x, y; of the last layer's only those of x go on.
  std::int64_t strideOf(std::int64_t l) const { return l + 1 == m_config.layers ? 2 : 1; }
  static torch::Tensor everyNth(const torch::Tensor &x, std::int64_t stride) {
    return stride == 1 ? x : x.reshape({x.size(0), -1, stride * x.size(2)}).narrow(2, 0, x.size(2));
  }
  /// What attention makes of queries, keys and values [R, B tokens, 3 heads c]: [R, B tokens, heads c].
  /// Of every `stride`-th token only.
  torch::Tensor mixture(const torch::Tensor &qkv, std::int64_t heads, std::int64_t stride) const {
    const torch::Tensor mixed = causalAttention(qkv.reshape({-1, m_config.tokenCount(), qkv.size(2)}), heads, stride);
    return mixed.view({qkv.size(0), -1, qkv.size(2) / 3});
  }
  Attention throughAttention(const Weights &w, std::int64_t l, const torch::Tensor &x, std::int64_t stride) const {
    const torch::Tensor *p = layer(w, l);
    const torch::Tensor normal = layerNorm(x, p[0], p[1]);
    const torch::Tensor mixed = mixture(affine(normal, p[2]), m_config.heads, stride);
    return {x, normal, mixed, addAffine(everyNth(x, stride), mixed, p[3])};
  }
  torch::Tensor pastMlp(const Weights &w, std::int64_t l, const Attention &attention, std::int64_t stride) const {
    const torch::Tensor *p = layer(w, l);
    const torch::Tensor hidden = affineRelu(layerNorm(attention.middle, p[4], p[5]), p[6], p[7]);
    const torch::Tensor block = addAffine(attention.middle, hidden, p[8], p[9]);
    return m_config.doubledResidual ? everyNth(attention.x, stride) + block : block;
  }

  IclTransformerConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const IclTransformerConfig &config) {
  return std::make_unique<IclTransformer>(config);
}

} // namespace evolute::core
