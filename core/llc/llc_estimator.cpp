// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_estimator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <span>

#include "core/error.h"
#include "core/model/component_name.h"
#include "core/model/recognized_run.h"
#include "core/number_text.h"
#include "core/sampling/philox.h"
#include "core/torch/chain_runner.h"
#include "core/torch/replica_memory.h"
#include "core/torch/run_loss.h"
#include "core/torch/runtime.h"
#include "core/torch/sampler.h"
#include "core/torch/summarize_chains.h"

namespace evolute::core {

namespace {

struct InitialLoss {
  double loss, error;
};

/// L(w*) and its standard error from the losses of all samples: their mean, or that of as many random minibatches as
/// the settings want.
InitialLoss initialLossOf(const torch::Tensor &table, const LlcSettings &settings, const std::string &hash) {
  const torch::Tensor losses = table.to(torch::kCPU, torch::kFloat64);
  const double sd = losses.std().item<double>();
  if (settings.initialLossBatches == 0)
    return {losses.mean().item<double>(), sd / std::sqrt(double(losses.size(0)))};
  const std::int64_t count = settings.initialLossBatches * settings.batchSize;
  const torch::Tensor chosen = torch::empty({count}, torch::kInt64);
  RandomStream{streamKey(settings.seed, "initial loss", hash)}.integers(
      0, std::uint32_t(losses.size(0)), {chosen.data_ptr<std::int64_t>(), std::size_t(count)});
  return {losses.index_select(0, chosen).mean().item<double>(), sd / std::sqrt(double(count))};
}

} // namespace

struct LlcEstimatorEngine::Impl {
  LlcSettings settings;
  DeviceOptions deviceOptions;
  torch::Device device = torch::kCPU;
  std::string slice;
  Architecture architecture;
  std::vector<ParameterShape> parameters;
  std::vector<Component> components;
  std::unique_ptr<ModelModule> model;
  std::unique_ptr<DataObjective> objective;
  std::string dataHash;
  // The table of the checkpoint that was last asked for: its components share it.
  std::string tableHash;
  torch::Tensor table;
  double memoryLimit = 0; ///< bytes; 0: not known

  std::map<std::string, Component> named; ///< those asked for; in a map they stay where they are

  const Component *componentOf(const std::string &name) {
    auto found = named.find(name);
    if (found == named.end())
      found = named.emplace(name, componentNamed(name, components, parameters)).first;
    return &found->second;
  }

  MemoryForecast memoryOf(const Component &component) const {
    MemoryForecast forecast = forecastReplicaMemory(*objective, component.weightCount, settings);
    forecast.limit = memoryLimit;
    return forecast;
  }

  /// How many components, from the first on, the memory limit lets run at once; one always.
  std::size_t fitting(std::span<const Component *const> wanted) const {
    const double chains = settings.chainCount;
    const double passes = device.is_cpu() ? std::min<double>(threadCount(deviceOptions), chains) : chains;
    double held = 0, pass = 0;
    std::size_t count = 0;
    for (const Component *component : wanted) {
      const MemoryForecast one = memoryOf(*component);
      held += chains * one.heldPerReplica;
      pass = std::max(pass, passes * one.passPerReplica);
      if (count > 0 && memoryLimit > 0 && held + pass > memoryLimit)
        break;
      ++count;
    }
    return count;
  }

  /// One job for components that fit memory together.
  void estimateTogether(const CheckpointEntry &checkpoint, const std::vector<const Component *> &together,
                        const Observer &observe, const std::function<void(const LlcEstimate &)> &done) {
    const auto start = std::chrono::steady_clock::now();
    const CheckpointFile file = CheckpointFile::open(checkpoint);
    std::vector<LlcEstimate> estimates;
    translatingTorchErrors(checkpoint.path.string(), [&] {
      const int threads = threadCount(deviceOptions);
      const Weights weights = readWeights(file, architecture, dtype(), device);
      const std::string hash = file.contentHash();
      if (tableHash != hash) {
        table = lossTable(*objective, weights, threads);
        tableHash = hash;
      }
      const InitialLoss initial = initialLossOf(table, settings, hash);
      std::vector<ChainPlan> plans;
      for (const Component *component : together)
        plans.push_back({*objective, weights, parameters, *component, settings, table, hash, threads,
                         stepSizeFactors(settings.stepSizeFactors, *component, components, parameters,
                                         torch::TensorOptions(device).dtype(dtype())),
                         [&](const ChainTraces &soFar, std::int64_t count) {
                           const ChainTraces made = {soFar.loss.topRows(count), soFar.excess.topRows(count),
                                                     soFar.chains};
                           return summarizeChains(settings, made, initial.loss, initial.error).standardError <=
                                  settings.targetStandardError; // false for NaN
                         }});
      std::vector<ChainTraces> traces = runChainsTogether(plans, observe);
      for (std::size_t i = 0; i < together.size(); ++i) {
        LlcEstimate estimate = summarizeChains(settings, std::move(traces[i]), initial.loss, initial.error);
        estimate.step = checkpoint.step;
        estimate.checkpointHash = hash;
        estimate.component = together[i]->name;
        estimate.slice = slice;
        estimate.dataHash = dataHash;
        estimates.push_back(std::move(estimate));
      }
    });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    for (LlcEstimate &estimate : estimates) {
      estimate.seconds = seconds.count() / double(estimates.size());
      done(estimate);
    }
  }

