// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

namespace evolute::core {

/// +1 or -1, so that a component times it is above its first value at its last; where these are equal (to
/// 1e-9 of its size), so that the first of its largest values is positive. One rule for every PCA over time.
double componentSign(const Eigen::VectorXd &coordinatesInOrderOfTime);

/// Points of few coordinates, centred and turned to their principal axes: T x K, largest variance first,
/// signs as above. Coordinates without variance stay as zeros. O(T K^2).
struct PrincipalPoints {
  Eigen::MatrixXd points;
  Eigen::VectorXd variances; ///< K, descending: sums of squares over T
};
PrincipalPoints turnedToPrincipalAxes(const Eigen::MatrixXd &points);

} // namespace evolute::core
