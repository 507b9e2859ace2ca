// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/checkpoint/run_description.h"
#include "core/model/device.h"

namespace evolute::core {

struct AttentionRequest {
  std::int64_t step = 0;
  std::string slice = "train";
  /// Token ids ("12 7 7"), or words where a vocabulary.model lies beside the slice's tokens. Empty:
  /// `sequence`.
  std::string text;
  std::int64_t sequence = 0; ///< of the slice, from 0
  std::int64_t length = 64;  ///< tokens of it at most
  DeviceOptions device;
};

/// What every head attends to on one text at one checkpoint.
struct AttentionOnText {
  std::vector<std::int64_t> tokens;
  std::vector<std::string> labels;       ///< the tokens as people read them; ids without a vocabulary
  std::vector<std::string> heads;        ///< "L0.H0", ... by layer and head
  std::vector<Eigen::MatrixXd> patterns; ///< of each, [tokens x tokens]: row q is what token q attends to
  std::vector<double> losses;            ///< of each token but the first, nats
};

/// \throws Error for a model that is no language model, a step, slice or sequence that is not there, a token
/// outside the vocabulary, a text of fewer than 2 tokens or more than the context. Cost: one pass, and
/// reading the checkpoint.
AttentionOnText attentionOn(const Run &run, const AttentionRequest &request);

} // namespace evolute::core
