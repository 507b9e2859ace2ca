// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/model/built_in_models.h"
#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"
#include "core/torch/model_module.h"
#include "core/torch/next_token_loss.h"

namespace evolute::core {

namespace {

/// Offsets of a layer's parameters, in the order of parametersOf().
enum InLayer : std::size_t {
  kGain,
  kShift,
  kQuery,
  kKey,
  kValue,
  kOutput,
  kQueryBias,
  kKeyBias,
  kValueBias,
  kOutputBias
};
constexpr std::size_t kEmbedding = 0, kPosition = 1, kFirstLayer = 2, kPerLayer = 10;

/// Weights of one or more heads: matrices [H, width, c] (output [H, c, width]), biases [H, c]; each may have
/// a replica axis in front.
struct HeadWeights {
  torch::Tensor query, key, value, output, queryBias, keyBias, valueBias;
};

/// [(R,) H, width, c] -> [(R,) H c, width], as affine() takes it.
torch::Tensor stacked(const torch::Tensor &matrix) {
  return matrix.transpose(-1, -2).flatten(-3, -2);
}

class AttentionOnlyTransformer : public ModelModule {
public:
  explicit AttentionOnlyTransformer(AttentionOnlyConfig config) : m_config(config) {}

  /// Mean over positions of the cross-entropy of the next token. inputs and targets are ids, [R or 1, B, T].
  torch::Tensor losses(const Weights &w, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    return lossesFrom(0, embedded(w, inputs), w, targets);
  }

  FrozenPass frozenPass(const Weights &start, const torch::Tensor &inputs,
                        const torch::Tensor &targets) const override {
    torch::NoGradGuard noGrad;
    FrozenPass frozen{inputs, targets, {embedded(start, inputs)}};
    for (std::int64_t l = 0; l < m_config.layers; ++l) {
      const torch::Tensor x = frozen.kept.back();
      const torch::Tensor normal = normalised(start, l, x);
      const torch::Tensor mixed =
          mixture(headsOf(start, l), positioned(start, normal, inputs.size(2)), normal, inputs.size(2));
      frozen.kept.push_back(normal);
      frozen.kept.push_back(mixed);
      frozen.kept.push_back(x + project(headsOf(start, l).output, mixed) + layer(start, l)[kOutputBias]);
    }
    if (frozen.kept.back().numel() / m_config.width * m_config.vocabulary <= kMostScores) {
      const FrozenReadout readout = frozenReadout(frozen.kept.back(), start[start.size() - 4], start[start.size() - 3],
                                                  start[start.size() - 2], start.back());
      frozen.kept.insert(frozen.kept.end(), {readout.map, readout.bias, readout.scores});
    }
    return frozen;
  }

  bool readsFrozenPass(const MovingWeights &moving) const override { return firstMovingLayer(moving) >= 0; }
  torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const override {
    const std::int64_t first = firstMovingLayer(moving);
    if (first < 0)
      return losses(moving.parameters(), frozen.inputs, frozen.targets);
    if (const auto head = movingHead(moving)) {
      const HeadUpdate update = pastHead(moving, *head, first, frozen);
      const std::size_t readout = kKeptPerLayer * std::size_t(m_config.layers) + 1;
      if (first + 1 < m_config.layers || frozen.kept.size() == readout)
        return lossesFrom(first + 1, update.x, moving.start(), frozen.targets);
      const FrozenReadout fixed{frozen.kept[readout], frozen.kept[readout + 1], frozen.kept[readout + 2]};
      return meanOverTokens(nextTokenLosses(fixed, update, frozen.targets.flatten(1)), frozen.targets);
    }
    return lossesFrom(first, frozen.kept[kKeptPerLayer * std::size_t(first)], moving.parameters(),
                      frozen.targets);
  }

  /// For each position but the last the logit of the token that follows in the input: [B, T - 1]. All logits
  /// would be thousands of numbers a token.
  torch::Tensor outputs(const Weights &w, const torch::Tensor &inputs) const override {
    const std::int64_t length = inputs.size(1);
    torch::Tensor x = embedded(w, inputs.unsqueeze(0));
    for (std::int64_t l = 0; l < m_config.layers; ++l)
      x = pastLayer(w, l, x, length);
    const torch::Tensor last =
        finallyNormalised(w, x).view({inputs.size(0), length, m_config.width}).narrow(1, 0, length - 1);
    const torch::Tensor next = inputs.narrow(1, 1, length - 1);
    const torch::Tensor columns = torch::embedding(w[w.size() - 2].t(), next); // [B, T - 1, width]
    return (last * columns).sum(2) + w.back().index_select(0, next.reshape({-1})).view_as(next);
  }

