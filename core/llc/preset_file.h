// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/llc/llc_settings.h"

namespace evolute::core {

// Presets that belong to a run: one TOML file each in RUN/.evolute/presets, or beside the results in the
// user's data folder where the run cannot be written.
//
//   name = "calibrated"
//   source = "where the numbers come from, for people"
//   curvature = 6.1         # optional: the largest curvature of the loss that they are for, as calibrate measured it
//   [settings]              # keys and values of toJson(LlcSettings); what is missing keeps its default
//   stepSize = 0.0003

/// The built-in presets, then the run's own by name; one of a built-in's name hides it. A file that cannot be
/// read is left out, with one sentence in `problems`.
std::vector<LlcPreset> llcPresetsOf(const std::filesystem::path &runFolder,
                                    std::vector<std::string> *problems = nullptr);

/// The name is the file's without its ending where the file says none. \throws Error naming file and key.
LlcPreset readPresetFile(const std::filesystem::path &file);

/// Writes whole or not at all, in place of one of the same name; returns the file. \throws Error for a name
/// that is not letters, digits, '.', '-' and '_', or when neither folder can be written.
/// `curvature` is kept beside the settings where it is above 0.
std::filesystem::path savePreset(const std::filesystem::path &runFolder, const LlcPreset &preset,
                                 double curvature = 0);

/// What savePreset() kept. Empty where the file says none, is not there or cannot be read.
std::optional<double> curvatureOfPresetFile(const std::filesystem::path &file);
/// Of the run's own preset of this name.
std::optional<double> curvatureOfPreset(const std::filesystem::path &runFolder, const std::string &name);

} // namespace evolute::core
