// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "app/cli/console.h"
#include "app/cli/exit_code.h"

namespace evolute::app::cli {

// One function a command, each in its own file. \throws UsageError, core::Error

ExitCode runCommand(const CalibrateArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const ClustersArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const DoctorArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const InfoArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const TrainArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const LlcArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const MetricsArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const EdArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const StagesArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const ValidateArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const BenchArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const TableArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const ImportArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const ExportDataArguments &, const GlobalArguments &, Console &);
ExitCode runCommand(const TokenizeArguments &, const GlobalArguments &, Console &);

} // namespace evolute::app::cli
