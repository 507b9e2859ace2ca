// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/validation.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/llc/exact_learning_coefficient.h"
#include "core/torch/chain_runner.h"
#include "core/torch/runtime.h"
#include "core/torch/summarize_chains.h"

namespace evolute::core {

namespace {

/// A loss that is a function of the weights alone: no data, exact gradients.
class ExactObjective : public Objective {
public:
  std::int64_t sampleCount() const override { return 2; }
  std::int64_t activationsPerSample() const override { return 64; }
  torch::Tensor losses(const Weights &weights, const torch::Tensor &indices) const final {
    const torch::Tensor loss = of(weights); // [R]
    return loss.unsqueeze(1).expand({loss.size(0), indices.size(1)});
  }

protected:
  virtual torch::Tensor of(const Weights &weights) const = 0;
};

/// sum_i h_i w_i^2 / 2
class Bowl : public ExactObjective {
public:
  explicit Bowl(const std::vector<double> &curvatures) : m_h(torch::tensor(curvatures, torch::kFloat64)) {}

protected:
  torch::Tensor of(const Weights &w) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    return 0.5 * (x.square() * m_h).sum(1);
  }

private:
  torch::Tensor m_h;
};

/// prod_i w_i^(2 k_i)
class Crossing : public ExactObjective {
public:
  explicit Crossing(std::vector<int> halfPowers) : m_halfPowers(std::move(halfPowers)) {}

protected:
  torch::Tensor of(const Weights &w) const override {
    const torch::Tensor x = w[0].dim() == 1 ? w[0].unsqueeze(0) : w[0];
    torch::Tensor product;
    for (std::size_t i = 0; i < m_halfPowers.size(); ++i) {
      const torch::Tensor factor = x.select(1, std::int64_t(i)).pow(2 * m_halfPowers[i]);
      product = product.defined() ? product * factor : factor;
    }
    return product;
  }

private:
  std::vector<int> m_halfPowers;
};

/// |W_2 W_1|_F^2: the population loss of a two-layer linear network whose true map is 0, inputs whitened.
class ZeroMapNetwork : public ExactObjective {
protected:
  torch::Tensor of(const Weights &w) const override {
    const auto batched = [](const torch::Tensor &m) { return m.dim() == 2 ? m.unsqueeze(0) : m; };
    return torch::bmm(batched(w[1]), batched(w[0])).square().sum({1, 2});
  }
};

struct Case {
  std::string model, checks;
  std::unique_ptr<Objective> objective;
  std::vector<ParameterShape> parameters;
  double exactLambda = 0;
  double target = 0, targetError = 0;
  double nBeta = 100, gamma = 1, stepSize = 1e-3;
  int chains = 128, draws = 1000, burnIn = 1000, thin = 5;
  /// The target is at eps -> 0: sample at eps and eps / 2 and extrapolate the bias, linear in eps, away.
  bool extrapolate = false;
  std::vector<double> curvatures = {}; ///< of a bowl
  std::string leftOut = {};
};

Case bowl(const std::string &checks, const std::vector<double> &curvatures, double nBeta, double gamma, double eps) {
  Case c{"bowl, " + std::to_string(curvatures.size()) + " directions", checks, std::make_unique<Bowl>(curvatures),
         {{"w", {std::int64_t(curvatures.size())}}}};
  c.exactLambda = 0.5 * double(curvatures.size());
  c.nBeta = nBeta;
  c.gamma = gamma;
  c.stepSize = eps;
  c.target = quadraticBowl(curvatures, nBeta, gamma, eps);
  c.curvatures = curvatures;
  return c;
}

Case crossing(const std::string &name, const std::vector<int> &halfPowers, double nBeta, double gamma) {
  Case c{name, "finite n*beta, eps -> 0", std::make_unique<Crossing>(halfPowers), {{"w", {std::int64_t(halfPowers.size())}}}};
  c.exactLambda = normalCrossingCoefficient(halfPowers).value();
  c.target = finiteTemperatureCrossing(halfPowers, nBeta, gamma);
  c.nBeta = nBeta;
  c.gamma = gamma;
  c.stepSize = 8e-4;
  c.extrapolate = true;
  return c;
}

Case zeroNetwork(std::int64_t in, std::int64_t hidden, std::int64_t out, double nBeta, double gamma) {
  Case c{"linear network " + std::to_string(in) + "-" + std::to_string(hidden) + "-" + std::to_string(out) +
             ", rank 0",
         "finite n*beta, eps -> 0", std::make_unique<ZeroMapNetwork>(), {{"a", {hidden, in}}, {"b", {out, hidden}}}};
  c.exactLambda = deepLinearCoefficient({in, hidden, out}, 0).value();
  const FiniteTemperatureTarget target = finiteTemperatureTwoLayer(in, hidden, out, nBeta, gamma);
  c.target = target.value;
  c.targetError = target.standardError;
  c.nBeta = nBeta;
  c.gamma = gamma;
  c.stepSize = 4e-4;
  c.chains = 64;
  c.extrapolate = true;
  return c;
}

std::vector<Case> cases() {
  std::vector<Case> list;
  list.push_back(bowl("regular model: half a weight each", std::vector<double>(8, 1.0), 100, 0, 1e-3));
  list.push_back(bowl("pull gamma biases down", {10, 1, 0.1, 0.01, 0}, 30, 10, 1e-4));
  list.back().burnIn = 4000;
  list.back().thin = 20;
  list.push_back(bowl("large step biases up", {4, 2, 1, 1}, 100, 1, 8e-3));
  list.push_back(crossing("w^2", {1}, 30, 1));
  list.push_back(crossing("w^4", {2}, 100, 1));
  list.push_back(crossing("w1^2 w2^2", {1, 1}, 100, 1));
  list.push_back(crossing("w1^2 w2^4", {1, 2}, 100, 1));
  list.push_back(zeroNetwork(2, 2, 2, 66.7, 1));
  list.push_back(zeroNetwork(5, 3, 5, 66.7, 1));
  list.push_back(zeroNetwork(4, 3, 8, 66.7, 1));
  return list;
}

/// A case as another sampler has to answer it.
void adapt(Case &c, SamplerKind sampler) {
  const bool isExact = sampler == SamplerKind::Mala;
  const bool isExactOnBowls = isExact || sampler == SamplerKind::Baoab;
  if (c.curvatures.empty()) {
    c.extrapolate = !isExact;
    return;
  }
  if (sampler == SamplerKind::Sgld)
    return;
  c.target = quadraticBowl(c.curvatures, c.nBeta, c.gamma, 0);
  c.extrapolate = !isExactOnBowls;
  const double stiffest = c.nBeta * *std::max_element(c.curvatures.begin(), c.curvatures.end()) + c.gamma;
  if (c.extrapolate && c.stepSize * stiffest > 1)
    c.leftOut = "left out: only sgld's bias at so large a step is known in closed form";
}

LlcEstimate estimateAt(const Case &c, double stepSize, const ValidationOptions &options, std::uint64_t seed,
                       const Observer &observe) {
  LlcSettings settings;
  settings.sampler = options.sampler;
  settings.rmspropFloor = 1; // so that the preconditioner is 1 where gradients vanish, and eps is eps
  if (c.gamma > 0)
    settings.friction = std::max(2.0, 2 * std::sqrt(c.gamma)); // critical for flat directions
  settings.stepSize = stepSize;
  settings.localization = c.gamma;
  settings.inverseTemperature = c.nBeta;
  settings.chainCount = c.chains;
  settings.drawCount = c.draws;
  settings.burnInSteps = c.burnIn;
  settings.stepsBetweenDraws = c.thin;
  if (c.curvatures.empty()) { // for flat directions: burn-in three times in which they relax, draws six
    const double relaxation = settings.relaxationSteps();
    settings.burnInSteps = int(3 * relaxation);
    settings.stepsBetweenDraws = std::max(1, int(6 * relaxation / c.draws));
  }
  settings.batchSize = 2;
  settings.sampleCount = 2;
  settings.doublePrecision = true;
  settings.seed = seed;
  Weights origin; // w* = 0
  Component all{"all", {}, 0};
  for (const ParameterShape &p : c.parameters) {
    origin.push_back(torch::zeros(p.shape, torch::kFloat64));
    all.slices.push_back({p.name, -1, 0, 0});
  }
  const torch::Tensor table = torch::zeros({2}, torch::kFloat64); // every loss is 0 at w* = 0
  return summarizeChains(
      settings, runChains({*c.objective, origin, c.parameters, all, settings, table, c.model,
                          threadCount(options.device)},
                         observe),
      0, 0);
}

ValidationRow sample(const Case &c, const ValidationOptions &options, const Observer &observe) {
  const auto start = std::chrono::steady_clock::now();
  ValidationRow row{c.model, c.checks, c.exactLambda, c.target};
  row.inverseTemperature = c.nBeta;
  row.localization = c.gamma;
  row.stepSize = c.stepSize;
  row.leftOut = c.leftOut;
  if (!row.leftOut.empty())
    return row;
  const LlcEstimate whole = estimateAt(c, c.stepSize, options, options.seed, observe);
  row.llc = whole.llc;
  row.standardError = whole.standardError;
  if (c.extrapolate) { // Richardson; the two share no random numbers, so that their errors add in quadrature
    const LlcEstimate half = estimateAt(c, 0.5 * c.stepSize, options, options.seed + 0x9e3779b9, observe);
    row.llc = 2 * half.llc - whole.llc;
    row.standardError = std::hypot(2 * half.standardError, whole.standardError);
  }
  row.standardError = std::hypot(row.standardError, c.targetError);
  row.ok = std::abs(row.llc - row.target) <= 4 * row.standardError; // false for NaN
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return row;
}

} // namespace

std::vector<ValidationRow> validateSampler(const ValidationOptions &options, const Observer &observe) {
  return translatingTorchErrors("validate", [&] {
    std::vector<Case> all = cases();
    for (Case &c : all)
      adapt(c, options.sampler);
    std::vector<ValidationRow> rows;
    bool stopped = false;
    for (const Case &c : all) {
      const auto watch = [&](const Progress &) { // at every sampler step, so that stopping is heard at once
        if (observe && observe({std::int64_t(rows.size()), std::int64_t(all.size()), c.model}) == Flow::Stop)
          stopped = true;
        return stopped ? Flow::Stop : Flow::Continue;
      };
      ValidationRow row = sample(c, options, watch);
      if (stopped)
        break; // a row that was cut short would say nothing of the sampler
      rows.push_back(std::move(row));
    }
    if (observe && !stopped)
      observe({std::int64_t(rows.size()), std::int64_t(all.size()), {}});
    return rows;
  });
}

} // namespace evolute::core
