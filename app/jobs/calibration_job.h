// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/numerics.h"
#include "core/llc/calibration.h"
#include "core/llc/chain_traces.h"

namespace evolute::app {

/// A finished cell as the window keeps it; its traces, draw by draw, are in the store.
struct CalibrationCellReport {
  core::CalibrationCell cell;              ///< without traces
  std::vector<core::TraceEnvelope> chains; ///< core::excessEnvelopes(), kTraceStretches at most
};
inline constexpr int kTraceStretches = 96; ///< more than a small panel has pixels to show

/// Called on the worker.
struct CalibrationJobEvents {
  std::function<void(CalibrationCellReport)> cell;    ///< again when half the step changed its verdict
  std::function<void(QString sentence)> failed;       ///< a checkpoint that cannot be read
  std::function<void(core::CalibrationResult)> ended; ///< not after an exception; cells without traces
};

/// Fills the grid; pausing blocks and cancelling stops within one sampler step, finished cells are stored and
/// not computed again by the next calibration. Returns the sentence for the job. \throws Error when nothing
/// can start or no cell could be made.
QString runCalibrationJob(const core::Run &run, const core::CalibrationRequest &request,
                          const core::CalibrationPlan &plan, core::ResultStore &store,
                          const Numerics &numerics, const CalibrationJobEvents &events, JobControl &control);

} // namespace evolute::app
