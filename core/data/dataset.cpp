// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/dataset.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/data/icl_regression.h"
#include "core/data/npy_array.h"
#include "core/data/npy_header.h"
#include "core/data/token_file.h"
#include "core/error.h"
#include "core/hash.h"
#include "core/model/regression_task.h"
#include "core/sampling/philox.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

std::span<float> values(torch::Tensor &tensor) {
  return {tensor.data_ptr<float>(), std::size_t(tensor.numel())};
}

/// As many digits as it takes: to_string() has six decimals, and 1e-7 and 2e-7 would be one data set.
std::string exactText(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string hashOfTable(const std::string &kind, const DescriptionTable &table, const std::string &purpose,
                        std::uint64_t first, std::int64_t count, const Architecture &architecture) {
  Hasher hasher;
  hasher.add(kind).add(purpose).add(std::to_string(first)).add(std::to_string(count)).add(describe(architecture));
  for (const auto &[key, value] : table)
    hasher.add(key).add(std::visit(
        [](const auto &v) -> std::string {
          using Value = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<Value, std::string>)
            return v;
          else if constexpr (std::is_same_v<Value, double>)
            return exactText(v);
          else
            return std::to_string(v);
        },
        value));
  return hasher.hex();
}

void requireKind(const DescriptionTable &table, const char *expected) {
  const std::string kind = textOr(table, "kind", expected);
  if (kind != expected)
    throw Error(std::string("run.toml, [data.*] kind: expected \"") + expected + "\" for this model, found \"" + kind +
                "\"");
}

Dataset iclDataset(const IclTransformerConfig &config, const DescriptionTable &table, const std::string &purpose,
                   std::uint64_t first, std::int64_t count) {
  requireKind(table, "icl-regression");
  const IclRegressionTask task = regressionTaskOf(config, table);
  Dataset data{torch::empty({count, task.tokenCount(), task.tokenWidth()}), torch::empty({count, task.pairs}), {}};
  const auto key = streamKey(std::uint64_t(integerOr(table, "seed", 0)), "icl-" + purpose);
  makeIclSequences(task, key, first, count, values(data.inputs), values(data.targets));
  return data;
}

/// y = M x + noise, x ~ N(0, I); M = U V^T / sqrt(r) of rank r with Gaussian factors, from the seed.
Dataset teacherDataset(const LinearNetworkConfig &config, const DescriptionTable &table, const std::string &purpose,
                       std::uint64_t first, std::int64_t count) {
  requireKind(table, "linear-teacher");
  const std::int64_t in = config.widths.front(), out = config.widths.back();
  const std::int64_t rank = integerOr(table, "rank", 0);
  if (rank < 0 || rank > std::min(in, out))
    throw Error("run.toml, [data.*] rank: expected 0 to " + std::to_string(std::min(in, out)) + ", found " +
                std::to_string(rank));
  const auto seed = std::uint64_t(integerOr(table, "seed", 0));
  torch::Tensor left = torch::zeros({out, std::max<std::int64_t>(rank, 1)}), right = torch::zeros_like(left);
  right.resize_({std::max<std::int64_t>(rank, 1), in}).zero_();
  if (rank > 0) {
    RandomStream{streamKey(seed, "teacher-left")}.normals(0, values(left));
    RandomStream{streamKey(seed, "teacher-right")}.normals(0, values(right));
  }
  const torch::Tensor map = torch::mm(left, right) / std::sqrt(double(std::max<std::int64_t>(rank, 1)));
  Dataset data{torch::empty({count, in}), torch::empty({count, out}), {}};
  const RandomStream inputs{streamKey(seed, "linear-x-" + purpose)}, noise{streamKey(seed, "linear-noise-" + purpose)};
  for (std::int64_t i = 0; i < count; ++i) {
    inputs.normals(first + std::uint64_t(i), values(data.inputs).subspan(std::size_t(i * in), std::size_t(in)));
    noise.normals(first + std::uint64_t(i), values(data.targets).subspan(std::size_t(i * out), std::size_t(out)));
  }
  data.targets = torch::mm(data.inputs, map.t()) + std::sqrt(numberOr(table, "noise_variance", 0.0)) * data.targets;
  return data;
}

/// Inputs are all tokens of a sequence but the last, targets the token after each. Their hash is of the tokens:
/// where the file lies and what it is called does not matter.
Dataset tokenDataset(const DecoderConfig &config, const DescriptionTable &table, std::uint64_t first,
                     std::int64_t count) {
  requireKind(table, "tokens");
  const std::int64_t context = integerOr(table, "context", config.context);
  if (context > config.context)
    throw Error("run.toml, [data.*] context: expected at most the model's " + std::to_string(config.context) +
                ", found " + std::to_string(context));
  const TokenFile file(table, context, config.vocabulary);
  if (std::int64_t(first) + count > file.sequenceCount())
    throw Error(textOr(table, "path", "") + ": expected " + std::to_string(std::int64_t(first) + count) + " sequences of " +
                std::to_string(context) + " tokens for the samples asked for, found " +
                std::to_string(file.sequenceCount()));
  torch::Tensor tokens = torch::empty({count, context}, torch::kInt64);
  const std::span<std::int64_t> ids(tokens.data_ptr<std::int64_t>(), std::size_t(tokens.numel()));
  file.read(std::int64_t(first), config.vocabulary, ids);
  Hasher hasher;
  hasher.add("next-token").add(std::to_string(context)).add(std::string_view(
      reinterpret_cast<const char *>(ids.data()), ids.size_bytes()));
  return {tokens.narrow(1, 0, context - 1), tokens.narrow(1, 1, context - 1), hasher.hex()};
}

