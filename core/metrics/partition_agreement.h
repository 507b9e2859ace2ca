// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

/// Two ways of grouping the same things, against each other.
struct PartitionAgreement {
  std::vector<std::string> rows, columns; ///< names of the groups, in order of first appearance
  Eigen::MatrixXi counts;                 ///< rows x columns
  double adjustedRand = 0; ///< Hubert and Arabie 1985: 1 the same groups, 0 what chance gives on average
  double chance = 1;       ///< share of random relabellings that agree as well or better, (k + 1) / (n + 1)
};

/// `first` and `second` name the group of each thing. \throws Error when their lengths differ.
/// The share is over `permutations` shuffles of `second` and hence no less than 1 / (permutations + 1).
PartitionAgreement agreementOf(const std::vector<std::string> &first, const std::vector<std::string> &second,
                               int permutations = 999, std::uint64_t seed = 0);

/// Where both put everything into one group, or everything into groups of one, they are the same: 1.
double adjustedRandIndex(const Eigen::MatrixXi &counts);

} // namespace evolute::core
