// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "app/session/ed_view.h"
#include "core/trajectory/trajectory_geometry.h"
#include "widgets/plots/plot_data.h"
#include "widgets/plots/scatter_matrix.h"
#include "widgets/three_d/trajectory3d.h"

namespace evolute::app {

// A trajectory as the panes of the ED tab take it, beside the plane (ed_data.h). Pure functions. `raw` is the
// path before smoothing, `path` the one shown, `geometry` its shape or null where there is none yet.

/// Empty with fewer than three components.
widgets::Trajectory3dData edSpace(const core::Trajectory &raw, const core::Trajectory &path,
                                  const core::TrajectoryGeometry *geometry, const EdView &view);
widgets::ComponentData edComponents(const core::Trajectory &path, int most);
/// PC1 to PC3 over time, their values before smoothing pale behind, forms' coordinates dotted.
std::vector<widgets::CurveSeries> componentCurves(const core::Trajectory &raw, const core::Trajectory &path,
                                                  const core::TrajectoryGeometry *geometry,
                                                  const EdView &view);

} // namespace evolute::app
