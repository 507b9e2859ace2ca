// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "app/cli/arguments.h"
#include "core/llc/llc_settings.h"
#include "core/training/trainer.h"

namespace evolute::app::cli {

/// The preset with the options given on the command line in place of its own.
/// \throws UsageError for an unknown preset or a value that cannot work; `warnings` gets the milder problems.
core::LlcSettings settingsFromArguments(const LlcArguments &arguments, const GlobalArguments &global,
                                        std::vector<std::string> &warnings);

/// As above; `presets` are core::trainPresets(). A preset of another task is refused.
core::TrainSettings settingsFromArguments(const TrainArguments &arguments, const GlobalArguments &global,
                                          const std::vector<core::TrainPreset> &presets);

} // namespace evolute::app::cli
