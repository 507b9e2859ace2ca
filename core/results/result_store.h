// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/run_index.h"
#include "core/llc/llc_estimate.h"
#include "core/llc/llc_settings.h"
#include "core/metrics/metric_value.h"
#include "core/stages/stage_set.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::core {

/// Names one estimate: the same key always has the same numbers.
struct EstimateKey {
  std::string checkpointHash, component, dataHash, settingsHash;
  auto operator<=>(const EstimateKey &) const = default;
};
/// What a person wrote down about a run, a step of it, a stage or a component.
struct Note {
  std::string id;                   ///< chosen by who writes it; the same id replaces
  std::string subject;              ///< "run", "component L0.H3", ...
  std::optional<std::int64_t> step; ///< where it is pinned
  std::string text;
  bool operator==(const Note &) const = default;
};

EstimateKey keyOf(const LlcEstimate &estimate);

/// Finished results of one run, in SQLite (schema: core/results/README.md).
///
/// Lives in RUN/.evolute/; where that cannot be written, in the user's data folder keyed by a hash of the
/// run's path, and location() says so. The first writer has results.db; while another process holds it,
/// a writer takes a file of its own, results-<host>-<pid>.db. Readers unite all of them; for one key the
/// earliest result wins, so that numbers never change under the user.
/// put() commits before it returns: killing the program loses nothing that was put.
/// Opened for reading only, it writes nothing anywhere and shows what writers commit meanwhile; putting
/// something is an Error.
/// Safe to use from several threads (one connection a file, one mutex).
class ResultStore {
public:
  enum class Access { ReadWrite, ReadOnly };
  /// \throws Error for a database of a newer schema, a damaged file, or when no place can be written.
  explicit ResultStore(const std::filesystem::path &runFolder, Access access = Access::ReadWrite);
  ~ResultStore();
  ResultStore(const ResultStore &) = delete;
  ResultStore &operator=(const ResultStore &) = delete;

  /// Keeps what is there when the key is known already. \throws Error (disk full, ...); nothing is stored
  /// then and the store can still be used.
  void put(const LlcEstimate &estimate, const LlcSettings &settings);
  /// Completes a stored estimate by its step-size check (halfStepDifference, its error, the verdict), which may be
  /// measured later than the estimate; no other number changes. Where another writer's file holds the estimate, a
  /// complete copy goes into this writer's own. \throws Error as put() does, or when it was never put.
  void putStepSizeCheck(const LlcEstimate &estimate);
  /// Remembers that weights stand at a step: estimates of them made at another step hold there too.
  void putStep(const std::string &checkpointHash, std::int64_t step);
  std::optional<LlcEstimate> find(const EstimateKey &key) const; ///< with traces
  /// All, by step, component and slice; with chains, without traces. One that holds at several steps comes
  /// once for each: see putStep().
  std::vector<LlcEstimate> estimates() const;
  std::optional<LlcSettings> settings(const std::string &settingsHash) const;

  /// One trajectory a probe: `key` is the probe's hash, the newest replaces what was there. Whether it is of
  /// the checkpoints at hand is for the reader to see, from Trajectory::source.
  void putTrajectory(const std::string &key, const Trajectory &trajectory);
  std::optional<Trajectory> findTrajectory(const std::string &key) const;
  std::vector<std::string> trajectoryKeys() const; ///< sorted

  /// All or none. What is there already under the same hashes, name and component stays.
  void putMetrics(const std::vector<MetricValue> &values);
  /// Those stored under these hashes, by name and component; empty when there are none.
  std::vector<MetricValue> findMetrics(const std::string &checkpointHash, const std::string &dataHash,
                                       const std::string &settingsHash) const;
  std::vector<MetricValue> metrics() const; ///< all, by name, component and step; the earliest of a key

  // Of stage sets and notes the newest of a name or id counts. Removing what is not there does nothing.
  void putStageSet(const StageSet &set);
  std::optional<StageSet> findStageSet(const std::string &name) const;
  std::vector<std::string> stageSetNames() const; ///< sorted
  void removeStageSet(const std::string &name);
  void putNote(const Note &note);  ///< one without text removes it
  std::vector<Note> notes() const; ///< by id

  /// Content hash remembered for unchanged files (path, size, modification time, mapping of tensors), else nothing.
  std::optional<std::string> rememberedHash(const CheckpointEntry &checkpoint) const;
  /// Does nothing for a file written in the last two seconds (its next change might not show), for one that
  /// is gone, or in a store opened for reading only.
  void rememberHash(const CheckpointEntry &checkpoint, const std::string &hash);

  /// Files in use, the one written to first.
  std::vector<std::filesystem::path> files() const;
  /// One sentence when results do not live in the run's own folder; else empty.
  std::string location() const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace evolute::core
