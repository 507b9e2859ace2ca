// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/run_watcher.h"
#include "core/stages/stage_proposal.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::app {

/// What stages are to be proposed from. A value; columns are taken out of the log on the worker.
struct StagesRequest {
  core::Curve curve;                              ///< of estimates; without steps: the column `metric`
  std::string metric;                             ///< of the log
  std::vector<std::string> changesOf;             ///< further columns, looked at for change points
  std::shared_ptr<const MetricsSnapshot> metrics; ///< may be null where no column is named
  core::Trajectory trajectory;                    ///< its vertices are evidence; without steps: none
  core::StageSettings settings;
};

inline constexpr int kVertexWalks = 200; ///< random walks that a trajectory's vertices are compared with

/// Vertices of the trajectory against random walks, then the slope and the changes of the curves. Cancelling
/// answers after one walk or one curve. `proposed` is called on the worker, not after a cancel or an
/// exception. Returns the sentence for the job. \throws Error for a column that is not there or has no finite
/// value.
QString runStagesJob(const StagesRequest &request, const std::function<void(core::StageProposal)> &proposed,
                     JobControl &control);

} // namespace evolute::app
