// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/llc_settings.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"

namespace evolute::core {

/// What a sampler walks on: losses of samples under R sets of weights at once.
/// No state that changes: safe from several threads.
class Objective {
public:
  virtual ~Objective() = default;
  virtual std::int64_t sampleCount() const = 0;
  /// Per-sample losses [R, B]; `indices` [R, B] int64 into 0 ... sampleCount() - 1, a row a replica.
  virtual torch::Tensor losses(const Weights &weights, const torch::Tensor &indices) const = 0;
  /// As of ModelModule, on samples of the objective. What has no frozen pass gives every moving weight its own.
  virtual bool readsFrozenPass(const MovingWeights & /*moving*/) const { return false; }
  virtual FrozenPass frozenPass(const Weights & /*start*/, const torch::Tensor &indices) const { return {indices, {}, {}}; }
  virtual torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const {
    return losses(moving.parameters(), frozen.inputs);
  }
  virtual std::int64_t activationsPerSample() const = 0;
};

/// A model on a data set.
class DataObjective : public Objective {
public:
  DataObjective(const ModelModule &model, torch::Tensor inputs, torch::Tensor targets,
                ProductPrecision products = ProductPrecision::Full);
  std::int64_t sampleCount() const override { return m_inputs.size(0); }
  torch::Tensor losses(const Weights &weights, const torch::Tensor &indices) const override;
  bool readsFrozenPass(const MovingWeights &moving) const override { return m_model.readsFrozenPass(moving); }
  FrozenPass frozenPass(const Weights &start, const torch::Tensor &indices) const override;
  torch::Tensor losses(const MovingWeights &moving, const FrozenPass &frozen) const override;
  std::int64_t activationsPerSample() const override { return m_model.activationsPerSample(m_inputs); }

private:
  /// [R, B, ...] of a tensor [n, ...].
  static torch::Tensor gather(const torch::Tensor &all, const torch::Tensor &indices);

  const ModelModule &m_model;
  torch::Tensor m_inputs, m_targets;
  ProductPrecision m_products;
};

/// Losses of all samples under one set of weights without replica axis, [n], no gradient. In chunks, on
/// `threads` threads.
torch::Tensor lossTable(const Objective &objective, const Weights &weights, int threads = 1);

} // namespace evolute::core
