// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/llc_estimator.h"
#include "core/torch/objective.h"

namespace evolute::core {

/// Bytes of one replica with `weights` moving weights: held = weights x element x 4 (weights, anchor, noise or
/// gradient, the sampler's second buffer); pass = a minibatch's activations, twice for their gradients, and the
/// moving weights four times over.
MemoryForecast forecastReplicaMemory(const Objective &objective, std::int64_t weights, const LlcSettings &settings);

/// Bytes of main memory that programs can still take, as Linux tells it; 0 where it is not known: elsewhere, and on
/// GPUs, where a batch of replicas that does not fit is halved.
double freeMemory(const torch::Device &device);

} // namespace evolute::core