  torch::ScalarType dtype() const { return settings.doublePrecision ? torch::kFloat64 : torch::kFloat32; }
};

LlcEstimatorEngine::LlcEstimatorEngine(const Run &run, const std::string &slice, const LlcSettings &settings,
                                       const DeviceOptions &device)
    : m_impl(std::make_unique<Impl>()) {
  for (const LlcSettings::Problem &problem : settings.problems())
    if (problem.fatal)
      throw Error(problem.sentence);
  Impl &d = *m_impl;
  d.settings = settings;
  d.deviceOptions = device;
  d.device = resolveDevice(device);
  d.slice = slice;
  d.architecture = recognizeRun(run).architecture;
  d.parameters = parametersOf(d.architecture);
  d.components = componentsOf(d.architecture);
  RunLoss loss = makeRunLoss(run, d.architecture, slice, "llc", settings.sampleCount, d.dtype(), d.device);
  d.model = std::move(loss.model);
  d.dataHash = loss.dataHash;
  d.objective = std::make_unique<DataObjective>(*d.model, loss.inputs, loss.targets, settings.products);
  d.memoryLimit = device.memoryGiB > 0 ? device.memoryGiB * 1024 * 1024 * 1024 : freeMemory(d.device) / 2;
  // Losses of each draw, plain and paired, and what the diagnostics make of them: about eight numbers in all.
  const double traces = 64.0 * double(settings.mostDraws()) * settings.chainCount;
  const double free = freeMemory(torch::kCPU);
  if (free > 0 && traces > free)
    throw Error("draws: traces of " + std::to_string(settings.mostDraws()) + " draws in " +
                std::to_string(settings.chainCount) + " chains need " + numberText(traces / (1 << 30)) +
                " GiB; found " + numberText(free / (1 << 30)) + " GiB free");
}

LlcEstimatorEngine::~LlcEstimatorEngine() = default;
LlcEstimatorEngine::LlcEstimatorEngine(LlcEstimatorEngine &&) noexcept = default;
LlcEstimatorEngine &LlcEstimatorEngine::operator=(LlcEstimatorEngine &&) noexcept = default;

const std::string &LlcEstimatorEngine::dataHash() const {
  return m_impl->dataHash;
}

LlcEstimate LlcEstimatorEngine::estimate(const CheckpointEntry &checkpoint, const std::string &component,
                                         const Observer &observe) {
  LlcEstimate estimate;
  m_impl->estimateTogether(checkpoint, {m_impl->componentOf(component)}, observe,
                           [&](const LlcEstimate &whole) { estimate = whole; });
  return estimate;
}

void LlcEstimatorEngine::estimateAll(const CheckpointEntry &checkpoint, const std::vector<std::string> &components,
                                     const Observer &observe, const std::function<void(const LlcEstimate &)> &done) {
  std::vector<const Component *> chosen;
  for (const std::string &name : components)
    chosen.push_back(m_impl->componentOf(name));
  const std::int64_t each = m_impl->settings.totalSteps(), total = each * std::int64_t(chosen.size());
  std::int64_t before = 0;
  bool stopped = false;
  for (std::size_t begin = 0, count = 0; begin < chosen.size() && !stopped; begin += count) {
    count = m_impl->fitting(std::span(chosen).subspan(begin));
    const Observer ofAll = [&](const Progress &p) {
      stopped = observe && observe({before + p.done, total, p.what}) == Flow::Stop;
      return stopped ? Flow::Stop : Flow::Continue;
    };
    const auto first = chosen.begin() + std::ptrdiff_t(begin);
    m_impl->estimateTogether(checkpoint, {first, first + std::ptrdiff_t(count)}, ofAll,
                             [&](const LlcEstimate &estimate) {
                               if (!stopped)
                                 done(estimate);
                             });
    before += each * std::int64_t(count);
  }
}

MemoryForecast LlcEstimatorEngine::memory(const std::string &component) const {
  const Component *chosen = m_impl->componentOf(component);
  MemoryForecast forecast = m_impl->memoryOf(*chosen);
  const std::vector<const Component *> alike(m_impl->components.size(), chosen);
  forecast.componentsAtOnce = std::int64_t(m_impl->fitting(alike));
  return forecast;
}

} // namespace evolute::core
