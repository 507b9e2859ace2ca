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
  std::string ablated = {}; ///< a head, "L1.H6", whose effect on each token is wanted; empty: none
};

/// What every head attends to on one text at one checkpoint.
struct AttentionOnText {
  std::vector<std::int64_t> tokens;
  std::vector<std::string> labels;       ///< the tokens as people read them; ids without a vocabulary
  std::vector<std::string> heads;        ///< "L0.H0", ... by layer and head
  std::vector<Eigen::MatrixXd> patterns; ///< of each, [tokens x tokens]: row q is what token q attends to
  std::vector<double> losses;            ///< of each token but the first, nats
  /// Rise of each of these losses when the ablated head gives its mean at each position over the slice's first 64
  /// sequences; empty where none is asked for.
  std::vector<double> ablationEffects;
};

/// \throws Error for a model that is no language model, a step, slice or sequence that is not there, a token
/// outside the vocabulary, a text of fewer than 2 tokens or more than the context, a head that is not there. Cost: one pass,
/// reading the checkpoint, and for an ablation passes over 64 sequences.
AttentionOnText attentionOn(const Run &run, const AttentionRequest &request);

} // namespace evolute::core
