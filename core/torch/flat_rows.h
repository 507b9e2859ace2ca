// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <limits>

#include "core/torch/sampler.h"

namespace evolute::core {

/// One chain's step in plain memory: `count` numbers each.
template <class Real> struct FlatRow {
  using Number = Real;
  std::int64_t index, count;
  Real *weights;
  const Real *anchor, *gradient, *noise;
  const Real *factors; ///< of the step size; null: all 1
  Real *memory;        ///< what the sampler keeps for each weight; null: nothing
};

/// Calls kernel(FlatRow) for each chain. `memory` may be undefined; all others are contiguous and of one type.
template <class Kernel>
void forEachFlatRow(torch::Tensor &weights, const torch::Tensor &anchor, const torch::Tensor &gradient,
                    const torch::Tensor &noise, const torch::Tensor &factors, torch::Tensor memory,
                    Kernel &&kernel) {
  const std::int64_t count = weights.size(1), anchorStride = anchor.size(0) == 1 ? 0 : count;
  TORCH_CHECK(weights.is_contiguous() && anchor.is_contiguous() && gradient.is_contiguous() &&
              noise.is_contiguous() && gradient.sizes() == weights.sizes() && noise.sizes() == weights.sizes());
  AT_DISPATCH_FLOATING_TYPES(weights.scalar_type(), "sampler step", [&] {
    for (std::int64_t r = 0; r < weights.size(0); ++r)
      kernel(FlatRow<scalar_t>{r, count, weights.data_ptr<scalar_t>() + r * count,
                               anchor.data_ptr<scalar_t>() + r * anchorStride,
                               gradient.data_ptr<scalar_t>() + r * count, noise.data_ptr<scalar_t>() + r * count,
                               factors.defined() ? factors.data_ptr<scalar_t>() : nullptr,
                               memory.defined() ? memory.data_ptr<scalar_t>() + r * count : nullptr});
  });
}

/// grad U and the box in the number type of a row.
template <class Real> struct FlatTerms {
  Real inverseTemperature, localization, weightDecay, box;
  explicit FlatTerms(const SamplerCoefficients &c)
      : inverseTemperature(Real(c.inverseTemperature)), localization(Real(c.localization)),
        weightDecay(Real(c.weightDecay)),
        box(c.boundingBox > 0 ? Real(c.boundingBox) : std::numeric_limits<Real>::infinity()) {}
  Real slope(Real w, Real anchor, Real gradient) const {
    return inverseTemperature * gradient + localization * (w - anchor) + weightDecay * w;
  }
  /// Comparisons in this order let NaN through, so that the chain is seen to have ended.
  Real boxed(Real w, Real anchor) const {
    const Real low = anchor - box, high = anchor + box;
    w = w < low ? low : w;
    return w > high ? high : w;
  }
};

/// The same with tensors.
torch::Tensor slopeOf(const torch::Tensor &weights, const torch::Tensor &anchor, const torch::Tensor &gradient,
                      const SamplerCoefficients &c);
void putInBox(torch::Tensor &weights, const torch::Tensor &anchor, const SamplerCoefficients &c);

// One class a file of core/sampling; makeSampler() chooses.
std::unique_ptr<Sampler> makeSgld(const LlcSettings &, const torch::Tensor &anchor, const torch::Tensor &factors);
std::unique_ptr<Sampler> makeRmspropSgld(const LlcSettings &, const torch::Tensor &anchor,
                                         const torch::Tensor &factors);
std::unique_ptr<Sampler> makeBaoab(const LlcSettings &, const torch::Tensor &anchor, const torch::Tensor &factors);
std::unique_ptr<Sampler> makeSgnht(const LlcSettings &, const torch::Tensor &anchor, const torch::Tensor &factors);
std::unique_ptr<Sampler> makeMala(const LlcSettings &, const torch::Tensor &anchor, const torch::Tensor &factors);

} // namespace evolute::core
