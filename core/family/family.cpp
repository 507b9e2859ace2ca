// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/family/family.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <tuple>

#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

bool hasDescription(const fs::path &folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "run.toml", error);
}

std::vector<fs::path> runsIn(const fs::path &folder) {
  std::vector<fs::path> runs;
  std::error_code error;
  for (const auto &entry : fs::directory_iterator(folder, error))
    if (entry.is_directory(error) && !entry.path().filename().string().starts_with(".") && hasDescription(entry.path()))
      runs.push_back(entry.path());
  // "tasks-4" before "tasks-16": shorter names first among those that begin alike.
  std::sort(runs.begin(), runs.end(), [](const fs::path &a, const fs::path &b) {
    const std::string x = a.filename().string(), y = b.filename().string();
    const auto letters = [](const std::string &name) { return name.substr(0, name.find_first_of("0123456789")); };
    return std::tuple(letters(x), x.size(), x) < std::tuple(letters(y), y.size(), y);
  });
  return runs;
}

std::optional<double> numberIn(const DescriptionTable &table, const std::string &key) {
  const auto found = table.find(key);
  if (found == table.end())
    return std::nullopt;
  if (const auto *whole = std::get_if<std::int64_t>(&found->second))
    return double(*whole);
  if (const auto *number = std::get_if<double>(&found->second))
    return *number;
  return std::nullopt;
}

bool trainsOnRegression(const Run &run) {
  const auto train = run.description.data.find("train");
  return train != run.description.data.end() && textOr(train->second, "kind", "") == "icl-regression";
}

std::optional<double> valueOf(const Run &run, const std::string &key) {
  const RunDescription &d = run.description;
  if (const auto value = numberIn(d.training, key))
    return value;
  if (const auto train = d.data.find("train"); train != d.data.end())
    if (const auto value = numberIn(train->second, key))
      return key == "tasks" && *value == 0 ? std::numeric_limits<double>::infinity() : *value;
  if (const auto value = numberIn(d.model, key))
    return value;
  if (key == "tasks" && trainsOnRegression(run)) // absent: a fresh one for each sequence
    return std::numeric_limits<double>::infinity();
  return std::nullopt;
}

/// How often a run is saved and logged is no trait of it.
bool isBookkeeping(const std::string &key) {
  static const std::set<std::string> keys = {"linear_checkpoints", "log_checkpoints", "log_every"};
  return keys.contains(key);
}

std::string numberText(double value) {
  if (std::isinf(value))
    return "inf";
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

} // namespace

bool isFamilyFolder(const fs::path &folder) {
  return !hasDescription(folder) && runsIn(folder).size() >= 2;
}

std::vector<fs::path> runFolders(const std::vector<fs::path> &paths) {
  std::vector<fs::path> folders;
  std::set<fs::path> known;
  const auto add = [&](const fs::path &path) {
    std::error_code error;
    const fs::path whole = fs::weakly_canonical(path, error);
    if (known.insert(error ? path : whole).second)
      folders.push_back(path);
  };
  for (const fs::path &path : paths) {
    if (!isFamilyFolder(path)) {
      add(path);
      continue;
    }
    for (const fs::path &run : runsIn(path))
      add(run);
  }
  return folders;
}

std::vector<std::string> differingParameters(const std::vector<Run> &runs) {
  std::set<std::string> keys = {"tasks"};
  for (const Run &run : runs) {
    for (const DescriptionTable *table : {&run.description.training, &run.description.model})
      for (const auto &[key, value] : *table)
        keys.insert(key);
    if (const auto train = run.description.data.find("train"); train != run.description.data.end())
      for (const auto &[key, value] : train->second)
        keys.insert(key);
  }
  std::vector<std::string> differing;
  for (const std::string &key : keys) {
    std::set<double> values;
    bool everywhere = true;
    for (const Run &run : runs) {
      const auto value = valueOf(run, key);
      everywhere = everywhere && value && !std::isnan(*value);
      if (value)
        values.insert(*value);
    }
    if (everywhere && values.size() > 1 && !isBookkeeping(key))
      differing.push_back(key);
  }
  const auto rank = [](const std::string &key) {
    return key == "tasks" ? 0 : key == "learning_rate" ? 1 : key == "seed" || key == "task_seed" ? 3 : 2;
  };
  std::stable_sort(differing.begin(), differing.end(),
                   [&](const std::string &a, const std::string &b) { return rank(a) < rank(b); });
  return differing;
}

Family makeFamily(std::vector<Run> runs, const std::string &parameter) {
  const std::vector<std::string> differing = differingParameters(runs);
  Family family;
  family.parameter = !parameter.empty() ? parameter : differing.empty() ? "" : differing.front();
  for (Run &run : runs) {
    FamilyMember member;
    member.value = std::numeric_limits<double>::quiet_NaN();
    member.label = run.index.root.filename().string();
    if (!family.parameter.empty()) {
      const auto value = valueOf(run, family.parameter);
      if (!value) {
        std::string names;
        for (const std::string &name : differing)
          names += (names.empty() ? "" : ", ") + name;
        throw Error(run.index.root.string() + ": expected a number " + family.parameter +
                    " in its run.toml to compare by, found none; numbers in which all runs differ: " +
                    (names.empty() ? "none" : names));
      }
      member.value = *value;
      member.label = family.parameter + " " + numberText(*value);
    }
    member.run = std::move(run);
    family.members.push_back(std::move(member));
  }
  std::stable_sort(family.members.begin(), family.members.end(),
                   [](const FamilyMember &a, const FamilyMember &b) { return a.value < b.value; });
  return family;
}

Family openFamily(const std::vector<fs::path> &paths, const std::string &parameter) {
  std::vector<Run> runs;
  for (const fs::path &folder : runFolders(paths))
    runs.push_back(openRun(folder));
  if (runs.empty())
    throw Error("family: expected one run or more, found none");
  return makeFamily(std::move(runs), parameter);
}

} // namespace evolute::core
