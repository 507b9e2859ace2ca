// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

#include "core/llc/llc_estimate.h"

namespace evolute::core {

// Convergence diagnostics for draws x chains of one scalar, after Vehtari, Gelman, Simpson, Carpenter,
// Buerkner 2021 (Bayesian Analysis 16(2), arXiv:1903.08008). Values agree with ArviZ 0.23 to rounding
// (tests/reference); constant input differs on purpose: ArviZ calls it perfectly mixed, here it is NaN.
// All: NaN when a value is not finite, when all values are equal or with fewer than 4 draws. A chain that
// ended early is for the caller to leave out.
// Threads: pure functions. Cost: O(S log S + S k), S = draws * chains, k the lag at which the
// autocorrelation has died out.

/// Rank-normalised split R-hat: the larger of bulk and folded. One chain is allowed (it is split).
/// Infinite when no chain moves and they differ.
double splitRhat(const Eigen::ArrayXXd &draws);
double essBulk(const Eigen::ArrayXXd &draws);
/// Smaller of the 5 % and 95 % quantile's; NaN too when a quantile equals the largest value.
double essTail(const Eigen::ArrayXXd &draws);
double essMean(const Eigen::ArrayXXd &draws);
double mcseMean(const Eigen::ArrayXXd &draws); ///< sd / sqrt(essMean)

/// What the rules say of one finished estimate: the first that applies, in the order of the table in
/// verdict.cpp, which holds all rules and their numbers. Reads llc, sdOverChains, chains, traces, rhat, ess,
/// mcse, acceptance, shareBelow, initialLoss, inverseTemperature and, once measured, the half-step
/// difference. What is NaN, or a trace that is not there (as in ResultStore::estimates()), leaves its rule
/// out. An ok verdict has a reason where something was not checked: "Step size not checked: ...".
/// `exactAtAnyStep`: of mala, which rejects what the step gets wrong; rules on the step's bias are left out.
Verdict judge(const LlcEstimate &estimate, bool exactAtAnyStep = false);

} // namespace evolute::core
