// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include <QString>

#include "app/jobs/calibration_job.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/trace_grid.h"

namespace evolute::app {

// A calibration as the panes take it. Pure functions: no numbers are made here, only chosen and named.

using CalibrationPlace = std::array<std::size_t, 3>; ///< eps, gamma, n*beta on the plan's axes

/// What is known of a calibration so far.
struct CalibrationState {
  core::CalibrationPlan plan;
  core::LlcSettings base;
  std::map<std::pair<CalibrationPlace, std::size_t>, CalibrationCellReport> cells; ///< by place and step
  std::vector<CalibrationPlace> order; ///< every place of the plan, as shown: finished ones first
  std::optional<CalibrationPlace> recommended;

  /// All places, none finished.
  static CalibrationState begin(const core::CalibrationPlan &plan, const core::LlcSettings &base);
  void take(const CalibrationCellReport &report); ///< a place moves before those that wait
  void rank(); ///< at the end: core::rankChoices(), then those with more healthy cells
  const CalibrationCellReport *cell(const CalibrationPlace &place, std::size_t step) const;
  std::vector<core::CalibrationCell> list() const;
};

struct VerdictChip {
  widgets::ChipKind kind;
  QString word;
};
VerdictChip chipOf(const std::string &verdictCode);

/// A setting as people type it, with three digits: "3e-4", "0.03", "150".
QString settingText(double value);
QString settingsMarkup(const core::CalibrationPlan &plan, const CalibrationPlace &place);
std::vector<widgets::TracePanel> tracePanels(const CalibrationState &state);
/// Every cell with its evidence, names as on the command line; the table keeps what it needs.
widgets::PlotTable cellTable(const CalibrationState &state);

/// Chains of one estimate with its traces, in units of λ̂: n*beta times the excess loss, over draws.
widgets::LineData chainLines(const core::LlcEstimate &estimate);
widgets::LineData runningLines(const core::LlcEstimate &estimate, core::LlcEstimator headline);
/// λ̂ along one axis (0 eps, 1 gamma, 2 n*beta) through `place`, a line for each checkpoint.
widgets::LineData sweepLines(const CalibrationState &state, const CalibrationPlace &place, int axis);

/// Rich text: what an estimate rests on.
QString evidenceText(const core::LlcEstimate &estimate);
/// With what values of λ̂ made at these settings may be compared; one sentence or two.
QString comparabilityText(const core::LlcSettings &settings, const std::string &slice, bool onPlateau);

} // namespace evolute::app
