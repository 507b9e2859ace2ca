// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/run_description.h"
#include "core/error.h"
#include "core/results/result_store.h"
#include "core/results/result_tables.h"
#include "core/stages/curve_file.h"
#include "core/stages/stage_proposal.h"
#include "core/stages/stage_set.h"

namespace evolute::app::cli {

namespace {

namespace fs = std::filesystem;

/// The run's log, where there is one.
std::vector<core::NamedCurve> loggedCurves(const core::Run &run) {
  const auto file = core::findMetricsFile(run.index.root);
  if (!file)
    return {};
  core::MetricsLog log(*file, core::textOr(run.description.log, "step", "step"));
  log.refresh();
  log.finish();
  return core::curvesOf(log);
}

/// Stored estimates of one component and slice. Estimates of unlike settings do not compare: of several,
/// those with most checkpoints.
core::Curve storedLlc(const fs::path &root, const StagesArguments &arguments, Console &console) {
  const core::ResultStore store(root, core::ResultStore::Access::ReadOnly);
  std::map<std::string, std::map<std::string, core::Curve>> found; // slice, settings
  std::set<std::string> components;
  int unhealthy = 0;
  for (const core::LlcEstimate &e : store.estimates()) {
    components.insert(e.component);
    if (e.component != arguments.component || (!arguments.slice.empty() && e.slice != arguments.slice) ||
        !e.settingsHash.starts_with(arguments.settings) || !std::isfinite(e.llc))
      continue;
    core::Curve &curve = found[e.slice][e.settingsHash];
    curve.steps.push_back(e.step);
    curve.values.push_back(e.llc);
    curve.errors.push_back(e.standardError);
    unhealthy += !e.verdict.healthy();
  }
  if (found.empty()) {
    std::string has;
    for (const std::string &component : components)
      has += (has.empty() ? "" : ", ") + component;
    throw core::Error(root.string() + ": expected stored estimates of " + arguments.component + ", found " +
                      (has.empty()
                           ? "none; `evolute-cli llc` makes them, --curve takes a logged metric instead"
                           : "estimates of " + has));
  }
  if (found.size() > 1)
    throw core::Error(root.string() +
                      ": expected estimates of one slice, found several; choose with --slice");
  auto &bySettings = found.begin()->second;
  const auto longest =
      std::max_element(bySettings.begin(), bySettings.end(), [](const auto &a, const auto &b) {
        return a.second.steps.size() < b.second.steps.size();
      });
  if (bySettings.size() > 1)
    console.note("There are estimates with " + std::to_string(bySettings.size()) +
                 " settings, which do not compare; taken: " + longest->first + " (" +
                 pluralText(std::int64_t(longest->second.steps.size()), "checkpoint") +
                 "). --settings takes others.");
  if (unhealthy > 0)
    console.note(pluralText(unhealthy, "estimate") + " with a verdict other than ok among them");
  core::Curve curve = std::move(longest->second);
  curve.name = "llc of " + arguments.component;
  return curve;
}

core::StageInputs inputsOf(const StagesArguments &arguments, Console &console) {
  core::StageInputs inputs;
  std::vector<core::NamedCurve> others;
  fs::path from = arguments.input;
  if (fs::is_directory(arguments.input)) {
    const core::Run run = core::openRun(arguments.input);
    from = run.index.root;
    others = loggedCurves(run);
    inputs.curve = arguments.curve.empty() || arguments.curve == "llc"
                       ? storedLlc(from, arguments, console)
                       : core::curveCalled(others, arguments.curve, from).curve;
  } else {
    others = core::readCurves(arguments.input, arguments.stepColumn);
    inputs.curve = core::curveCalled(others, arguments.curve, from).curve;
  }
  if (arguments.ignoreErrors)
    inputs.curve.errors.clear();
  std::erase_if(others, [&](const core::NamedCurve &c) { return c.curve.name == inputs.curve.name; });
  if (arguments.metrics == std::vector<std::string>{"all"})
    for (const core::NamedCurve &other : others)
      inputs.metrics.push_back(other.curve);
  else
    for (const std::string &name : arguments.metrics)
      inputs.metrics.push_back(core::curveCalled(others, name, from).curve);
  for (const std::int64_t step : arguments.vertices)
    inputs.vertices.push_back({step, step, step});
  return inputs;
}

nlohmann::json toJson(const core::Evidence &e) {
  nlohmann::json json = {
      {"kind", nameOf(e.kind)}, {"source", e.source}, {"step", e.step}, {"low", e.low}, {"high", e.high}};
  if (e.kind == core::EvidenceKind::Slope)
    json["probability"] = e.probability;
  if (e.kind == core::EvidenceKind::ChangePoint)
    json["gain"] = e.gain;
  if (std::isfinite(e.rank))
    json["rank"] = e.rank;
  return json;
}

nlohmann::json toJson(const std::vector<core::Evidence> &evidence) {
  nlohmann::json list = nlohmann::json::array();
  for (const core::Evidence &e : evidence)
    list.push_back(toJson(e));
  return list;
}

nlohmann::json toJson(const core::StageProposal &proposal) {
  nlohmann::json stages = nlohmann::json::array(), boundaries = nlohmann::json::array(),
                 lanes = nlohmann::json::array();
  for (const core::ProposedStage &stage : proposal.stages)
    stages.push_back({{"start", stage.start},
                      {"end", stage.end},
                      {"type", nameOf(stage.change.type)},
                      {"delta", stage.change.delta},
                      {"delta_low", stage.change.deltaLow},
                      {"delta_high", stage.change.deltaHigh},
                      {"probability_rises", stage.change.probabilityRises}});
  for (const core::ProposedBoundary &boundary : proposal.boundaries)
    boundaries.push_back({{"step", boundary.step},
                          {"low", boundary.low},
                          {"high", boundary.high},
                          {"evidence", toJson(boundary.evidence)}});
  for (const core::EvidenceLane &lane : proposal.lanes)
    lanes.push_back({{"kind", nameOf(lane.kind)}, {"source", lane.source}, {"marks", toJson(lane.marks)}});
  const core::CurveKernel &kernel = proposal.reading.kernel;
  return {{"curve",
           {{"name", proposal.curve},
            {"points", proposal.points.x.size()},
            {"amplitude", kernel.amplitude},
            {"length_scale", kernel.lengthScale},
            {"noise", kernel.noise}}},
          {"stages", stages},
          {"boundaries", boundaries},
          {"lanes", lanes},
          {"warnings", proposal.warnings}};
}

void print(const core::StageProposal &proposal, Console &console) {
  TextTable stages({"start", "end", "type", "change", "from", "to", "P(rises)"});
  for (const core::ProposedStage &stage : proposal.stages)
    stages.addRow({std::to_string(stage.start), std::to_string(stage.end), nameOf(stage.change.type),
                   numberText(stage.change.delta), numberText(stage.change.deltaLow),
                   numberText(stage.change.deltaHigh), numberText(stage.change.probabilityRises, 3)});
  console.print("Stages of " + proposal.curve + ", " + pluralText(proposal.points.x.size(), "point") + "\n" +
                stages.text());
  TextTable boundaries({"boundary", "low", "high", "rests on"});
  for (const core::ProposedBoundary &boundary : proposal.boundaries) {
    std::string words;
    for (const core::Evidence &e : boundary.evidence)
      words += (words.empty() ? "" : ", ") + std::string(nameOf(e.kind)) + " of " + e.source + " at " +
               std::to_string(e.step);
    boundaries.addRow(
        {std::to_string(boundary.step), std::to_string(boundary.low), std::to_string(boundary.high), words});
  }
  if (!boundaries.isEmpty())
    console.print("\n" + boundaries.text());
}

} // namespace

ExitCode runCommand(const StagesArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::StageInputs inputs = inputsOf(arguments, console);
  core::StageSettings settings;
  settings.milestones.flatness = arguments.flatness;
  settings.milestones.certainty = arguments.certainty;
  if (global.seed)
    settings.milestones.seed = *global.seed;
  const core::StageProposal proposal = core::proposeStages(inputs, settings);
  for (const std::string &warning : proposal.warnings)
    console.note(warning);
  print(proposal, console);
  nlohmann::json document = toJson(proposal);
  const core::StageSet set = core::stageSetFrom(proposal, arguments.name);
  if (!arguments.out.empty()) {
    core::writeTextFile(arguments.out, core::toToml(set));
    document["file"] = arguments.out.string();
  }
  if (arguments.store) {
    if (!fs::is_directory(arguments.input))
      throw UsageError("--store keeps stages with a run's results, found the file " +
                       arguments.input.string());
    core::ResultStore store(core::openRun(arguments.input).index.root);
    if (const std::string elsewhere = store.location(); !elsewhere.empty())
      console.note(elsewhere);
    store.putStageSet(set);
    document["stored_as"] = arguments.name;
  }
  console.document(document);
  return ExitCode::Done;
}

} // namespace evolute::app::cli
