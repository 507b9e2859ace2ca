// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sampling/box_muller.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/widest.h"

// Compiled with -ffast-math (core/CMakeLists.txt): only then does GCC take the C library's vector logarithm and sines,
// whose errors stay below 4 units in the last place.
namespace evolute::core {

namespace {

constexpr std::uint32_t kMultiplierA = 0xD2511F53U, kMultiplierB = 0xCD9E8D57U;
constexpr std::uint32_t kWeylA = 0x9E3779B9U, kWeylB = 0xBB67AE85U;
constexpr double kTwoToMinus32 = 1.0 / 4294967296.0;
constexpr int kBlocks = kNormalsAtOnce / 4;

/// (u + 1/2) / 2^32 is never 0, so the logarithm is finite.
EVOLUTE_INLINE void pair(const std::uint32_t *__restrict first, const std::uint32_t *__restrict second,
                         float *__restrict cosines, float *__restrict sines) {
  float radius[kBlocks], angle[kBlocks];
  for (int i = 0; i < kBlocks; ++i)
    radius[i] = float((first[i] + 0.5) * kTwoToMinus32);
  for (int i = 0; i < kBlocks; ++i)
    radius[i] = std::sqrt(std::max(0.0F, -2.0F * std::log(radius[i]))); // u can round to 1
  for (int i = 0; i < kBlocks; ++i)
    angle[i] = float((second[i] + 0.5) * (kTwoToMinus32 * 2.0 * std::numbers::pi));
  // two loops: in one GCC makes a single call of both, which has no vector form
  for (int i = 0; i < kBlocks; ++i)
    cosines[i] = radius[i] * std::cos(angle[i]);
  for (int i = 0; i < kBlocks; ++i)
    sines[i] = radius[i] * std::sin(angle[i]);
}

} // namespace

EVOLUTE_WIDEST void boxMuller(std::uint64_t key, std::uint64_t position, std::uint64_t firstBlock, float *out) {
  std::uint32_t c0[kBlocks], c1[kBlocks], c2[kBlocks], c3[kBlocks];
  for (int i = 0; i < kBlocks; ++i) {
    c0[i] = std::uint32_t(firstBlock) + std::uint32_t(i); // firstBlock is a multiple of kBlocks: no carry
    c1[i] = std::uint32_t(firstBlock >> 32U);
    c2[i] = std::uint32_t(position);
    c3[i] = std::uint32_t(position >> 32U);
  }
  auto k0 = std::uint32_t(key), k1 = std::uint32_t(key >> 32U);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kBlocks; ++i) {
      const std::uint64_t a = std::uint64_t(kMultiplierA) * c0[i], b = std::uint64_t(kMultiplierB) * c2[i];
      c0[i] = std::uint32_t(b >> 32U) ^ c1[i] ^ k0;
      c1[i] = std::uint32_t(b);
      c2[i] = std::uint32_t(a >> 32U) ^ c3[i] ^ k1;
      c3[i] = std::uint32_t(a);
    }
    k0 += kWeylA;
    k1 += kWeylB;
  }
  float z[4][kBlocks];
  pair(c0, c1, z[0], z[1]);
  pair(c2, c3, z[2], z[3]);
  for (int i = 0; i < kBlocks; ++i)
    for (int j = 0; j < 4; ++j)
      out[4 * i + j] = z[j][i];
}

} // namespace evolute::core
