// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/trajectory_pca.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <Eigen/Eigenvalues>
#include <Spectra/SymEigsSolver.h>

#include "core/error.h"
#include "core/trajectory/principal_axes.h"
#include "core/widest.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Sum of a[i] (b[i] - origin[i]). Independent sums side by side: short, and free to be vector lanes.
EVOLUTE_WIDEST double innerProduct(const double *a, const float *b, const float *origin, std::size_t count) {
  constexpr std::size_t kLanes = 32;
  double sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane)
      sums[lane] += a[i + lane] * (double(b[i + lane]) - double(origin[i + lane]));
  for (; i < count; ++i)
    sums[i % kLanes] += a[i] * (double(b[i]) - double(origin[i]));
  return std::accumulate(sums, sums + kLanes, 0.0);
}

/// Gram matrix of the rows less their mean.
MatrixXd centred(const Eigen::Ref<const MatrixXd> &gram) {
  const VectorXd rowMeans = gram.rowwise().mean();
  MatrixXd result = gram.colwise() - rowMeans;
  result.rowwise() -= rowMeans.transpose();
  result.array() += rowMeans.mean();
  return result;
}

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

/// Principal axes in the space of rows: axis k is sum_t a_t (row_t - mean) with a = vectors.col(k) /
/// sqrt(values(k)), and the points are vectors * sqrt(values).
struct TrajectoryPca::Axes {
  VectorXd values;  // of the centred Gram matrix, descending, all clearly above rounding
  MatrixXd vectors; // rows in order of adding
  double total = 0; // trace of the centred Gram matrix
};

void TrajectoryPca::addRow(std::int64_t step, std::span<const float> features) {
  const std::string where = "features of step " + std::to_string(step) + ": ";
  if (features.empty())
    throw Error(where + "expected at least one value, found none");
  if (rowCount() > 0 && std::int64_t(features.size()) != m_featureCount)
    throw Error(where + "expected " + std::to_string(m_featureCount) + " values like the first row, found " +
                std::to_string(features.size()));
  const auto bad = std::find_if(features.begin(), features.end(), [](float x) { return !std::isfinite(x); });
  if (bad != features.end())
    throw Error(where + "expected finite values, found " + std::to_string(*bad) + " at position " +
                std::to_string(bad - features.begin()));

  m_featureCount = std::int64_t(features.size());
  if (m_origin.empty())
    m_origin.assign(features.begin(), features.end());
  const auto known = std::find(m_steps.begin(), m_steps.end(), step);
  const Index row = known - m_steps.begin();
  if (known == m_steps.end()) {
    m_steps.push_back(step);
    m_rows.emplace_back(features.begin(), features.end());
    // Room for a quarter more each time: growing by one would copy the whole matrix for every row.
    if (m_gram.rows() <= row)
      m_gram.conservativeResize(row + 1 + row / 4, row + 1 + row / 4);
  } else {
    m_rows[std::size_t(row)].assign(features.begin(), features.end());
  }
  const std::vector<double> shifted = lessOrigin(features);
  for (Index other = 0; other < Index(m_rows.size()); ++other)
    m_gram(row, other) = m_gram(other, row) = productWithRow(shifted, other);
}

std::vector<double> TrajectoryPca::lessOrigin(std::span<const float> features) const {
  std::vector<double> shifted(features.size());
  std::transform(features.begin(), features.end(), m_origin.begin(), shifted.begin(),
                 [](float x, float origin) { return double(x) - double(origin); });
  return shifted;
}

double TrajectoryPca::productWithRow(const std::vector<double> &lessOrigin, Index row) const {
  return innerProduct(lessOrigin.data(), m_rows[std::size_t(row)].data(), m_origin.data(), lessOrigin.size());
}

bool TrajectoryPca::hasStep(std::int64_t step) const {
  return std::find(m_steps.begin(), m_steps.end(), step) != m_steps.end();
}

std::vector<Index> TrajectoryPca::orderOfSteps() const {
  std::vector<Index> order(m_steps.size());
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(),
            [&](Index a, Index b) { return m_steps[std::size_t(a)] < m_steps[std::size_t(b)]; });
  return order;
}

TrajectoryPca::Axes TrajectoryPca::principalAxes(int components) const {
  Axes axes;
  const Index rows = Index(m_steps.size());
  if (rows < 2 || components < 1)
    return axes;
  MatrixXd centredGram = centred(gram());
  const double total = centredGram.trace();
  // Rounding of the sums before centring is what the smallest eigenvalues consist of when rank < T - 1.
  const double noise = double(rows) * std::numeric_limits<double>::epsilon() * gram().trace();
  const Eigenpairs pairs = largestEigenpairs(std::move(centredGram), std::min<Index>(components, rows - 1));
  Index count = 0;
  while (count < pairs.values.size() && pairs.values(count) > noise)
    ++count;
  axes.values = pairs.values.head(count);
  axes.vectors = pairs.vectors.leftCols(count);
  axes.total = std::max(total, axes.values.sum());
  const std::vector<Index> order = orderOfSteps();
  for (Index k = 0; k < count; ++k)
    axes.vectors.col(k) *= componentSign(axes.vectors.col(k)(order));
  return axes;
}

Trajectory TrajectoryPca::compute(int components) const {
  const Axes axes = principalAxes(components);
  if (axes.values.size() == 0)
    return {};
  Trajectory trajectory;
  const std::vector<Index> order = orderOfSteps();
  for (const Index row : order)
    trajectory.steps.push_back(m_steps[std::size_t(row)]);
  const MatrixXd points = axes.vectors * axes.values.cwiseSqrt().asDiagonal();
  trajectory.points = points(order, Eigen::all);
  trajectory.explained = axes.values / axes.total;
  return trajectory;
}

VectorXd TrajectoryPca::project(std::span<const float> features, int components) const {
  const Axes axes = principalAxes(components);
  if (axes.values.size() == 0)
    return {};
  if (std::int64_t(features.size()) != m_featureCount)
    throw Error("features to project: expected " + std::to_string(m_featureCount) + " values, found " +
                std::to_string(features.size()));
  // <x - mean, row_t - mean> up to a term that is the same for all t, which an axis (its weights sum to 0)
  // does not see.
  VectorXd products(Index(m_rows.size()));
  const std::vector<double> shifted = lessOrigin(features);
  for (Index row = 0; row < products.size(); ++row)
    products(row) = productWithRow(shifted, row);
  products -= gram().rowwise().mean();
  return axes.values.cwiseSqrt().cwiseInverse().asDiagonal() * (axes.vectors.transpose() * products);
}

} // namespace evolute::core
