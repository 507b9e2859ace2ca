// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/trajectory_source.h"

#include "core/hash.h"

namespace evolute::core {

std::optional<std::string> checkpointsHash(const std::vector<CheckpointEntry> &checkpoints,
                                           const std::function<std::string(const CheckpointEntry &)> &hashOf) {
  Hasher hasher;
  for (const CheckpointEntry &checkpoint : checkpoints) {
    const std::string hash = hashOf(checkpoint);
    if (hash.empty())
      return std::nullopt;
    hasher.add(std::to_string(checkpoint.step)).add(hash);
  }
  return hasher.hex();
}

} // namespace evolute::core
