// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/collapse.h"

#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>

namespace evolute::core {

using Eigen::Index;

namespace {

/// Eigenvectors of the smaller of the two Gram matrices cost the cube of the shorter side alone.
Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrumOf(const Eigen::MatrixXd &matrix) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(matrix.rows() < matrix.cols()
                                                            ? Eigen::MatrixXd(matrix * matrix.transpose())
                                                            : Eigen::MatrixXd(matrix.transpose() * matrix));
}

} // namespace

Eigen::VectorXd normalisedSpectrum(const Eigen::MatrixXd &matrix) {
  Eigen::VectorXd squares = spectrumOf(matrix).eigenvalues().reverse().cwiseMax(0);
  if (squares.sum() > 0)
    squares /= squares.sum();
  return squares;
}

double effectiveRank(const Eigen::MatrixXd &matrix) {
  const Eigen::VectorXd shares = normalisedSpectrum(matrix);
  if (shares.isZero())
    return std::numeric_limits<double>::quiet_NaN();
  double entropy = 0;
  for (const double share : shares)
    entropy -= share > 0 ? share * std::log(share) : 0;
  return std::exp(entropy);
}

Eigen::VectorXd sharesInside(const Eigen::MatrixXd &rows, const Eigen::MatrixXd &space) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(space.transpose() * space);
  const double least = 1e-12 * solver.eigenvalues().maxCoeff(); // squares of singular values
  Index first = 0;
  while (first < solver.eigenvalues().size() && !(solver.eigenvalues()[first] > least))
    ++first;
  const Eigen::MatrixXd basis = solver.eigenvectors().rightCols(solver.eigenvalues().size() - first);
  return (rows * basis).rowwise().norm().cwiseQuotient(rows.rowwise().norm());
}

GainCollapse gainCollapse(const Eigen::VectorXd &gain) {
  const Eigen::ArrayXd size = gain.array().abs();
  GainCollapse result;
  result.mean = size.mean();
  result.sd = std::sqrt((size - result.mean).square().mean());
  result.collapsedShare = double((size < 0.1).count()) / double(size.size());
  return result;
}

} // namespace evolute::core
