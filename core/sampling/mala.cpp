// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

/// Proposes as SGLD does and keeps the point it came from until the proposal has been judged.
class Mala final : public Sampler {
public:
  Mala(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors)
      : Sampler(coefficientsOf(s), anchor, factors), m_proposal(makeSgld(s, anchor, factors)) {}

  bool rejects() const override { return true; }

  torch::Tensor settle(SamplerState &state, torch::Tensor &gradient, torch::Tensor &losses,
                       const torch::Tensor &uniforms) const override {
    if (!state.keptWeights.defined()) {
      state.keptLosses = losses;
      return {};
    }
    const torch::Tensor p = malaAcceptance(state.keptWeights, state.keptGradient, state.keptLosses, state.weights,
                                           gradient, losses, m_anchor, m_c, m_factors);
    const torch::Tensor stands = uniforms < p; // false where p is NaN: there is no going to where L is not finite
    const torch::Tensor row = stands.unsqueeze(1);
    state.weights.copy_(torch::where(row, state.weights, state.keptWeights));
    gradient = torch::where(row, gradient, state.keptGradient);
    losses = torch::where(stands, losses, state.keptLosses);
    state.keptLosses = losses;
    return torch::nan_to_num(p);
  }

  void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const override {
    state.keptWeights = state.weights.clone();
    state.keptGradient = gradient;
    m_proposal->step(state, gradient, noise);
  }

private:
  std::unique_ptr<Sampler> m_proposal;
};

} // namespace

std::unique_ptr<Sampler> makeMala(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors) {
  return std::make_unique<Mala>(s, anchor, factors);
}

} // namespace evolute::core
