// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/essential_dynamics.h"

#include <optional>
#include <utility>
#include <variant>

#include "core/error.h"
#include "core/freed_memory.h"
#include "core/hash.h"
#include "core/llc/curve_schedule.h"
#include "core/model/recognized_run.h"
#include "core/torch/dataset.h"
#include "core/torch/model_module.h"
#include "core/torch/runtime.h"
#include "core/trajectory/random_projection.h"

namespace evolute::core {

namespace {
constexpr std::uint64_t kProjectionSeed = 0x9e0;
}

struct FeatureExtractor::Impl {
  DeviceOptions deviceOptions;
  torch::Device device = torch::kCPU;
  Architecture architecture;
  std::unique_ptr<ModelModule> model;
  torch::Tensor inputs;
  torch::Tensor chosen; ///< places in the flat outputs; undefined: all
  std::string hash;
  std::optional<std::pair<std::int64_t, std::int64_t>> limit; // checkpoints, bytes
  std::optional<FeatureStorage> storage;
  std::optional<RandomProjection> projection;

  Weights weightsOf(const CheckpointEntry &checkpoint) const {
    return readWeights(CheckpointFile::open(checkpoint), architecture, torch::kFloat32, device);
  }

  /// How many outputs a sample has shows when there are some.
  void choose(const ProbeSettings &probe, const CheckpointEntry &checkpoint) {
    if (probe.outputs.isOnePosition() && !std::holds_alternative<DecoderConfig>(architecture))
      throw Error("outputs: one-position is for language models, found " + familyOf(architecture) +
                  "; choose outputs by number");
    translatingTorchErrors(checkpoint.path.string(), [&] {
      torch::NoGradGuard noGrad;
      const torch::Tensor outputs = model->outputs(weightsOf(checkpoint), inputs.slice(0, 0, 1));
      chosen = torch::tensor(probe.outputs.places(inputs.size(0), outputs.numel(), probe.seed), torch::kInt64);
    });
    hash = hashOf(hash + " outputs " + probe.outputs.text() + " seed " + std::to_string(probe.seed));
  }

  std::vector<float> kept(std::vector<float> row) {
    if (!storage) {
      const auto features = std::int64_t(row.size());
      storage = limit ? planFeatureStorage(limit->first, features, limit->second) : FeatureStorage{};
      if (storage->dimensions > 0)
        projection.emplace(features, storage->dimensions, kProjectionSeed);
    }
    return projection ? projection->project(row) : row;
  }
};

FeatureExtractor::FeatureExtractor(const Run &run, const ProbeSettings &probe, const DeviceOptions &device)
    : m_impl(std::make_unique<Impl>()) {
  if (probe.sampleCount < 1 || probe.sampleCount > 1'000'000)
    throw Error("probe: expected 1 to 1,000,000 samples, found " + std::to_string(probe.sampleCount));
  Impl &d = *m_impl;
  d.deviceOptions = device;
  d.device = resolveDevice(device);
  const RecognizedRun recognized = recognizeRun(run);
  d.architecture = recognized.architecture;
  d.model = makeModel(d.architecture);
  const Dataset data = makeDataset(d.architecture, dataTableOf(run, "train"),
                                   "probe-" + std::to_string(probe.seed), 0, probe.sampleCount);
  d.inputs = data.inputs.to(d.device);
  d.hash = data.hash;
  if (!probe.outputs.isAll())
    d.choose(probe, recognized.checkpoint);
}

FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor &&) noexcept = default;
FeatureExtractor &FeatureExtractor::operator=(FeatureExtractor &&) noexcept = default;

void FeatureExtractor::keepWithin(std::int64_t checkpoints, std::int64_t bytes) {
  if (!m_impl->storage)
    m_impl->limit = {checkpoints, bytes};
}

const FeatureStorage &FeatureExtractor::storage() const {
  static const FeatureStorage kEverything;
  return m_impl->storage ? *m_impl->storage : kEverything;
}

const std::string &FeatureExtractor::probeHash() const {
  return m_impl->hash;
}

std::vector<float> FeatureExtractor::features(const CheckpointEntry &checkpoint) {
  Impl &d = *m_impl;
  return translatingTorchErrors(checkpoint.path.string(), [&] {
    const Weights weights = d.weightsOf(checkpoint);
    constexpr std::int64_t kChunk = 64; // its activations stay in the cache
    const std::int64_t n = d.inputs.size(0), chunks = (n + kChunk - 1) / kChunk;
    std::vector<torch::Tensor> parts(static_cast<std::size_t>(chunks));
    parallelTensorWork(chunks, threadCount(d.deviceOptions), [&](std::int64_t c) {
      torch::NoGradGuard noGrad;
      parts[std::size_t(c)] =
          d.model->outputs(weights, d.inputs.slice(0, c * kChunk, std::min(n, (c + 1) * kChunk)));
    });
    torch::Tensor all = torch::cat(parts).to(torch::kCPU).contiguous();
    if (d.chosen.defined())
      all = all.flatten().index_select(0, d.chosen);
    return d.kept(std::vector<float>(all.data_ptr<float>(), all.data_ptr<float>() + all.numel()));
  });
}

void addMissingRows(TrajectoryPca &pca, const Run &run, FeatureExtractor &extractor,
                    std::vector<SkippedFile> *skipped, const Observer &observe) {
  std::map<std::int64_t, const CheckpointEntry *> missing;
  CurveSchedule schedule({});
  for (const CheckpointEntry &entry : run.index.checkpoints)
    if (!pca.hasStep(entry.step)) {
      schedule.add(entry.step);
      missing.emplace(entry.step, &entry);
    }
  std::int64_t done = 0;
  FreedMemoryKeeper memory;
  if (pca.rowCount() == 0)
    extractor.keepWithin(std::int64_t(run.index.checkpoints.size()));
  while (const auto step = schedule.next()) {
    const CheckpointEntry &entry = *missing.at(*step);
    try {
      const std::vector<float> row = extractor.features(entry);
      if (pca.rowCount() == 0)
        pca = TrajectoryPca(extractor.storage().rows);
      pca.addRow(entry.step, row);
    } catch (const Error &error) {
      if (skipped != nullptr)
        skipped->push_back({entry.path, error.what()});
    }
    schedule.report(*step, std::numeric_limits<double>::quiet_NaN());
    memory.checkpointDone();
    if (observe && observe({++done, std::int64_t(missing.size()), "checkpoints"}) == Flow::Stop)
      return;
  }
}

} // namespace evolute::core
