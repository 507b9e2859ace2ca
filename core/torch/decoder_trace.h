// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/metrics/head_place.h"
#include "core/model/decoder_config.h"
#include "core/torch/weights.h"

namespace evolute::core {

/// What a pass is made to do otherwise than the weights say. Mixtures are of one head: its attention-weighted
/// values before W_O, [B, T, head width] or anything that broadcasts to it.
struct DecoderChanges {
  bool withoutPositions = false; ///< the position embedding is 0; no effect on rotary positions
  /// The head gives this instead: for everything above it.
  struct Head {
    HeadPlace head;
    torch::Tensor mixture;
  };
  std::vector<Head> heads;
  /// Along one path alone: `to` reads a stream in which `from` had given this; all else sees what `from`
  /// gives.
  struct Path {
    HeadPlace from, to; ///< from.layer < to.layer
    torch::Tensor mixture;
  };
  std::vector<Path> paths;
};

/// What is to be kept of a pass.
struct DecoderTrace {
  std::vector<torch::Tensor> patterns; ///< of each layer, [B, H, T, T]; row q is what position q attends to
  std::vector<torch::Tensor> mixtures; ///< of each layer, [B, H, T, head width]
  torch::Tensor logProbabilities;      ///< [B, T, V]
  torch::Tensor losses;                ///< [B, T - 1]: column c is the loss of token c + 2, counted from 1
};
enum class TraceKeep { Losses, Mixtures, Patterns, LogProbabilities };

/// One pass of the decoder in plain operations, open to changes: the same function as Decoder, which is
/// written for speed and shows nothing of its inside (a test compares their losses). ids [B, T]; weights
/// without replica axis. Keeps losses, and what else is asked for. Without gradient; safe from several
/// threads. Memory: B T V numbers for the logits, B H T T for patterns.
DecoderTrace traceDecoder(const DecoderConfig &config, const Weights &weights, const torch::Tensor &ids,
                          const DecoderChanges &changes = {}, const std::vector<TraceKeep> &keep = {});

} // namespace evolute::core
