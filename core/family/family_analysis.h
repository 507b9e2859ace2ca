// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "core/checkpoint/run_index.h"
#include "core/family/family.h"
#include "core/family/family_result.h"
#include "core/family/family_settings.h"
#include "core/model/device.h"
#include "core/progress.h"

namespace evolute::core {

/// A family of runs looked at together: their trajectories in one space, and for in-context regression what they share
/// with the two reference predictors. Source: Carroll et al. 2025, arXiv:2501.17745, sections 3 and 4.
///
/// Regression transformers: the probe is of sequences of the root task, whatever the runs were trained on; a row is the
/// predictions of y, probe x K numbers. Other models: all outputs on the probe of the first run's data.
/// Cost: a forward pass of probe + 2 x evaluation sequences a checkpoint. Not safe to use from two threads at once.
class FamilyAnalysis {
public:
  /// \throws Error where the runs are not of one model and task shape, or have no checkpoints.
  FamilyAnalysis(const Family &family, const FamilySettings &settings, const DeviceOptions &device = {});
  ~FamilyAnalysis();
  FamilyAnalysis(FamilyAnalysis &&) noexcept;
  FamilyAnalysis &operator=(FamilyAnalysis &&) noexcept;

  /// Adds the checkpoints that are not there yet, coarse to fine over all runs at once, so that result() may be asked
  /// for in between (from the observer). Progress counts checkpoints. One that cannot be read is named in `skipped` and
  /// left out.
  void addMissing(std::vector<SkippedFile> *skipped = nullptr, const Observer &observe = {});
  FamilyResult result() const;

private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

} // namespace evolute::core
