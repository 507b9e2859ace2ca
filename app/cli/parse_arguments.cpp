// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/parse_arguments.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "app/cli/command_options.h"
#include "app/cli/exit_code.h"
#include "app/cli/option_kinds.h"
#include "core/llc/llc_settings.h"

namespace evolute::app::cli {

namespace {

constexpr const char *kEpilogue =
    "Exit codes: 0 done, 2 usage, 3 bad input, 4 numerical failure of everything asked, "
    "130 interrupted.\nResults go to standard output, progress and messages to "
    "standard error. app/cli/README.md lists the fields of --json.";

void addGlobalOptions(CLI::App &app, GlobalArguments &global) {
  app.add_flag("--json", global.json, "Print one JSON document on standard output, and nothing else there");
  app.add_option("--device", global.device, "auto, cpu or cuda:N")->type_name("NAME")->capture_default_str();
  app.add_option("--threads", global.threads, "CPU threads; 0 is one a core")
      ->check(atLeast(0))
      ->type_name("N");
  app.add_option("--memory", global.memory, "GiB that replicas of a model may take; 0 is half of what is free")
      ->check(isMemory())
      ->type_name("GIB");
  app.add_option("--seed", global.seed, "Seed of everything random; the preset's own if not given")
      ->check(isSeed())
      ->type_name("N");
  app.add_flag("--quiet", global.quiet, "Neither progress nor remarks on standard error, only errors");
  static const std::map<std::string, ProgressStyle> styles = {
      {"bar", ProgressStyle::Bar}, {"json", ProgressStyle::Json}, {"none", ProgressStyle::None}};
  app.add_option_function<std::string>(
         "--progress", [&global](const std::string &name) { global.progress = styles.at(name); },
         "On standard error; a bar on a terminal if not given")
      ->check(CLI::IsMember({"json", "bar", "none"}));
}

/// The targets of the large networks carry the step-size bias of sgld, which no other sampler has.
void checkTogether(const ValidateArguments &a) {
  if (a.full && a.sampler != core::nameOf(core::SamplerKind::Sgld))
    throw UsageError("--full: the large networks are checked with sgld alone, found --sampler " + a.sampler +
                     "; leave one of the two out");
}

/// "run `evolute-cli llc --help`" for the command that was meant.
std::string withHint(std::string sentence, const CLI::App &app) {
  const auto commands = app.get_subcommands();
  const std::string command = commands.empty() ? "" : " " + commands.front()->get_name();
  std::replace(sentence.begin(), sentence.end(), '\n', ' '); // one sentence, one line
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == ' '))
    sentence.pop_back();
  return sentence + "; see `evolute-cli" + command + " --help`";
}

/// CLI11 says only that a command is required.
std::string unknownCommand(const CLI::App &app) {
  std::string names;
  for (const CLI::App *command : app.get_subcommands(nullptr))
    names += (names.empty() ? "" : ", ") + command->get_name();
  return "expected one of the commands " + names + ", found " + app.remaining().front() +
         "; see `evolute-cli --help`";
}

} // namespace

std::variant<Arguments, TextAnswer> parseArguments(std::vector<std::string> words) {
  CLI::App app("Developmental interpretability from the command line", "evolute-cli");
  app.footer(kEpilogue);
  app.set_version_flag("--version", std::string("evolute-cli ") + EVOLUTE_VERSION);
  app.require_subcommand(1);
  app.fallthrough(); // global options after the command too

  Arguments arguments;
  addGlobalOptions(app, arguments.global);

  DoctorArguments doctor;
  InfoArguments info;
  TrainArguments train;
  LlcArguments llc;
  MetricsArguments metrics;
  EdArguments ed;
  StagesArguments stages;
  ClustersArguments clusters;
  CalibrateArguments calibrate;
  ValidateArguments validate;
  BenchArguments bench;
  TableArguments table;
  ExportDataArguments exportData;
  ImportArguments importResults;
  TokenizeArguments tokenize;
  const auto add = [&](const char *name, const char *what, auto &own) {
    CLI::App *command = app.add_subcommand(name, what);
    command->callback([&arguments, &own] { arguments.command = own; });
    return command;
  };
  add("doctor", "What the numbers are computed with, and what would make it faster", doctor);
  addTrain(*add("train", "Make a run: train a small model and write its checkpoints", train), train);
  addInfo(*add("info", "What a folder of checkpoints holds", info), info);
  addLlc(*add("llc", "Local learning coefficients over checkpoints and components; resumable", llc), llc);
  addMetrics(*add("metrics", "Behaviour and structure of heads and models over checkpoints; resumable", metrics),
             metrics);
  addClusters(*add("clusters", "Group heads by the curves of their stored estimates or metrics", clusters), clusters);
  addCalibrate(*add("calibrate", "Find sampler settings that this run can be estimated with; resumable", calibrate),
               calibrate);
  addEd(*add("ed", "Essential dynamics: principal components of the outputs over training", ed), ed);
  addStages(
      *add("stages", "Where one stage of development ends and another begins, with the evidence", stages),
      stages);
  addBench(*add("bench", "Measure the sampler's speed on this machine", bench), bench);
  addTable(*add("table", "Write every stored result as CSV, JSON or NetCDF", table), table);
  addValidate(*add("validate", "Check a sampler against models whose learning coefficient is known exactly",
                   validate),
              validate);
  addImport(*add("import", "Take over results of the Python package devinterp, marked as imported", importResults),
            importResults);
  addExportData(*add("export-data", "Write the samples of a data slice as .npy, for other programs", exportData),
                exportData);
  addTokenize(*add("tokenize", "Turn text into token arrays, with a vocabulary learned from it", tokenize), tokenize);

  try {
    std::reverse(words.begin(), words.end()); // CLI11 takes them last first
    app.parse(words);
  } catch (const CLI::CallForVersion &answer) {
    return TextAnswer{std::string(answer.what()) + "\n"};
  } catch (const CLI::CallForHelp &) {
    const auto commands = app.get_subcommands();
    return TextAnswer{commands.empty() ? app.help() : commands.front()->help()};
  } catch (const CLI::CallForAllHelp &) {
    return TextAnswer{app.help("", CLI::AppFormatMode::All)};
  } catch (const CLI::ParseError &error) {
    if (app.get_subcommands().empty() && !app.remaining().empty())
      throw UsageError(unknownCommand(app));
    throw UsageError(withHint(error.what(), app));
  }
  if (const auto *command = std::get_if<ValidateArguments>(&arguments.command))
    checkTogether(*command);
  return arguments;
}

} // namespace evolute::app::cli
