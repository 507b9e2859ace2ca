// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/large_network_validation.h"

#include <chrono>
#include <cmath>

#include "core/llc/exact_learning_coefficient.h"
#include "core/torch/chain_runner.h"
#include "core/torch/runtime.h"
#include "core/torch/summarize_chains.h"

namespace evolute::core {

namespace {

/// |B A - M|_F^2, the same for every sample.
class LargeNetwork : public Objective {
public:
  LargeNetwork(torch::Tensor map) : m_map(std::move(map)) {}
  std::int64_t sampleCount() const override { return 2; }
  std::int64_t activationsPerSample() const override { return 3 * m_map.numel(); }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const auto batched = [](const torch::Tensor &m) { return m.dim() == 2 ? m.unsqueeze(0) : m; };
    const torch::Tensor loss = (torch::bmm(batched(w[1]), batched(w[0])) - m_map).square().sum({1, 2});
    return loss.unsqueeze(1).expand({loss.size(0), indices.size(1)});
  }

private:
  torch::Tensor m_map;
};

struct Size {
  std::int64_t units, rank;
  double nBeta, gamma;
  int burnIn, draws, thin;
};

/// nBeta h >> gamma, so that the target lies near lambda. eps p = 0.08 in the directions of curvature 4:
/// lambda-hat is within 2 % of its value at eps -> 0 and forgets its start in 25 steps, except the network
/// within the network.
constexpr double kReach = 0.08;
constexpr double kCoupling = 0.01;

ValidationRow sample(const Size &size, const ValidationOptions &options, const Observer &observe) {
  const auto start = std::chrono::steady_clock::now();
  const std::int64_t n = size.units, r = size.rank;
  LlcSettings settings;
  settings.inverseTemperature = size.nBeta;
  settings.localization = size.gamma;
  settings.stepSize = kReach / (4 * size.nBeta + size.gamma);
  settings.chainCount = 2;
  settings.burnInSteps = size.burnIn;
  settings.drawCount = size.draws;
  settings.stepsBetweenDraws = size.thin;
  settings.batchSize = 2;
  settings.sampleCount = 2;
  settings.seed = options.seed;

  ValidationRow row;
  row.model = "linear network " + std::to_string(n) + "-" + std::to_string(n) + "-" + std::to_string(n) +
              ", rank " + std::to_string(r) + ", " + std::to_string(2 * n * n) + " weights";
  row.checks = "size";
  row.exactLambda = deepLinearCoefficient({n, n, n}, r).value();
  const auto each = [&](double h) { return quadraticBowl({h}, size.nBeta, size.gamma, settings.stepSize); };
  row.target = double(r * r) * each(4) + double(2 * r * (n - r)) * each(2);
  double innerError = 0;
  if (r < n) {
    const FiniteTemperatureTarget inner =
        finiteTemperatureTwoLayer(n - r, n - r, n - r, size.nBeta, size.gamma);
    row.target += inner.value;
    innerError = inner.standardError;
  }
  row.inverseTemperature = size.nBeta;
  row.localization = size.gamma;
  row.stepSize = settings.stepSize;

  torch::Tensor map = torch::zeros({n, n});
  map.diagonal().narrow(0, 0, r).fill_(1);
  const Weights origin = {map.clone(), map.clone()};
  const std::vector<ParameterShape> parameters = {{"a", {n, n}}, {"b", {n, n}}};
  const Component all{"all", {{"a", -1, 0, 0}, {"b", -1, 0, 0}}, 2 * n * n};
  const LargeNetwork objective(map);
  const torch::Tensor table = torch::zeros({2});
  const LlcEstimate e = summarizeChains(
      settings,
      runChains({objective, origin, parameters, all, settings, table, row.model, threadCount(options.device)},
                observe),
      0, 0);
  row.llc = e.llc;
  row.standardError = std::hypot(e.standardError, innerError, kCoupling / 4 * row.target);
  row.ok = std::abs(row.llc - row.target) <= 4 * row.standardError; // false for NaN
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return row;
}

} // namespace

std::vector<ValidationRow> validateLargeNetworks(const ValidationOptions &options, const Observer &observe) {
  const std::vector<Size> sizes = {{30, 27, 1e4, 400, 7500, 1000, 12},
                                   {70, 70, 1e4, 100, 200, 500, 2},
                                   {224, 224, 1e5, 1000, 150, 300, 2},
                                   {710, 710, 1e6, 10000, 120, 150, 2}};
  return translatingTorchErrors("validate", [&] {
    std::vector<ValidationRow> rows;
    bool stopped = false;
    for (const Size &size : sizes) {
      const auto watch = [&](const Progress &) {
        if (observe && observe({std::int64_t(rows.size()), std::int64_t(sizes.size()),
                                "linear network of " + std::to_string(size.units) + " units"}) == Flow::Stop)
          stopped = true;
        return stopped ? Flow::Stop : Flow::Continue;
      };
      ValidationRow row = sample(size, options, watch);
      if (stopped)
        break;
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

} // namespace evolute::core
