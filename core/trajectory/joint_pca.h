// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <Eigen/Core>

#include "core/trajectory/feature_gram.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::core {

/// How much a checkpoint counts in a joint PCA, in the mean and in the squares alike.
enum class CurveWeighting {
  Checkpoints, ///< all the same: a densely saved stretch of training draws the axes to itself (as published)
  Runs,        ///< every run the same, its checkpoints alike
  Steps,       ///< every run the same, a checkpoint by the steps that it stands for
  LogTime      ///< likewise in log(1 + step)
};
std::string_view nameOf(CurveWeighting weighting); ///< "checkpoints", "runs", "steps", "log-time"
std::optional<CurveWeighting> curveWeightingFrom(std::string_view name);

/// Curves of several runs in one space, and points that had no part in making it. A value.
struct JointTrajectory {
  std::vector<Trajectory> curves; ///< by curve; `explained` is the joint one's in each; empty for one without rows
  Eigen::VectorXd explained;      ///< share of the weighted variance per component, descending
  Eigen::MatrixXd others;         ///< others x components, in the order that they were given
};

/// PCA over the checkpoints of several runs at once, on one probe: one row a checkpoint, one mean over all rows (not
/// one a run), as in Carroll et al. 2025 (arXiv:2501.17745), section 4.
///
/// Signs: each component grows from first to last checkpoint, summed over the curves. Precision, memory and cost: see
/// FeatureGram and principalAxes(). Not safe to use from two threads at once, reading included.
class JointPca {
public:
  explicit JointPca(int curves, RowStorage storage = RowStorage::Float32);

  /// A row that is there already is replaced. \throws Error as FeatureGram::add() does.
  void addRow(int curve, std::int64_t step, std::span<const float> features);
  std::int64_t rowCount() const { return m_gram.rowCount(); }
  std::int64_t featureCount() const { return m_gram.featureCount(); }

  /// Up to `components` of them. `others` (reference predictors, say) are centred with the same mean and projected
  /// afterwards. Empty with fewer than two rows or no variance.
  /// \throws Error when one of the others has another length.
  JointTrajectory compute(int components, CurveWeighting weighting = CurveWeighting::Checkpoints,
                          std::span<const std::vector<float>> others = {}) const;

private:
  struct Row {
    int curve = 0;
    std::int64_t step = 0;
    bool operator==(const Row &) const = default;
  };
  std::vector<Eigen::Index> rowsOf(int curve) const; // in order of steps
  Eigen::VectorXd weights(CurveWeighting weighting) const;

  int m_curveCount;
  std::vector<Row> m_rows;
  FeatureGram m_gram; // same order
};

} // namespace evolute::core
