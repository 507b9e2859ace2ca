// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// Bytes that a replica is expected to take, from the numbers of moving weights and activations; see
/// tests/benchmarks/README.md for what was measured.
struct MemoryForecast {
  double heldPerReplica = 0; ///< between steps: weights, anchor, the sampler's own
  double passPerReplica = 0; ///< while a step is made; as many at once as threads (CPU) or chains (GPU)
  double limit = 0;          ///< DeviceOptions::memoryGiB, or half of what was free; 0: not known
  std::int64_t componentsAtOnce = 1;
};

/// Estimates the local learning coefficient at checkpoints of one run:
///
///   lambda-hat = n*beta * ( mean over draws of L_m(w) - L_m(w*) )          (paired)
///   lambda-hat = n*beta * ( mean over draws of L_m(w) - L(w*) )            (plain)
///
/// Source: Lau et al. 2023, arXiv:2308.12108; refined to a component: Wang et al. 2024, arXiv:2410.02984.
/// Chains of one estimate run side by side (replica axis); different chains draw different minibatches, and
/// chain c draws the same ones for every checkpoint and component, so differences between those are paired.
/// Cost: settings.totalSteps() forward and backward passes of one minibatch.
/// Threads: as many as `device` says; the object itself is for one caller at a time.
/// Repeatable: same run, settings and device give the same bits whatever was estimated before.
class LlcEstimatorEngine {
public:
  /// Builds the data slice once. \throws Error for settings with fatal problems, an unknown model or slice.
  LlcEstimatorEngine(const Run &run, const std::string &slice, const LlcSettings &settings,
                     const DeviceOptions &device = {});
  ~LlcEstimatorEngine();
  LlcEstimatorEngine(LlcEstimatorEngine &&) noexcept;
  LlcEstimatorEngine &operator=(LlcEstimatorEngine &&) noexcept;

  /// Identity of the data slice and loss; enters the key of stored results.
  const std::string &dataHash() const;

  /// Progress counts sampler steps over all chains. Stopping keeps the draws so far (chains: Stopped).
  /// A NaN loss ends its own chain. \throws Error when the file cannot be read, does not fit the model or
  /// has no such component.
  LlcEstimate estimate(const CheckpointEntry &checkpoint, const std::string &component = "all",
                       const Observer &observe = {});

  /// Estimates of several components of one checkpoint as one job: they share data, minibatches and what the frozen
  /// part of the network makes of these. The numbers of one by one up to the order of summation. As many components
  /// at once as the memory limit of `device` allows. `done` is called for each estimate as soon as it exists, in the
  /// order asked for; when stopped, for those that are whole. Progress counts sampler steps over all components;
  /// an estimate's seconds are its share of the time of those it ran with.
  void estimateAll(const CheckpointEntry &checkpoint, const std::vector<std::string> &components,
                   const Observer &observe, const std::function<void(const LlcEstimate &)> &done);

  /// What one chain of a component is expected to take, and how many components the limit lets run at once.
  MemoryForecast memory(const std::string &component) const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace evolute::core
