// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

namespace evolute::core {

/// In-context linear regression: t ~ N(0, I_D), x_k ~ N(0, I_D), y_k ~ N(t.x_k, noiseVariance), K pairs, a
/// fresh task for each sequence. Hoogland et al. 2024, arXiv:2402.02364.
struct IclRegressionTask {
  std::int64_t dimension = 4; ///< D
  std::int64_t pairs = 8;     ///< K
  double noiseVariance = 0.125;
  std::int64_t tokenCount() const { return 2 * pairs; }
  std::int64_t tokenWidth() const { return dimension + 1; }
};

/// Writes sequences first ... first + count - 1 of the stream `key`; a sequence depends on key and number alone.
/// tokens: count x 2K x (D+1), alternating (0, x_k) and (y_k, 0 ... 0); targets: count x K, y_k.
void makeIclSequences(const IclRegressionTask &task, std::uint64_t key, std::uint64_t first, std::int64_t count,
                      std::span<float> tokens, std::span<float> targets);

} // namespace evolute::core
