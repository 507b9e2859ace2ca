// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/checkpoint_file.h"
#include "core/data/npy_array.h"
#include "core/error.h"
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
  core::Trajectory trajectory;

  void add(const Row &row, std::span<const float> features) {
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
  std::string probeHash;
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
  for (const auto &path : arguments.inputs) {
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

/// A checkpoint that cannot be read is named in `skipped`; the others go on.
Collected computeFeatures(const std::vector<Input> &inputs, const EdArguments &arguments,
                          const GlobalArguments &global, Console &console) {
  core::ProbeSettings probe;
  probe.sampleCount = arguments.probe;
  if (global.seed)
    probe.seed = *global.seed;
  std::size_t done = 0, total = 0;
  for (const Input &input : inputs)
    total += input.checkpoints.size();

  Collected collected;
  for (const Input &input : inputs) {
    core::FeatureExtractor extractor(input.run, probe, {global.device, global.threads});
    const std::string name = input.run.index.root.string();
    if (arguments.joint && !collected.probeHash.empty() && extractor.probeHash() != collected.probeHash)
      throw core::Error(name + ": a joint space needs runs of one task; its inputs differ from those of " +
                        inputs.front().run.index.root.string());
    collected.probeHash = extractor.probeHash();
    if (!arguments.joint || collected.spaces.empty())
      collected.spaces.emplace_back();
    for (const auto &checkpoint : input.checkpoints) {
      if (Interruption::requested()) {
        collected.stopped = true;
        return collected;
      }
      try {
        collected.spaces.back().add({name, checkpoint.step}, extractor.features(checkpoint));
      } catch (const core::Error &error) {
        collected.skipped.push_back({checkpoint.path, error.what()});
        console.note("Skipped " + checkpoint.path.string() + ": " + error.what());
      }
      console.progress().report(double(++done), double(total),
                                "outputs at step " + std::to_string(checkpoint.step));
    }
  }
  return collected;
}

/// For `table` and the window; only what is one run's own space over its own steps.
void keep(const Input &input, const Space &space, const std::string &probeHash, Console &console) {
  core::Trajectory trajectory = space.trajectory;
  for (auto &step : trajectory.steps)
    step = space.rows[std::size_t(step)].step;
  core::ResultStore store(input.run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);
  trajectory.source = core::checkpointsHash(input.checkpoints, [](const core::CheckpointEntry &entry) {
                        return core::CheckpointFile::open(entry.path).contentHash();
                      }).value_or("");
  store.putTrajectory(probeHash, trajectory);
}

void print(const std::vector<Space> &spaces, Console &console) {
  constexpr Eigen::Index kShown = 4;
  for (const Space &space : spaces) {
    const core::Trajectory &t = space.trajectory;
    std::vector<std::string> headings = {"step"};
    const Eigen::Index shown = std::min(kShown, t.points.cols());
    std::string explained = "Explained:";
    for (Eigen::Index c = 0; c < t.points.cols(); ++c) {
      if (c < shown)
        headings.push_back("PC" + std::to_string(c + 1));
      explained += " " + numberText(100 * t.explained[c], 3) + " %";
    }
    headings.push_back("run");
    TextTable table(headings);
    for (Eigen::Index i = 0; i < t.points.rows(); ++i) {
      const Row &row = space.rows[std::size_t(t.steps[std::size_t(i)])];
      std::vector<std::string> cells = {std::to_string(row.step)};
      for (Eigen::Index c = 0; c < shown; ++c)
        cells.push_back(numberText(t.points(i, c)));
      cells.push_back(row.run);
      table.addRow(cells);
    }
    console.print(table.text() + explained + "\n\n");
  }
}

nlohmann::json toJson(const Collected &collected, bool joint) {
  nlohmann::json points = nlohmann::json::array(), spaces = nlohmann::json::array(),
                 skipped = nlohmann::json::array();
  for (const Space &space : collected.spaces) {
    const core::Trajectory &t = space.trajectory;
    for (Eigen::Index i = 0; i < t.points.rows(); ++i) {
      const Row &row = space.rows[std::size_t(t.steps[std::size_t(i)])];
      std::vector<double> coordinates;
      for (Eigen::Index c = 0; c < t.points.cols(); ++c)
        coordinates.push_back(t.points(i, c));
      points.push_back({{"run", row.run}, {"step", row.step}, {"pc", coordinates}});
    }
    spaces.push_back({{"runs", nlohmann::json::array()},
                      {"features", space.pca.featureCount()},
                      {"explained", std::vector<double>(t.explained.begin(), t.explained.end())}});
    for (const Row &row : space.rows)
      if (spaces.back()["runs"].empty() || spaces.back()["runs"].back() != row.run)
        spaces.back()["runs"].push_back(row.run);
  }
  for (const auto &file : collected.skipped)
    skipped.push_back({{"path", file.path.string()}, {"reason", file.reason}});
  return {{"explained", spaces.size() == 1 ? spaces.front()["explained"] : nlohmann::json()},
          {"points", points},
          {"spaces", spaces},
          {"joint", joint},
          {"probe", collected.probeHash},
          {"skipped", skipped},
          {"stopped", collected.stopped}};
}

} // namespace

ExitCode runCommand(const EdArguments &arguments, const GlobalArguments &global, Console &console) {
  Collected collected;
  std::vector<Input> inputs;
  if (arguments.inputs.size() == 1 && isNpy(arguments.inputs.front())) {
    collected.spaces.push_back(spaceOfPoints(arguments.inputs.front()));
  } else {
    core::checkDevice({global.device, global.threads});
    inputs = openInputs(arguments);
    collected = computeFeatures(inputs, arguments, global, console);
  }
  bool anything = false;
  for (std::size_t i = 0; i < collected.spaces.size(); ++i) {
    Space &space = collected.spaces[i];
    space.trajectory = space.pca.compute(arguments.dims);
    anything = anything || space.trajectory.points.size() > 0;
    const bool whole = arguments.checkpoints == "all" && !collected.stopped;
    if (whole && i < inputs.size() && (!arguments.joint || inputs.size() == 1) &&
        space.trajectory.points.size() > 0)
      keep(inputs[i], space, collected.probeHash, console);
  }
  print(collected.spaces, console);
  console.document(toJson(collected, arguments.joint));
  if (collected.stopped)
    return ExitCode::Interrupted;
  if (!anything)
    console.error("two checkpoints whose outputs differ are needed for a principal component");
  return anything ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
