// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/replica_memory.h"

#include <fstream>
#include <string>

namespace evolute::core {

MemoryForecast forecastReplicaMemory(const Objective &objective, std::int64_t weights, const LlcSettings &settings) {
  const double element = settings.doublePrecision ? 8 : 4, own = double(weights) * element;
  MemoryForecast forecast;
  forecast.heldPerReplica = 4 * own;
  forecast.passPerReplica = 2 * element * double(objective.activationsPerSample()) * settings.batchSize + 4 * own;
  return forecast;
}

double freeMemory(const torch::Device &device) {
  if (!device.is_cpu())
    return 0;
  std::ifstream file("/proc/meminfo");
  std::string name, unit;
  for (double kibibytes = 0; file >> name >> kibibytes >> unit;)
    if (name == "MemAvailable:")
      return kibibytes * 1024;
  return 0;
}

} // namespace evolute::core
