// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/trajectory/feature_storage.h"
#include "core/trajectory/joint_pca.h"

namespace evolute::core {

/// How a family of runs is looked at.
struct FamilySettings {
  std::int64_t probe = 128;      ///< sequences of the PCA; 16 are said to do (arXiv:2501.17745)
  std::int64_t evaluation = 256; ///< sequences of losses and distances, for own and fresh tasks each
  std::uint64_t seed = 0x5eed;   ///< of the sequences
  int components = 4;
  CurveWeighting weighting = CurveWeighting::Checkpoints;
  std::int64_t memory = kFeatureBytes; ///< bytes that features may take: see planFeatureStorage()
};

} // namespace evolute::core
