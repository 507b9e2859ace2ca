// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

// Scores of an attention head from its patterns. A pattern is [queries x keys], row q the attention that
// position q pays to positions 0 ... q; rows sum to 1, entries above the diagonal are 0. Definitions:
// Hoogland et al. 2024 (arXiv:2402.02364), appendix, and its released code.

/// Attention from the last position to the one before. Of a pattern with one row: NaN, as of the next.
double previousTokenScore(const Eigen::MatrixXd &pattern);
/// Attention of the last position to itself.
double currentTokenScore(const Eigen::MatrixXd &pattern);
/// Attention from the second place of a repeated token to what followed its first place: pattern(second,
/// first + 1).
double prefixMatchingScore(const Eigen::MatrixXd &pattern, std::int64_t first, std::int64_t second);

/// Means over the queries that have a choice, 1 ... last.
struct AttentionShares {
  double current = 0, previous = 0, first = 0; ///< attention to itself, to the position before, to position 0
  double distance = 0;                         ///< mean of query - key under the attention
  double entropy = 0;  ///< entropy over that of the even attention, log(q + 1): 0 one place, 1 all alike
  double hardness = 0; ///< largest entry of a row
};
AttentionShares attentionShares(const Eigen::MatrixXd &pattern);

/// How much patterns differ between texts: mean over texts of 1/2 sum |A - mean A|, over sum of mean A. 0:
/// the head looks at positions alone. At least one pattern, all of one size.
double attentionVariability(const std::vector<Eigen::MatrixXd> &patterns);

/// Random tokens on which heads are scored. Same arguments, same probe.
struct PreviousTokenProbe {
  std::vector<std::int64_t> tokens; ///< `bos` first (where there is one), 16 to 64 in all, as many as fit
};
PreviousTokenProbe previousTokenProbe(std::uint64_t seed, std::uint64_t index, std::int64_t vocabulary,
                                      std::int64_t context, std::int64_t bos = -1);

/// One token stands at both places; no other token is the same.
struct PrefixMatchingProbe {
  std::vector<std::int64_t> tokens;   ///< 128, fewer where the context is shorter
  std::int64_t first = 0, second = 0; ///< first in the first half but for position 0, second in the second
};
/// \throws Error for a context below 4 or a vocabulary below 2.
PrefixMatchingProbe prefixMatchingProbe(std::uint64_t seed, std::uint64_t index, std::int64_t vocabulary,
                                        std::int64_t context);

} // namespace evolute::core
