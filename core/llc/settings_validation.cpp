// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/settings_validation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "core/llc/exact_learning_coefficient.h"
#include "core/number_text.h"
#include "core/sampling/philox.h"
#include "core/torch/chain_runner.h"
#include "core/torch/runtime.h"
#include "core/torch/summarize_chains.h"

namespace evolute::core {

namespace {

constexpr std::int64_t kInputs = 64;
constexpr std::int64_t kIn = 4, kHidden = 3, kOut = 8;
constexpr double kNoise = 0.5;
constexpr std::int64_t kLeastSamples = 65'536, kSamplesOfMala = 8192, kMostSamples = 262'144;
constexpr int kMostChains = 64;
constexpr std::int64_t kSteps = 20'000;
constexpr double kOff = 0.1;        ///< share of the target that lambda-hat may be off by
constexpr double kMostAllowed = 0.2; ///< share of the target above which three errors decide nothing

torch::Tensor normals(std::int64_t rows, std::int64_t columns, std::uint64_t seed, const char *purpose) {
  torch::Tensor values = torch::empty({rows, columns}, torch::kFloat64);
  RandomStream{streamKey(seed, purpose)}.normals(
      0, std::span(values.data_ptr<double>(), std::size_t(values.numel())));
  return values;
}

torch::Tensor withReplicas(const torch::Tensor &w, std::int64_t dims) {
  return w.dim() == dims ? w.unsqueeze(0) : w;
}

/// Samples of `data` by the indices [R, B]: [R, B, columns].
torch::Tensor gather(const torch::Tensor &data, const torch::Tensor &indices) {
  return data.index_select(0, indices.reshape({-1})).view({indices.size(0), indices.size(1), data.size(1)});
}

/// (y - x.w)^2 / 2; x has the curvatures as variances.
class Regression : public Objective {
public:
  Regression(torch::Tensor x, torch::Tensor y) : m_x(std::move(x)), m_y(std::move(y)) {}
  std::int64_t sampleCount() const override { return m_x.size(0); }
  std::int64_t activationsPerSample() const override { return kInputs; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor predicted = torch::bmm(gather(m_x, indices), withReplicas(w[0], 1).unsqueeze(2));
    return 0.5 * (predicted - gather(m_y, indices)).squeeze(2).square();
  }

private:
  torch::Tensor m_x, m_y;
};

/// scale * w1^2 w2^4, the same for every sample.
class Crossing : public Objective {
public:
  Crossing(double scale, std::int64_t samples) : m_scale(scale), m_samples(samples) {}
  std::int64_t sampleCount() const override { return m_samples; }
  std::int64_t activationsPerSample() const override { return 1; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor x = withReplicas(w[0], 1);
    return (m_scale * x.select(1, 0).pow(2) * x.select(1, 1).pow(4))
        .unsqueeze(1)
        .expand({x.size(0), indices.size(1)});
  }

private:
  double m_scale;
  std::int64_t m_samples;
};

/// scale * |y - B A x|^2
class Network : public Objective {
public:
  Network(double scale, torch::Tensor x, torch::Tensor y)
      : m_scale(scale), m_x(std::move(x)), m_y(std::move(y)) {}
  std::int64_t sampleCount() const override { return m_x.size(0); }
  std::int64_t activationsPerSample() const override { return kIn + kHidden + kOut; }
  torch::Tensor losses(const Weights &w, const torch::Tensor &indices) const override {
    const torch::Tensor hidden = torch::matmul(gather(m_x, indices), withReplicas(w[0], 2).transpose(1, 2));
    const torch::Tensor out = torch::matmul(hidden, withReplicas(w[1], 2).transpose(1, 2));
    return m_scale * (out - gather(m_y, indices)).square().sum(2);
  }

private:
  double m_scale;
  torch::Tensor m_x, m_y;
};

std::string shown(double value) {
  return numberText(value, 3);
}

struct Model {
  std::string name;
  std::unique_ptr<Objective> objective;
  std::vector<ParameterShape> parameters;
  double exactLambda = 0, target = 0, targetError = 0;
  /// Where a Gaussian likelihood is L / (2 temperature): the variance of the targets' noise in units of L. 0: all
  /// samples have the same loss, and no error comes of the data.
  double temperature = 0;
};

std::vector<Model> modelsFor(const LlcSettings &s, double curvature, const torch::TensorOptions &options) {
  const double nBeta = s.effectiveInverseTemperature(), gamma = s.localization;
  const std::int64_t n = s.sampleCount;
  std::vector<Model> models;

  std::vector<double> curvatures;
  for (std::int64_t i = 0; i < kInputs; ++i)
    curvatures.push_back(curvature * std::pow(1e-3, double(i) / double(kInputs - 1)));
  const torch::Tensor scales = torch::tensor(curvatures, torch::kFloat64).sqrt();
  models.push_back({"regression, 64 directions over three decades",
                    std::make_unique<Regression>((normals(n, kInputs, 1, "validate-x") * scales).to(options),
                                                 (kNoise * normals(n, 1, 1, "validate-y")).to(options)),
                    {{"w", {kInputs}}},
                    0.5 * double(kInputs),
                    quadraticBowl(curvatures, nBeta, gamma, 0),
                    0,
                    kNoise * kNoise});

  const double scale = 0.5 * curvature; // of L = scale w^2 where the partners are one
  models.push_back({"w1^2 w2^4",
                    std::make_unique<Crossing>(scale, n),
                    {{"w", {2}}},
                    normalCrossingCoefficient({1, 2}).value(),
                    finiteTemperatureCrossing({1, 2}, nBeta * scale, gamma)});

  const FiniteTemperatureTarget target = finiteTemperatureTwoLayer(kIn, kHidden, kOut, nBeta * scale, gamma);
  models.push_back({"linear network 4-3-8, rank 0, noisy targets",
                    std::make_unique<Network>(scale, normals(n, kIn, 2, "validate-x").to(options),
                                              (kNoise * normals(n, kOut, 2, "validate-y")).to(options)),
                    {{"a", {kHidden, kIn}}, {"b", {kOut, kHidden}}},
                    deepLinearCoefficient({kIn, kHidden, kOut}, 0).value(),
                    target.value,
                    target.standardError,
                    2 * scale * kNoise * kNoise});
  return models;
}

ValidationRow sample(const Model &model, const LlcSettings &settings, const torch::TensorOptions &options,
                     int threads, std::string &verdict, const Observer &observe) {
  const auto start = std::chrono::steady_clock::now();
  Weights origin; // w* = 0
  Component all{"all", {}, 0};
  for (const ParameterShape &p : model.parameters) {
    origin.push_back(torch::zeros(p.shape, options));
    all.slices.push_back({p.name, -1, 0, 0});
  }
  const torch::Tensor table = lossTable(*model.objective, origin, threads), exact = table.to(torch::kFloat64);
  const LlcEstimate e = summarizeChains(
      settings,
      runChains({*model.objective, origin, model.parameters, all, settings, table, model.name, threads},
                observe),
      exact.mean().item<double>(), exact.std().item<double>() / std::sqrt(double(exact.numel())));
  verdict = e.verdict.code;
  ValidationRow row{model.name, "these settings", model.exactLambda, model.target};
  row.llc = e.llc;
  // The targets are of the population: what the samples at hand add is part of the comparison, and that w* is not
  // the minimum of their own loss (population_error.h).
  const bool dataCount = model.temperature > 0 && std::isfinite(e.sePopulation);
  const double offMinimum = settings.effectiveInverseTemperature() * model.temperature * model.target /
                            double(settings.sampleCount);
  row.standardError =
      std::hypot(dataCount ? e.sePopulation : e.standardError, model.targetError, offMinimum);
  row.inverseTemperature = settings.effectiveInverseTemperature();
  row.localization = settings.localization;
  row.stepSize = settings.stepSize;
  const double errors = 3 * row.standardError, deviation = std::abs(row.llc - row.target);
  const bool off = !std::isfinite(row.llc) ||
                   (std::isfinite(errors) && deviation > std::max(kOff * row.target, errors));
  row.ok = !off && errors <= kMostAllowed * row.target;
  if (!off && !row.ok)
    row.cannotTell = !std::isfinite(errors)
                         ? "draws are too few for a standard error"
                         : "three standard errors are " + shown(100 * errors / row.target) + " % of the target, " +
                               shown(100 * kMostAllowed) + " % at most would tell: more draws are needed";
  row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return row;
}

/// The row whose `ratio` is farthest from one; a ratio that is no number is the farthest.
template <class Ratio> const ValidationRow &worst(const std::vector<ValidationRow> &rows, Ratio ratio) {
  const auto distance = [&](const ValidationRow &row) {
    const double r = ratio(row);
    return r > 0 ? std::abs(std::log(r)) : std::numeric_limits<double>::infinity();
  };
  return *std::max_element(rows.begin(), rows.end(),
                           [&](const auto &a, const auto &b) { return distance(a) < distance(b); });
}

void answer(SettingsValidation &found, const std::vector<std::string> &verdicts) {
  const auto off = [](const ValidationRow &row) { return row.llc / row.target; };
  const auto partOf = [](const ValidationRow &row) { return row.target / row.exactLambda; };
  const ValidationRow &worstTarget = worst(found.rows, partOf);
  std::vector<ValidationRow> wrong;
  std::string untold;
  for (const ValidationRow &row : found.rows)
    if (!row.cannotTell.empty())
      untold += (untold.empty() ? "on " : "; on ") + row.model + " " + row.cannotTell;
    else if (!row.ok)
      wrong.push_back(row);
  if (!wrong.empty()) {
    const ValidationRow &row = worst(wrong, off);
    const auto place = std::find_if(found.rows.begin(), found.rows.end(),
                                    [&](const ValidationRow &other) { return other.model == row.model; });
    found.sentence = "These settings do not sample what they should: on " + row.model + " lambda-hat is " +
                     shown(off(row)) + " times what an ideal sampler returns (verdict there: " +
                     verdicts[std::size_t(place - found.rows.begin())] + ").";
    return;
  }
  const bool idealDoes = std::abs(partOf(worstTarget) - 1) <= kOff; // needs no sampling to be told
  found.recoversTruth = idealDoes && untold.empty();
  if (idealDoes && !untold.empty())
    found.sentence = "Cannot tell whether these settings recover the truth: " + untold + ".";
  else if (found.recoversTruth)
    found.sentence = "These settings recover the truth: on all of these models lambda-hat is what an ideal sampler "
                     "returns, and that is within a tenth of lambda.";
  else
    found.sentence =
        (untold.empty() ? "These settings sample well but do not show the whole truth: the pull and the temperature leave "
                        : "These settings do not show the whole truth: the pull and the temperature leave ") +
        shown(100 * partOf(worstTarget)) + " % of lambda on " + worstTarget.model +
        ", with an ideal sampler too; read order, not level." +
        (untold.empty() ? "" : " Cannot tell how well they sample: " + untold + ".");
}

} // namespace

SettingsValidation validateSettings(LlcSettings settings, double curvature, const DeviceOptions &device,
                                    const Observer &observe) {
  for (const LlcSettings::Problem &problem : settings.problems())
    if (problem.fatal)
      throw Error(problem.sentence);
  if (!(settings.localization > 0))
    throw Error("validate: expected a localization above 0, found 0: without a pull the singular models have "
                "no answer");
  if (!(std::isfinite(curvature) && curvature > 0))
    throw Error("validate: curvature: expected a number above 0, found " + shown(curvature));
  settings.inverseTemperature = settings.effectiveInverseTemperature(); // its rule may go by the samples
  settings.sampleCount = std::max<std::int64_t>(
      settings.sampler == SamplerKind::Mala ? kSamplesOfMala
                                            : std::clamp(settings.sampleCount, kLeastSamples, kMostSamples),
      settings.batchSize);
  settings.chainCount = std::max(settings.chainCount,
                                 int(std::min<std::int64_t>(kMostChains, kSteps / settings.stepsPerChain())));
  return translatingTorchErrors("validate", [&] {
    const auto options = torch::TensorOptions()
                             .dtype(settings.doublePrecision ? torch::kFloat64 : torch::kFloat32)
                             .device(resolveDevice(device));
    SettingsValidation found;
    std::vector<std::string> verdicts;
    const std::vector<Model> models = modelsFor(settings, curvature, options);
    for (const Model &model : models) {
      const auto watch = [&](const Progress &) {
        if (observe &&
            observe({std::int64_t(found.rows.size()), std::int64_t(models.size()), model.name}) == Flow::Stop)
          found.stopped = true;
        return found.stopped ? Flow::Stop : Flow::Continue;
      };
      verdicts.emplace_back();
      ValidationRow row = sample(model, settings, options, threadCount(device), verdicts.back(), watch);
      if (found.stopped)
        break;
      found.rows.push_back(std::move(row));
    }
    if (found.stopped)
      found.sentence = "Stopped before an answer.";
    else
      answer(found, verdicts);
    return found;
  });
}

} // namespace evolute::core
