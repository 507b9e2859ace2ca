// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"

namespace evolute::core {

struct FamilyMember {
  Run run;
  double value = 0;  ///< of the family's parameter; infinity for fresh tasks; NaN when the family has none
  std::string label; ///< "tasks 16", "tasks inf"; the folder's name when the family has no parameter
};

/// Several runs that differ in a parameter (number of fixed tasks, learning rate, seed, ...). A value.
struct Family {
  std::string parameter;             ///< its key in run.toml; "" when no number differs between all that have it
  std::vector<FamilyMember> members; ///< by value, then by folder
};

/// Whether this is a folder of runs: no run itself (no run.toml), with two or more sub-folders that have a run.toml.
bool isFamilyFolder(const std::filesystem::path &folder);

/// Paths of runs as they are, folders of runs replaced by the runs in them (by name, numbers by size); each once.
std::vector<std::filesystem::path> runFolders(const std::vector<std::filesystem::path> &paths);

/// Numbers of run.toml ([data.train], [training], [model]) that are there in every run and not the same in all, the
/// one that a person would compare by first: tasks, learning_rate, then by name, seed last.
std::vector<std::string> differingParameters(const std::vector<Run> &runs);

/// Makes a family of opened runs, by the first of differingParameters() unless told.
/// \throws Error for a parameter that not every run has, naming those there are.
Family makeFamily(std::vector<Run> runs, const std::string &parameter = {});

/// Opens runs, and folders of them. \throws Error as openRun() does, and when there is none.
Family openFamily(const std::vector<std::filesystem::path> &paths, const std::string &parameter = {});

} // namespace evolute::core
