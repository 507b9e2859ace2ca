// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/family/family.h"

namespace evolute::core {

/// A stored estimate as a family compares it.
struct FamilyEstimate {
  std::int64_t step = 0;
  double llc = 0, standardError = 0;
  double loss = 0; ///< L(w*) on the estimate's samples
  std::string verdict;
};

/// Estimates of one component of all runs, made with the same settings: others do not compare.
struct FamilyEstimates {
  std::string settingsHash;                         ///< "" when no run has any
  std::vector<std::vector<FamilyEstimate>> members; ///< by member, by step; diverged ones left out
  std::int64_t leftOut = 0;                         ///< made with other settings, or diverged
};

/// Reads the result stores of a family's runs. The settings are those that most runs have estimates with; among equals
/// those of most estimates. \throws Error for a damaged store.
FamilyEstimates familyEstimates(const Family &family, const std::string &component = "all",
                                const std::string &slice = "train");

} // namespace evolute::core
