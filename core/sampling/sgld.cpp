// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/sgld.h"

#include <cmath>

namespace evolute::core {

void sgldStep(torch::Tensor &weights, const torch::Tensor &gradient, const torch::Tensor &anchor,
              const torch::Tensor &noise, const SgldCoefficients &c) {
  const double half = 0.5 * c.stepSize;
  if (c.localization != 0) // w - (eps gamma / 2) (w - w*), as an interpolation towards w*
    weights.lerp_(anchor.expand_as(weights), half * c.localization);
  weights.add_(gradient, -half * c.inverseTemperature);
  weights.add_(noise, std::sqrt(c.stepSize));
}

torch::Tensor malaAcceptance(const torch::Tensor &a, const torch::Tensor &gradientA, const torch::Tensor &lossA,
                             const torch::Tensor &b, const torch::Tensor &gradientB, const torch::Tensor &lossB,
                             const torch::Tensor &anchor, const SgldCoefficients &c) {
  const auto d = [](const torch::Tensor &t) { return t.to(torch::kFloat64); };
  const torch::Tensor wStar = d(anchor);
  const torch::Tensor fromA = d(a) - wStar, fromB = d(b) - wStar;
  const torch::Tensor slopeA = c.inverseTemperature * d(gradientA) + c.localization * fromA;
  const torch::Tensor slopeB = c.inverseTemperature * d(gradientB) + c.localization * fromB;
  const auto energy = [&](const torch::Tensor &loss, const torch::Tensor &from) {
    return c.inverseTemperature * d(loss) + 0.5 * c.localization * from.square().sum(1);
  };
  const torch::Tensor move = fromB - fromA;
  const torch::Tensor forwardSquare = (move + 0.5 * c.stepSize * slopeA).square().sum(1);
  const torch::Tensor backSquare = (-move + 0.5 * c.stepSize * slopeB).square().sum(1);
  const torch::Tensor log =
      energy(lossA, fromA) - energy(lossB, fromB) + (forwardSquare - backSquare) / (2 * c.stepSize);
  return log.clamp_max(0).exp();
}

} // namespace evolute::core