/// Samples first ... of a .npy file [n, ...]: int64 where its numbers are whole, float32 else.
torch::Tensor samplesOf(const DescriptionTable &table, const char *key, std::uint64_t first, std::int64_t count) {
  const std::string path = textOr(table, key, "");
  if (path.empty())
    throw Error(std::string("run.toml, [data.*] ") + key + ": expected a .npy file, found none");
  const NpyArray array = readNpy(path);
  const std::int64_t there = array.shape.empty() ? 0 : array.shape.front();
  if (std::int64_t(first) + count > there)
    throw Error(path + ": expected " + std::to_string(std::int64_t(first) + count) +
                " samples as asked for, found " + std::to_string(there));
  const bool whole = readNpyHeader(*ByteSource::file(path)).kind != 'f';
  return torch::tensor(torch::ArrayRef<double>(array.values), torch::kFloat64)
      .view(array.shape)
      .narrow(0, std::int64_t(first), count)
      .to(whole ? torch::kInt64 : torch::kFloat32)
      .contiguous();
}

std::string_view bytesOf(const torch::Tensor &tensor) {
  return {static_cast<const char *>(tensor.data_ptr()), std::size_t(tensor.numel()) * tensor.element_size()};
}

/// Stored samples. Their hash is of the numbers, as for tokens.
Dataset arrayDataset(const DescriptionTable &table, std::uint64_t first, std::int64_t count, const std::string &loss) {
  requireKind(table, "arrays");
  Dataset data{samplesOf(table, "inputs", first, count), samplesOf(table, "targets", first, count), {}};
  Hasher hasher;
  hasher.add(loss);
  for (const torch::Tensor &tensor : {data.inputs, data.targets}) {
    for (const std::int64_t size : tensor.sizes())
      hasher.add(std::to_string(size));
    hasher.add(bytesOf(tensor));
  }
  data.hash = hasher.hex();
  return data;
}

/// Targets of whole numbers are class ids, other ones the outputs wanted.
Dataset mlpDataset(const MlpConfig &config, const DescriptionTable &table, std::uint64_t first, std::int64_t count) {
  Dataset data = arrayDataset(table, first, count, "mlp");
  const std::int64_t in = config.widths.front(), out = config.widths.back();
  const auto refuse = [](const char *key, std::int64_t expected, const torch::Tensor &found) {
    throw Error(std::string("run.toml, [data.*] ") + key + ": expected " + std::to_string(expected) +
                " numbers a sample, found " + std::to_string(found.numel() / found.size(0)));
  };
  data.inputs = data.inputs.flatten(1).to(torch::kFloat32);
  if (data.inputs.size(1) != in)
    refuse("inputs", in, data.inputs);
  if (data.targets.is_floating_point()) {
    data.targets = data.targets.reshape({count, -1});
    if (data.targets.size(1) != out)
      refuse("targets", out, data.targets);
  } else {
    if (data.targets.numel() != count)
      refuse("targets", 1, data.targets);
    data.targets = data.targets.reshape({count});
    const std::int64_t least = data.targets.min().item<std::int64_t>(), most = data.targets.max().item<std::int64_t>();
    if (least < 0 || most >= out)
      throw Error("run.toml, [data.*] targets: expected classes from 0 to " + std::to_string(out - 1) + ", found " +
                  std::to_string(least < 0 ? least : most));
  }
  return data;
}

} // namespace

Dataset makeDataset(const Architecture &architecture, const DescriptionTable &table, const std::string &purpose,
                    std::uint64_t first, std::int64_t count) {
  Dataset data = translatingTorchErrors("data set of " + std::to_string(count) + " samples", [&] {
    torch::NoGradGuard noGrad;
    if (const auto *network = std::get_if<LinearNetworkConfig>(&architecture))
      return teacherDataset(*network, table, purpose, first, count);
    if (const auto *decoder = std::get_if<DecoderConfig>(&architecture))
      return tokenDataset(*decoder, table, first, count);
    if (const auto *mlp = std::get_if<MlpConfig>(&architecture))
      return mlpDataset(*mlp, table, first, count);
    if (std::holds_alternative<ScriptConfig>(architecture))
      return arrayDataset(table, first, count, "script");
    return iclDataset(std::get<IclTransformerConfig>(architecture), table, purpose, first, count);
  });
  if (data.hash.empty())
    data.hash = hashOfTable("mse", table, purpose, first, count, architecture);
  return data;
}

torch::Tensor toModel(const torch::Tensor &data, const torch::Device &device, torch::ScalarType dtype) {
  return data.is_floating_point() ? data.to(device, dtype) : data.to(device);
}

DescriptionTable dataTableOf(const Run &run, const std::string &slice) {
  const auto &slices = run.description.data;
  const auto found = slices.find(slice);
  if (found != slices.end()) {
    DescriptionTable table = found->second;
    for (const char *key : {"path", "inputs", "targets", "tokenizer"})
      if (const auto path = table.find(key); path != table.end() && std::holds_alternative<std::string>(path->second))
        path->second = (run.index.root / std::get<std::string>(path->second)).string(); // an absolute one stays
    return table;
  }
  if (slice == "train" && slices.empty())
    return {};
  std::string names;
  for (const auto &[name, table] : slices)
    names += (names.empty() ? "" : ", ") + name;
  throw Error("slice: expected one of " + names + ", found " + slice);
}

} // namespace evolute::core
