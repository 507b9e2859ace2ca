// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/arguments.h"
#include "app/cli/console.h"
#include "app/cli/ed_report.h"
#include "app/cli/exit_code.h"

namespace evolute::app::cli {

/// \throws UsageError for values that cannot work.
core::GeometrySettings geometryFrom(const EdArguments &arguments, const GlobalArguments &global);

/// Components that a trajectory must have for shapesOfPath().
int componentsNeeded(const EdArguments &arguments, const core::GeometrySettings &settings);

/// A run's path and its vertices and forms. `whole` has componentsNeeded(), or as many as there are.
RunPath shapesOfPath(const std::string &run, const core::Trajectory &whole, const EdArguments &arguments,
                     core::GeometrySettings settings, Console &console);

/// `ed --joint`: all runs in one space, with what a family of runs is compared by.
ExitCode runFamily(const EdArguments &arguments, const GlobalArguments &global, const core::GeometrySettings &settings,
                   Console &console);

} // namespace evolute::app::cli
