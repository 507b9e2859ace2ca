// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Eigen/Core>

namespace evolute::core {

// Weights that fall silent while a model specialises: Hoogland et al. 2024 (arXiv:2402.02364), appendix.

/// Squared singular values over their sum, descending. Of a matrix of zeros: zeros.
Eigen::VectorXd normalisedSpectrum(const Eigen::MatrixXd &matrix);
/// exp of the entropy of normalisedSpectrum(): how many directions a matrix has, 1 ... rank. NaN for zeros.
double effectiveRank(const Eigen::MatrixXd &matrix);

/// Of each row its length inside the row space of `space` over its length, 0 ... 1: token embeddings [tokens
/// x width] against position embeddings [positions x width]. Directions with singular values below 1e-6 of
/// the largest do not belong to the space. NaN for a row of zeros.
Eigen::VectorXd sharesInside(const Eigen::MatrixXd &rows, const Eigen::MatrixXd &space);

/// Gains of a LayerNorm.
struct GainCollapse {
  double mean = 0, sd = 0;   ///< of |gain|; ddof 0
  double collapsedShare = 0; ///< of gains with |gain| < 0.1
};
GainCollapse gainCollapse(const Eigen::VectorXd &gain);

} // namespace evolute::core
