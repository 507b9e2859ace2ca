// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace evolute::core {

/// Where `position` of 0 ... count - 1 goes under a random permutation that `key` names: each place once, without
/// a table. A Feistel network of Philox rounds on the next even number of bits, walked on from where it leaves
/// the range (Black and Rogaway 2002, doi:10.1007/3-540-45760-7_9). Cost: about 0.2 microseconds.
std::int64_t permuted(std::int64_t position, std::int64_t count, std::uint64_t key);

} // namespace evolute::core
