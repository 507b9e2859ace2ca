// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/dataset.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/data/icl_regression.h"
#include "core/error.h"
#include "core/hash.h"
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
  const IclRegressionTask task{config.taskDimension, config.contextPairs, numberOr(table, "noise_variance", 0.125)};
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

} // namespace

Dataset makeDataset(const Architecture &architecture, const DescriptionTable &table, const std::string &purpose,
                    std::uint64_t first, std::int64_t count) {
  const auto *network = std::get_if<LinearNetworkConfig>(&architecture);
  Dataset data = translatingTorchErrors("data set of " + std::to_string(count) + " samples", [&] {
    torch::NoGradGuard noGrad;
    return network != nullptr
               ? teacherDataset(*network, table, purpose, first, count)
               : iclDataset(std::get<IclTransformerConfig>(architecture), table, purpose, first, count);
  });
  data.hash = hashOfTable("mse", table, purpose, first, count, architecture);
  return data;
}

DescriptionTable dataTableOf(const RunDescription &description, const std::string &slice) {
  const auto found = description.data.find(slice);
  if (found != description.data.end())
    return found->second;
  if (slice == "train" && description.data.empty())
    return {};
  std::string names;
  for (const auto &[name, table] : description.data)
    names += (names.empty() ? "" : ", ") + name;
  throw Error("slice: expected one of " + names + ", found " + slice);
}

} // namespace evolute::core
