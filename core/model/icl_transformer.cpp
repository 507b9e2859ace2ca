// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>

#include "core/model/built_in_models.h"

#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"
#include "core/torch/model_module.h"

namespace evolute::core {

namespace {

class IclTransformer : public ModelModule {
public:
  explicit IclTransformer(IclTransformerConfig config) : m_config(config) {}

  /// (1/K) sum_k (y_k - prediction_k)^2; a prediction is coordinate 0 at the token of x_k.
  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    return lossesFrom(0, embedded(weights, inputs), weights, targets);
  }
  FrozenPass frozenPass(const Weights &start, const torch::Tensor &inputs,
                        const torch::Tensor &targets) const override {
    torch::NoGradGuard noGrad;
    FrozenPass frozen{inputs, targets, {embedded(start, inputs)}};
    for (std::int64_t l = 0; l < m_config.layers; ++l) {
      const torch::Tensor *p = layer(start, l);
      const torch::Tensor x = frozen.kept.back(), normal = layerNorm(x, p[0], p[1]);
      const torch::Tensor mixed = mixture(affine(normal, p[2]), m_config.heads, strideOf(l));
      const torch::Tensor middle = addAffine(ifPrediction(l, x), mixed, p[3]);
      for (const torch::Tensor &kept : {normal, mixed, middle, pastMlp(p, ifPrediction(l, x), middle)})
        frozen.kept.push_back(kept);
    }
    return frozen;
  }
  bool readsFrozenPass(const MovingWeights &moving) const override { return firstMovingStage(moving) >= 0; }
  torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const override {
    const std::int64_t stage = firstMovingStage(moving), l = stage / 2;
    if (stage < 0)
      return losses(moving.parameters(), frozen.inputs, frozen.targets);
    const torch::Tensor *kept = &frozen.kept[kKeptPerLayer * std::size_t(l)];
    if (const auto head = movingHead(moving)) {
      const Weights &w = moving.start();
      const torch::Tensor x =
          pastMlp(layer(w, l), ifPrediction(l, kept[0]), middlePastHead(moving, *head, l, kept));
      return lossesFrom(l + 1, x, w, frozen.targets);
    }
    const Weights w = moving.parameters();
    if (stage % 2 == 1) // only the MLP and what follows
      return lossesFrom(l + 1, pastMlp(layer(w, l), ifPrediction(l, kept[0]), kept[3]), w, frozen.targets);
    return lossesFrom(l, kept[0], w, frozen.targets);
  }
  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    torch::Tensor x = embedded(weights, inputs.unsqueeze(0));
    for (std::int64_t l = 0; l < m_config.layers; ++l)
      x = pastLayer(weights, l, x, /*predictionsOnly=*/false);
    x = layerNorm(x, weights[weights.size() - 4], weights[weights.size() - 3]);
    return affine(x, weights[weights.size() - 2], weights.back()).reshape({inputs.size(0), -1});
  }
  std::int64_t activationsPerSample() const override {
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

private:
  static constexpr std::size_t kFirstBlock = 2, kPerBlock = 10; // order of parametersOf()
  // frozenPass() keeps of each layer: the stream that enters, its normal form, the heads' mixtures and the
  // stream before the MLP (of the last layer at predictions alone); then the stream that leaves the last
  // layer.
  static constexpr std::size_t kKeptPerLayer = 4;

  static const torch::Tensor *layer(const Weights &w, std::int64_t l) {
    return &w[kFirstBlock + kPerBlock * std::size_t(l)];
  }
  /// In the last layer only tokens that hold a prediction (those of x) go on: same numbers, less work.
  torch::Tensor ifPrediction(std::int64_t l, const torch::Tensor &x) const {
    return l + 1 == m_config.layers ? everyOtherToken(x) : x;
  }

  /// Token embedding and position, [R, B tokens, width].
  torch::Tensor embedded(const Weights &w, const torch::Tensor &inputs) const {
    const std::int64_t batch = inputs.size(1), length = m_config.tokenCount(), width = m_config.width;
    torch::Tensor x = affine(inputs.reshape({inputs.size(0), batch * length, inputs.size(3)}), w[0]);
    const torch::Tensor position = w[1].dim() == 2 ? w[1].view({1, 1, length, width}) : w[1].unsqueeze(1);
    x = x.view({x.size(0), batch, length, width}) + position;
    return x.reshape({x.size(0), batch * length, width});
  }
  /// What attention makes of queries, keys and values [R, B tokens, 3 heads c]: [R, B tokens, heads c].
  /// Of every `stride`-th token only, where only these go on.
  torch::Tensor mixture(const torch::Tensor &qkv, std::int64_t heads, std::int64_t stride) const {
    const torch::Tensor mixed = causalAttention(qkv.reshape({-1, m_config.tokenCount(), qkv.size(2)}), heads, stride);
    return mixed.view({qkv.size(0), -1, qkv.size(2) / 3});
  }
  std::int64_t strideOf(std::int64_t l) const { return l + 1 == m_config.layers ? 2 : 1; }
  /// The stream after a layer whose input was x and whose attention made `middle` of it.
  torch::Tensor pastMlp(const torch::Tensor *p, const torch::Tensor &x, const torch::Tensor &middle) const {
    const torch::Tensor hidden = affineRelu(layerNorm(middle, p[4], p[5]), p[6], p[7]);
    const torch::Tensor block = addAffine(middle, hidden, p[8], p[9]);
    return m_config.doubledResidual ? x + block : block;
  }
  torch::Tensor pastLayer(const Weights &w, std::int64_t l, const torch::Tensor &x,
                          bool predictionsOnly) const {
    const torch::Tensor *p = layer(w, l);
    const torch::Tensor qkv = affine(layerNorm(x, p[0], p[1]), p[2]);
    const torch::Tensor mixed = mixture(qkv, m_config.heads, predictionsOnly ? strideOf(l) : 1);
    const torch::Tensor from = predictionsOnly ? ifPrediction(l, x) : x;
    return pastMlp(p, from, addAffine(from, mixed, p[3]));
  }
  /// Per-sample losses from the stream that enters layer `first`.
  torch::Tensor lossesFrom(std::int64_t first, torch::Tensor x, const Weights &w,
                           const torch::Tensor &targets) const {
    for (std::int64_t l = first; l < m_config.layers; ++l)
      x = pastLayer(w, l, x, /*predictionsOnly=*/true);
    x = layerNorm(x, w[w.size() - 4], w[w.size() - 3]);
    const torch::Tensor &unembed = w[w.size() - 2], &bias = w.back();
    const torch::Tensor predicted =
        affine(x, unembed.narrow(unembed.dim() - 2, 0, 1), bias.narrow(bias.dim() - 1, 0, 1)); // [R, B K, 1]
    return (predicted.reshape({predicted.size(0), -1, m_config.contextPairs}) - targets).square().mean(-1);
  }

  /// Twice the first layer that a moving weight reaches, plus one where it is the MLP; twice the layers for
  /// the final part; -1 for embedding and positions.
  std::int64_t firstMovingStage(const MovingWeights &moving) const {
    constexpr std::size_t kMlp = 4; // LayerNorm and weights of the MLP come from here on
    std::int64_t first = 2 * m_config.layers;
    for (const MovingWeights::Part &part : moving.parts()) {
      if (part.parameter < kFirstBlock)
        return -1;
      const std::size_t place = part.parameter - kFirstBlock;
      first = std::min(first, std::int64_t(2 * (place / kPerBlock) + (place % kPerBlock >= kMlp ? 1 : 0)));
    }
    return std::min(first, 2 * m_config.layers);
  }
  /// The head that a component consists of, where it is one head's rows of QKV and columns of the output.
  std::optional<std::int64_t> movingHead(const MovingWeights &moving) const {
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
  /// The stream before the MLP of layer l where only head h moves: the frozen one, less the head's frozen
  /// share, plus what the moving head gives.
  torch::Tensor middlePastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l,
                               const torch::Tensor *kept) const {
    const std::int64_t c = m_config.headWidth();
    torch::Tensor others;
    {
      torch::NoGradGuard noGrad;
      others = kept[3] - affine(kept[2].narrow(2, h * c, c), layer(moving.start(), l)[3].narrow(1, h * c, c));
    }
    const torch::Tensor mixed = mixture(affine(kept[1], moving.parts()[0].leaf), 1, strideOf(l));
    return addAffine(others, mixed, moving.parts()[1].leaf);
  }

  torch::Tensor everyOtherToken(const torch::Tensor &x) const {
    return x.reshape({x.size(0), -1, 2 * x.size(2)}).narrow(2, 0, x.size(2)); // tokens come in pairs x, y
  }

  IclTransformerConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const IclTransformerConfig &config) {
  return std::make_unique<IclTransformer>(config);
}

} // namespace evolute::core
