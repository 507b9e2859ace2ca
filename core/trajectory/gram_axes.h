// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

namespace evolute::core {

/// Principal axes of rows x_t that are known by their inner products alone. Axis k is
///   v_k = sum_t coefficients(t, k) (x_t - mean) / sqrt(values(k)),   a unit vector, orthogonal to the others,
/// and coefficients sum to 0 over t.
struct GramAxes {
  Eigen::VectorXd values;       ///< weighted sums of squares along the axes, descending, all clearly above rounding
  Eigen::MatrixXd coefficients; ///< rows x axes
  Eigen::MatrixXd points;       ///< rows x axes: coordinates of the rows
  double total = 0;             ///< weighted sum of squares over all directions

  /// The other of the two unit vectors along axis k.
  void flip(Eigen::Index axis);
  /// Coordinates of another vector from its inner products with the rows, in the same origin as these.
  Eigen::VectorXd coordinates(const Eigen::VectorXd &productsWithRows, const Eigen::VectorXd &meanProducts) const;
};

/// Weighted mean of the inner products: those of each row with the mean row.
Eigen::VectorXd meanProducts(const Eigen::Ref<const Eigen::MatrixXd> &products, const Eigen::VectorXd &weights);

/// Up to `count` axes (never more than rows - 1) of rows with `weights` above 0, in the mean and in the squares
/// alike; only their ratios matter. A direction whose variance is below the rounding of the sums (about
/// T * 1e-16 of the squares) is left out. O(T^3), or with more than 500 rows about O(T^2) an axis (Lanczos).
/// Signs are as they come; deterministic.
GramAxes principalAxes(const Eigen::Ref<const Eigen::MatrixXd> &products, const Eigen::VectorXd &weights, int count);

} // namespace evolute::core
