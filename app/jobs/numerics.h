// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/family/family.h"
#include "core/family/family_result.h"
#include "core/family/family_settings.h"
#include "core/llc/calibration.h"
#include "core/llc/llc_curve.h"
#include "core/metrics/attention_on_text.h"
#include "core/model/run_model.h"
#include "core/progress.h"
#include "core/results/result_store.h"
#include "core/trajectory/trajectory_pca.h"

namespace evolute::app {

/// Outputs of checkpoints on one fixed probe; see core::FeatureExtractor.
class FeatureSource {
public:
  virtual ~FeatureSource() = default;
  virtual std::string probeHash() const = 0;
  /// As core::addMissingRows.
  virtual void addMissingRows(core::TrajectoryPca &pca, const core::Run &run,
                              std::vector<core::SkippedFile> *skipped, const core::Observer &observe) = 0;
};

/// Several runs looked at together; see core::FamilyAnalysis.
class FamilySource {
public:
  virtual ~FamilySource() = default;
  virtual void addMissing(std::vector<core::SkippedFile> *skipped, const core::Observer &observe) = 0;
  virtual core::FamilyResult result() const = 0;
};

/// What the services ask of the heavy part of core, as functions: tests put work of known length and outcome
/// in their place. Each is called on a worker and may throw core::Error.
struct Numerics {
  std::function<core::ModelSummary(const core::Run &)> summarizeModel;
  std::function<core::LlcCurveOutcome(const core::Run &, const core::LlcRequest &, core::ResultStore &,
                                      const core::LlcCurveEvents &)>
      computeLlcCurve;
  std::function<double(const core::Run &, const core::LlcRequest &)> forecastEstimateSeconds;
  std::function<std::unique_ptr<FeatureSource>(const core::Run &, const core::DeviceOptions &)> makeFeatures;
  std::function<core::CalibrationPlan(const core::Run &, const core::CalibrationRequest &,
                                      const core::Observer &)>
      planCalibration;
  std::function<core::CalibrationResult(const core::Run &, const core::CalibrationRequest &,
                                        const core::CalibrationPlan &, core::ResultStore &,
                                        const core::CalibrationEvents &)>
      calibrate;
  std::function<std::unique_ptr<FamilySource>(const core::Family &, const core::FamilySettings &,
                                              const core::DeviceOptions &)>
      makeFamily;
  std::function<core::AttentionOnText(const core::Run &, const core::AttentionRequest &)> attentionOn;
};

/// The real thing.
Numerics coreNumerics();

} // namespace evolute::app
