// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace evolute::core {

/// Counter-based random numbers: Philox4x32 with 10 rounds (Salmon, Moraes, Dror, Shaw 2011,
/// doi:10.1145/2063384.2063405). A value depends on (key, counter) alone, so numbers do not change with
/// the order of execution, with batching or with resumption.
using PhiloxBlock = std::array<std::uint32_t, 4>;
PhiloxBlock philox(const PhiloxBlock &counter, std::uint64_t key);

/// A named stream of random numbers. `key` comes from streamKey(); `position` selects an independent
/// block of numbers in it (a sampler step, a sequence number). No state: same arguments, same numbers.
struct RandomStream {
  std::uint64_t key = 0;

  /// out[i] ~ N(0, 1), by Box-Muller on 32-bit uniforms: |x| < 6.7. Cost about 2.5 ns a number with AVX-512.
  /// The same on all processors but for the last bits, which depend on the width of their vectors.
  void normals(std::uint64_t position, std::span<float> out) const;
  void normals(std::uint64_t position, std::span<double> out) const; ///< from the same uniforms, 13 ns
  /// out[i] uniform on {0, ..., bound-1}; bound in 1 ... 2^32-1. Bias below bound / 2^64.
  void integers(std::uint64_t position, std::uint32_t bound, std::span<std::int64_t> out) const;
  /// out[i] ~ U[0, 1)
  void uniforms(std::uint64_t position, std::span<double> out) const;
};

/// Key of a stream from its coordinates (seed, checkpoint hash, component, chain, purpose), by hashing.
std::uint64_t streamKey(std::uint64_t seed, std::string_view purpose, std::string_view checkpointHash = {},
                        std::string_view component = {}, std::uint64_t chain = 0);

} // namespace evolute::core
