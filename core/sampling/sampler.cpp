// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/sampler.h"

#include <algorithm>

#include "core/checkpoint/glob.h"
#include "core/error.h"
#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

torch::Tensor partOf(const std::vector<torch::Tensor> &all, const std::vector<ParameterShape> &parameters,
                     const ParameterSlice &slice) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ParameterShape &p) { return p.name == slice.parameter; });
  const torch::Tensor &whole = all.at(std::size_t(found - parameters.begin()));
  return slice.dim < 0 ? whole : whole.narrow(slice.dim, slice.begin, slice.end - slice.begin);
}

} // namespace

SamplerCoefficients coefficientsOf(const LlcSettings &s) {
  return {s.stepSize,    s.effectiveInverseTemperature(), s.localization, s.weightDecay, s.noiseScale,
          s.boundingBox};
}

Sampler::Sampler(const SamplerCoefficients &c, torch::Tensor anchor, torch::Tensor factors)
    : m_c(c), m_anchor(anchor.dim() == 1 ? anchor.unsqueeze(0).contiguous() : anchor.contiguous()),
      m_factors(std::move(factors)), m_loops(m_anchor.is_cpu()) {}

SamplerState Sampler::begin(torch::Tensor weights, const torch::Tensor &) const {
  SamplerState state;
  state.weights = std::move(weights);
  return state;
}

torch::Tensor Sampler::settle(SamplerState &, torch::Tensor &, torch::Tensor &, const torch::Tensor &) const {
  return {};
}

std::unique_ptr<Sampler> makeSampler(const LlcSettings &settings, const torch::Tensor &anchor,
                                     const torch::Tensor &factors) {
  switch (settings.sampler) {
  case SamplerKind::Sgld:
    return makeSgld(settings, anchor, factors);
  case SamplerKind::RmspropSgld:
    return makeRmspropSgld(settings, anchor, factors);
  case SamplerKind::Sgnht:
    return makeSgnht(settings, anchor, factors);
  case SamplerKind::Baoab:
    return makeBaoab(settings, anchor, factors);
  case SamplerKind::Mala:
    return makeMala(settings, anchor, factors);
  }
  throw Error("sampler: this one is not known");
}

torch::Tensor slopeOf(const torch::Tensor &weights, const torch::Tensor &anchor, const torch::Tensor &gradient,
                      const SamplerCoefficients &c) {
  torch::Tensor slope = c.inverseTemperature * gradient + c.localization * (weights - anchor);
  return c.weightDecay > 0 ? slope.add_(weights, c.weightDecay) : slope;
}

void putInBox(torch::Tensor &weights, const torch::Tensor &anchor, const SamplerCoefficients &c) {
  if (c.boundingBox > 0)
    weights.copy_(torch::minimum(torch::maximum(weights, anchor - c.boundingBox), anchor + c.boundingBox));
}

torch::Tensor stepSizeFactors(const std::vector<StepSizeFactor> &wanted, const Component &component,
                              const std::vector<Component> &components,
                              const std::vector<ParameterShape> &parameters, const torch::TensorOptions &options) {
  if (wanted.empty())
    return {};
  // Of every weight of the model first: a component may cut parameters otherwise than `component` does.
  std::vector<torch::Tensor> factors;
  for (const ParameterShape &p : parameters)
    factors.push_back(torch::ones(p.shape, options));
  for (const StepSizeFactor &factor : wanted) {
    std::vector<torch::Tensor> own; // a weight that a pattern matches twice is still multiplied once
    for (const ParameterShape &p : parameters)
      own.push_back(torch::full(p.shape, globMatches(factor.pattern, p.name) ? factor.factor : 1.0, options));
    bool matched = std::any_of(parameters.begin(), parameters.end(),
                               [&](const ParameterShape &p) { return globMatches(factor.pattern, p.name); });
    for (const Component &candidate : components)
      if (globMatches(factor.pattern, candidate.name)) {
        for (const ParameterSlice &slice : candidate.slices)
          partOf(own, parameters, slice).fill_(factor.factor);
        matched = true;
      }
    if (!matched)
      throw Error("step size factor: expected the name of a component or parameter, found " + factor.pattern +
                  ", which matches none");
    for (std::size_t i = 0; i < factors.size(); ++i)
      factors[i].mul_(own[i]);
  }
  std::vector<torch::Tensor> pieces;
  for (const ParameterSlice &slice : component.slices)
    pieces.push_back(partOf(factors, parameters, slice).reshape({-1}));
  return torch::cat(pieces);
}

torch::Tensor malaAcceptance(const torch::Tensor &a, const torch::Tensor &gradientA, const torch::Tensor &lossA,
                             const torch::Tensor &b, const torch::Tensor &gradientB, const torch::Tensor &lossB,
                             const torch::Tensor &anchor, const SamplerCoefficients &c, const torch::Tensor &scale) {
  const auto d = [](const torch::Tensor &t) { return t.to(torch::kFloat64); };
  const torch::Tensor wStar = d(anchor), s = scale.defined() ? d(scale) : torch::ones({1}, wStar.options());
  const auto slope = [&](const torch::Tensor &w, const torch::Tensor &gradient) {
    return c.inverseTemperature * d(gradient) + c.localization * (d(w) - wStar) + c.weightDecay * d(w);
  };
  const auto energy = [&](const torch::Tensor &loss, const torch::Tensor &w) {
    return c.inverseTemperature * d(loss) + 0.5 * c.localization * (d(w) - wStar).square().sum(1) +
           0.5 * c.weightDecay * d(w).square().sum(1);
  };
  const torch::Tensor move = d(b) - d(a);
  const torch::Tensor forwardSquare = ((move + 0.5 * c.stepSize * s * slope(a, gradientA)).square() / s).sum(1);
  const torch::Tensor backSquare = ((-move + 0.5 * c.stepSize * s * slope(b, gradientB)).square() / s).sum(1);
  const torch::Tensor log = energy(lossA, a) - energy(lossB, b) + (forwardSquare - backSquare) / (2 * c.stepSize);
  return log.clamp_max(0).exp();
}

} // namespace evolute::core
