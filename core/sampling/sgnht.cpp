// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>

#include "core/torch/flat_rows.h"

namespace evolute::core {

namespace {

/// Sum of squares over P numbers, in eight lanes that the compiler keeps in vector registers.
template <class Real> double sumOfSquares(const Real *x, std::int64_t count) {
  constexpr std::int64_t kLanes = 8;
  std::array<double, kLanes> lanes{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::int64_t j = 0; j < kLanes; ++j)
      lanes[std::size_t(j)] += double(x[i + j]) * double(x[i + j]);
  double sum = 0;
  for (; i < count; ++i)
    sum += double(x[i]) * double(x[i]);
  for (const double lane : lanes)
    sum += lane;
  return sum;
}

class Sgnht final : public Sampler {
public:
  Sgnht(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors)
      : Sampler(coefficientsOf(s), anchor, factors), m_time(std::sqrt(s.stepSize)), m_noise(s.friction) {}

  bool hasMomentum() const override { return true; }
  SamplerState begin(torch::Tensor weights, const torch::Tensor &noise) const override {
    SamplerState state = Sampler::begin(std::move(weights), noise);
    state.momentum = noise.clone();
    state.thermostat = torch::full({state.weights.size(0)}, m_noise, state.weights.options().dtype(torch::kFloat64));
    return state;
  }

  void step(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const override {
    ++state.steps;
    if (!m_loops)
      return stepTensors(state, gradient, noise);
    forEachFlatRow(state.weights, m_anchor, gradient, noise, m_factors, state.momentum, [&](const auto &row) {
      using Real = typename std::decay_t<decltype(row)>::Number;
      const FlatTerms<Real> u(m_c);
      const Real time = Real(m_time);
      const auto h = [&](std::int64_t i) { return row.factors == nullptr ? time : time * std::sqrt(row.factors[i]); };
      for (std::int64_t i = 0; i < row.count; ++i) {
        const Real w = row.weights[i];
        row.memory[i] -= h(i) * u.slope(w, row.anchor[i], row.gradient[i]);
        row.weights[i] = w + Real(0.5) * h(i) * row.memory[i];
      }
      double &z = state.thermostat.data_ptr<double>()[row.index];
      z += 0.5 * m_time * (sumOfSquares(row.memory, row.count) / double(row.count) - 1);
      const Real keep = Real(std::exp(-z * m_time)), spread = Real(std::sqrt(spreadSquare(z)));
      for (std::int64_t i = 0; i < row.count; ++i) {
        const Real v = keep * row.memory[i] + spread * row.noise[i];
        const Real moved = row.weights[i] + Real(0.5) * h(i) * v, inside = u.boxed(moved, row.anchor[i]);
        row.weights[i] = inside;
        row.memory[i] = inside == moved ? v : -v; // a wall turns the momentum round
      }
      z += 0.5 * m_time * (sumOfSquares(row.memory, row.count) / double(row.count) - 1);
    });
  }

private:
  /// Variance of the noise of one step, A (1 - exp(-2 z h)) / z; its limit at z = 0 is 2 A h.
  double spreadSquare(double z) const {
    const double x = 2 * z * m_time;
    return 2 * m_noise * m_time * (std::abs(x) < 1e-8 ? 1.0 : -std::expm1(-x) / x);
  }

  void stepTensors(SamplerState &state, const torch::Tensor &gradient, const torch::Tensor &noise) const {
    const torch::Tensor h = m_factors.defined() ? m_time * m_factors.sqrt() : torch::full({1}, m_time, noise.options());
    const auto heat = [&](const torch::Tensor &v) {
      state.thermostat.add_(v.square().mean(1).to(torch::kFloat64) - 1, 0.5 * m_time);
    };
    const torch::Tensor kicked = state.momentum - h * slopeOf(state.weights, m_anchor, gradient, m_c);
    heat(kicked);
    const torch::Tensor x = 2 * m_time * state.thermostat;
    const torch::Tensor ratio = torch::where(x.abs() < 1e-8, torch::ones_like(x), -torch::expm1(-x) / x);
    const auto column = [&](const torch::Tensor &t) { return t.to(noise.scalar_type()).unsqueeze(1); };
    const torch::Tensor v = column((-0.5 * x).exp()) * kicked + column((2 * m_noise * m_time * ratio).sqrt()) * noise;
    state.weights.add_(h * (kicked + v), 0.5);
    state.momentum = v;
    if (m_c.boundingBox > 0) {
      const torch::Tensor moved = state.weights.clone();
      putInBox(state.weights, m_anchor, m_c);
      state.momentum = torch::where(state.weights == moved, v, -v);
    }
    heat(v);
  }

  double m_time, m_noise;
};

} // namespace

std::unique_ptr<Sampler> makeSgnht(const LlcSettings &s, const torch::Tensor &anchor, const torch::Tensor &factors) {
  return std::make_unique<Sgnht>(s, anchor, factors);
}

} // namespace evolute::core
