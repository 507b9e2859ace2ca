// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "app/cli/ed_report.h"
#include "app/cli/ed_shapes.h"
#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/skipped_reason.h"
#include "core/data/npy_array.h"
#include "core/error.h"
#include "core/freed_memory.h"
#include "core/family/family.h"
#include "core/results/result_store.h"
#include "core/trajectory/essential_dynamics.h"
#include "core/trajectory/trajectory_source.h"

namespace evolute::app::cli {

namespace {

struct Row {
  std::string run;
  std::int64_t step = 0;
};

/// One PCA and what its rows are. The PCA knows a row by its index here, as two runs share their steps.
struct Space {
  core::TrajectoryPca pca;
  std::vector<Row> rows;
  core::Trajectory trajectory; ///< of all components asked for or needed, steps are indices of rows

  void add(const Row &row, std::span<const float> features) {
    const auto bad = std::find_if(features.begin(), features.end(), [](float x) { return !std::isfinite(x); });
    if (bad != features.end()) // said here, where the step is known
      throw core::Error("outputs at step " + std::to_string(row.step) + ": expected finite numbers, found " +
                        std::to_string(*bad));
    pca.addRow(std::int64_t(rows.size()), features);
    rows.push_back(row);
  }
};

struct Input {
  core::Run run;
  std::vector<core::CheckpointEntry> checkpoints;
};

struct Collected {
  std::vector<Space> spaces;
  std::vector<core::SkippedFile> skipped;
  std::string probeHash, storage;
  bool stopped = false;
};

bool isNpy(const std::filesystem::path &path) {
  return path.extension() == ".npy";
}

Space spaceOfPoints(const std::filesystem::path &path) {
  const core::NpyArray array = core::readNpy(path);
  if (array.shape.size() != 2)
    throw core::Error(path.string() + ": expected a matrix (steps x features), found " +
                      pluralText(std::int64_t(array.shape.size()), "dimension"));
  const std::vector<float> values(array.values.begin(), array.values.end());
  const auto features = std::size_t(array.shape[1]);
  Space space;
  for (std::int64_t t = 0; t < array.shape[0]; ++t)
    space.add({path.string(), t}, std::span(values).subspan(std::size_t(t) * features, features));
  return space;
}

std::vector<Input> openInputs(const EdArguments &arguments) {
  std::vector<Input> inputs;
  for (const auto &path : core::runFolders(arguments.inputs)) {
    if (isNpy(path))
      throw UsageError("ed takes either run folders or one .npy file, found both or several");
    Input input{openRunWithCheckpoints(path), {}};
    const auto steps = selectSteps(arguments.checkpoints, stepsOf(input.run));
    for (const auto &entry : input.run.index.checkpoints)
      if (std::binary_search(steps.begin(), steps.end(), entry.step))
        input.checkpoints.push_back(entry);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

core::OutputChoice outputsFrom(const EdArguments &arguments) {
  try {
    return core::OutputChoice(arguments.outputs);
  } catch (const core::Error &error) {
    throw UsageError(error.what());
  }
}

/// A checkpoint that cannot be read is named in `skipped`; the others go on.
Collected computeFeatures(const std::vector<Input> &inputs, const EdArguments &arguments,
                          const core::OutputChoice &outputs, const GlobalArguments &global, Console &console) {
  core::ProbeSettings probe;
  probe.sampleCount = arguments.probe;
  probe.outputs = outputs;
  if (global.seed)
    probe.seed = *global.seed;
  std::size_t done = 0, total = 0;
  for (const Input &input : inputs)
    total += input.checkpoints.size();

  Collected collected;
  core::FreedMemoryKeeper memory;
  for (const Input &input : inputs) {
    core::FeatureExtractor extractor(input.run, probe, {global.device, global.threads});
    extractor.keepWithin(std::int64_t(input.checkpoints.size()));
    const std::string name = input.run.index.root.string();
    collected.probeHash = extractor.probeHash();
    collected.spaces.emplace_back();
    for (const auto &checkpoint : input.checkpoints) {
      if (Interruption::requested()) {
        collected.stopped = true;
        return collected;
      }
      try {
        const std::vector<float> row = extractor.features(checkpoint);
        if (collected.spaces.back().rows.empty()) {
          collected.spaces.back().pca = core::TrajectoryPca(extractor.storage().rows);
          collected.storage = describe(extractor.storage());
        }
        collected.spaces.back().add({name, checkpoint.step}, row);
      } catch (const core::Error &error) {
        collected.skipped.push_back({checkpoint.path, core::reasonWithoutPath(error.what(), checkpoint.path)});
        console.note("Skipped " + checkpoint.path.string() + ": " + collected.skipped.back().reason);
      }
      memory.checkpointDone();
      console.progress().report(double(++done), double(total),
                                "outputs at step " + std::to_string(checkpoint.step));
    }
  }
  return collected;
}

/// The first `components` of one run's rows, with their own steps.
core::Trajectory pathOf(const Space &space, const std::string &run, int components) {
  core::Trajectory path;
  std::vector<Eigen::Index> own;
  for (std::size_t i = 0; i < space.trajectory.steps.size(); ++i) {
    const Row &row = space.rows[std::size_t(space.trajectory.steps[i])];
    if (row.run != run)
      continue;
    own.push_back(Eigen::Index(i));
    path.steps.push_back(row.step);
  }
  const Eigen::Index kept = std::min<Eigen::Index>(components, space.trajectory.points.cols());
  path.points = space.trajectory.points(own, Eigen::seqN(0, kept));
  path.explained = space.trajectory.explained.head(kept);
  return path;
}

/// For `table` and the window; only what is one run's own space over its own steps.
void keep(const Input &input, core::Trajectory trajectory, const std::string &probeHash, Console &console) {
  core::ResultStore store(input.run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);
  trajectory.source = core::checkpointsHash(input.checkpoints, [](const core::CheckpointEntry &entry) {
                        return core::CheckpointFile::open(entry).contentHash();
                      }).value_or("");
  store.putTrajectory(probeHash, trajectory);
}

EdSpace shapesOf(const Space &space, const EdArguments &arguments, const core::GeometrySettings &settings,
                 Console &console) {
  EdSpace shapes;
  shapes.features = space.pca.featureCount();
  const core::Trajectory &all = space.trajectory;
  const auto explained = all.explained.head(std::min<Eigen::Index>(arguments.dims, all.explained.size()));
  shapes.explained.assign(explained.begin(), explained.end());
  for (std::size_t i = 0; i < space.rows.size(); ++i) {
    const std::string &run = space.rows[i].run;
    if (i == 0 || space.rows[i - 1].run != run)
      shapes.runs.push_back(
          shapesOfPath(run, pathOf(space, run, int(all.points.cols())), arguments, settings, console));
  }
  return shapes;
}

} // namespace

ExitCode runCommand(const EdArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::GeometrySettings settings = geometryFrom(arguments, global);
  const core::OutputChoice outputs = outputsFrom(arguments);
  if (arguments.joint && !outputs.isAll())
    throw UsageError("ed --outputs goes without --joint, whose probe all runs share");
  if (arguments.joint)
    return runFamily(arguments, global, settings, console);
  Collected collected;
  std::vector<Input> inputs;
  if (arguments.inputs.size() == 1 && isNpy(arguments.inputs.front())) {
    collected.spaces.push_back(spaceOfPoints(arguments.inputs.front()));
  } else {
    core::checkDevice({global.device, global.threads});
    inputs = openInputs(arguments);
    collected = computeFeatures(inputs, arguments, outputs, global, console);
  }
  std::vector<EdSpace> shapes;
  bool anything = false;
  for (std::size_t i = 0; i < collected.spaces.size(); ++i) {
    Space &space = collected.spaces[i];
    space.trajectory = space.pca.compute(componentsNeeded(arguments, settings));
    const bool any = space.trajectory.points.size() > 0;
    anything = anything || any;
    const bool whole = arguments.checkpoints == "all" && !collected.stopped;
    if (any && whole && i < inputs.size())
      keep(inputs[i], pathOf(space, space.rows.front().run, arguments.dims), collected.probeHash, console);
    shapes.push_back(shapesOf(space, arguments, settings, console));
  }
  printEd(shapes, console);
  collected.stopped = collected.stopped || Interruption::requested();
  nlohmann::json skipped = nlohmann::json::array();
  for (const auto &file : collected.skipped)
    skipped.push_back({{"path", file.path.string()}, {"reason", file.reason}});
  nlohmann::json document = {{"joint", arguments.joint},
                             {"probe", collected.probeHash},
                             {"storage", collected.storage},
                             {"skipped", skipped},
                             {"stopped", collected.stopped}};
  addEd(document, shapes, settings);
  console.document(document);
  if (collected.stopped)
    return ExitCode::Interrupted;
  if (!anything)
    console.error("two checkpoints whose outputs differ are needed for a principal component");
  return anything ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
