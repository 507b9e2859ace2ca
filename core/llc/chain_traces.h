// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"

namespace evolute::core {

// What a person looks at before trusting an estimate. Pure functions of its traces (draws x chains); all
// lists are empty for an estimate without traces. Cost: one pass.

/// One chain's trace, cut into stretches of equal length: lowest and highest value of each, unit of the
/// trace. A stretch without a finite value is NaN: the chain had ended.
struct TraceEnvelope {
  std::vector<float> low, high;
};

/// lambda-hat as the draws so far give it. A chain that ended early counts up to its last draw; NaN once none
/// is left.
struct RunningLlc {
  std::vector<double> mean; ///< over chains, of n*beta times the mean so far
  std::vector<double>
      spread; ///< standard deviation over chains of the same (ddof 1); NaN with fewer than two
};

/// n*beta times the excess loss of every draw, one envelope a chain, with at most `stretches` (1 or more)
/// stretches; no more than there are draws. Their mean is lambda-hat (paired).
std::vector<TraceEnvelope> excessEnvelopes(const LlcEstimate &estimate, int stretches);

/// Of the headline: paired from `excess`, plain from `loss` and the initial loss.
RunningLlc runningLlc(const LlcEstimate &estimate, LlcEstimator headline);

} // namespace evolute::core
