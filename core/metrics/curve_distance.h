// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>
#include <vector>

#include <Eigen/Core>

namespace evolute::core {

/// How unlike two curves are.
enum class CurveDistance {
  Euclidean,   ///< |a - b|
  TimeWarping, ///< dynamic time warping: see warpingPath()
  Shape        ///< see shapeDistance()
};

/// Least sum of squared differences over paths that go through both curves and only forward, as pairs of
/// places, both ends included. D(i,j) = (a_i - b_j)^2 + min(D(i-1,j), D(i,j-1), D(i-1,j-1)); the distance is
/// its square root. Source: Sakoe and Chiba 1978. Cost: length squared, about 3 ns a cell.
std::vector<std::pair<Eigen::Index, Eigen::Index>> warpingPath(const Eigen::VectorXd &a,
                                                               const Eigen::VectorXd &b);
double warpingDistance(const Eigen::VectorXd &a, const Eigen::VectorXd &b);

/// 1 - max over shifts of the cross-correlation of a and b over |a| |b|: 0 ... 2, and 1 where one of them is
/// 0. Curves are to be standardised before. Source: Paparrizos and Gravano 2015 (k-Shape), equation 9.
/// `shift`: b moved right by this many places (filled with 0) is most like a.
double shapeDistance(const Eigen::VectorXd &a, const Eigen::VectorXd &b, Eigen::Index *shift = nullptr);
/// Moved right by `places` (left where negative), filled with 0.
Eigen::VectorXd shifted(const Eigen::VectorXd &curve, Eigen::Index places);

double distanceBetween(const Eigen::VectorXd &a, const Eigen::VectorXd &b, CurveDistance kind);
/// Of all pairs of rows. Symmetric, diagonal 0.
Eigen::MatrixXd distances(const Eigen::MatrixXd &curves, CurveDistance kind);

} // namespace evolute::core
