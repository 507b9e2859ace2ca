// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/numerics.h"
#include "core/results/result_store.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::app {

/// The essential dynamics of one run: outputs of its checkpoints on a fixed probe, and their principal
/// components. Keeps the rows, so that a checkpoint written later costs one forward pass. To be run by one
/// job at a time.
class EdComputation {
public:
  EdComputation(Numerics numerics, core::DeviceOptions device);

  struct Events {
    std::function<void(core::Trajectory)> refined; ///< at most twice a second, the last one final
    std::function<void(core::SkippedFile)> skipped;
  };

  /// Adds what `run` has more than the run given last time. The first time it takes the stored trajectory
  /// where the store has one of exactly these files. A finished one is stored; `store` may be null. Returns
  /// the sentence for the job. \throws Error for a model that is not known.
  QString update(const core::Run &run, core::ResultStore *store, JobControl &control, const Events &events);

private:
  bool publishStored(const core::Run &run, core::ResultStore &store, JobControl &control,
                     const Events &events) const;
  void addRows(const core::Run &run, JobControl &control, const Events &events,
               std::vector<core::SkippedFile> &skipped);
  void store(const core::Run &run, core::ResultStore &results, core::Trajectory trajectory,
             JobControl &control) const;

  Numerics m_numerics;
  core::DeviceOptions m_device;
  std::unique_ptr<FeatureSource> m_features;
  core::TrajectoryPca m_pca;
};

} // namespace evolute::app
