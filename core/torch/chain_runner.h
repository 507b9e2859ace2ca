// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"
#include "core/progress.h"
#include "core/torch/objective.h"

namespace evolute::core {

struct ChainPlan {
  const Objective &objective;
  const Weights &start; ///< w*, without replica axis
  const std::vector<ParameterShape> &parameters;
  const Component &component;
  const LlcSettings &settings;
  const torch::Tensor &table;   ///< losses at w* of every sample, [n]
  std::string checkpointHash;   ///< enters the noise streams
  int threads = 1;
};

struct ChainTraces {
  Eigen::ArrayXXf loss, excess; ///< draws x chains; NaN where a chain made no draw
  std::vector<ChainEvidence> chains;
};

/// Runs settings.chainCount chains. A draw's loss is the minibatch loss at w before the step that uses the same
/// minibatch's gradient; excess is that minus the same minibatch's loss at w*.
///
/// Streams: noise from (seed, checkpoint, component, chain), minibatches from (seed, chain) alone, so chain c
/// sees the same minibatches at every checkpoint and for every component.
/// On the CPU blocks of replicas run side by side, each on one thread: a block is as many replicas as fit the
/// cache. On a GPU all chains are one batch, halved on out-of-memory.
/// Progress counts steps over all chains. A chain whose loss is not finite ends alone (Diverged).
ChainTraces runChains(const ChainPlan &plan, const Observer &observe);

} // namespace evolute::core
