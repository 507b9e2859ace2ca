// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/run_index.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string_view>
#include <system_error>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/checkpoint_folder.h"
#include "core/checkpoint/file_state.h"
#include "core/checkpoint/glob.h"
#include "core/checkpoint/shard_index.h"
#include "core/checkpoint/skipped_reason.h"
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

/// "model-00001-of-00003.safetensors": one of several files, of which "model.safetensors.index.json" tells.
struct ShardName {
  fs::path index;
  std::size_t count;
};
std::optional<ShardName> shardNameOf(const fs::path &path) {
  static const std::regex shard("(.*)-[0-9]{1,9}-of-([0-9]{1,9})");
  std::smatch match;
  const std::string stem = path.stem().string();
  if (!std::regex_match(stem, match, shard))
    return {};
  return ShardName{path.parent_path() / (match[1].str() + path.extension().string() + ".index.json"),
                   std::size_t(std::stoul(match[2]))};
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
      else if (path.extension() == ".distcp" && m_distributed.insert(folder).second)
        m_index.skipped.push_back({folder, "it is a distributed checkpoint (.distcp), which is not read; turn it into "
                                           "one file with torch.distributed.checkpoint.format_utils.dcp_to_torch_save"});
    }
    if (error && folder == m_index.root)
      throw Error(folder.string() + ": cannot read the folder: " + error.message());
    if (error)
      m_index.skipped.push_back({folder, "cannot read the folder: " + error.message()});
  }

  bool wanted(const fs::path &path) const {
    if (!m_options.glob.empty())
      return globMatches(m_options.glob, path.lexically_relative(m_index.root).generic_string());
    return (hasCheckpointEnding(path) && !isTrainerState(path)) || isShardIndex(path);
  }

  RunIndex &m_index;
  const RunScanOptions &m_options;
  std::set<fs::path> m_entered, m_distributed;
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
    return m_expression ? stepInPath(relativePath, *m_expression) : stepInPath(relativePath);
  }

  std::string problem() const {
    return m_expression ? "the step expression finds no whole number in its path"
                        : "there is no step in its name, its folders' names or the file itself";
  }

private:
  std::optional<std::regex> m_expression;
};

FileInspection inspect(const fs::path &path) {
  try {
    return isShardIndex(path) ? inspectShards(path) : inspectCheckpoint(*ByteSource::file(path));
  } catch (const Error &error) {
    return {FileState::Foreign, error.what()};
  }
}

/// Puts the index of a checkpoint in place of its parts, also where a pattern names the parts alone.
class Parts {
public:
  explicit Parts(const std::vector<fs::path> &files) {
    for (const fs::path &path : files) {
      const auto shard = shardNameOf(path);
      if (!shard) {
        m_whole.insert(path);
        continue;
      }
      std::error_code error;
      if (fs::is_regular_file(shard->index, error))
        m_whole.insert(shard->index);
      else
        m_alone[shard->index].push_back(path);
    }
  }

  /// Files that are a checkpoint or the index of one.
  const std::set<fs::path> &whole() const { return m_whole; }

  /// Parts whose index is not there: the others are on their way, or the index was left behind.
  void report(RunIndex &index) const {
    for (const auto &[missing, parts] : m_alone) {
      const std::size_t count = shardNameOf(parts.front())->count;
      if (parts.size() < count)
        index.growing.push_back(missing);
      else
        index.skipped.push_back({parts.front(), "it is one part of a checkpoint in " + std::to_string(count) +
                                                    " files, whose index " + shown(missing.filename().string()) +
                                                    " is not there"});
    }
  }

private:
  std::set<fs::path> m_whole;
  std::map<fs::path, std::vector<fs::path>> m_alone; // by the index that should be there
};

CheckpointEntry entryAt(const fs::path &path, std::int64_t step, const RunScanOptions &options) {
  CheckpointEntry entry;
  entry.step = step;
  entry.path = path;
  entry.tensors = options.tensors;
  if (isShardIndex(path))
    entry.parts = shardsOf(readShardIndex(path), path);
  std::error_code error; // a file that went away meanwhile has the size of the next scan
  entry.bytes = fs::file_size(path, error);
  for (const fs::path &part : entry.parts)
    entry.bytes += fs::file_size(part, error);
  return entry;
}

/// Of two files for one step: safetensors first, then the path that sorts first.
bool preferred(const fs::path &a, const fs::path &b) {
  const auto isSafe = [](const fs::path &path) {
    return path.filename().string().find(".safetensors") != std::string::npos;
  };
  return isSafe(a) != isSafe(b) ? isSafe(a) : a < b;
}

/// The step that a checkpoint without one in its path states itself, or that the trainer's state beside it does.
std::optional<std::int64_t> statedStep(const fs::path &path, bool inEpochs) {
  if (!inEpochs)
    if (const auto step = trainerStepIn(path.parent_path()))
      return step;
  const CheckpointFile file = CheckpointFile::open(path);
  return inEpochs ? file.storedEpoch() : file.storedStep() ? file.storedStep() : file.storedEpoch();
}

/// Whether nobody has written the file for a minute: half of a copy that broke off, or of a full disk.
bool isAtRest(const fs::path &path) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > std::chrono::minutes(1);
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
  std::vector<fs::path> unnamed;
  bool inEpochs = false;
  const auto take = [&](const fs::path &path, std::int64_t step, bool mayReplace) {
    CheckpointEntry entry;
    try {
      entry = entryAt(path, step, options);
    } catch (const Error &gone) {
      index.skipped.push_back({path, reasonWithoutPath(gone.what(), path)});
      return;
    }
    const auto [kept, isNew] = byStep.try_emplace(step, entry);
    if (isNew)
      return;
    if (mayReplace && preferred(path, kept->second.path))
      std::swap(kept->second, entry);
    index.skipped.push_back({entry.path, "step " + std::to_string(step) + " is taken from " +
                                             kept->second.path.filename().string()});
  };
  const Parts parts(Walk(index, options).files());
  parts.report(index);
  for (const fs::path &path : parts.whole()) {
    const std::string relative = path.lexically_relative(index.root).generic_string();
    const auto step = steps.read(relative);
    if (!step && !options.stepRegex.empty()) {
      index.skipped.push_back({path, steps.problem()});
      continue;
    }
    const FileInspection inspection = inspect(path);
    if (inspection.state == FileState::Growing) {
      if (isAtRest(path))
        index.skipped.push_back({path, inspection.problem + "; unchanged for a minute, so nobody writes it any more"});
      else
        index.growing.push_back(path);
    } else if (inspection.state == FileState::Foreign) {
      index.skipped.push_back({path, inspection.problem});
    } else if (step) {
      inEpochs = inEpochs || (options.stepRegex.empty() && namesEpochs(relative));
      take(path, *step, true);
    } else {
      unnamed.push_back(path);
    }
  }
  for (const fs::path &path : unnamed) {
    std::optional<std::int64_t> step;
    std::string problem = steps.problem();
    try {
      step = statedStep(path, inEpochs);
    } catch (const Error &unreadable) {
      problem = reasonWithoutPath(unreadable.what(), path);
    }
    // "checkpoint-500" opened by itself: the step stands above.
    if (!step && unnamed.size() == 1 && byStep.empty())
      step = stepInPath((index.root.filename() / "model").generic_string());
    if (step)
      take(path, *step, false);
    else
      index.skipped.push_back({path, problem});
  }
  std::sort(index.growing.begin(), index.growing.end());
  for (auto &[step, entry] : byStep)
    index.checkpoints.push_back(std::move(entry));
  return index;
}

} // namespace evolute::core
