// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ed_shapes.h"

#include <algorithm>

#include "app/cli/interruption.h"

namespace evolute::app::cli {

namespace {

/// Of a path's checkpoints, when not told: enough for derivatives, little enough to keep what is sharp.
constexpr double kDefaultSmoothing = 0.02;

/// Smoothing before the PCA happens among the components: so many that what they leave out does not matter.
constexpr int kComponentsToSmooth = 50;

core::Trajectory firstOf(const core::Trajectory &whole, int components) {
  const Eigen::Index kept = std::min<Eigen::Index>(components, whole.points.cols());
  core::Trajectory path;
  path.steps = whole.steps;
  path.points = whole.points.leftCols(kept);
  path.explained = whole.explained.head(kept);
  return path;
}

} // namespace

core::GeometrySettings geometryFrom(const EdArguments &arguments, const GlobalArguments &global) {
  core::GeometrySettings settings;
  core::SmoothingSettings &smoothing = settings.smoothing;
  if (arguments.smoothWidth == "ramp")
    smoothing.width = core::SmoothingWidth::Ramp;
  else if (arguments.smoothWidth == "log")
    smoothing.width = core::SmoothingWidth::LogTime;
  smoothing.sigma = arguments.smooth.value_or(0);
  smoothing.startSigma = arguments.smoothStart;
  smoothing.rampEnd = arguments.smoothRampEnd;
  smoothing.byArcLength = arguments.arcLength;
  smoothing.beforePca = arguments.smoothBeforePca;
  settings.components = arguments.planes;
  settings.walks = arguments.walks;
  settings.seed = global.seed.value_or(0);
  if (const auto problems = settings.problems(); !problems.empty())
    throw UsageError(problems.front());
  return settings;
}

int componentsNeeded(const EdArguments &arguments, const core::GeometrySettings &settings) {
  return std::max({arguments.dims, arguments.planes, settings.smoothing.beforePca ? kComponentsToSmooth : 0});
}

RunPath shapesOfPath(const std::string &run, const core::Trajectory &whole, const EdArguments &arguments,
                     core::GeometrySettings settings, Console &console) {
  RunPath path{run, firstOf(whole, arguments.dims), {}};
  if (!arguments.smooth)
    settings.smoothing.sigma = kDefaultSmoothing * double(path.path.steps.size());
  const auto watch = [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), "random walks");
    return Interruption::requested() ? core::Flow::Stop : core::Flow::Continue;
  };
  const int components = settings.smoothing.beforePca ? kComponentsToSmooth : arguments.dims;
  path.geometry = core::computeGeometry(firstOf(whole, std::max(components, arguments.planes)), settings, watch);
  return path;
}

} // namespace evolute::app::cli
