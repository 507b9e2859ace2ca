// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <QString>

#include "app/jobs/run_watcher.h"
#include "app/session/checkpoint_mark.h"
#include "app/session/view_state.h"
#include "core/llc/llc_estimate.h"
#include "core/model/component.h"
#include "core/trajectory/trajectory_pca.h"
#include "widgets/plots/plot_data.h"

namespace evolute::app {

// Results of core as the plots take them. Pure functions: no numbers are made here, only chosen and named.

widgets::TimeAxisKind plotAxis(TimeAxisKind kind);

/// Names of columns, components and stages are not markup: "grad_norm" has no subscript.
QString escapedMarkup(const std::string &name);

QString metricId(const std::string &column);       ///< "metric:train/loss"
QString componentId(const std::string &component); ///< "llc:L0.H3"

/// Columns that are losses are shown from the start; others have other units and wait to be chosen.
bool isLossColumn(const std::string &column);
std::vector<widgets::CurveSeries> metricCurves(const MetricsSnapshot &metrics);

/// Estimates that may be compared: same settings, same data. Only one such set is drawn at a time.
struct EstimateSet {
  std::string settingsHash, slice, dataHash;
  std::vector<const core::LlcEstimate *> members; ///< point into the list asked about
  double inverseTemperature = 0;
  int chains = 0;
  std::int64_t draws = 0; ///< kept a chain, the most of any member
  QString key() const;    ///< names the set
  bool hasTwin = false;   ///< another set reads the same: text() then ends in the settings' hash
  QString text() const;   ///< "train · nβ = 66.7 · 4 chains × 200 draws"
};
/// In order of their size, the largest first.
std::vector<EstimateSet> estimateSets(const std::vector<core::LlcEstimate> &estimates);
const core::LlcEstimate *estimateAt(const EstimateSet &set, std::int64_t step, const std::string &component);

/// How many attention heads a model has: what a head's colour depends on.
struct HeadShape {
  int layers = 0, headsPerLayer = 0;
};
HeadShape headShapeOf(const std::vector<core::Component> &components);

/// One curve a component with error bars (standard error) and band (lowest to highest chain). Heads have the colour
/// that they have everywhere.
std::vector<widgets::CurveSeries> llcCurves(const EstimateSet &set, const HeadShape &shape = {});

/// Components `first` and `second` (0 = PC1). Empty when there are fewer.
widgets::TrajectoryData trajectoryPlane(const core::Trajectory &trajectory, int first, int second);
std::vector<double> explainedShares(const core::Trajectory &trajectory);

std::vector<widgets::CheckpointMark> timelineMarks(const std::vector<CheckpointMark> &marks,
                                                   const MetricsSnapshot *metrics);

} // namespace evolute::app
