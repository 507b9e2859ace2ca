// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/torch/model_module.h"

namespace evolute::core {

/// A transformer as the frozen pass sees it: a residual stream [R, B T, width] that passes layers of attention and an
/// MLP each. What a layer computes is the family's; which part of the work moving weights leave frozen is told here.
class LayeredModel : public ModelModule {
public:
  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs, const torch::Tensor &targets) const override;
  FrozenPass frozenPass(const Weights &start, const torch::Tensor &inputs, const torch::Tensor &targets) const override;
  bool readsFrozenPass(const MovingWeights &moving) const override { return firstMovingStage(moving) >= 0; }
  torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const override;

protected:
  /// Attention of one layer: the stream that enters, its normal form, the heads' mixtures side by side and the stream
  /// that leaves the attention.
  struct Attention {
    torch::Tensor x, normal, mixed, middle;
  };

  virtual std::int64_t layerCount() const = 0;
  virtual torch::Tensor embedded(const Weights &w, const torch::Tensor &inputs) const = 0;
  virtual Attention throughAttention(const Weights &w, std::int64_t l, const torch::Tensor &x,
                                     const torch::Tensor &targets) const = 0;
  /// The stream that leaves layer l.
  virtual torch::Tensor pastMlp(const Weights &w, std::int64_t l, const Attention &attention) const = 0;
  /// Per-sample losses [R, B] from the stream that leaves the last layer.
  virtual torch::Tensor readOut(const Weights &w, const torch::Tensor &x, const torch::Tensor &targets) const = 0;

  /// Where a parameter acts first: 2 l in the attention of layer l, 2 l + 1 in its MLP, 2 layerCount() or more behind
  /// the last layer, -1 before the first.
  virtual std::int64_t stageOf(std::size_t parameter) const = 0;
  /// The head that a component consists of, where it is one head's and nothing else.
  virtual std::optional<std::int64_t> movingHead(const MovingWeights &moving) const = 0;
  /// Losses where only head h of layer l moves.
  virtual torch::Tensor lossesPastHead(const MovingWeights &moving, std::int64_t h, std::int64_t l,
                                       const FrozenPass &frozen) const = 0;
  /// More that the frozen pass is to keep.
  virtual void keepReadout(const Weights & /*start*/, FrozenPass & /*frozen*/) const {}

  torch::Tensor lossesFrom(std::int64_t first, torch::Tensor x, const Weights &w, const torch::Tensor &targets) const;
  static Attention keptOf(const FrozenPass &frozen, std::int64_t l);
  /// The stream that enters layer l; of layerCount(), that leaves the last.
  static const torch::Tensor &streamOf(const FrozenPass &frozen, std::int64_t l);
  std::size_t readoutPlace() const { return kKeptPerLayer * std::size_t(layerCount()) + 1; }

private:
  static constexpr std::size_t kKeptPerLayer = 4;
  std::int64_t firstMovingStage(const MovingWeights &moving) const;
};

} // namespace evolute::core
