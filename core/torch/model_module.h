// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/model/architectures.h"
#include "core/torch/weights.h"

namespace evolute::core {

/// An architecture as a pure function of weights and data. No state: safe from several threads.
class ModelModule {
public:
  virtual ~ModelModule() = default;
  /// Per-sample losses [R, B]. inputs [R, B, ...] or [1, B, ...], targets likewise; weights as in Weights.
  virtual torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                               const torch::Tensor &targets) const = 0;
  /// All outputs for one set of weights without replica axis: inputs [B, ...] -> [B, features].
  virtual torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const = 0;
  /// Numbers that one sample's forward pass keeps for the backward pass, about: for sizing blocks of replicas.
  virtual std::int64_t activationsPerSample() const = 0;
  /// Freshly initialised weights, as PyTorch's layers do by default; from the seed alone.
  virtual Weights initialWeights(std::uint64_t seed) const = 0;
};

std::unique_ptr<ModelModule> makeModel(const Architecture &architecture);

} // namespace evolute::core
