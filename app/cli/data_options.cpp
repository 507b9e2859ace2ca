// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_options.h"

#include "app/cli/option_kinds.h"

namespace evolute::app::cli {

void addInfo(CLI::App &command, InfoArguments &a) {
  addRunOption(command, a.run);
  auto *tensors = command.add_flag("--tensors", a.tensors, "Each tensor that the model expects, and what the files have");
  command.add_flag("--propose", a.proposeTensors, "With --tensors: the [tensors] section for run.toml that seems meant")
      ->needs(tensors);
}

void addTable(CLI::App &command, TableArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--out", a.out, "Folder for the files")->required()->type_name("DIR");
  command
      .add_option("--format", a.formats,
                  "csv, json (numbers and settings in one file) or netcdf (draws, as ArviZ reads them); "
                  "several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"csv", "json", "netcdf"}))
      ->type_name("LIST")
      ->capture_default_str();
}

void addExportData(CLI::App &command, ExportDataArguments &a) {
  addRunOption(command, a.run);
  command.add_option("--out", a.out, "Folder for inputs.npy and targets.npy")->required()->type_name("DIR");
  command.add_option("--slice", a.slice, "Data slice; the run's first if not given")->type_name("NAME");
  command.add_option("--samples", a.samples, "Samples, as `llc --samples` counts them")
      ->required()
      ->check(atLeast(1))
      ->type_name("N");
}

void addImport(CLI::App &command, ImportArguments &a) {
  command
      .add_option("FILE", a.file, "Results of devinterp 1.x: its dictionary as .json, or .csv with a row a step")
      ->required();
  command.add_option("--run", a.run, "Folder of the checkpoints that were estimated")->required()->type_name("RUN");
  command.add_option("--step", a.step, "Step, where the file does not say")->check(atLeast(0))->type_name("N");
  command.add_option("--component", a.component, "Component that moved")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--slice", a.slice, "Data that the loss was measured on; the run's first if not given")
      ->type_name("NAME");
  command.add_option("--nbeta", a.nbeta, "n*beta, which the file does not hold")
      ->check(CLI::PositiveNumber)
      ->type_name("X");
}

void addTokenize(CLI::App &command, TokenizeArguments &a) {
  command
      .add_option("slices", a.slices,
                  "NAME=PATH: UTF-8 text for the slice NAME, a file or a folder with all below it; a NAME may come again")
      ->required()
      ->type_name("NAME=PATH");
  command.add_option("--out", a.out, "Folder for NAME.npy, vocabulary.model and data.toml")
      ->required()
      ->type_name("DIR");
  auto *size = command.add_option("--vocabulary-size", a.vocabularySize, "Tokens of the vocabulary that is learned")
                   ->check(atLeast(1))
                   ->type_name("N")
                   ->capture_default_str();
  command.add_option("--vocabulary", a.vocabulary, "SentencePiece model to use instead of learning one")
      ->excludes(size)
      ->type_name("FILE");
  command
      .add_option("--training-megabytes", a.trainingMegabytes, "Text to learn the vocabulary from, at most")
      ->check(CLI::Range(0.001, 1e6))
      ->type_name("MB")
      ->capture_default_str();
}

} // namespace evolute::app::cli
