// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <Eigen/Core>

#include "core/metrics/head_place.h"
#include "core/metrics/run_metrics.h"
#include "core/torch/decoder_trace.h"

namespace evolute::core {

struct GramText;

/// A checkpoint of a language model, the text that it is measured on, and how to work on it.
struct DecoderUnderTest {
  const DecoderConfig &config;
  const Weights &weights;
  torch::Tensor ids; ///< sequences [n, T], on the CPU
  const MetricsRequest &request;
  std::vector<HeadPlace> heads; ///< that the request names
  torch::Device device;
  int threads = 1;
  const GramText *grams = nullptr; ///< for gramMetrics() alone

  torch::Tensor
  weight(const std::string &name) const; ///< double, on the CPU; undefined where the model has none
  /// Traces chunks of `sequences` [n, T] side by side; `take(first row, trace)` is called for each chunk, not
  /// at once.
  void trace(const torch::Tensor &sequences, const DecoderChanges &changes,
             const std::vector<TraceKeep> &keep,
             const std::function<void(std::int64_t first, const DecoderTrace &)> &take) const;
  /// Losses of next tokens [n, T - 1].
  Eigen::ArrayXXd losses(const torch::Tensor &sequences, const DecoderChanges &changes = {}) const;
};

Eigen::MatrixXd matrixFrom(const torch::Tensor &matrix); ///< of two dimensions, any type and device

} // namespace evolute::core
