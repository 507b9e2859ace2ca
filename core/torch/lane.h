// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/torch/replica_block.h"

namespace evolute::core {

/// Chains [first, first + count) of several plans that differ in the component alone, on one thread at a time.
/// Chain c draws the same minibatches whatever the component, so the plans go step by step together and what the
/// frozen network makes of a minibatch is computed once for all of them.
class Lane {
public:
  /// Plans and their traces must outlive the lane.
  Lane(std::span<const ChainPlan> plans, const torch::Tensor &evaluation, std::int64_t first, std::int64_t count,
       std::span<ChainTraces> traces);

  /// Goes on to step `until` of each chain of the plans that are not over.
  void advanceTo(std::int64_t until, std::span<const char> over, SharedProgress &progress);
  void finish(bool stopped);

private:
  SharedPass m_pass;
  std::vector<std::unique_ptr<ReplicaBlock>> m_blocks; ///< one a plan
  std::int64_t m_step = 0;
};

} // namespace evolute::core
