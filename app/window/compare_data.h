// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <vector>

#include <QColor>

#include "core/family/family.h"
#include "core/family/family_estimates.h"
#include "core/family/family_result.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/paths_plot.h"

namespace evolute::app {

/// A family's results as the Compare tab's plots take them. Hidden members are left out of every plot.
struct CompareView {
  const core::FamilyResult &result;
  const core::FamilyEstimates &estimates;
  std::vector<QColor> colors; ///< by member
  std::set<std::size_t> hidden;
  bool freshTasks = true; ///< distances on fresh tasks, not on each run's own
};

/// Along viridis by the parameter: evenly in its logarithm where its values span a factor of 10 or more, else
/// in its value; infinity stands an octave beyond the largest. Without a parameter in order of members.
std::vector<QColor> memberColors(const std::vector<double> &values, bool dark);

widgets::PlaneData jointPlane(const CompareView &view, int first = 0, int second = 1);
widgets::PlaneData distancePlane(const CompareView &view);
std::vector<widgets::CurveSeries> oodCurves(const CompareView &view); ///< t_crit as a marker on each
widgets::LineData lossOverParameter(const CompareView &view);
widgets::LineData llcOverParameter(const CompareView &view);
widgets::PlaneData lossLlcPlane(const CompareView &view);

/// "t_crit 1,200: 2.31, then up by 0.42 ± 0.03"; what is known of one member, for its row's tip. May be
/// empty.
QString wordsOn(const core::FamilyMemberResult &member);

} // namespace evolute::app
