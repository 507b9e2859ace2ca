// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <map>

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

core::LlcRequest makeRequest(const LlcArguments &arguments, const GlobalArguments &global,
                             const core::Run &run, Console &console) {
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
  request.slice = !arguments.slice.empty() ? arguments.slice
                  : model.slices.empty()   ? "train"
                                           : model.slices.front();
  for (const std::string &warning : warnings)
    console.note("Warning: " + warning);
  return request;
}

/// Estimates come coarse to fine; people read them by step, components in the order asked for.
void sortAsAsked(std::vector<Collected::Row> &rows, const std::vector<std::string> &components) {
  const auto place = [&](const std::string &name) {
    return std::find(components.begin(), components.end(), name) - components.begin();
  };
  std::sort(rows.begin(), rows.end(), [&](const auto &a, const auto &b) {
    return std::make_pair(a.estimate.step, place(a.estimate.component)) <
           std::make_pair(b.estimate.step, place(b.estimate.component));
  });
}

void print(const Collected &collected, const core::LlcCurveOutcome &outcome, Console &console) {
  TextTable table({"step", "component", "llc", "se", "sd", "rhat", "ess", "accept", "init loss", "verdict"});
  for (const auto &[e, reused] : collected.rows)
    table.addRow({std::to_string(e.step), e.component, numberText(e.llc), numberText(e.standardError, 2),
                  numberText(e.sdOverChains, 2), numberText(e.rhat), numberText(e.essBulk, 3),
                  numberText(e.acceptance, 3), numberText(e.initialLoss), e.verdict.code});
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
  const core::LlcRequest request = makeRequest(arguments, global, run, console);
  core::ResultStore store(run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);

  Collected collected;
  core::LlcCurveEvents events;
  events.progress = [&](const core::LlcCurveEvents::State &state) {
    console.progress().report(
        double(state.estimatesDone) + state.fractionOfCurrent, double(state.estimatesTotal),
        state.currentComponent + " at step " + std::to_string(state.currentStep), state.secondsLeft);
    return Interruption::flow();
  };
  events.done = [&](const core::LlcEstimate &estimate, bool stored) {
    collected.rows.push_back({estimate, stored});
  };
  events.failed = [&](std::int64_t step, const std::string &sentence) {
    collected.failures.push_back({step, sentence});
    console.error(sentence);
  };
  const core::LlcCurveOutcome outcome = arguments.checkStepSize
                                            ? core::computeStepSizeChecks(run, request, store, events)
                                            : core::computeLlcCurve(run, request, store, events);

  sortAsAsked(collected.rows, request.components);
  print(collected, outcome, console);
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
