// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/metrics_log.h"
#include "core/model/tensor_fit.h"

namespace evolute::app::cli {

namespace {

nlohmann::json describe(const core::Run &run, const core::ModelSummary &model) {
  nlohmann::json checkpoints = nlohmann::json::array(), skipped = nlohmann::json::array(),
                 growing = nlohmann::json::array(), weights = nlohmann::json::object();
  for (const auto &entry : run.index.checkpoints)
    checkpoints.push_back({{"step", entry.step}, {"path", entry.path.string()}, {"bytes", entry.bytes}});
  for (const auto &file : run.index.skipped)
    skipped.push_back({{"path", file.path.string()}, {"reason", file.reason}});
  for (const auto &file : run.index.growing)
    growing.push_back(file.string());
  for (const auto &component : model.components)
    weights[component.name] = component.weightCount;
  return {{"name", run.description.name},
          {"root", run.index.root.string()},
          {"checkpoints", checkpoints},
          {"skipped", skipped},
          {"growing", growing},
          {"family", model.family},
          {"model", model.text},
          {"parameters", model.parameterCount},
          {"components", componentNamesOf(model)},
          {"component_weights", weights},
          {"slices", model.slices},
          {"notes", model.notes},
          {"problem", model.problem}};
}

nlohmann::json describeMetrics(const std::filesystem::path &root, std::string &text) {
  const auto file = core::findMetricsFile(root);
  if (!file)
    return nullptr;
  core::MetricsLog log(*file);
  log.refresh();
  nlohmann::json names = nlohmann::json::array();
  for (const auto &[name, series] : log.series()) {
    names.push_back(name);
    text += (text.empty() ? "" : ", ") + name;
  }
  text = pluralText(log.rowCount(), "row") + " of " + text;
  return {{"path", file->string()},
          {"rows", log.rowCount()},
          {"bad_lines", log.badLineCount()},
          {"columns", names}};
}

const char *stateText(core::TensorFitRow::State state) {
  using State = core::TensorFitRow::State;
  return state == State::Fits         ? "fits"
         : state == State::OtherShape ? "other-shape"
         : state == State::Missing    ? "missing"
                                      : "unused";
}

/// The table of expected and found tensors, of the last checkpoint under its own names.
nlohmann::json describeTensors(const core::Run &run, bool propose, Console &console) {
  const core::CheckpointEntry &entry = run.index.checkpoints.back();
  const core::CheckpointFile file = core::CheckpointFile::open(entry.path);
  const core::TensorMapping mapping = entry.tensors ? *entry.tensors : core::TensorMapping();
  const auto expected = core::expectedTensors(run.description.model, file.renamed(mapping));
  const auto used = propose ? core::proposedMapping(expected, file.arrays(), mapping) : mapping;
  const core::TensorFit fit = core::fitTensors(expected, file.arrays(), used);
  nlohmann::json rows = nlohmann::json::array();
  TextTable table({"expected", "shape", "found", "shape", "state", "nearest"});
  for (const core::TensorFitRow &row : fit.rows) {
    std::string nearest;
    for (const std::string &name : row.nearest)
      nearest += (nearest.empty() ? "" : ", ") + name;
    table.addRow({row.expected, row.expected.empty() ? "" : core::shapeText(row.expectedShape), row.found,
                  row.found.empty() ? "" : core::shapeText(row.foundShape), stateText(row.state), nearest});
    rows.push_back({{"expected", row.expected},
                    {"expected_shape", row.expectedShape},
                    {"found", row.found},
                    {"found_shape", row.foundShape},
                    {"state", stateText(row.state)},
                    {"nearest", row.nearest}});
  }
  console.print("\n" + table.text());
  if (propose) {
    std::string section = "\n[tensors]\n";
    for (const auto &[name, inFile] : used)
      section += nlohmann::json(name).dump() + " = " + nlohmann::json(inFile).dump() + "\n";
    console.print(section);
  }
  return {{"fits", fit.fits()}, {"rows", rows}, {"mapping", used}};
}

} // namespace

ExitCode runCommand(const InfoArguments &arguments, const GlobalArguments &, Console &console) {
  const core::Run run = openRunWithCheckpoints(arguments.run);
  const core::ModelSummary model = core::summarizeModel(run);
  std::string metricsText;
  const nlohmann::json metrics = describeMetrics(run.index.root, metricsText);

  const auto &checkpoints = run.index.checkpoints;
  TextTable facts({"", ""});
  facts.addRow({"Run", run.description.name});
  facts.addRow({"Checkpoints", countText(std::int64_t(checkpoints.size())) + ", steps " +
                                   std::to_string(checkpoints.front().step) + " to " +
                                   std::to_string(checkpoints.back().step)});
  facts.addRow({"Model", model.family.empty() ? "unknown" : model.family + ": " + model.text});
  facts.addRow({"Parameters", countText(model.parameterCount) + " in all"});
  std::string slices;
  for (const std::string &slice : model.slices)
    slices += (slices.empty() ? "" : ", ") + slice;
  facts.addRow({"Data slices", slices});
  if (!metrics.is_null())
    facts.addRow({"Metrics", metricsText});
  std::string text = facts.text();
  text.erase(0, text.find('\n') + 1);
  console.print(text);

  if (!model.components.empty()) {
    TextTable components({"component", "weights"});
    for (const auto &component : model.components)
      components.addRow({component.name, countText(component.weightCount)});
    console.print("\n" + components.text());
  }
  if (!model.problem.empty())
    console.print("\nNothing can be estimated: " + model.problem + "\n");
  for (const auto &file : run.index.skipped)
    console.print("Skipped " + file.path.string() + ": " + file.reason + "\n");
  for (const auto &file : run.index.growing)
    console.print("Still being written: " + file.string() + "\n");

  for (const std::string &note : model.notes)
    console.print("Note: " + note + "\n");

  nlohmann::json document = describe(run, model);
  if (arguments.tensors)
    document["tensors"] = describeTensors(run, arguments.proposeTensors, console);
  document["metrics"] = metrics;
  console.document(document);
  return ExitCode::Done;
}

} // namespace evolute::app::cli
