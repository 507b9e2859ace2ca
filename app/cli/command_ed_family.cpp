// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/cli/ed_report.h"
#include "app/cli/ed_shapes.h"
#include "app/cli/family_report.h"
#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "core/error.h"
#include "core/family/family_analysis.h"
#include "core/family/family_estimates.h"

namespace evolute::app::cli {

namespace {

/// The family with those checkpoints alone that --checkpoints means.
core::Family openedFamily(const EdArguments &arguments) {
  std::vector<core::Run> runs;
  for (const auto &path : core::runFolders(arguments.inputs)) {
    if (path.extension() == ".npy")
      throw UsageError("ed --joint takes run folders, found " + path.string());
    core::Run run = openRunWithCheckpoints(path);
    const auto steps = selectSteps(arguments.checkpoints, stepsOf(run));
    std::erase_if(run.index.checkpoints, [&](const core::CheckpointEntry &entry) {
      return !std::binary_search(steps.begin(), steps.end(), entry.step);
    });
    runs.push_back(std::move(run));
  }
  return core::makeFamily(std::move(runs), arguments.parameter);
}

core::FamilySettings settingsFrom(const EdArguments &arguments, const GlobalArguments &global,
                                  const core::GeometrySettings &geometry) {
  core::FamilySettings settings;
  settings.probe = arguments.probe;
  settings.evaluation = arguments.evaluation;
  settings.seed = global.seed.value_or(settings.seed);
  settings.components = componentsNeeded(arguments, geometry);
  settings.weighting = core::curveWeightingFrom(arguments.weighting).value();
  if (global.memory > 0)
    settings.memory = std::int64_t(global.memory * double(std::int64_t(1) << 30));
  return settings;
}

/// The first components of what was computed: vertices may need more than are shown.
void keepComponents(core::FamilyResult &result, int dims) {
  const Eigen::Index kept = std::min<Eigen::Index>(dims, result.joint.explained.size());
  result.joint.explained.conservativeResize(kept);
  result.joint.others.conservativeResize(Eigen::NoChange, kept);
  for (core::Trajectory &curve : result.joint.curves) {
    curve.points.conservativeResize(Eigen::NoChange, kept);
    curve.explained = result.joint.explained;
  }
}

} // namespace

ExitCode runFamily(const EdArguments &arguments, const GlobalArguments &global, const core::GeometrySettings &geometry,
                   Console &console) {
  const core::DeviceOptions device{global.device, global.threads};
  core::checkDevice(device);
  const core::Family family = openedFamily(arguments);
  core::FamilyAnalysis analysis(family, settingsFrom(arguments, global, geometry), device);
  std::vector<core::SkippedFile> skippedFiles;
  analysis.addMissing(&skippedFiles, [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    return Interruption::flow();
  });
  nlohmann::json skipped = nlohmann::json::array();
  for (const core::SkippedFile &file : skippedFiles) {
    console.note("Skipped " + file.path.string() + ": " + file.reason);
    skipped.push_back({{"path", file.path.string()}, {"reason", file.reason}});
  }
  core::FamilyResult result = analysis.result();
  const core::FamilyEstimates estimates = core::familyEstimates(family);

  EdSpace space;
  space.features = result.features;
  for (std::size_t i = 0; i < result.members.size(); ++i)
    if (result.joint.curves[i].points.size() > 0)
      space.runs.push_back(
          shapesOfPath(result.members[i].folder, result.joint.curves[i], arguments, geometry, console));
  keepComponents(result, arguments.dims);
  space.explained.assign(result.joint.explained.begin(), result.joint.explained.end());
  printEd({space}, console);
  printFamily(result, estimates, console);

  const bool stopped = Interruption::requested(), any = !space.runs.empty();
  nlohmann::json document = {{"joint", true},
                             {"probe", result.probeHash},
                             {"skipped", skipped},
                             {"stopped", stopped},
                             {"family", familyJson(result, estimates)},
                             {"files", nlohmann::json::array()}};
  addEd(document, {space}, geometry);
  if (!arguments.tables.empty())
    for (const auto &file : writeFamilyTables(result, estimates, arguments.tables)) {
      document["files"].push_back(file.string());
      console.print(file.string() + "\n");
    }
  console.document(document);
  if (stopped)
    return ExitCode::Interrupted;
  if (!any)
    console.error("two checkpoints whose outputs differ are needed for a principal component");
  return any ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
