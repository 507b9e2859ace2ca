// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/shared_pass.h"

namespace evolute::core {

torch::Tensor SharedPass::losses(const MovingWeights &moving, const torch::Tensor &indices, std::size_t piece) {
  if (!m_objective.readsFrozenPass(moving))
    return m_objective.losses(moving.parameters(), indices);
  if (piece >= m_pieces.size())
    m_pieces.resize(piece + 1);
  Piece &at = m_pieces[piece];
  if (!at.indices.defined() || !torch::equal(at.indices, indices)) {
    at = {}; // its memory first
    at = {indices, m_objective.frozenPass(m_start, indices)};
  }
  return m_objective.losses(moving, at.frozen);
}

} // namespace evolute::core
