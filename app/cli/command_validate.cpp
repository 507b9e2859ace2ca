// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/error.h"
#include "core/llc/large_network_validation.h"
#include "core/llc/preset_file.h"
#include "core/llc/settings_validation.h"
#include "core/results/validation_table.h"

namespace evolute::app::cli {

namespace {

struct Named {
  core::LlcSettings settings;
  std::optional<double> curvature; ///< as kept with them
};

Named settingsNamed(const std::string &name, const std::filesystem::path &run) {
  if (!run.empty() && !std::filesystem::is_directory(run))
    throw core::Error(run.string() + ": expected the folder of a run, found none");
  std::vector<std::string> unreadable;
  std::string names;
  for (const core::LlcPreset &preset :
       run.empty() ? core::llcPresets() : core::llcPresetsOf(run, &unreadable)) {
    if (preset.name == name)
      return {preset.settings, run.empty() ? std::nullopt : core::curvatureOfPreset(run, name)};
    names += (names.empty() ? "" : ", ") + preset.name;
  }
  if (std::filesystem::is_regular_file(name))
    return {core::readPresetFile(name).settings, core::curvatureOfPresetFile(name)};
  std::string sentence = "--settings: expected a file or one of " + names + ", found " + name;
  if (run.empty())
    sentence += "; a run's own presets are known where its folder is given: validate RUN --settings " + name;
  for (const std::string &problem : unreadable)
    sentence += "; " + problem;
  throw core::Error(sentence);
}

void print(const std::vector<core::ValidationRow> &rows, Console &console) {
  TextTable table({"model", "checks", "exact", "target", "llc", "se", "off by se", "ok", "seconds"});
  for (const auto &row : rows)
    if (!row.leftOut.empty())
      table.addRow({row.model, row.leftOut, numberText(row.exactLambda), numberText(row.target), "", "", "", "-", ""});
    else
      table.addRow({row.model, row.checks, numberText(row.exactLambda), numberText(row.target),
                    numberText(row.llc), numberText(row.standardError, 2),
                    numberText((row.llc - row.target) / row.standardError, 2),
                    row.ok ? "yes" : row.cannotTell.empty() ? "NO" : "cannot tell",
                    numberText(row.seconds, 2)});
  console.print(table.text());
}

nlohmann::json rowsJson(const std::vector<core::ValidationRow> &found) {
  const auto finite = [](double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
  };
  nlohmann::json rows = nlohmann::json::array();
  for (const auto &row : found) {
    if (!row.leftOut.empty()) {
      rows.push_back(
          {{"model", row.model}, {"checks", row.checks}, {"exact", row.exactLambda}, {"left_out", row.leftOut}});
      continue;
    }
    rows.push_back({{"model", row.model},
                    {"checks", row.checks},
                    {"exact", row.exactLambda},
                    {"target", row.target},
                    {"llc", finite(row.llc)},
                    {"se", finite(row.standardError)},
                    {"ok", row.ok},
                    {"cannot_tell", row.cannotTell.empty() ? nlohmann::json() : nlohmann::json(row.cannotTell)},
                    {"nbeta", row.inverseTemperature},
                    {"gamma", row.localization},
                    {"epsilon", row.stepSize},
                    {"seconds", row.seconds}});
  }
  return rows;
}

/// Would these settings recover the truth?
ExitCode tryNamedSettings(const ValidateArguments &arguments, const core::DeviceOptions &device,
                          const GlobalArguments &global, const core::Observer &observe, Console &console) {
  const Named named = settingsNamed(arguments.settings, arguments.run);
  core::LlcSettings settings = named.settings;
  const double curvature = arguments.curvature.value_or(named.curvature.value_or(1.0));
  if (!arguments.curvature)
    console.note(named.curvature ? "Largest curvature, as kept with the preset: " + numberText(curvature)
                                 : std::string("No curvature is given or kept with the preset: 1 is taken; "
                                               "--curvature tells that of your loss"));
  if (global.seed)
    settings.seed = *global.seed;
  const core::SettingsValidation found =
      core::validateSettings(settings, curvature, device, observe);
  print(found.rows, console);
  console.print("\n" + found.sentence + "\n");
  if (!arguments.table.empty())
    core::writeTextFile(arguments.table, core::validationTable(found.rows).text());
  console.document({{"rows", rowsJson(found.rows)},
                    {"recovers_truth", found.recoversTruth},
                    {"sentence", found.sentence},
                    {"settings", core::toJson(settings)},
                    {"curvature", curvature},
                    {"stopped", found.stopped}});
  if (found.stopped)
    return ExitCode::Interrupted;
  const bool sampled = std::all_of(found.rows.begin(), found.rows.end(),
                                   [](const core::ValidationRow &row) { return row.ok; });
  return sampled ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace

ExitCode runCommand(const ValidateArguments &arguments, const GlobalArguments &global, Console &console) {
  core::ValidationOptions options;
  options.device = {global.device, global.threads};
  core::checkDevice(options.device);
  options.sampler = core::samplerFromName(arguments.sampler);
  if (global.seed)
    options.seed = *global.seed;
  bool stopped = false;
  const core::Observer observe = [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    stopped = Interruption::requested();
    return stopped ? core::Flow::Stop : core::Flow::Continue;
  };
  if (!arguments.settings.empty())
    return tryNamedSettings(arguments, options.device, global, observe, console);

  std::vector<core::ValidationRow> found = core::validateSampler(options, observe);
  if (arguments.full && !stopped) {
    const std::vector<core::ValidationRow> large = core::validateLargeNetworks(options, observe);
    found.insert(found.end(), large.begin(), large.end());
  }
  print(found, console);
  if (!arguments.table.empty())
    core::writeTextFile(arguments.table, core::validationTable(found).text());
  const auto good = std::count_if(found.begin(), found.end(), [](const auto &row) { return row.ok; });
  const auto asked = std::count_if(found.begin(), found.end(), [](const auto &row) { return row.leftOut.empty(); });
  console.print(
      "\n" + std::to_string(good) + " of " + std::to_string(asked) + " rows of " +
      arguments.sampler + " within four standard errors of the target. \"exact\" is the learning coefficient itself; \"target\" "
      "is what a perfect sampler returns at this temperature and localization.\n");
  console.document({{"sampler", arguments.sampler}, {"rows", rowsJson(found)}, {"stopped", stopped}});
  if (stopped)
    return ExitCode::Interrupted;
  return good == asked ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
