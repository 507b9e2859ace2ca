// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/run_index.h"

namespace evolute::core {

/// Identity of the checkpoints that a trajectory was made from: over their steps and content hashes, in order.
/// `hashOf` gives a checkpoint's content hash, or "" when it is not known; then there is nothing to return.
std::optional<std::string> checkpointsHash(const std::vector<CheckpointEntry> &checkpoints,
                                           const std::function<std::string(const CheckpointEntry &)> &hashOf);

} // namespace evolute::core
