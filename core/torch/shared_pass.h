// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/torch/objective.h"

namespace evolute::core {

/// The frozen pass of the minibatch that is at work, for all components that meet it. One thread at a time.
class SharedPass {
public:
  SharedPass(const Objective &objective, const Weights &start) : m_objective(objective), m_start(start) {}

  /// Losses [R, B] of the moving weights on samples [R, B], the `piece`-th part of a minibatch. Its frozen pass is
  /// computed where the samples are others than the last time, and not at all where nothing is frozen below the
  /// moving weights.
  torch::Tensor losses(const MovingWeights &moving, const torch::Tensor &indices, std::size_t piece);

private:
  const Objective &m_objective;
  const Weights &m_start;
  struct Piece {
    torch::Tensor indices;
    FrozenPass frozen;
  };
  std::vector<Piece> m_pieces;
};

} // namespace evolute::core
