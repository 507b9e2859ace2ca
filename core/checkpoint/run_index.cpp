// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/run_index.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string_view>
#include <system_error>

#include "core/checkpoint/file_state.h"
#include "core/checkpoint/glob.h"
#include "core/checkpoint/step_name.h"
#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

bool isLeftOut(const std::string &name) {
  return name.starts_with(".") || name.starts_with("tmp-") || name.ends_with(".tmp") ||
         name.ends_with(".part");
}

bool hasCheckpointEnding(const fs::path &path) {
  static const std::set<std::string> endings{".safetensors", ".pt", ".pth", ".bin", ".ckpt"};
  return endings.contains(path.extension().string());
}

/// What trainers write beside the model: "optimizer.pt", "rng_state_0.pth", "zero_..._optim_states.pt".
bool isTrainerState(const fs::path &path) {
  static const std::regex words(
      "(.*[_.-])?(optimizer|optim_states?|scheduler|scaler|rng_states?|random_states|"
      "training_args)([_.-]?[0-9]+)*",
      std::regex::ECMAScript | std::regex::icase);
  return std::regex_match(path.stem().string(), words);
}

bool isShard(const fs::path &path) {
  static const std::regex shard(".*-[0-9]+-of-[0-9]+");
  return std::regex_match(path.stem().string(), shard);
}

/// Walks the folder and those below, links to folders too (clusters keep checkpoints on another disk), each
/// real folder once.
class Walk {
public:
  Walk(RunIndex &index, const RunScanOptions &options) : m_index(index), m_options(options) {}

  std::vector<fs::path> files() {
    enter(m_index.root);
    for (std::size_t i = 0; i < m_folders.size(); ++i)
      list(fs::path(m_folders[i])); // a copy: list() appends
    std::sort(m_files.begin(), m_files.end());
    return std::move(m_files);
  }

private:
  void enter(const fs::path &folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && m_entered.insert(real).second)
      m_folders.push_back(folder);
  }

  void list(const fs::path &folder) {
    std::error_code error;
    for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
         entries.increment(error)) {
      const fs::path &path = entries->path();
      if (isLeftOut(path.filename().string()))
        continue;
      std::error_code ignored; // a file may vanish between the listing and this look
      if (entries->is_directory(ignored))
        enter(path);
      else if (entries->is_regular_file(ignored) && wanted(path))
        m_files.push_back(path);
    }
    if (error && folder == m_index.root)
      throw Error(folder.string() + ": cannot read the folder: " + error.message());
    if (error)
      m_index.skipped.push_back({folder, "cannot read the folder: " + error.message()});
  }

  bool wanted(const fs::path &path) const {
    if (!m_options.glob.empty())
      return globMatches(m_options.glob, path.lexically_relative(m_index.root).generic_string());
    return hasCheckpointEnding(path) && !isTrainerState(path);
  }

  RunIndex &m_index;
  const RunScanOptions &m_options;
  std::set<fs::path> m_entered;
  std::vector<fs::path> m_folders, m_files;
};

/// The user's own expression, or the rules of stepInPath().
class StepReader {
public:
  explicit StepReader(const std::string &expression) {
    if (expression.empty())
      return;
    try {
      m_expression.emplace(expression);
    } catch (const std::regex_error &error) {
      throw Error("step = \"" + expression + "\" is no valid regular expression: " + error.what());
    }
    if (m_expression->mark_count() == 0)
      throw Error("step = \"" + expression + "\" should have a group \"(...)\" around the step, found none");
  }

  std::optional<std::int64_t> read(const std::string &relativePath) const {
    if (!m_expression)
      return stepInPath(relativePath);
    std::smatch match;
    if (!std::regex_search(relativePath, match, *m_expression))
      return {};
    const std::string digits = match[1];
    std::int64_t step = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), step);
    const bool whole = result.ec == std::errc() && result.ptr == digits.data() + digits.size();
    return whole && step >= 0 ? std::optional(step) : std::nullopt;
  }

  std::string problem() const {
    return m_expression ? "the step expression finds no whole number in its path"
                        : "there is no step in its name or its folders' names";
  }

private:
  std::optional<std::regex> m_expression;
};

FileInspection inspect(const fs::path &path) {
  try {
    return inspectCheckpoint(*ByteSource::file(path));
  } catch (const Error &error) {
    return {FileState::Foreign, error.what()};
  }
}

/// Of two files for one step: safetensors first, then the path that sorts first.
bool preferred(const fs::path &a, const fs::path &b) {
  const bool safeA = a.extension() == ".safetensors", safeB = b.extension() == ".safetensors";
  return safeA != safeB ? safeA : a < b;
}

} // namespace

RunIndex scanRun(const fs::path &folder, const RunScanOptions &options) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw Error(folder.string() + (fs::exists(folder, error) ? ": expected a folder, found a file"
                                                             : ": there is no such folder"));
  if (fs::path(options.glob).is_absolute() || options.glob.find("..") != std::string::npos)
    throw Error("checkpoints = \"" + options.glob + "\" should be a pattern relative to " + folder.string() +
                ", without \"..\"");
  RunIndex index;
  index.root = fs::absolute(folder).lexically_normal();
  if (!index.root.has_filename())
    index.root = index.root.parent_path();
  const StepReader steps(options.stepRegex);

  std::map<std::int64_t, CheckpointEntry> byStep;
  for (const fs::path &path : Walk(index, options).files()) {
    if (isShard(path)) {
      index.skipped.push_back({path, "it is one part of a checkpoint split over several files"});
      continue;
    }
    const auto step = steps.read(path.lexically_relative(index.root).generic_string());
    if (!step) {
      index.skipped.push_back({path, steps.problem()});
      continue;
    }
    const FileInspection inspection = inspect(path);
    if (inspection.state == FileState::Growing) {
      index.growing.push_back(path);
      continue;
    }
    if (inspection.state == FileState::Foreign) {
      index.skipped.push_back({path, inspection.problem});
      continue;
    }
    CheckpointEntry entry{*step, path, fs::file_size(path, error)};
    auto &kept = byStep.try_emplace(*step, entry).first->second;
    if (kept.path == path)
      continue;
    if (preferred(path, kept.path))
      std::swap(kept, entry);
    index.skipped.push_back(
        {entry.path, "step " + std::to_string(*step) + " is taken from " + kept.path.filename().string()});
  }
  for (auto &[step, entry] : byStep)
    index.checkpoints.push_back(std::move(entry));
  return index;
}

} // namespace evolute::core
