// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include <QString>
#include <QStringList>

#include "app/jobs/run_watcher.h"
#include "app/session/checkpoint_mark.h"
#include "core/checkpoint/run_description.h"

namespace evolute::app {

/// What a run's folder holds, for the banner and the status line.
struct RunSummary {
  QString name, path;
  std::int64_t checkpointCount = 0;
  std::int64_t firstStep = 0, lastStep = 0;
  QStringList skipped; ///< one line each: file and reason
  QStringList growing; ///< files that are half-written now
  /// Of these files those whose path names a step that no readable file has; by step, none twice.
  std::vector<CheckpointMark> unreadable;
  QString sentence; ///< "501 checkpoints, steps 0 to 50,000, metrics.jsonl with 14 columns, 3 files skipped"
  QString details() const; ///< a line each: files skipped, files growing
  bool operator==(const RunSummary &) const = default;
};

RunSummary summarize(const core::Run &run, const MetricsSnapshot &metrics);

} // namespace evolute::app
