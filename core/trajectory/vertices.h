// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/trajectory/curve_geometry.h"
#include "core/trajectory/smoothing.h"

namespace evolute::core {

enum class VertexKind {
  Tight, ///< the radius is smallest: the bend is sharpest here
  Wide,  ///< the radius is largest
  Cusp   ///< the path slows down and turns back more sharply than smoothing can resolve
};
std::string nameOf(VertexKind kind); ///< "tight", "wide", "cusp"

/// A place where the curvature of a plane path is stationary: the path follows its osculating circle longer
/// than elsewhere (four-point contact), and the evolute has a cusp. Or a cusp of the path itself.
struct Vertex {
  VertexKind kind = VertexKind::Tight;
  Eigen::Index index = 0; ///< of the point
  OsculatingCircle circle;
  /// Evidence: the angle in radians by which the path goes round the circle's centre while its distance from
  /// it stays within 5 % of the radius. Of a cusp: by how much the tangent turns within the smoother's reach.
  double contactAngle = 0;
  Eigen::Index first = 0, last = 0; ///< the stretch of the path where that is so
  /// Change of curvature towards the nearer of the neighbouring extremes in standard errors, from noise: at
  /// least 7, which is 3.5 on each of the two; infinite for a cusp.
  double prominence = 0;
  /// Share of random walks whose best vertex has a larger contact angle, (1 + their number) / (1 + walks):
  /// small where walks do not do this. NaN when not compared.
  double rank = std::numeric_limits<double>::quiet_NaN();
};

/// Vertices of a smoothed path in order of time.
///
/// Curvature extremes count when curvature changes on both sides by more than its noise allows (see
/// prominence). Its standard errors come from `noise` (variance on each coordinate of the raw points, see
/// noiseVariance()), the smoother's gain and rounding; towards the ends the smoother's own bias is added, and
/// nothing is looked for within three smoothing widths of them. Places no larger than the noise of the
/// smoothed points are no vertices. O(T sigma).
std::vector<Vertex> findVertices(const PlanePoints &smoothed, const Smoother &smoother,
                                 const Eigen::VectorXd &noise);

} // namespace evolute::core
