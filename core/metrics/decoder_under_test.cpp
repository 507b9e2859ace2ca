// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/decoder_under_test.h"

#include <algorithm>
#include <mutex>

#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

/// Numbers of a chunk's largest tensors that may be held at once by all threads: 512 MB of float32.
constexpr std::int64_t kMostNumbers = 1 << 27;

} // namespace

torch::Tensor DecoderUnderTest::weight(const std::string &name) const {
  const std::vector<ParameterShape> parameters = parametersOf(config);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].name == name)
      return weights[i].to(torch::kCPU, torch::kFloat64);
  return {};
}

void DecoderUnderTest::trace(const torch::Tensor &sequences, const DecoderChanges &changes,
                             const std::vector<TraceKeep> &keep,
                             const std::function<void(std::int64_t, const DecoderTrace &)> &take) const {
  const std::int64_t n = sequences.size(0), length = sequences.size(1);
  const std::int64_t each = length * (2 * config.vocabulary + 2 * config.heads * length + 8 * config.width);
  const std::int64_t chunk = std::clamp<std::int64_t>(kMostNumbers / threads / each, 1, 16);
  std::mutex taking;
  parallelTensorWork((n + chunk - 1) / chunk, threads, [&](std::int64_t c) {
    const std::int64_t first = c * chunk, last = std::min(n, first + chunk);
    DecoderChanges own = changes; // mixtures that go by sequence are cut like the sequences
    const auto cut = [&](torch::Tensor &mixture) {
      if (mixture.dim() == 3 && mixture.size(0) == n && n > 1)
        mixture = mixture.slice(0, first, last);
    };
    for (DecoderChanges::Head &head : own.heads)
      cut(head.mixture);
    for (DecoderChanges::Path &path : own.paths)
      cut(path.mixture);
    const DecoderTrace traced =
        traceDecoder(config, weights, sequences.slice(0, first, last).to(device), own, keep);
    const std::scoped_lock lock(taking);
    take(first, traced);
  });
}

Eigen::ArrayXXd DecoderUnderTest::losses(const torch::Tensor &sequences,
                                         const DecoderChanges &changes) const {
  Eigen::ArrayXXd all(sequences.size(0), sequences.size(1) - 1);
  trace(sequences, changes, {}, [&](std::int64_t first, const DecoderTrace &traced) {
    const Eigen::MatrixXd part = matrixFrom(traced.losses);
    all.middleRows(first, part.rows()) = part.array();
  });
  return all;
}

Eigen::MatrixXd matrixFrom(const torch::Tensor &matrix) {
  const torch::Tensor rows = matrix.to(torch::kCPU, torch::kFloat64).contiguous();
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(rows.data_ptr<double>(), rows.size(0), rows.size(1));
}

} // namespace evolute::core
