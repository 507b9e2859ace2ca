// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/checkpoint/run_description.h"
#include "core/model/device.h"
#include "core/progress.h"
#include "core/trajectory/feature_storage.h"
#include "core/trajectory/output_choice.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::core {

/// The fixed inputs on which outputs are recorded.
struct ProbeSettings {
  std::int64_t sampleCount = 256;
  std::uint64_t seed = 0x5eed;
  OutputChoice outputs = {};
  bool operator==(const ProbeSettings &) const = default;
};

/// Network outputs of checkpoints on one fixed probe, flattened: all output coordinates at all positions, or the chosen
/// ones of them (regression transformer: samples x 2K x (D+1); linear network: samples x out; language model: the logit
/// of the true next token, samples x (T-1)).
/// Source: essential dynamics, Hoogland et al. 2024 (arXiv:2402.02364v1).
class FeatureExtractor {
public:
  /// \throws Error for an unknown model family, or outputs that it does not have.
  FeatureExtractor(const Run &run, const ProbeSettings &probe = {}, const DeviceOptions &device = {});
  ~FeatureExtractor();
  FeatureExtractor(FeatureExtractor &&) noexcept;
  FeatureExtractor &operator=(FeatureExtractor &&) noexcept;

  /// Lets features() give what `checkpoints` rows of it fit into `bytes` with: see planFeatureStorage().
  /// Without this, every output. Of no effect after the first features().
  void keepWithin(std::int64_t checkpoints, std::int64_t bytes = kFeatureBytes);
  /// How rows are to be kept; known after the first features().
  const FeatureStorage &storage() const;

  /// One forward pass. \throws Error when the file cannot be read or does not fit.
  std::vector<float> features(const CheckpointEntry &checkpoint);
  const std::string &probeHash() const; ///< identity of probe and feature kind

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

/// Adds to `pca` every checkpoint of the run that it does not have yet, coarse to fine; rows of an empty one
/// are kept as the number of checkpoints asks for. Progress counts checkpoints. A checkpoint that cannot be
/// read is named in `skipped` and left out.
void addMissingRows(TrajectoryPca &pca, const Run &run, FeatureExtractor &extractor,
                    std::vector<SkippedFile> *skipped = nullptr, const Observer &observe = {});

} // namespace evolute::core
