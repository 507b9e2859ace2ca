// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/progress.h"
#include "core/stages/stage_proposal.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::core {

/// Vertices of a trajectory as evidence for stages: of the planes of its first three components, smoothed over
/// one checkpoint in fifty, ranked among `walks` random walks of the same roughness. A bend that shows in several
/// planes is one mark, the one of the smallest rank. By step.
///
/// Fewer than 8 points or 2 components: none. Cost and progress as computeGeometry(). Stop gives ranks among the
/// walks compared with so far. Repeatable.
std::vector<VertexMark> vertexMarks(const Trajectory &trajectory, int walks, std::uint64_t seed = 0,
                                    const Observer &observe = {});

} // namespace evolute::core
