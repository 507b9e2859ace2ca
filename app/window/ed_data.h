// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QString>

#include "app/session/ed_view.h"
#include "core/trajectory/trajectory_geometry.h"
#include "widgets/plots/plot_data.h"

namespace evolute::app {

// The shape of a trajectory as the plots take it. Pure functions: numbers are chosen and named, not made.

/// A rank above this is no evidence: that share of random walks does better.
inline constexpr double kDoubtfulRank = 0.1;

/// "smoothed: Gaussian, σ = 10 checkpoints (2 %)" and how; empty where it is not smoothed.
QString smoothingText(const core::SmoothingSettings &smoothing, std::size_t checkpoints);

/// Circles of a plane that are drawn, and where the line of their centres breaks.
struct DrawnCircles {
  std::vector<widgets::PlaneCircle> circles; ///< one a point; far too wide ones are not finite
  int every = 1;                             ///< of them so many, faintly
  std::vector<bool> breaks; ///< no line leads to this centre: it went through infinity before
};
DrawnCircles drawnCircles(const core::PlaneGeometry &plane);

/// What the user wants to see over the plane. `raw`: the path before smoothing, of the same checkpoints.
widgets::TrajectoryOverlays edOverlays(const core::Trajectory &raw, const core::TrajectoryGeometry &geometry,
                                       const EdView &view);
/// Vertices and cusps of the plane, and forms, each with its evidence.
std::vector<widgets::TrajectoryMark> edMarks(const core::TrajectoryGeometry &geometry, const EdView &view);
QString vertexText(const core::TrajectoryGeometry &geometry, const core::PlaneGeometry &plane,
                   const core::Vertex &vertex);
QString formText(const core::TrajectoryGeometry &geometry, const core::Form &form);

} // namespace evolute::app
