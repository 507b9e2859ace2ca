// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

class Baoab final : public Sampler {
public:
  Baoab(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors)
      : Sampler(coefficientsOf(s), anchor, factors), m_time(std::sqrt(s.stepSize)),
        m_keep(std::exp(-s.friction * m_time)), m_spread(s.noiseScale * std::sqrt(1 - m_keep * m_keep)) {}

  bool hasMomentum() const override { return true; }
  SamplerState begin(torch::Tensor weights, const torch::Tensor &noise) const override {
    SamplerState state = Sampler::begin(std::move(weights), noise);
    state.momentum = noise * m_c.noiseScale;
    return state;
  }

  void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const override {
    ++state.steps;
    if (!m_loops)
      return stepTensors(state, gradient, noise);
    forEachFlatRow(state.weights, m_anchor, gradient, noise, m_factors, state.momentum, [&](const auto &row) {
      using Real = typename std::decay_t<decltype(row)>::Number;
      const FlatTerms<Real> u(m_c);
      const Real time = Real(m_time), keep = Real(m_keep), spread = Real(m_spread);
      for (std::int64_t i = 0; i < row.count; ++i) {
        const Real w = row.weights[i], a = row.anchor[i];
        const Real h = row.factors == nullptr ? time : time * std::sqrt(row.factors[i]);
        const Real kicked = row.memory[i] - h * u.slope(w, a, row.gradient[i]);
        const Real v = keep * kicked + spread * row.noise[i];
        const Real moved = w + Real(0.5) * h * (kicked + v), inside = u.boxed(moved, a);
        row.weights[i] = inside;
        row.memory[i] = inside == moved ? v : -v; // a wall turns the momentum round
      }
    });
  }

private:
  void stepTensors(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const {
    const torch::Tensor h = m_factors.defined() ? m_time * m_factors.sqrt() : torch::full({1}, m_time, noise.options());
    const torch::Tensor kicked = state.momentum - h * slopeOf(state.weights, m_anchor, gradient, m_c);
    const torch::Tensor v = m_keep * kicked + m_spread * noise;
    state.weights.add_(h * (kicked + v), 0.5);
    state.momentum = v;
    if (m_c.boundingBox > 0) {
      const torch::Tensor moved = state.weights.clone();
      putInBox(state.weights, m_anchor, m_c);
      state.momentum = torch::where(state.weights == moved, v, -v);
    }
  }

  double m_time, m_keep, m_spread;
};

} // namespace

std::unique_ptr<Sampler> makeBaoab(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors) {
  return std::make_unique<Baoab>(s, anchor, factors);
}

} // namespace evolute::core
