// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <tuple>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "app/cli/settings_from_arguments.h"
#include "app/cli/text_table.h"
#include "core/error.h"
#include "core/llc/step_size_bias.h"

namespace evolute::app::cli {

namespace {

struct Collected {
  struct Row {
    core::LlcEstimate estimate;
    bool reused = false;
  };
  struct Failure {
    std::int64_t step;
    std::string reason;
  };
  std::vector<Row> rows;
  std::vector<Failure> failures;
};

/// "pile,github", "all", or nothing for the first.
std::vector<std::string> slicesFrom(const std::string &text, const std::vector<std::string> &known) {
  if (text.empty())
    return {known.empty() ? "train" : known.front()};
  if (known.empty() || std::find(known.begin(), known.end(), text) != known.end())
    return {text}; // a name may hold a comma, or be "all"
  if (text == "all")
    return known;
  std::vector<std::string> slices;
  std::stringstream names(text);
  for (std::string name; std::getline(names, name, ',');) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string list;
      for (const std::string &slice : known)
        list += (list.empty() ? "" : ", ") + slice;
      throw core::Error("slice: expected some of " + list + ", found " + name);
    }
    if (std::find(slices.begin(), slices.end(), name) == slices.end())
      slices.push_back(name);
  }
  return slices;
}

core::LlcRequest makeRequest(const LlcArguments &arguments, const GlobalArguments &global,
                             const core::Run &run, std::vector<std::string> &slices, Console &console) {
  std::vector<std::string> warnings;
  core::LlcRequest request;
  request.settings = settingsFromArguments(arguments, global, warnings);
  request.device = {global.device, global.threads, global.memory};
  core::checkDevice(request.device);
  const core::ModelSummary model = core::summarizeModel(run);
  if (!model.problem.empty())
    throw core::Error(model.problem);
  request.steps = selectSteps(arguments.checkpoints, stepsOf(run));
  request.components = selectComponents(arguments.components, componentNamesOf(model));
  slices = slicesFrom(arguments.slice, model.slices);
  for (const std::string &warning : warnings)
    console.note("Warning: " + warning);
  return request;
}

/// Estimates come coarse to fine; people read them by step, components and slices in the order asked for.
void sortAsAsked(std::vector<Collected::Row> &rows, const std::vector<std::string> &components,
                 const std::vector<std::string> &slices) {
  const auto place = [](const std::vector<std::string> &names, const std::string &name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  const auto key = [&](const Collected::Row &row) {
    const core::LlcEstimate &e = row.estimate;
    return std::tuple(e.step, place(components, e.component), place(slices, e.slice));
  };
  std::sort(rows.begin(), rows.end(), [&](const auto &a, const auto &b) { return key(a) < key(b); });
}

void print(const Collected &collected, const core::LlcCurveOutcome &outcome, bool slices, Console &console) {
  std::vector<std::string> header{"step", "component", "llc",    "se",        "sd",
                                  "rhat", "ess",       "accept", "init loss", "verdict"};
  if (slices)
    header.insert(header.begin() + 2, "slice");
  TextTable table(header);
  for (const auto &[e, reused] : collected.rows) {
    std::vector<std::string> row{std::to_string(e.step),
                                 e.component,
                                 numberText(e.llc),
                                 numberText(e.standardError, 2),
                                 numberText(e.sdOverChains, 2),
                                 numberText(e.rhat),
                                 numberText(e.essBulk, 3),
                                 numberText(e.acceptance, 3),
                                 numberText(e.initialLoss),
                                 e.verdict.code};
    if (slices)
      row.insert(row.begin() + 2, e.slice);
    table.addRow(row);
  }
  if (!table.isEmpty())
    console.print(table.text());
  TextTable checks({"step", "component", "llc", "at half the step", "difference", "se"});
  for (const auto &[e, reused] : collected.rows)
    if (std::isfinite(e.halfStepDifference))
      checks.addRow({std::to_string(e.step), e.component, numberText(e.llc),
                     numberText(e.llc - e.halfStepDifference), numberText(e.halfStepDifference, 2),
                     numberText(e.halfStepDifferenceError, 2)});
  if (!checks.isEmpty())
    console.print("\n" + checks.text() +
                  "\nTo first order in the step the bias of llc is twice the difference.\n");
  // A long curve tends to have one ailment: the first case of each is told, the table has the others.
  std::map<std::string, std::vector<const core::LlcEstimate *>> unhealthy;
  for (const auto &row : collected.rows)
    if (!row.estimate.verdict.healthy())
      unhealthy[row.estimate.verdict.code].push_back(&row.estimate);
  for (const auto &[code, cases] : unhealthy)
    console.print("\n" + pluralText(std::int64_t(cases.size()), "estimate") + " " + code + "; step " +
                  std::to_string(cases.front()->step) + ", " + cases.front()->component + ": " +
                  cases.front()->verdict.reason + "\n");
  std::int64_t remarked = 0;
  std::string remark;
  for (const auto &row : collected.rows)
    if (row.estimate.verdict.healthy() && !row.estimate.verdict.reason.empty()) {
      ++remarked;
      remark = row.estimate.verdict.reason;
    }
  if (remarked > 0)
    console.print("\n" + pluralText(remarked, "estimate") + " ok, but: " + remark + " --check-step-size makes one.\n");
  console.note(pluralText(outcome.computed, "estimate") + " computed, " + countText(outcome.reused) +
               " reused from earlier work" +
               (outcome.stopped ? "; stopped, the same command goes on from here" : ""));
}

nlohmann::json toJson(const Collected &collected, const core::LlcCurveOutcome &outcome,
                      const core::LlcRequest &request, const core::ResultStore &store) {
  nlohmann::json estimates = nlohmann::json::array(), failures = nlohmann::json::array(),
                 files = nlohmann::json::array();
  for (const auto &row : collected.rows) {
    estimates.push_back(core::toJson(row.estimate));
    estimates.back()["reused"] = row.reused;
  }
  for (const auto &failure : collected.failures)
    failures.push_back({{"step", failure.step}, {"reason", failure.reason}});
  for (const auto &file : store.files())
    files.push_back(file.string());
  const core::LlcSettings::Scales scales = request.settings.scales();
  return {{"estimates", estimates},
          {"settings", core::toJson(request.settings)},
          {"nbeta", request.settings.effectiveInverseTemperature()},
          {"scales", {{"gradient", scales.gradient}, {"pull", scales.pull}, {"noise", scales.noise}}},
          {"memory",
           {{"limit_bytes", outcome.memory.limit},
            {"replica_bytes", outcome.memory.heldPerReplica},
            {"pass_bytes", outcome.memory.passPerReplica},
            {"components_at_once", outcome.memory.componentsAtOnce}}},
          {"computed", outcome.computed},
          {"reused", outcome.reused},
          {"failed", failures},
          {"stopped", outcome.stopped},
          {"stored_in", files}};
}

} // namespace

