// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"
#include "core/progress.h"
#include "core/torch/objective.h"

namespace evolute::core {

struct ChainTraces {
  Eigen::ArrayXXf loss, excess; ///< draws x chains; NaN where a chain made no draw
  std::vector<ChainEvidence> chains;
};

struct ChainPlan {
  const Objective &objective;
  const Weights &start; ///< w*, without replica axis
  const std::vector<ParameterShape> &parameters;
  const Component &component;
  const LlcSettings &settings;
  const torch::Tensor &table; ///< losses at w* of every sample, [n]
  std::string checkpointHash; ///< enters the noise streams
  int threads = 1;
  torch::Tensor stepFactors = {}; ///< see stepSizeFactors(); [P] or undefined
  /// Asked after each round of settings.drawCount draws where there is a target standard error: are the first
  /// `draws` rows enough? It must not depend on anything else, so that a run can be repeated.
  std::function<bool(const ChainTraces &, std::int64_t draws)> enough = {};
};

/// Runs settings.chainCount chains. A draw's loss is the minibatch loss at w before the step that uses the same
/// minibatch's gradient (or what the settings' draw rule and evaluation set say instead); excess is that minus
/// the same samples' loss at w*. Rows: settings.mostDraws(), or as many as were made when `enough` said so.
///
/// Streams: noise from (seed, checkpoint, component, chain), minibatches from (seed, chain) alone, so chain c
/// sees the same minibatches at every checkpoint and for every component.
/// On the CPU blocks of replicas run side by side, each on one thread: a block is as many replicas as fit the
/// cache. On a GPU all chains are one batch, halved on out-of-memory.
/// Progress counts steps over all chains. A chain whose loss is not finite ends alone (Diverged).
ChainTraces runChains(const ChainPlan &plan, const Observer &observe);

/// The same for plans that differ in component, step factors and `enough` alone, as one job: chain c of every plan
/// meets a minibatch together, and what the frozen network makes of it is computed once. Numbers are those of one
/// plan after another up to the order of summation. Results in the order of the plans.
std::vector<ChainTraces> runChainsTogether(const std::vector<ChainPlan> &plans, const Observer &observe);

} // namespace evolute::core
