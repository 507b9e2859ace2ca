// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <QString>
#include <QStringList>

#include "app/jobs/run_watcher.h"
#include "core/checkpoint/run_description.h"

namespace evolute::app {

/// What a run's folder holds, for the banner and the status line.
struct RunSummary {
  QString name, path;
  std::int64_t checkpointCount = 0;
  std::int64_t firstStep = 0, lastStep = 0;
  QStringList skipped; ///< one line each: file and reason
  QStringList growing; ///< files that are half-written now
  QString sentence; ///< "501 checkpoints, steps 0 to 50,000, metrics.jsonl with 14 columns, 3 files skipped"
};

RunSummary summarize(const core::Run &run, const MetricsSnapshot &metrics);

} // namespace evolute::app
