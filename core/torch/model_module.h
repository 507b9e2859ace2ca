// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/architectures.h"
#include "core/torch/weights.h"

namespace evolute::core {

/// What the network does with a minibatch under the weights that chains start from. Replicas read from it all that
/// no moving weight has touched, so it is computed once for all components and all their replicas.
struct FrozenPass {
  torch::Tensor inputs, targets;   ///< the minibatch, as losses() takes it
  std::vector<torch::Tensor> kept; ///< the model's own; empty: nothing is shared
};

/// An architecture as a pure function of weights and data. No state: safe from several threads.
class ModelModule {
public:
  virtual ~ModelModule() = default;
  /// Per-sample losses [R, B]. inputs [R, B, ...] or [1, B, ...], targets likewise; weights as in Weights.
  virtual torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                               const torch::Tensor &targets) const = 0;
  /// The frozen pass of a minibatch under `start` (no replica axis). Without gradient.
  virtual FrozenPass frozenPass(const Weights & /*start*/, const torch::Tensor &inputs,
                                const torch::Tensor &targets) const {
    return {inputs, targets, {}};
  }
  /// Whether anything is frozen below the moving weights, so that a frozen pass saves work.
  virtual bool readsFrozenPass(const MovingWeights & /*moving*/) const { return false; }
  /// losses() of moving.parameters(), where moving starts from the frozen pass's weights: only what the moving
  /// weights reach is computed and differentiated. Equal to losses() up to the order of summation.
  virtual torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const {
    return losses(moving.parameters(), frozen.inputs, frozen.targets);
  }
  /// All outputs for one set of weights without replica axis: inputs [B, ...] -> [B, features].
  virtual torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const = 0;
  /// Numbers that the forward pass of one of the samples [n, ...] keeps for the backward pass, about: for sizing blocks
  /// of replicas.
  virtual std::int64_t activationsPerSample(const torch::Tensor &inputs) const = 0;
  /// Freshly initialised weights as the family's original code draws them; from the seed alone.
  virtual Weights initialWeights(std::uint64_t seed) const = 0;
};

std::unique_ptr<ModelModule> makeModel(const Architecture &architecture);

} // namespace evolute::core
