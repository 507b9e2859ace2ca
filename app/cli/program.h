// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "app/cli/arguments.h"
#include "app/cli/console.h"
#include "app/cli/exit_code.h"

namespace evolute::app::cli {

/// A whole program: reads the arguments, runs the command, says what went wrong in one sentence and gives the exit code.
int runProgram(int argc, char **argv, const std::function<ExitCode(const Arguments &, Console &)> &command);

} // namespace evolute::app::cli
