// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/curve_geometry.h"

#include <cmath>

namespace evolute::core {

using Eigen::Index;
using Eigen::Vector2d;

Eigen::VectorXd arcLengths(const Eigen::MatrixXd &points) {
  Eigen::VectorXd lengths = Eigen::VectorXd::Zero(points.rows());
  for (Index i = 1; i < points.rows(); ++i)
    lengths(i) = lengths(i - 1) + (points.row(i) - points.row(i - 1)).norm();
  return lengths;
}

OsculatingCircle circleThrough(const Vector2d &a, const Vector2d &b, const Vector2d &c) {
  OsculatingCircle circle;
  const Vector2d in = b - a, out = c - b;
  const double first = in.norm(), second = out.norm(), chord = (c - a).norm();
  if (!(first > 0 && second > 0) || !std::isfinite(first + second))
    return circle;
  const double cross = in.x() * out.y() - in.y() * out.x(); // twice the area, above 0 for a left turn
  if (cross == 0) {
    const bool back = in.dot(out) < 0;
    circle.curvature = back ? std::numeric_limits<double>::infinity() : 0;
    circle.radius = back ? 0 : std::numeric_limits<double>::infinity();
    if (back)
      circle.centre = b;
    return circle;
  }
  circle.curvature = 2 * cross / (first * second * chord);
  circle.radius = 1 / std::abs(circle.curvature);
  // From b: |centre - b| = |centre - a| = |centre - c| as two linear equations, solved by Cramer's rule.
  const double p = -0.5 * first * first, q = 0.5 * second * second;
  circle.centre = b + Vector2d(p * out.y() - q * in.y(), q * in.x() - p * out.x()) / cross;
  return circle;
}

std::vector<OsculatingCircle> osculatingCircles(const PlanePoints &points) {
  std::vector<OsculatingCircle> circles(std::size_t(points.rows()));
  for (Index i = 1; i + 1 < points.rows(); ++i)
    circles[std::size_t(i)] = circleThrough(points.row(i - 1), points.row(i), points.row(i + 1));
  return circles;
}

PlanePoints evoluteOf(const std::vector<OsculatingCircle> &circles) {
  PlanePoints centres(Index(circles.size()), 2);
  for (std::size_t i = 0; i < circles.size(); ++i)
    centres.row(Index(i)) = circles[i].centre;
  return centres;
}

} // namespace evolute::core
