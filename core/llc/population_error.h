// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace evolute::core {

// Two readings of one lambda-hat.
//
// "Of these samples" (LlcEstimate::standardError): lambda_S = n*beta (E_w[L_S(w)] - L_S(w*)), w drawn from
// the posterior of the n samples S at hand. L_S(w*) is summed over all of S, hence exact; what is left is the
// sampling error, MCSE.
//
// "Of the population" (LlcEstimate::sePopulation): S is itself a draw; how far is lambda_S from its value at
// n -> infinity? With delta_i(w) = l_i(w) - l_i(w*), the loss of sample i, and for a fixed law of w,
//
//   lambda_S = n*beta mean_i E_w[delta_i(w)],   Var_S = (n*beta)^2 / n  Var_i E_w[delta_i(w)].
//
// The law of w follows S too. To first order that replaces delta_i by delta_i - n*beta Cov_w(L, delta_i),
// which is smaller: on a bowl without pull nothing is left (d/2 whatever the curvatures).
//
// E_w[delta_i] cannot be had from means over minibatches, but a bound can. The minibatch mean e_t of B samples
// drawn with replacement is K_t = mean_i delta_i(w_t) plus a noise of variance Var_i delta_i(w_t) / B that is
// independent from draw to draw. Half the mean square of successive differences is therefore
//
//   q = Var_w(K) - Cov(K_t, K_t+1) + E_w[Var_i delta_i] / B  >=  Var_i(E_w delta_i) / B         (Jensen),
//
// and  Var_S <= (n*beta)^2 (B/n) q:  the data set puts at most n*beta sqrt(B q / n) on `paired`.
//
// `plain` has the same expectation, hence the same error of the data set, when L(w*) is of the samples that
// minibatches come from. The usual n*beta se(L(w*)), which LlcEstimate gives for it, does without the pairing:
// what w and w* have in common (the noise of targets) cancels in truth and not in it. It is no bound but the
// error itself where L(w*) is of other samples than the draws.
//
// Not in it: lambda_S lies below its limit by about (n*beta / n) d/2 times the noise of the loss (in units
// where the negative log likelihood is L), because w* is not the minimum of L_S. Negligible for n*beta << n.

/// The bound above. `draws`: n*beta e_t, draws x chains. NaN with fewer than two draws.
/// Threads: pure function.
double pairedDataError(const Eigen::ArrayXXd &draws, std::int64_t batchSize, std::int64_t sampleCount);

} // namespace evolute::core