  std::int64_t activationsPerSample() const override {
    const std::int64_t perToken = 10 * m_config.width + 3 * m_config.heads * m_config.context;
    return m_config.context * (m_config.layers * perToken + 3 * m_config.width);
  }

  /// As TransformerLens: matrices N(0, (0.8 / sqrt(width))^2), biases 0, LayerNorm the identity.
  Weights initialWeights(std::uint64_t seed) const override {
    Weights weights;
    for (const ParameterShape &p : parametersOf(m_config))
      if (p.name.find("W_") != std::string::npos)
        weights.push_back(normalParameter(p, 0.8 / std::sqrt(double(m_config.width)), seed));
      else
        weights.push_back(p.name.ends_with(".w") ? torch::ones(p.shape) : torch::zeros(p.shape));
    return weights;
  }

private:
  // frozenPass() keeps the stream that enters a layer, its normal form and the heads' mixtures, layer by layer,
  // the stream that leaves the last layer, and what a FrozenReadout holds unless its scores would be too many.
  static constexpr std::size_t kKeptPerLayer = 3;
  static constexpr std::int64_t kMostScores = 1 << 26; ///< 270 MB of float32

  static const torch::Tensor *layer(const Weights &w, std::int64_t l) {
    return &w[kFirstLayer + kPerLayer * std::size_t(l)];
  }
  static HeadWeights headsOf(const Weights &w, std::int64_t l) {
    const torch::Tensor *p = layer(w, l);
    return {p[kQuery], p[kKey], p[kValue], p[kOutput], p[kQueryBias], p[kKeyBias], p[kValueBias]};
  }

  /// [R, B T, width]; R is that of the inputs or of what moves.
  torch::Tensor embedded(const Weights &w, const torch::Tensor &inputs) const {
    const std::int64_t batch = inputs.size(1), length = inputs.size(2);
    torch::Tensor x;
    if (w[kEmbedding].dim() == 2) {
      x = torch::embedding(w[kEmbedding], inputs.reshape({inputs.size(0), -1}));
    } else { // replica r reads row r V + token of all tables one below the other
      const std::int64_t replicas = w[kEmbedding].size(0);
      const torch::Tensor shift =
          torch::arange(replicas, inputs.options()).unsqueeze(1) * m_config.vocabulary;
      x = torch::embedding(w[kEmbedding].flatten(0, 1), inputs.reshape({inputs.size(0), -1}) + shift);
    }
    return m_config.shortformer ? x : withPosition(w, x.view({x.size(0), batch, length, -1})).flatten(1, 2);
  }
  /// x [R, B, T, width] + position.
  static torch::Tensor withPosition(const Weights &w, const torch::Tensor &x) {
    const torch::Tensor position = w[kPosition].narrow(w[kPosition].dim() - 2, 0, x.size(2));
    return x + (position.dim() == 2 ? position : position.unsqueeze(1));
  }
  /// What queries and keys are made of.
  torch::Tensor positioned(const Weights &w, const torch::Tensor &normal, std::int64_t length) const {
    if (!m_config.shortformer)
      return normal;
    return withPosition(w, normal.view({normal.size(0), -1, length, m_config.width})).flatten(1, 2);
  }
  static torch::Tensor normalised(const Weights &w, std::int64_t l, const torch::Tensor &x) {
    return layerNorm(x, layer(w, l)[kGain], layer(w, l)[kShift]);
  }
  static torch::Tensor finallyNormalised(const Weights &w, const torch::Tensor &x) {
    return layerNorm(x, w[w.size() - 4], w[w.size() - 3]);
  }

  /// Values mixed by causal attention, heads side by side: [R, B T, H c].
  static torch::Tensor mixture(const HeadWeights &heads, const torch::Tensor &forQueries,
                               const torch::Tensor &forValues, std::int64_t length) {
    const std::int64_t count = heads.query.size(-3), c = heads.query.size(-1);
    const auto rows = [&](const torch::Tensor &x, const torch::Tensor &matrix, const torch::Tensor &bias) {
      const torch::Tensor y = affine(x, stacked(matrix), bias.flatten(-2));           // [R, B T, H c]
      return y.view({-1, length, count, c}).transpose(1, 2).reshape({-1, length, c}); // [R B H, T, c]
    };
    const torch::Tensor q = rows(forQueries, heads.query, heads.queryBias);
    const torch::Tensor k = rows(forQueries, heads.key, heads.keyBias);
    const torch::Tensor v = rows(forValues, heads.value, heads.valueBias);
    const std::int64_t most = std::max({q.size(0), k.size(0), v.size(0)});
    const auto all = [&](const torch::Tensor &t) { // one of q, k, v may be shared by the replicas
      return t.size(0) == most ? t : t.repeat({most / t.size(0), 1, 1});
    };
    const torch::Tensor future =
        torch::full({length, length}, -std::numeric_limits<double>::infinity(), q.options()).triu(1);
    const torch::Tensor weights = torch::softmax(
        torch::baddbmm(future, all(q), all(k).transpose(1, 2), 1, 1 / std::sqrt(double(c))), 2);
    const torch::Tensor mixed = torch::bmm(weights, all(v)).view({-1, count, length, c}).transpose(1, 2);
    return mixed.reshape({-1, forQueries.size(1), count * c});
  }
  /// Sum over heads of mixture times output matrix: [R, B T, width].
  static torch::Tensor project(const torch::Tensor &output, const torch::Tensor &mixed) {
    return affine(mixed, output.flatten(-3, -2).transpose(-1, -2));
  }

