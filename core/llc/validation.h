// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/llc/llc_settings.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// One row of `evolute-cli validate`: a model whose answer is known exactly, sampled with our own engine.
struct ValidationRow {
  std::string model;  ///< "w1^2 w2^2", "linear network 5-3-5, rank 0", ...
  std::string checks; ///< what the target is: "finite n*beta", "step-size bias", ...
  double exactLambda = 0; ///< the learning coefficient itself (n*beta -> infinity)
  double target = 0;      ///< what an ideal sampler returns at this n*beta, gamma, eps
  double llc = 0;
  double standardError = 0; ///< of llc and target together
  double inverseTemperature = 0, localization = 0, stepSize = 0;
  bool ok = false;          ///< |llc - target| <= 4 standard errors
  std::string leftOut = {}; ///< why the sampler cannot be checked by this row; then nothing was sampled
  double seconds = 0;
  std::string cannotTell = {}; ///< why the row neither agrees nor disagrees, with the number; then ok is false
};

struct ValidationOptions {
  std::uint64_t seed = 0;
  DeviceOptions device;
  SamplerKind sampler = SamplerKind::Sgld;
};

/// Targets are those of the sampler: at eps for sgld on bowls, where its bias is known; at eps -> 0 else, which baoab
/// (on bowls) and mala meet at any eps and others by extrapolation.
/// Progress counts rows. Under two minutes on two cores.
std::vector<ValidationRow> validateSampler(const ValidationOptions &options, const Observer &observe = {});

} // namespace evolute::core
