// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/trajectory/joint_pca.h"

namespace evolute::core {

/// A regression transformer over training, seen from outside, on fixed sequences that are the same for every run but
/// for their tasks. All vectors have one entry a step. Losses and distances are means over sequences and positions:
///   loss              (y - f)^2 on tasks of the run's own set (in distribution)
///   oodLoss           (y - f)^2 on fresh tasks, N(0, I)
///   toRidge, toTasks  (f - g)^2 for g = ridge and g = dMMSE_M, on the own set
///   oodToRidge, oodToTasks   the same on fresh tasks
/// toTasks and oodToTasks are NaN where tasks are fresh ones: there is no set.
struct RegressionCurve {
  std::vector<std::int64_t> steps;
  std::vector<double> loss, oodLoss, toRidge, toTasks, oodToRidge, oodToTasks;
};

/// What the two oracles lose on the same sequences; those of the task set are NaN where tasks are fresh.
struct OracleLosses {
  double ridge = 0, oodRidge = 0;
  double tasks = std::numeric_limits<double>::quiet_NaN(), oodTasks = std::numeric_limits<double>::quiet_NaN();
};

/// Where the loss on fresh tasks was lowest, and how far it rose from there to the last step. A rise is evidence of a
/// transient solution when it is several of its standard errors (of the sequences, paired) and large beside the fall.
struct CriticalTime {
  std::int64_t step = 0; ///< t_crit: the earliest of the lowest
  double oodLoss = 0;
  double rise = 0, riseError = 0;
};

struct FamilyMemberResult {
  std::string label;
  std::string folder;
  double value = 0;
  std::optional<RegressionCurve> regression; ///< only of regression transformers
  std::optional<OracleLosses> oracles;
  std::optional<CriticalTime> critical;
};

/// A reference predictor's place among the trajectories.
struct FamilyOracle {
  std::string name;                  ///< "ridge", "dMMSE 16"
  std::optional<std::size_t> member; ///< of whose task set
};

/// A family on one probe. A value.
struct FamilyResult {
  std::string parameter;
  std::vector<FamilyMemberResult> members;
  JointTrajectory joint;             ///< curves by member; others are `oracles`
  std::vector<FamilyOracle> oracles; ///< empty for other models than regression transformers
  CurveWeighting weighting = CurveWeighting::Checkpoints;
  std::int64_t features = 0;         ///< of an output on the probe
  std::int64_t keptFeatures = 0;     ///< fewer where they are projected at random
  double projectionError = 0;        ///< relative standard deviation of a squared distance; 0 without projection
  std::string probeHash;
  std::string plan;                  ///< how features are kept, for people
};

} // namespace evolute::core
