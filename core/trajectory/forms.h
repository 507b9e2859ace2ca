// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/trajectory/vertices.h"

namespace evolute::core {

/// A path seen in the plane of two components.
struct PlaneGeometry {
  int firstComponent = 0, secondComponent = 1; ///< 0 = PC1
  PlanePoints points;                          ///< smoothed, T x 2
  std::vector<OsculatingCircle> circles;       ///< one a point; the ends have none
  std::vector<Vertex> vertices;                ///< in order of time
};

/// A point that the path is bent around for a while without reaching it: at one time every plane of
/// components has a cusp, or a vertex whose circle has its centre there. Source: Hoogland et al. 2024
/// (arXiv:2402.02364v1).
struct Form {
  Eigen::Index index = 0;           ///< of the trajectory's point, the middle one of the planes' vertices
  Eigen::Index first = 0, last = 0; ///< its influence: from the first to the last contact in any plane
  Eigen::VectorXd place;            ///< one coordinate a component, mean over the planes that show it
  std::vector<Eigen::Index> vertexInPlane; ///< index in PlaneGeometry::vertices, one a plane
  /// Evidence. How far the planes disagree on a coordinate, in mean radii: at most 0.5.
  double disagreement = 0;
  double contactAngle = 0;                                ///< radians, the least of the planes'
  double rank = std::numeric_limits<double>::quiet_NaN(); ///< as Vertex::rank, among the walks' best forms
};

/// Forms in order of time. `planes` are all pairs of the same components; `points` (T x components) are
/// smoothed. Vertices belong together when they are at most twice the smoother's reach apart.
std::vector<Form> findForms(const std::vector<PlaneGeometry> &planes, const Eigen::MatrixXd &points,
                            const Smoother &smoother);

/// Squared distance to `place` at every point, smoothed by one checkpoint, least value 0: low where the form
/// has its influence. `points` T x K, `place` K values.
Eigen::VectorXd formPotential(const Eigen::MatrixXd &points, const Eigen::VectorXd &place);

} // namespace evolute::core
