// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include "core/torch/layered_model.h"

namespace evolute::core {

/// What makes logits of a normalised stream: x W + b.
struct Unembedding {
  torch::Tensor W; ///< [width, V] or [R, width, V]
  torch::Tensor b; ///< [V] or [R, V]
};

/// The transformer that a DecoderConfig describes. inputs are ids, [R or 1, B, T]. Losses are means over positions:
/// of the cross-entropy of the next token (targets: ids, shaped as inputs), or, given the unembedding of a reference
/// model, of KL(reference || this) over the vocabulary (targets: the reference's finalStream(), [R or 1, B, T, width]).
class Decoder : public LayeredModel {
public:
  explicit Decoder(const DecoderConfig &config, std::optional<Unembedding> reference = {});

  /// The stream that the unembedding reads: ids [B, T], no replica axis -> [B, T, width].
  torch::Tensor finalStream(const Weights &w, const torch::Tensor &inputs) const;
  Unembedding unembeddingOf(const Weights &w) const;

  /// For each position but the last the logit of the token that follows in the input: [B, T - 1]. All logits
  /// would be thousands of numbers a token.
  torch::Tensor outputs(const Weights &w, const torch::Tensor &inputs) const override;
  std::int64_t activationsPerSample(const torch::Tensor &inputs) const override;
  /// As TransformerLens: matrices N(0, (0.8 / sqrt(width))^2), biases 0, LayerNorm the identity.
  Weights initialWeights(std::uint64_t seed) const override;

protected:
  std::int64_t layerCount() const override { return m_config.layers; }
  torch::Tensor embedded(const Weights &w, const torch::Tensor &inputs) const override;
  Attention throughAttention(const Weights &w, std::int64_t l, const torch::Tensor &x,
                             const torch::Tensor &targets) const override;
  torch::Tensor pastMlp(const Weights &w, std::int64_t l, const Attention &attention) const override;
  torch::Tensor readOut(const Weights &w, const torch::Tensor &x, const torch::Tensor &targets) const override;
  std::int64_t stageOf(std::size_t parameter) const override;
  std::optional<std::int64_t> movingHead(const MovingWeights &moving) const override;
  torch::Tensor lossesPastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l,
                               const FrozenPass &frozen) const override;
  void keepReadout(const Weights &start, FrozenPass &frozen) const override;

private:
  /// Weights of one or more heads: matrices [H, width, c] (output [H, c, width]), biases [H, c] or undefined; each may
  /// have a replica axis in front.
  struct Heads {
    torch::Tensor query, key, value, output, queryBias, keyBias, valueBias;
  };
  /// Parameters of a layer, where they are there.
  enum Part : std::size_t {
    kGain, kShift, kQuery, kKey, kValue, kOutput, kQueryBias, kKeyBias, kValueBias, kOutputBias,
    kMlpGain, kMlpShift, kIn, kInBias, kOut, kOutBias, kParts
  };
  static constexpr std::size_t kAbsent = ~std::size_t(0);

  std::size_t placeOf(std::int64_t l, Part part) const; ///< index of a parameter
  torch::Tensor of(const Weights &w, std::int64_t l, Part part) const; ///< undefined where there is none
  Heads headsOf(const Weights &w, std::int64_t l) const;
  torch::Tensor normalised(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) const;
  torch::Tensor finallyNormalised(const Weights &w, const torch::Tensor &x) const;
  torch::Tensor withPosition(const Weights &w, const torch::Tensor &x) const;
  torch::Tensor positioned(const Weights &w, const torch::Tensor &normal, std::int64_t length) const;
  torch::Tensor turned(const torch::Tensor &rows) const;
  torch::Tensor mixture(const Heads &heads, const torch::Tensor &forScores, const torch::Tensor &forValues,
                        std::int64_t length) const;
  torch::Tensor mlpHidden(const Weights &w, std::int64_t l, const torch::Tensor &x) const;
  bool streamsAddUp() const { return m_config.parallel || m_config.mlpWidth == 0; }

  DecoderConfig m_config;
  std::optional<Unembedding> m_reference;
  std::size_t m_position, m_firstLayer, m_perLayer, m_finalGain, m_unembedding, m_unembedBias;
  std::array<std::size_t, kParts> m_inLayer; ///< offset of each part in a layer, or kAbsent
};

} // namespace evolute::core
