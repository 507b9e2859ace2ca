// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/checkpoint/run_description.h"
#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

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

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace evolute::core
