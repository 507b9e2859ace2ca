// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/run_description.h"
#include "core/error.h"
#include "core/results/result_store.h"
#include "core/results/result_tables.h"
#include "core/stages/curve_file.h"
#include "core/stages/stage_comparison.h"
#include "core/stages/stage_proposal.h"
#include "core/stages/stage_set.h"
#include "core/stages/vertex_marks.h"

namespace evolute::app::cli {

namespace {

namespace fs = std::filesystem;

constexpr int kVertexWalks = 200; // random walks that a trajectory's vertices are compared with

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

/// Of the trajectory that is stored with the run: the one of most checkpoints where there are several.
std::vector<core::VertexMark> storedVertices(const core::Run &run, std::uint64_t seed, Console &console) {
  const core::ResultStore store(run.index.root, core::ResultStore::Access::ReadOnly);
  core::Trajectory trajectory;
  for (const std::string &key : store.trajectoryKeys())
    if (auto found = store.findTrajectory(key); found && found->steps.size() > trajectory.steps.size())
      trajectory = std::move(*found);
  if (trajectory.steps.empty())
    throw core::Error(run.index.root.string() +
                      ": expected a stored trajectory, found none; `evolute-cli ed` makes it");
  if (trajectory.steps.size() != run.index.checkpoints.size())
    console.note("The stored trajectory has " + std::to_string(trajectory.steps.size()) + " of " +
                 pluralText(std::int64_t(run.index.checkpoints.size()), "checkpoint") +
                 "; `evolute-cli ed` makes it anew.");
  return core::vertexMarks(trajectory, kVertexWalks, seed, [&console](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), "random walks");
    return Interruption::flow();
  });
}

/// What the words of --vertices mean for this input.
std::vector<core::VertexMark> verticesOf(const StagesArguments &arguments, const fs::path &input,
                                         std::uint64_t seed, Console &console) {
  std::vector<core::VertexMark> marks;
  if (arguments.vertices == std::vector<std::string>{kStoredTrajectory}) {
    if (!fs::is_directory(input))
      throw UsageError("--vertices trajectory needs a run, found the file " + input.string());
    return storedVertices(core::openRun(input), seed, console);
  }
  for (const std::string &word : arguments.vertices) {
    if (word == kStoredTrajectory)
      throw UsageError("--vertices takes either steps or the word trajectory, found both");
    const std::int64_t step = std::stoll(word);
    marks.push_back({step, step, step});
  }
  return marks;
}

core::StageInputs inputsOf(const StagesArguments &arguments, std::uint64_t seed, Console &console) {
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
  inputs.vertices = verticesOf(arguments, from, seed, console);
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

core::StageSet readStages(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in)
    throw core::Error(file.string() + ": cannot be read");
  return core::stageSetFromToml(text, file.string());
}

/// The stages to set beside: as they are in a file, or of another run by the same options.
core::StageSet comparedStages(StagesArguments arguments, const core::StageSettings &settings,
                              Console &console) {
  if (!fs::exists(arguments.compare))
    throw core::Error(arguments.compare.string() +
                      ": expected a run, a CSV of curves or a TOML file of stages, found "
                      "nothing there");
  if (arguments.compare.extension() == ".toml")
    return readStages(arguments.compare);
  arguments.input = arguments.compare;
  if (arguments.vertices != std::vector<std::string>{kStoredTrajectory})
    arguments.vertices.clear(); // steps are of the first run
  const core::StageProposal proposal =
      core::proposeStages(inputsOf(arguments, settings.milestones.seed, console), settings);
  for (const std::string &warning : proposal.warnings)
    console.note(arguments.compare.string() + ": " + warning);
  return core::stageSetFrom(proposal);
}

nlohmann::json toJson(const core::StageEdge &edge) {
  return {{"step", edge.step}, {"low", edge.low}, {"high", edge.high}};
}

nlohmann::json comparison(const core::StageSet &own, const core::StageSet &other, const fs::path &with,
                          Console &console) {
  nlohmann::json edges = nlohmann::json::array();
  TextTable table({"edge", "other edge", "ratio", "intervals overlap"});
  for (const core::EdgePair &pair : core::compareEdges(own, other)) {
    const bool both = pair.own && pair.other;
    const double ratio = std::exp(pair.difference);
    edges.push_back({{"own", pair.own ? toJson(*pair.own) : nlohmann::json()},
                     {"other", pair.other ? toJson(*pair.other) : nlohmann::json()},
                     {"ratio", both ? nlohmann::json(ratio) : nlohmann::json()},
                     {"overlap", pair.overlap}});
    table.addRow({pair.own ? std::to_string(pair.own->step) : "-",
                  pair.other ? std::to_string(pair.other->step) : "-", both ? numberText(ratio, 3) : "-",
                  !both          ? "-"
                  : pair.overlap ? "yes"
                                 : "no"});
  }
  console.print("\nBeside " + with.string() +
                (table.isEmpty() ? ": neither has an edge\n" : "\n" + table.text()));
  return {{"with", with.string()}, {"edges", edges}};
}

} // namespace

ExitCode runCommand(const StagesArguments &arguments, const GlobalArguments &global, Console &console) {
  core::StageSettings settings;
  settings.milestones.flatness = arguments.flatness;
  settings.milestones.certainty = arguments.certainty;
  if (global.seed)
    settings.milestones.seed = *global.seed;
  const core::StageInputs inputs = inputsOf(arguments, settings.milestones.seed, console);
  if (Interruption::requested())
    return ExitCode::Interrupted;
  const core::StageProposal proposal = core::proposeStages(inputs, settings);
  for (const std::string &warning : proposal.warnings)
    console.note(warning);
  print(proposal, console);
  nlohmann::json document = toJson(proposal);
  const core::StageSet set = core::stageSetFrom(proposal, arguments.name);
  if (!arguments.compare.empty())
    document["compared"] =
        comparison(set, comparedStages(arguments, settings, console), arguments.compare, console);
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
