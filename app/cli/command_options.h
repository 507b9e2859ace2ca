// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>

#include "app/cli/arguments.h"

namespace evolute::app::cli {

// The options of each command, bound to its arguments, which must outlive the parsing.

// train_options.cpp
void addTrain(CLI::App &command, TrainArguments &a);

// estimate_options.cpp
void addLlc(CLI::App &command, LlcArguments &a);
void addCalibrate(CLI::App &command, CalibrateArguments &a);
void addValidate(CLI::App &command, ValidateArguments &a);
void addBench(CLI::App &command, BenchArguments &a);

// analysis_options.cpp
void addMetrics(CLI::App &command, MetricsArguments &a);
void addClusters(CLI::App &command, ClustersArguments &a);
void addEd(CLI::App &command, EdArguments &a);
void addStages(CLI::App &command, StagesArguments &a);

// data_options.cpp
void addInfo(CLI::App &command, InfoArguments &a);
void addTable(CLI::App &command, TableArguments &a);
void addExportData(CLI::App &command, ExportDataArguments &a);
void addImport(CLI::App &command, ImportArguments &a);
void addTokenize(CLI::App &command, TokenizeArguments &a);

} // namespace evolute::app::cli
