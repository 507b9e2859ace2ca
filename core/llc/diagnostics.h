// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

#include "core/llc/llc_estimate.h"

namespace evolute::core {

// Convergence diagnostics for draws x chains of one scalar, after Vehtari, Gelman, Simpson, Carpenter,
// Buerkner 2021 (Bayesian Analysis 16(2), arXiv:1903.08008), as in the R package posterior.
// All: NaN when a value is not finite, when all values are equal or with fewer than 4 draws.
// Threads: pure functions. Cost: O(S log S), S = draws * chains.

/// Rank-normalised split R-hat: the larger of bulk and folded. One chain is allowed (it is split).
double splitRhat(const Eigen::ArrayXXd &draws);
double essBulk(const Eigen::ArrayXXd &draws);
double essTail(const Eigen::ArrayXXd &draws); ///< smaller of the 5 % and 95 % quantile's
double essMean(const Eigen::ArrayXXd &draws);
double mcseMean(const Eigen::ArrayXXd &draws); ///< sd / sqrt(essMean)

/// What the rules say of one finished estimate; rules and their numbers are one table in the source.
/// Reads chains, traces, rhat, ess, acceptance and initialLoss of `estimate`.
Verdict judge(const LlcEstimate &estimate);

} // namespace evolute::core
