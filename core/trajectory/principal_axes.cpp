// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/principal_axes.h"

#include <cmath>

#include <Eigen/Eigenvalues>

namespace evolute::core {

using Eigen::MatrixXd;

double componentSign(const Eigen::VectorXd &coordinates) {
  const double growth = coordinates(coordinates.size() - 1) - coordinates(0);
  const double size = coordinates.cwiseAbs().maxCoeff();
  if (std::abs(growth) > 1e-9 * size)
    return growth > 0 ? 1.0 : -1.0;
  // The first of those that are largest but for rounding.
  for (const double coordinate : coordinates)
    if (std::abs(coordinate) >= size * (1.0 - 1e-9))
      return coordinate > 0 ? 1.0 : -1.0;
  return 1.0;
}

PrincipalPoints turnedToPrincipalAxes(const MatrixXd &points) {
  if (points.size() == 0)
    return {points, Eigen::VectorXd::Zero(points.cols())};
  const MatrixXd centred = points.rowwise() - points.colwise().mean();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(centred.transpose() * centred); // ascending
  PrincipalPoints result;
  result.variances = solver.eigenvalues().reverse().cwiseMax(0.0);
  result.points = centred * solver.eigenvectors().rowwise().reverse();
  for (Eigen::Index k = 0; k < points.cols(); ++k)
    result.points.col(k) *= componentSign(result.points.col(k));
  return result;
}

} // namespace evolute::core
