// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "app/cli/settings_from_arguments.h"
#include "app/cli/text_table.h"
#include "core/error.h"
#include "core/llc/calibration.h"
#include "core/llc/preset_file.h"

namespace evolute::app::cli {

namespace {

core::CalibrationRequest makeRequest(const CalibrateArguments &arguments, const GlobalArguments &global,
                                     const core::Run &run, Console &console) {
  core::CalibrationRequest request;
  std::vector<std::string> warnings; // of the base's own eps and gamma, which the grid replaces
  request.base = settingsFromArguments(arguments.base, global, warnings);
  request.device = {global.device, global.threads};
  core::checkDevice(request.device);
  const core::ModelSummary model = core::summarizeModel(run);
  if (!model.problem.empty())
    throw core::Error(model.problem);
  if (!arguments.checkpoints.empty())
    request.steps = selectSteps(arguments.checkpoints, stepsOf(run));
  request.component = selectComponents({arguments.component}, componentNamesOf(model)).front();
  request.slice = !arguments.base.slice.empty() ? arguments.base.slice
                  : model.slices.empty()        ? "train"
                                                : model.slices.front();
  request.stepSizes = arguments.epsilon;
  request.localizations = arguments.gamma;
  request.inverseTemperatures = arguments.nbeta;
  if (request.base.totalSteps() < 1000)
    console.note("Warning: chains this short seldom have a hundred effective draws.");
  return request;
}

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}

nlohmann::json cellJson(const core::CalibrationPlan &plan, const core::CalibrationCell &cell) {
  nlohmann::json json = core::toJson(cell.estimate);
  json.erase("chains");
  json["epsilon"] = plan.stepSizes[cell.stepSize];
  json["gamma"] = plan.localizations[cell.localization];
  json["nbeta"] = plan.inverseTemperatures[cell.inverseTemperature];
  json["reused"] = cell.stored;
  return json;
}

nlohmann::json planJson(const core::CalibrationPlan &plan) {
  nlohmann::json curvatures = nlohmann::json::array();
  for (std::size_t i = 0; i < plan.curvatures.size(); ++i)
    curvatures.push_back({{"step", plan.steps[i]},
                          {"largest", finite(plan.curvatures[i].largest)},
                          {"residual", finite(plan.curvatures[i].residual)},
                          {"converged", plan.curvatures[i].converged}});
  return {{"epsilon", plan.stepSizes},         {"gamma", plan.localizations},
          {"nbeta", plan.inverseTemperatures}, {"steps", plan.steps},
          {"first_epsilon", plan.firstStep},   {"curvatures", curvatures},
          {"forecast_seconds", plan.seconds()}};
}

std::string joined(const std::vector<double> &values) {
  std::string text;
  for (const double value : values)
    text += (text.empty() ? "" : ", ") + numberText(value, 3);
  return text;
}

void print(const core::CalibrationPlan &plan, std::vector<core::CalibrationCell> cells, Console &console) {
  std::sort(cells.begin(), cells.end(), [](const core::CalibrationCell &a, const core::CalibrationCell &b) {
    return std::make_pair(a.place(), a.step) < std::make_pair(b.place(), b.step);
  });
  TextTable table({"epsilon", "gamma", "nbeta", "step", "llc", "se", "rhat", "ess", "accept", "verdict"});
  for (const core::CalibrationCell &cell : cells) {
    const core::LlcEstimate &e = cell.estimate;
    table.addRow({numberText(plan.stepSizes[cell.stepSize], 3),
                  numberText(plan.localizations[cell.localization], 3),
                  numberText(plan.inverseTemperatures[cell.inverseTemperature], 3), std::to_string(e.step),
                  numberText(e.llc), numberText(e.standardError, 2), numberText(e.rhat),
                  numberText(e.essBulk, 3), numberText(e.acceptance, 3), e.verdict.code});
  }
  if (!table.isEmpty())
    console.print(table.text() + "\n");
}

} // namespace

ExitCode runCommand(const CalibrateArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::Run run = openRunWithCheckpoints(arguments.base.run);
  const core::CalibrationRequest request = makeRequest(arguments, global, run, console);
  core::ResultStore store(run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);

  const core::CalibrationPlan plan = core::planCalibration(run, request, [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    return Interruption::flow();
  });
  if (Interruption::requested())
    return ExitCode::Interrupted;
  std::string steps;
  for (const std::int64_t step : plan.steps)
    steps += (steps.empty() ? "" : ", ") + std::to_string(step);
  console.note("epsilon " + joined(plan.stepSizes) + "; gamma " + joined(plan.localizations) + "; nbeta " +
               joined(plan.inverseTemperatures) + "; steps " + steps + ": " +
               pluralText(plan.cellCount(), "cell") + ", about " + numberText(plan.seconds() / 60, 2) +
               " min");
  if (arguments.forecast) {
    nlohmann::json document = planJson(plan);
    document["cells"] = nlohmann::json::array();
    document["recommended"] = nullptr;
    console.document(document);
    return ExitCode::Done;
  }

  core::CalibrationEvents events;
  events.progress = [&](const core::CalibrationEvents::State &state) {
    console.progress().report(double(state.cellsDone) + state.fractionOfCurrent, double(state.cellsTotal),
                              state.what, state.secondsLeft);
    return Interruption::flow();
  };
  events.failed = [&](const std::string &sentence) { console.error(sentence); };
  const core::CalibrationResult result = core::calibrate(run, request, plan, store, events);

  print(plan, result.cells, console);
  console.print(result.reason + "\n");
  nlohmann::json document = planJson(plan), cells = nlohmann::json::array();
  for (const core::CalibrationCell &cell : result.cells)
    cells.push_back(cellJson(plan, cell));
  document["cells"] = cells;
  document["recommended"] = nullptr;
  document["reason"] = result.reason;
  document["steps_without_minimum"] = result.stepsWithoutMinimum;
  document["stopped"] = result.stopped;
  if (result.recommended) {
    const std::filesystem::path file =
        core::savePreset(run.index.root, {arguments.save, result.reason, result.settings}, plan.largestCurvature());
    console.note("Stored as the preset " + arguments.save + " in " + file.string());
    document["recommended"] = {{"epsilon", result.settings.stepSize},
                               {"gamma", result.settings.localization},
                               {"nbeta", result.settings.inverseTemperature},
                               {"on_plateau", result.recommended->onPlateau},
                               {"change", finite(result.recommended->change)},
                               {"preset", arguments.save},
                               {"file", file.string()},
                               {"settings", core::toJson(result.settings)},
                               {"reason", result.reason}};
  }
  console.document(document);
  if (result.stopped)
    return ExitCode::Interrupted;
  return result.recommended ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
