// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/trajectory/feature_gram.h"
#include "core/trajectory/gram_axes.h"

namespace evolute::core {

/// Points of a run in the plane of its principal components. A value.
struct Trajectory {
  std::vector<std::int64_t> steps; ///< ascending
  Eigen::MatrixXd points;          ///< steps x components, in the features' unit
  Eigen::VectorXd explained;       ///< share of the total variance per component, descending, sums to <= 1
  std::string source;              ///< checkpointsHash() of what it was made from; "" when not recorded
};

/// PCA over checkpoints: rows are feature vectors of one checkpoint each (T x N, N much larger than T),
/// centred over T, not scaled. Works on the T x T Gram matrix, so a new checkpoint adds one row at O(T N);
/// compute() costs O(T^3), or with more than 500 rows about O(T^2) a component (Lanczos).
///
/// Sign of each component is fixed so that its coordinate at the last step is above that at the first
/// (PC1 grows with time); where equal, so that the largest coordinate is positive. Deterministic.
/// Source: essential dynamics, Hoogland et al. 2024 (arXiv:2402.02364v1).
/// Precision: see FeatureGram; a direction whose variance is below the rounding of its sums (about
/// T * 1e-16 of the squares of the differences) is left out, so fewer components may come back.
/// Memory: T x N numbers of the storage and twice T x T doubles; see RandomProjection where T x N is too large. Not
/// safe to use from two threads at once.
class TrajectoryPca {
public:
  explicit TrajectoryPca(RowStorage storage = RowStorage::Float32) : m_gram(storage) {}

  /// O(T N). \throws Error when the length differs from the first row's, is 0, or a value is not finite.
  /// A step that is already there is replaced.
  void addRow(std::int64_t step, std::span<const float> features);
  bool hasStep(std::int64_t step) const;
  std::int64_t rowCount() const { return std::int64_t(m_steps.size()); }
  std::int64_t featureCount() const { return m_gram.featureCount(); }

  /// Up to `components` of them (never more than T-1). Empty with fewer than two rows or no variance.
  Trajectory compute(int components = 10) const;

  /// Coordinates of another feature vector in the PCs of the last rows added, without adding it: centred with
  /// the same mean. One value per component of compute(components). O(T N) beside compute().
  /// \throws Error when the length differs from the rows'.
  Eigen::VectorXd project(std::span<const float> features, int components = 10) const;

private:
  std::vector<std::int64_t> m_steps; // in order of adding
  FeatureGram m_gram;                // same order

  GramAxes signedAxes(int components) const;
  std::vector<Eigen::Index> orderOfSteps() const;
};

} // namespace evolute::core
