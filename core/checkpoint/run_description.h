// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include "core/checkpoint/run_index.h"

namespace evolute::core {

using DescriptionValue = std::variant<bool, std::int64_t, double, std::string>;
using DescriptionTable = std::map<std::string, DescriptionValue>;

/// What names and shapes of the checkpoints do not say, from `run.toml` or filled in by us.
/// Sections of the file: [run] name checkpoints step; [model] family ...; [data.NAME] kind ...;
/// [loss] kind ...; [log] file step; [training] ...; [tensors] expected = "found". Unknown keys are kept, not
/// errors.
struct RunDescription {
  std::string name;
  RunScanOptions scan;
  DescriptionTable run;                         ///< further keys of [run]
  DescriptionTable model;                       ///< "family" and what shapes do not tell
  std::map<std::string, DescriptionTable> data; ///< by slice name; "train" is the default slice
  DescriptionTable loss;
  DescriptionTable log;
  DescriptionTable training;
  TensorMapping tensors;     ///< of run.toml alone; scan.tensors is what is in force
  std::string otherSections; ///< sections that we do not know, as TOML text; written back as they are
};

/// \throws Error with file, line and column for broken TOML or a value of the wrong type.
RunDescription readRunDescription(const std::filesystem::path &tomlFile);
/// Deterministic order of keys, so that files diff well. Written atomically.
void writeRunDescription(const std::filesystem::path &tomlFile, const RunDescription &description);

/// Look-ups with a default; \throws Error naming the key when the type is wrong.
std::int64_t integerOr(const DescriptionTable &table, const std::string &key, std::int64_t fallback);
double numberOr(const DescriptionTable &table, const std::string &key,
                double fallback); ///< takes integers too
bool booleanOr(const DescriptionTable &table, const std::string &key, bool fallback);
std::string textOr(const DescriptionTable &table, const std::string &key, const std::string &fallback);

/// A run opened for computing: what the folder holds and what is known of it.
struct Run {
  RunIndex index;
  RunDescription description; ///< from run.toml where there is one, else empty but for the name
};

/// Opens a run: run.toml where there is one, the mapping of tensors that was stored, then scanRun(). A folder
/// that holds nothing but one folder with a run.toml (hidden names aside) stands for that one; a file for the
/// nearest of three folders above it that has a run.toml, else for the one it is in. \throws Error.
Run openRun(const std::filesystem::path &folder);

} // namespace evolute::core
