// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/regression_task.h"

#include <cmath>
#include <limits>

#include "core/error.h"

namespace evolute::core {

IclRegressionTask regressionTaskOf(const IclTransformerConfig &config, const DescriptionTable &table) {
  const IclRegressionTask task{config.taskDimension, config.contextPairs, numberOr(table, "noise_variance", 0.125),
                               integerOr(table, "tasks", 0), std::uint64_t(integerOr(table, "task_seed", 0))};
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (task.taskCount < 0 || task.taskCount > kMost)
    throw Error("run.toml, [data.*] tasks: expected 0 (fresh tasks) to " + std::to_string(kMost) + ", found " +
                std::to_string(task.taskCount));
  if (!std::isfinite(task.noiseVariance) || task.noiseVariance < 0)
    throw Error("run.toml, [data.*] noise_variance: expected 0 or more, found " + std::to_string(task.noiseVariance));
  return task;
}

} // namespace evolute::core
