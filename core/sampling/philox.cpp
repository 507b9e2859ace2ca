// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sampling/philox.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <string>

#include <xxhash.h>

#include "core/sampling/box_muller.h"

namespace evolute::core {

namespace {

constexpr double kTwoToMinus32 = 1.0 / 4294967296.0;

PhiloxBlock blockAt(std::uint64_t key, std::uint64_t position, std::uint64_t index) {
  return philox({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32U),
                 static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32U)},
                key);
}

/// Four normals from one block. (u + 1/2) / 2^32 is never 0, so the logarithm is finite.
std::array<double, 4> normalsOf(const PhiloxBlock &block) {
  std::array<double, 4> z;
  for (int pair = 0; pair < 2; ++pair) {
    const double u = (block[2 * pair] + 0.5) * kTwoToMinus32;
    const double angle = (block[2 * pair + 1] + 0.5) * kTwoToMinus32 * 2.0 * std::numbers::pi;
    const double radius = std::sqrt(-2 * std::log(u));
    z[2 * pair] = radius * std::cos(angle);
    z[2 * pair + 1] = radius * std::sin(angle);
  }
  return z;
}

} // namespace

PhiloxBlock philox(const PhiloxBlock &counter, std::uint64_t key) {
  constexpr std::uint64_t kMultiplierA = 0xD2511F53U;
  constexpr std::uint64_t kMultiplierB = 0xCD9E8D57U;
  constexpr std::uint32_t kWeylA = 0x9E3779B9U;
  constexpr std::uint32_t kWeylB = 0xBB67AE85U;
  PhiloxBlock c = counter;
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32U);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = kMultiplierA * c[0];
    const std::uint64_t b = kMultiplierB * c[2];
    c = {static_cast<std::uint32_t>(b >> 32U) ^ c[1] ^ k0, static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32U) ^ c[3] ^ k1, static_cast<std::uint32_t>(a)};
    k0 += kWeylA;
    k1 += kWeylB;
  }
  return c;
}

void RandomStream::normals(std::uint64_t position, std::span<float> out) const {
  std::size_t i = 0;
  for (; i + kNormalsAtOnce <= out.size(); i += kNormalsAtOnce)
    boxMuller(key, position, i / 4, out.data() + i);
  if (i < out.size()) {
    float rest[kNormalsAtOnce];
    boxMuller(key, position, i / 4, rest);
    std::copy_n(rest, out.size() - i, out.data() + i);
  }
}

void RandomStream::normals(std::uint64_t position, std::span<double> out) const {
  for (std::size_t i = 0; i < out.size(); i += 4) {
    const auto z = normalsOf(blockAt(key, position, i / 4));
    std::copy_n(z.data(), std::min<std::size_t>(4, out.size() - i), out.data() + i);
  }
}

void RandomStream::integers(std::uint64_t position, std::uint32_t bound, std::span<std::int64_t> out) const {
  for (std::size_t i = 0; i < out.size(); i += 2) {
    const PhiloxBlock block = blockAt(key, position, i / 2);
    for (std::size_t j = 0; j < 2 && i + j < out.size(); ++j) {
      const std::uint64_t bits = (std::uint64_t(block[2 * j]) << 32U) | block[2 * j + 1];
      // multiply-shift of 64 random bits; the high half of a 96-bit product
      const std::uint64_t low = (bits & 0xFFFFFFFFU) * bound;
      out[i + j] = static_cast<std::int64_t>(((bits >> 32U) * bound + (low >> 32U)) >> 32U);
    }
  }
}

void RandomStream::uniforms(std::uint64_t position, std::span<double> out) const {
  for (std::size_t i = 0; i < out.size(); i += 4) {
    const PhiloxBlock block = blockAt(key, position, i / 4);
    for (std::size_t j = 0; j < 4 && i + j < out.size(); ++j)
      out[i + j] = block[j] * kTwoToMinus32;
  }
}

std::uint64_t streamKey(std::uint64_t seed, std::string_view purpose, std::string_view checkpointHash,
                        std::string_view component, std::uint64_t chain) {
  std::string text = std::to_string(seed);
  for (const std::string_view part : {purpose, checkpointHash, component})
    text.append(1, '\0').append(part);
  text.append(1, '\0').append(std::to_string(chain));
  return XXH3_64bits(text.data(), text.size());
}

} // namespace evolute::core
