// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/lane.h"

namespace evolute::core {

Lane::Lane(std::span<const ChainPlan> plans, const torch::Tensor &evaluation, std::int64_t first, std::int64_t count,
           std::span<ChainTraces> traces)
    : m_pass(plans.front().objective, plans.front().start) {
  for (std::size_t i = 0; i < plans.size(); ++i)
    m_blocks.push_back(std::make_unique<ReplicaBlock>(plans[i], m_pass, evaluation, first, count, traces[i]));
}

void Lane::advanceTo(std::int64_t until, std::span<const char> over, SharedProgress &progress) {
  for (; m_step < until && !progress.stopped(); ++m_step)
    for (std::size_t i = 0; i < m_blocks.size(); ++i)
      if (!over[i])
        m_blocks[i]->advanceTo(m_step + 1, progress);
}

void Lane::finish(bool stopped) {
  for (const auto &block : m_blocks)
    block->finish(stopped);
}

} // namespace evolute::core
