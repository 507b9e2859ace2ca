// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/icl_regression.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "core/sampling/philox.h"

namespace evolute::core {

namespace {

RandomStream fixedTasks(const IclRegressionTask &task) {
  return {streamKey(task.taskSeed, "icl-tasks")};
}

} // namespace

std::vector<float> makeIclTasks(const IclRegressionTask &task) {
  const auto d = std::size_t(task.dimension);
  std::vector<float> tasks(std::size_t(task.taskCount) * d);
  for (std::size_t m = 0; m < std::size_t(task.taskCount); ++m)
    fixedTasks(task).normals(m, std::span(tasks).subspan(m * d, d));
  return tasks;
}

void makeIclSequences(const IclRegressionTask &task, std::uint64_t key, std::uint64_t first, std::int64_t count,
                      std::span<float> tokens, std::span<float> targets) {
  const auto d = std::size_t(task.dimension), k = std::size_t(task.pairs), width = d + 1;
  assert(tokens.size() == std::size_t(count) * 2 * k * width && targets.size() == std::size_t(count) * k);
  const float sigma = std::sqrt(float(task.noiseVariance));
  std::vector<float> z(d + k * width); // task, then x_k and the noise of y_k, pair by pair
  const RandomStream fixed = fixedTasks(task), choice{streamKey(key, "icl-task-choice")};
  std::fill(tokens.begin(), tokens.end(), 0.0F);
  for (std::size_t s = 0; s < std::size_t(count); ++s) {
    RandomStream{key}.normals(first + s, z);
    if (task.taskCount > 0) {
      std::int64_t chosen = 0;
      choice.integers(first + s, std::uint32_t(task.taskCount), {&chosen, 1});
      fixed.normals(std::uint64_t(chosen), std::span(z).first(d));
    }
    for (std::size_t pair = 0; pair < k; ++pair) {
      const float *x = &z[d + pair * width];
      float y = sigma * x[d];
      for (std::size_t i = 0; i < d; ++i)
        y += z[i] * x[i];
      float *xToken = &tokens[((s * 2 * k) + 2 * pair) * width];
      std::copy(x, x + d, xToken + 1);
      xToken[width] = y; // first coordinate of the token after
      targets[s * k + pair] = y;
    }
  }
}

} // namespace evolute::core
