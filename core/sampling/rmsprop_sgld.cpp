// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

class RmspropSgld final : public Sampler {
public:
  RmspropSgld(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors)
      : Sampler(coefficientsOf(s), anchor, factors), m_decay(s.rmspropDecay), m_floor(s.rmspropFloor),
        m_weight(s.preconditioning),
        m_adaptSteps(s.rmspropAdaptsAlways ? std::numeric_limits<std::int64_t>::max() : s.burnInSteps) {}

  SamplerState begin(torch::Tensor weights, const torch::Tensor &noise) const override {
    SamplerState state = Sampler::begin(std::move(weights), noise);
    state.secondMoment = torch::zeros_like(state.weights);
    return state;
  }

  void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const override {
    // Decay 1 keeps V as it is.
    const double decay = state.steps++ < m_adaptSteps ? m_decay : 1.0;
    if (!m_loops)
      return stepTensors(state, gradient, noise, decay);
    forEachFlatRow(state.weights, m_anchor, gradient, noise, m_factors, state.secondMoment, [&](const auto &row) {
      using Real = typename std::decay_t<decltype(row)>::Number;
      const FlatTerms<Real> u(m_c);
      const Real half = Real(0.5 * m_c.stepSize), spread = Real(m_c.noiseScale * std::sqrt(m_c.stepSize));
      const Real keep = Real(decay), take = Real(1 - decay), floor = Real(m_floor), weight = Real(m_weight);
      for (std::int64_t i = 0; i < row.count; ++i) {
        const Real w = row.weights[i], a = row.anchor[i], g = row.gradient[i];
        const Real v = keep * row.memory[i] + take * g * g;
        row.memory[i] = v;
        const Real f = row.factors == nullptr ? Real(1) : row.factors[i];
        const Real scale = f * ((1 - weight) + weight / (floor + std::sqrt(v)));
        row.weights[i] =
            u.boxed(w - half * scale * u.slope(w, a, g) + spread * std::sqrt(scale) * row.noise[i], a);
      }
    });
  }

  torch::Tensor langevinScale(const SamplerState &state) const override {
    const torch::Tensor scale = (1 - m_weight) + m_weight / (m_floor + state.secondMoment.sqrt());
    return m_factors.defined() ? scale * m_factors : scale;
  }

private:
  void stepTensors(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise,
                   double decay) const {
    state.secondMoment.mul_(decay).addcmul_(gradient, gradient, 1 - decay);
    const torch::Tensor scale = langevinScale(state);
    state.weights.sub_(scale * slopeOf(state.weights, m_anchor, gradient, m_c), 0.5 * m_c.stepSize);
    state.weights.add_(scale.sqrt() * noise, m_c.noiseScale * std::sqrt(m_c.stepSize));
    putInBox(state.weights, m_anchor, m_c);
  }

  double m_decay, m_floor, m_weight;
  std::int64_t m_adaptSteps;
};

} // namespace

std::unique_ptr<Sampler> makeRmspropSgld(const LlcSettings &s, const torch::Tensor &anchor,
                                         const torch::Tensor &factors) {
  return std::make_unique<RmspropSgld>(s, anchor, factors);
}

} // namespace evolute::core
