// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace evolute::app::cli {

// What options of several commands are made of.

/// A whole number from `least` to 2,147,483,647.
CLI::Validator atLeast(std::int64_t least);
/// An unsigned number of all 64 bits: CLI11 reads -1 as the largest of them.
CLI::Validator isSeed();
/// GiB, 0 included.
CLI::Validator isMemory();
/// What regression tasks can be counted by.
CLI::Validator isTaskCount();
/// A flag that leaves the value to the preset where it is absent. (CLI11 writes false into a bound std::optional then.)
CLI::Option *addPresetFlag(CLI::App &command, const char *names, std::optional<bool> &value, const char *what);
void addRunOption(CLI::App &command, std::filesystem::path &run);
void addCheckpointsOption(CLI::App &command, std::string &checkpoints);

} // namespace evolute::app::cli
