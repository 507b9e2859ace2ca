// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/llc/llc_curve.h"

namespace evolute::core {

// The bias that the step size puts on lambda-hat. R-hat and effective draws do not see it: a chain at too
// large a step settles quickly, on a wider law. SGLD's stationary law differs from the posterior by O(eps),
// so
//
//   lambda-hat(eps) = lambda-hat(0) + b eps + O(eps^2),   bias at eps = b eps = 2 (lambda-hat(eps) -
//   lambda-hat(eps/2)).
//
// On a bowl the series is lambda_i / (1 - eps p_i / 4) (quadraticBowl()): twice the difference is then the
// bias but for a share eps p / 8.

/// The same chains at half the step: twice the burn-in steps and twice the steps between draws, so that both
/// walk the same stretch of sampler time and keep as many draws; same seed, hence the same streams of
/// minibatches and noise.
LlcSettings atHalfStep(LlcSettings settings);

/// `whole` with halfStepDifference, its error (of both sampling errors: what the streams share they meet at
/// other times) and the verdict that follows (judge()). `whole` needs its traces for that.
LlcEstimate withStepSizeCheck(LlcEstimate whole, const LlcEstimate &half, bool exactAtAnyStep = false);

/// As computeLlcCurve(), and then the same at half the step: each estimate asked for is done() with its
/// step-size check and stored so; the estimates at half the step are stored as what they are. What is stored
/// is not computed again. Counts in the outcome and in `progress` are of both sweeps. Cost: three times the
/// estimates alone.
LlcCurveOutcome computeStepSizeChecks(const Run &run, const LlcRequest &request, ResultStore &store,
                                      const LlcCurveEvents &events = {});

} // namespace evolute::core
