// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_estimator.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/error.h"
#include "core/sampling/philox.h"
#include "core/torch/chain_runner.h"
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

  torch::ScalarType dtype() const { return settings.doublePrecision ? torch::kFloat64 : torch::kFloat32; }
};

LlcEstimatorEngine::LlcEstimatorEngine(const Run &run, const std::string &slice, const LlcSettings &settings,
                                       const DeviceOptions &device)
    : m_impl(std::make_unique<Impl>()) {
  for (const LlcSettings::Problem &problem : settings.problems())
    if (problem.fatal)
      throw Error(problem.sentence);
  if (run.index.checkpoints.empty())
    throw Error(run.index.root.string() + ": expected checkpoints, found none");
  Impl &d = *m_impl;
  d.settings = settings;
  d.deviceOptions = device;
  d.device = resolveDevice(device);
  d.slice = slice;
  d.architecture = recognizeArchitecture(run.description.model,
                                         CheckpointFile::open(run.index.checkpoints.back().path));
  d.parameters = parametersOf(d.architecture);
  d.components = componentsOf(d.architecture);
  d.model = makeModel(d.architecture);
  const Dataset data =
      makeDataset(d.architecture, dataTableOf(run, slice), "llc", 0, settings.sampleCount);
  d.dataHash = data.hash;
  d.objective = std::make_unique<DataObjective>(*d.model, toModel(data.inputs, d.device, d.dtype()),
                                                toModel(data.targets, d.device, d.dtype()));
}

LlcEstimatorEngine::~LlcEstimatorEngine() = default;
LlcEstimatorEngine::LlcEstimatorEngine(LlcEstimatorEngine &&) noexcept = default;
LlcEstimatorEngine &LlcEstimatorEngine::operator=(LlcEstimatorEngine &&) noexcept = default;

const std::string &LlcEstimatorEngine::dataHash() const {
  return m_impl->dataHash;
}

LlcEstimate LlcEstimatorEngine::estimate(const CheckpointEntry &checkpoint, const std::string &component,
                                         const Observer &observe) {
  Impl &d = *m_impl;
  const auto chosen = std::find_if(d.components.begin(), d.components.end(),
                                   [&](const Component &c) { return c.name == component; });
  if (chosen == d.components.end()) {
    std::string names;
    for (const Component &c : d.components)
      names += (names.empty() ? "" : ", ") + c.name;
    throw Error("component: expected one of " + names + ", found " + component);
  }
  const auto start = std::chrono::steady_clock::now();
  const CheckpointFile file = CheckpointFile::open(checkpoint.path);
  return translatingTorchErrors(checkpoint.path.string(), [&] {
    const int threads = threadCount(d.deviceOptions);
    const Weights weights = readWeights(file, d.parameters, d.dtype(), d.device);
    const std::string hash = file.contentHash();
    if (d.tableHash != hash) {
      d.table = lossTable(*d.objective, weights, threads);
      d.tableHash = hash;
    }
    const InitialLoss initial = initialLossOf(d.table, d.settings, hash);
    ChainTraces traces =
        runChains({*d.objective, weights, d.parameters, *chosen, d.settings, d.table, hash, threads,
                   stepSizeFactors(d.settings.stepSizeFactors, *chosen, d.components, d.parameters,
                                   torch::TensorOptions(d.device).dtype(d.dtype()))},
                  observe);
    LlcEstimate estimate = summarizeChains(d.settings, std::move(traces), initial.loss, initial.error);
    estimate.step = checkpoint.step;
    estimate.checkpointHash = hash;
    estimate.component = component;
    estimate.slice = d.slice;
    estimate.dataHash = d.dataHash;
    estimate.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return estimate;
  });
}

} // namespace evolute::core
