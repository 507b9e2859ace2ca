// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/trajectory/feature_gram.h"

namespace evolute::core {

/// How the features of all checkpoints are kept in memory.
struct FeatureStorage {
  RowStorage rows = RowStorage::Float32;
  std::int64_t dimensions = 0; ///< of a random projection; 0: every feature is kept
  bool operator==(const FeatureStorage &) const = default;
};

inline constexpr std::int64_t kFeatureBytes = std::int64_t(1)
                                              << 30; ///< for the features of a run or a family

/// What T x N features ask for: 32-bit numbers where they fit into `bytes`, else 16-bit ones, else a random
/// projection to 4,096 numbers (see RandomProjection for its error). A PCA of them (TrajectoryPca, JointPca)
/// takes at most about bytes + 40 T^2 in all: 5,000 x 81,920 about 1.8 GB.
FeatureStorage planFeatureStorage(std::int64_t rows, std::int64_t features,
                                  std::int64_t bytes = kFeatureBytes);

/// "32-bit", "16-bit", or "projected to 4096, 32-bit (squared distances within 2.2 %)".
std::string describe(const FeatureStorage &storage);

} // namespace evolute::core
