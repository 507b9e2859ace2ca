// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace evolute::core {

/// In-context linear regression: x_k ~ N(0, I_D), y_k ~ N(t.x_k, noiseVariance), K pairs. The task t is a fresh
/// one for each sequence, t ~ N(0, I_D) (Hoogland et al. 2024, arXiv:2402.02364), or one of a fixed set of M, all
/// alike (Raventos et al. 2023, arXiv:2306.15063; Carroll et al. 2025, arXiv:2501.17745).
struct IclRegressionTask {
  std::int64_t dimension = 4; ///< D
  std::int64_t pairs = 8;     ///< K
  double noiseVariance = 0.125;
  std::int64_t taskCount = 0; ///< M; 0: a fresh task for each sequence, M = infinity
  std::uint64_t taskSeed = 0; ///< of the fixed tasks
  std::int64_t tokenCount() const { return 2 * pairs; }
  std::int64_t tokenWidth() const { return dimension + 1; }
};

/// The fixed tasks, M x D. Task m depends on taskSeed and m alone, so that the sets are nested: the first (the root
/// task) is in every one.
std::vector<float> makeIclTasks(const IclRegressionTask &task);

/// Writes sequences first ... first + count - 1 of the stream `key`; a sequence depends on key and number alone.
/// tokens: count x 2K x (D+1), alternating (0, x_k) and (y_k, 0 ... 0); targets: count x K, y_k.
/// Inputs and noise do not depend on M: runs of one stream and different M see the same ones.
/// taskCount is below 2^32.
void makeIclSequences(const IclRegressionTask &task, std::uint64_t key, std::uint64_t first, std::int64_t count,
                      std::span<float> tokens, std::span<float> targets);

} // namespace evolute::core
