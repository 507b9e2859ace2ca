// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <limits>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

using PlanePoints = Eigen::Matrix<double, Eigen::Dynamic, 2>; ///< a row a point, in order of time

/// Length of the path up to each point (T x K points, T values, the first 0).
Eigen::VectorXd arcLengths(const Eigen::MatrixXd &points);

/// The circle through three neighbouring points: touches a smooth curve with its first two derivatives.
struct OsculatingCircle {
  Eigen::Vector2d centre = Eigen::Vector2d::Constant(std::numeric_limits<double>::quiet_NaN());
  double radius = std::numeric_limits<double>::quiet_NaN(); ///< unit of the points
  /// 1 / radius, above 0 where the path turns left. 0 on a straight line, which has radius infinity and no
  /// centre; infinite where the path goes back on itself, with radius 0; NaN where the first two or the last
  /// two points are the same one.
  double curvature = std::numeric_limits<double>::quiet_NaN();
};

/// Exact on a circle however its points are spaced; elsewhere off by the first power of their distances, or
/// by the second where they are evenly spaced. (The form with index derivatives, |r' x r''| / |r'|^3, agrees
/// with it to that order.)
OsculatingCircle circleThrough(const Eigen::Vector2d &a, const Eigen::Vector2d &b, const Eigen::Vector2d &c);

/// One circle a point; those of the two ends are not defined (all NaN). Row i of the evolute is the centre of
/// circle i. Source: essential dynamics, Hoogland et al. 2024 (arXiv:2402.02364v1).
std::vector<OsculatingCircle> osculatingCircles(const PlanePoints &points);
PlanePoints evoluteOf(const std::vector<OsculatingCircle> &circles);

} // namespace evolute::core
