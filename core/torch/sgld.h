// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace evolute::core {

struct SgldCoefficients {
  double stepSize = 0;           ///< eps
  double inverseTemperature = 0; ///< n*beta
  double localization = 0;       ///< gamma
};

/// One step of stochastic gradient Langevin dynamics, in place:
///   w <- w - (eps/2) (n*beta g + gamma (w - w*)) + sqrt(eps) xi
/// weights, gradient, noise [R, P]; anchor w* [P]. Source: Lau et al. 2023, arXiv:2308.12108.
void sgldStep(torch::Tensor &weights, const torch::Tensor &gradient, const torch::Tensor &anchor,
              const torch::Tensor &noise, const SgldCoefficients &c);

/// Probability that a Metropolis-adjusted Langevin step from a to b would be accepted, [R]:
///   min(1, exp(U(a) - U(b) + log q(a|b) - log q(b|a))),  U = n*beta L + gamma/2 |w - w*|^2,
///   q(b|a) = N(b; a - (eps/2) grad U(a), eps I).
/// Only reported, never used to reject. Loss and gradient of both ends are on the same minibatch. In float64,
/// because the two log q are large and nearly equal.
torch::Tensor malaAcceptance(const torch::Tensor &a, const torch::Tensor &gradientA, const torch::Tensor &lossA,
                             const torch::Tensor &b, const torch::Tensor &gradientB, const torch::Tensor &lossB,
                             const torch::Tensor &anchor, const SgldCoefficients &c);

} // namespace evolute::core
