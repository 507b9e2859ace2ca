// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

class Sgld final : public Sampler {
public:
  using Sampler::Sampler;

  void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const override {
    ++state.steps;
    if (!m_loops)
      return stepTensors(state.weights, gradient, noise);
    forEachFlatRow(state.weights, m_anchor, gradient, noise, m_factors, {}, [&](const auto &row) {
      using Real = typename std::decay_t<decltype(row)>::Number;
      const FlatTerms<Real> u(m_c);
      const Real half = Real(0.5 * m_c.stepSize), spread = Real(m_c.noiseScale * std::sqrt(m_c.stepSize));
      if (row.factors == nullptr)
        for (std::int64_t i = 0; i < row.count; ++i) {
          const Real w = row.weights[i], a = row.anchor[i];
          row.weights[i] = u.boxed(w - half * u.slope(w, a, row.gradient[i]) + spread * row.noise[i], a);
        }
      else
        for (std::int64_t i = 0; i < row.count; ++i) {
          const Real w = row.weights[i], a = row.anchor[i], f = row.factors[i];
          row.weights[i] =
              u.boxed(w - half * f * u.slope(w, a, row.gradient[i]) + spread * std::sqrt(f) * row.noise[i], a);
        }
    });
  }

  torch::Tensor langevinScale(const SamplerState &) const override {
    return m_factors.defined() ? m_factors : torch::ones({1}, m_anchor.options());
  }

private:
  void stepTensors(torch::Tensor &weights, const torch::Tensor &gradient, const torch::Tensor &noise) const {
    torch::Tensor drift = slopeOf(weights, m_anchor, gradient, m_c), spread = noise;
    if (m_factors.defined()) {
      drift = drift * m_factors;
      spread = spread * m_factors.sqrt();
    }
    weights.sub_(drift, 0.5 * m_c.stepSize);
    weights.add_(spread, m_c.noiseScale * std::sqrt(m_c.stepSize));
    putInBox(weights, m_anchor, m_c);
  }
};

} // namespace

std::unique_ptr<Sampler> makeSgld(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors) {
  return std::make_unique<Sgld>(coefficientsOf(s), anchor, factors);
}

} // namespace evolute::core
