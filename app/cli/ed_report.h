// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/cli/console.h"
#include "core/trajectory/trajectory_geometry.h"

namespace evolute::app::cli {

/// What is known of one run in a space of principal components. `path` is raw, `geometry` of its smoothed
/// form.
struct RunPath {
  std::string run;
  core::Trajectory path;
  core::TrajectoryGeometry geometry;
};

/// One PCA and the runs in it.
struct EdSpace {
  std::int64_t features = 0;
  std::vector<double> explained;
  std::vector<RunPath> runs;
};

/// Tables for people: points, vertices, forms, each where there are any.
void printEd(const std::vector<EdSpace> &spaces, Console &console);

/// Adds explained, points, spaces, vertices, forms and geometry to the document of `ed`.
void addEd(nlohmann::json &document, const std::vector<EdSpace> &spaces,
           const core::GeometrySettings &settings);

} // namespace evolute::app::cli
