// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/run_loss.h"

#include <algorithm>

#include "core/error.h"
#include "core/hash.h"
#include "core/model/recognized_run.h"
#include "core/torch/decoder.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

std::string onlyKindOf(const Architecture &architecture, const Dataset &data) {
  if (std::holds_alternative<DecoderConfig>(architecture))
    return "next-token";
  if (std::holds_alternative<ScriptConfig>(architecture))
    return "script";
  return data.targets.is_floating_point() ? "mse" : "cross-entropy";
}

struct Reference {
  CheckpointFile file;
  DecoderConfig config;
};

Reference openReference(const std::filesystem::path &path) {
  const Run run = openRun(path);
  std::error_code ignored;
  const bool isFile = std::filesystem::is_regular_file(path, ignored) && path.filename() != "run.toml";
  if (!isFile && run.index.checkpoints.empty())
    throw Error(path.string() + ": expected a checkpoint or a run of a reference model, found no checkpoint");
  const auto [file, architecture] = [&]() -> std::pair<CheckpointFile, Architecture> {
    if (!isFile) {
      RecognizedRun model = recognizeRun(run);
      return {std::move(model.file), std::move(model.architecture)};
    }
    CheckpointFile named = CheckpointFile::open(path);
    Architecture its = recognizeArchitecture(run.description.model, named);
    return {std::move(named), std::move(its)};
  }();
  const auto *config = std::get_if<DecoderConfig>(&architecture);
  if (config == nullptr)
    throw Error(file.path().string() + ": expected a language model as the reference, found a " + describe(architecture));
  return {file, *config};
}

RunLoss klLoss(const DecoderConfig &config, Dataset data, const Reference &reference, torch::ScalarType dtype,
               const torch::Device &device) {
  const std::string name = reference.file.path().string();
  if (reference.config.vocabulary != config.vocabulary)
    throw Error(name + ": expected a reference model with a vocabulary of " + std::to_string(config.vocabulary) +
                ", found " + std::to_string(reference.config.vocabulary));
  const std::int64_t length = data.inputs.size(1), count = data.inputs.size(0);
  if (reference.config.context < length)
    throw Error(name + ": expected a reference model of " + std::to_string(length) + " tokens or more, found " +
                std::to_string(reference.config.context));
  const Weights weights = readWeights(reference.file, reference.config, dtype, device);
  const Decoder decoder(reference.config);
  RunLoss loss{std::make_unique<Decoder>(config, decoder.unembeddingOf(weights)), data.inputs.to(device), {}, {}};
  torch::NoGradGuard noGrad;
  const std::int64_t chunk =
      std::clamp<std::int64_t>(10'000'000 / std::max<std::int64_t>(decoder.activationsPerSample(data.inputs), 1), 1, count);
  std::vector<torch::Tensor> streams;
  for (std::int64_t begin = 0; begin < count; begin += chunk)
    streams.push_back(decoder.finalStream(weights, loss.inputs.slice(0, begin, std::min(count, begin + chunk))));
  loss.targets = torch::cat(streams);
  Hasher hasher;
  loss.dataHash = hasher.add("kl-to").add(data.hash).add(reference.file.contentHash()).hex();
  return loss;
}

} // namespace

RunLoss makeRunLoss(const Run &run, const Architecture &architecture, const std::string &slice,
                    const std::string &purpose, std::int64_t count, torch::ScalarType dtype, const torch::Device &device) {
  Dataset data = makeDataset(architecture, dataTableOf(run, slice), purpose, 0, count);
  const std::string only = onlyKindOf(architecture, data), kind = textOr(run.description.loss, "kind", only);
  const auto *decoder = std::get_if<DecoderConfig>(&architecture);
  if (kind == "kl-to" && decoder != nullptr) {
    const std::string path = textOr(run.description.loss, "reference", "");
    if (path.empty())
      throw Error("run.toml, [loss] reference: expected a checkpoint or a run, found none");
    return klLoss(*decoder, std::move(data), openReference(run.index.root / path), dtype, device);
  }
  if (kind != only)
    throw Error("run.toml, [loss] kind: expected \"" + only + "\"" + (decoder != nullptr ? " or \"kl-to\"" : "") +
                " for this model and data, found \"" + kind + "\"");
  return {makeModel(architecture), toModel(data.inputs, device, dtype), toModel(data.targets, device, dtype), data.hash};
}

} // namespace evolute::core
