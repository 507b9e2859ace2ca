// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sampling/permutation.h"

#include <bit>

#include "core/sampling/philox.h"

namespace evolute::core {

std::int64_t permuted(std::int64_t position, std::int64_t count, std::uint64_t key) {
  const int half = (std::bit_width(std::uint64_t(count > 1 ? count - 1 : 1)) + 1) / 2;
  const std::uint64_t mask = (std::uint64_t(1) << half) - 1;
  auto at = std::uint64_t(position);
  do {
    std::uint64_t left = at >> half, right = at & mask;
    for (std::uint32_t round = 0; round < 4; ++round) {
      const PhiloxBlock mixed = philox({std::uint32_t(right), std::uint32_t(right >> 32), round, 0}, key);
      const std::uint64_t next = left ^ (((std::uint64_t(mixed[1]) << 32) | mixed[0]) & mask);
      left = right;
      right = next;
    }
    at = (left << half) | right;
  } while (at >= std::uint64_t(count)); // the network permutes a range at most four times as large
  return std::int64_t(at);
}

} // namespace evolute::core
