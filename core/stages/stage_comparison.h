// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/stages/stage_set.h"

namespace evolute::core {

/// An edge of one set beside the edge of another that is nearest to it, or an edge that has none.
struct EdgePair {
  std::optional<StageEdge> own, other; ///< at least one
  double difference = 0;               ///< log((1 + other) / (1 + own)); NaN where one is missing
  bool overlap = false;                ///< their intervals do
};

/// Pairs edges that are each other's nearest in log time: that keeps their order, and an edge with no counterpart
/// stands alone. By step, of the own edge where there is one.
std::vector<EdgePair> compareEdges(const StageSet &own, const StageSet &other);

} // namespace evolute::core