  torch::Tensor pastLayer(const Weights &w, std::int64_t l, const torch::Tensor &x,
                          std::int64_t length) const {
    const torch::Tensor normal = normalised(w, l, x);
    const HeadWeights heads = headsOf(w, l);
    const torch::Tensor mixed = mixture(heads, positioned(w, normal, length), normal, length);
    const torch::Tensor &bias = layer(w, l)[kOutputBias];
    return x + project(heads.output, mixed) + (bias.dim() == 1 ? bias : bias.unsqueeze(1));
  }

  /// Per-sample losses from the stream that enters layer `first`.
  torch::Tensor lossesFrom(std::int64_t first, torch::Tensor x, const Weights &w,
                           const torch::Tensor &targets) const {
    for (std::int64_t l = first; l < m_config.layers; ++l)
      x = pastLayer(w, l, x, targets.size(2));
    const torch::Tensor perToken = nextTokenLosses(finallyNormalised(w, x), w[w.size() - 2], w.back(),
                                                   targets.reshape({targets.size(0), -1}));
    return meanOverTokens(perToken, targets);
  }
  static torch::Tensor meanOverTokens(const torch::Tensor &perToken, const torch::Tensor &targets) {
    return perToken.view({perToken.size(0), targets.size(1), targets.size(2)}).mean(2);
  }

  /// The first layer that a moving weight reaches; layers for the final part, -1 for the embedding.
  std::int64_t firstMovingLayer(const MovingWeights &moving) const {
    std::int64_t first = m_config.layers;
    for (const MovingWeights::Part &part : moving.parts()) {
      if (part.parameter == kEmbedding || (part.parameter == kPosition && !m_config.shortformer))
        return -1;
      const auto place =
          part.parameter == kPosition ? 0 : std::int64_t((part.parameter - kFirstLayer) / kPerLayer);
      first = std::min(first, place);
    }
    return first;
  }

  /// The head that a component consists of, where it is one head's four matrices.
  static std::optional<std::int64_t> movingHead(const MovingWeights &moving) {
    const auto &parts = moving.parts();
    if (parts.size() != 4 || parts.front().parameter < kFirstLayer ||
        (parts.front().parameter - kFirstLayer) % kPerLayer != kQuery)
      return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i)
      if (parts[i].parameter != parts.front().parameter + i || parts[i].dim != 0 ||
          parts[i].begin != parts.front().begin || parts[i].end != parts[i].begin + 1)
        return std::nullopt;
    return parts.front().begin;
  }

  /// Layer l where only head h moves: the frozen stream, less the head's frozen share, plus what the moving head gives.
  HeadUpdate pastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l, const FrozenPass &frozen) const {
    const torch::Tensor *kept = &frozen.kept[kKeptPerLayer * std::size_t(l)];
    const torch::Tensor *start = layer(moving.start(), l);
    const auto biasOf = [&](std::size_t which) { return start[which].narrow(0, h, 1); };
    const auto &parts = moving.parts();
    const HeadWeights head{parts[0].leaf,      parts[1].leaf,    parts[2].leaf,     parts[3].leaf,
                           biasOf(kQueryBias), biasOf(kKeyBias), biasOf(kValueBias)};
    const std::int64_t c = m_config.headWidth, length = frozen.inputs.size(2);
    const torch::Tensor frozenZ = kept[2].narrow(2, h * c, c), frozenOutput = start[kOutput].select(0, h);
    torch::Tensor others;
    {
      torch::NoGradGuard noGrad;
      others = kept[3] - torch::matmul(frozenZ, frozenOutput);
    }
    const torch::Tensor z = mixture(head, positioned(moving.start(), kept[1], length), kept[1], length);
    return {others + project(head.output, z), z, head.output.squeeze(1), frozenZ, frozenOutput};
  }

  AttentionOnlyConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const AttentionOnlyConfig &config) {
  return std::make_unique<AttentionOnlyTransformer>(config);
}

} // namespace evolute::core
