// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/gram_axes.h"

#include <algorithm>
#include <limits>

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Eigenpairs {
  VectorXd values; // descending
  MatrixXd vectors;
};

constexpr Index kDenseAtMost = 500; // rows: a second's work; Lanczos needs a few products for each component

constexpr double kLift = 1e-4; // of the trace

/// The `count` largest of a positive semi-definite matrix. Lanczos starts from a fixed vector: the same
/// matrix, the same result. It asks of each value its own relative precision, which those that are rounding
/// alone never reach; lifted by a share of the trace they do.
Eigenpairs largestEigenpairs(MatrixXd matrix, Index count) {
  const Index rows = matrix.rows();
  const Index krylov = std::max<Index>(2 * count + 1, 20);
  if (rows > kDenseAtMost && 2 * krylov < rows) {
    const double lift = kLift * matrix.trace();
    matrix.diagonal().array() += lift;
    Spectra::DenseSymMatProd<double> product(matrix);
    Spectra::SymEigsSolver<Spectra::DenseSymMatProd<double>> solver(product, count, krylov);
    solver.init();
    if (solver.compute(Spectra::SortRule::LargestAlge) == count)
      return {solver.eigenvalues().array() - lift, solver.eigenvectors()};
    matrix.diagonal().array() -= lift;
  }
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(matrix); // ascending
  return {solver.eigenvalues().tail(count).reverse(),
          solver.eigenvectors().rightCols(count).rowwise().reverse()};
}

} // namespace

void GramAxes::flip(Index axis) {
  coefficients.col(axis) = -coefficients.col(axis);
  points.col(axis) = -points.col(axis);
}

VectorXd GramAxes::coordinates(const VectorXd &productsWithRows, const VectorXd &means) const {
  // <x - mean, row_t - mean> up to a term that is the same for all t, which an axis (its coefficients sum to 0)
  // does not see.
  return values.cwiseSqrt().cwiseInverse().asDiagonal() * (coefficients.transpose() * (productsWithRows - means));
}

VectorXd meanProducts(const Eigen::Ref<const MatrixXd> &products, const VectorXd &weights) {
  return products * (weights / weights.sum());
}

GramAxes principalAxes(const Eigen::Ref<const MatrixXd> &products, const VectorXd &weights, int count) {
  GramAxes axes;
  const Index rows = products.rows();
  if (rows < 2 || count < 1)
    return axes;
  const VectorXd mean = meanProducts(products, weights);
  const VectorXd roots = (weights * (double(rows) / weights.sum())).cwiseSqrt(); // all 1 where weights are equal
  MatrixXd centred = products.colwise() - mean;
  centred.rowwise() -= mean.transpose();
  centred.array() += mean.dot(weights) / weights.sum();
  centred = roots.asDiagonal() * centred * roots.asDiagonal();
  const double total = centred.trace();
  // Rounding of the sums before centring is what the smallest eigenvalues consist of when rank < T - 1.
  const double noise = double(rows) * std::numeric_limits<double>::epsilon() *
                       products.diagonal().dot(roots.cwiseAbs2());
  const Eigenpairs pairs = largestEigenpairs(std::move(centred), std::min<Index>(count, rows - 1));
  Index kept = 0;
  while (kept < pairs.values.size() && pairs.values(kept) > noise)
    ++kept;
  axes.values = pairs.values.head(kept);
  axes.coefficients = roots.asDiagonal() * pairs.vectors.leftCols(kept);
  axes.points = roots.cwiseInverse().asDiagonal() * pairs.vectors.leftCols(kept) *
                axes.values.cwiseSqrt().asDiagonal();
  axes.total = std::max(total, axes.values.sum());
  return axes;
}

} // namespace evolute::core