ExitCode runCommand(const LlcArguments &arguments, const GlobalArguments &global, Console &console) {
  core::Run run = openRunWithCheckpoints(arguments.run);
  if (!arguments.referenceModel.empty())
    run.description.loss = {{"kind", std::string("kl-to")},
                            {"reference", std::filesystem::absolute(arguments.referenceModel).string()}};
  std::vector<std::string> slices;
  core::LlcRequest request = makeRequest(arguments, global, run, slices, console);
  core::ResultStore store(run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);

  Collected collected;
  core::LlcCurveEvents events;
  std::size_t slicesDone = 0;
  events.progress = [&](const core::LlcCurveEvents::State &state) {
    const auto later = double(slices.size() - slicesDone - 1); // each costs about what this one does
    console.progress().report(double(slicesDone) * double(state.estimatesTotal) +
                                  double(state.estimatesDone) + state.fractionOfCurrent,
                              double(slices.size()) * double(state.estimatesTotal),
                              state.currentComponent + " at step " + std::to_string(state.currentStep) +
                                  (slices.size() > 1 ? " on " + request.slice : ""),
                              state.secondsLeft + later * (state.secondsElapsed + state.secondsLeft));
    return Interruption::flow();
  };
  events.done = [&](const core::LlcEstimate &estimate, bool stored) {
    collected.rows.push_back({estimate, stored});
  };
  events.failed = [&](std::int64_t step, const std::string &sentence) {
    collected.failures.push_back({step, sentence});
    console.error(sentence);
  };
  core::LlcCurveOutcome outcome;
  for (; slicesDone < slices.size() && !outcome.stopped; ++slicesDone) {
    request.slice = slices[slicesDone];
    const core::LlcCurveOutcome one = arguments.checkStepSize
                                          ? core::computeStepSizeChecks(run, request, store, events)
                                          : core::computeLlcCurve(run, request, store, events);
    outcome.computed += one.computed;
    outcome.reused += one.reused;
    outcome.failed += one.failed;
    outcome.stopped = one.stopped;
    outcome.memory = one.memory;
  }

  sortAsAsked(collected.rows, request.components, slices);
  print(collected, outcome, slices.size() > 1, console);
  console.document(toJson(collected, outcome, request, store));
  if (outcome.stopped)
    return ExitCode::Interrupted;
  if (collected.rows.empty())
    return ExitCode::BadInput;
  const bool allFailed = std::none_of(collected.rows.begin(), collected.rows.end(),
                                      [](const auto &row) { return std::isfinite(row.estimate.llc); });
  return allFailed ? ExitCode::NumericalFailure : ExitCode::Done;
}

} // namespace evolute::app::cli
