// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/training/trainer.h"

namespace evolute::core {

/// The files of a run that we train ourselves: run.toml, metrics.jsonl, checkpoints/step_N.safetensors and, for
/// resuming, .evolute/training-state.safetensors. Checkpoints and state are written whole or not at all.
class RunWriter {
public:
  /// Begins a run in an empty or new folder, or takes up one that was begun with the same settings.
  /// \throws Error when the folder holds another run or files that are none of a run's.
  RunWriter(const TrainSettings &settings, std::filesystem::path folder);

  /// The state file of an earlier, unfinished session; empty when the run begins.
  std::filesystem::path stateToResume() const;
  /// Cuts off the log what was written after the state that is resumed from: rows after `step`, and the training
  /// loss at it (its evaluation comes before the state).
  void truncateMetrics(std::int64_t step);

  void writeCheckpoint(std::int64_t step, const std::vector<ArrayToWrite> &arrays);
  void writeState(std::int64_t step, const std::vector<ArrayToWrite> &arrays);
  /// One line of metrics.jsonl, flushed, so that a reader sees whole lines.
  void writeMetrics(std::int64_t step, const std::vector<std::pair<std::string, double>> &values);
  std::int64_t checkpointCount() const;

private:
  std::filesystem::path m_folder;
  std::ofstream m_metrics;
  int m_digits; // step numbers are padded to one width, so that a listing is in order
};

/// What run.toml says of a run with these settings, in this folder: paths of token arrays are relative to it.
RunDescription descriptionOf(const TrainSettings &settings, const std::filesystem::path &folder = {});

} // namespace evolute::core
