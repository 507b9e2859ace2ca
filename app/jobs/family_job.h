// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/numerics.h"
#include "core/family/family_estimates.h"

namespace evolute::app {

/// Called on the worker.
struct FamilyJobEvents {
  std::function<void(core::Family, core::FamilyEstimates)> opened;
  std::function<void(core::FamilyResult)> refined; ///< seldom enough to be drawn; the last one final
  std::function<void(core::SkippedFile)> skipped;
};

/// Opens runs and folders of them and looks at all their checkpoints, coarse to fine. Cancelling keeps what
/// was drawn. Returns the sentence for the job. \throws Error when there is nothing to compare.
QString runFamilyJob(const std::vector<std::filesystem::path> &paths, const core::FamilySettings &settings,
                     const core::DeviceOptions &device, const Numerics &numerics,
                     const FamilyJobEvents &events, JobControl &control);

} // namespace evolute::app
