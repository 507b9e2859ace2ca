// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/numerics.h"

#include "core/family/family_analysis.h"
#include "core/trajectory/essential_dynamics.h"

namespace evolute::app {

namespace {

class CoreFeatures : public FeatureSource {
public:
  CoreFeatures(const core::Run &run, const core::DeviceOptions &device) : m_extractor(run, {}, device) {}
  std::string probeHash() const override { return m_extractor.probeHash(); }
  void addMissingRows(core::TrajectoryPca &pca, const core::Run &run, std::vector<core::SkippedFile> *skipped,
                      const core::Observer &observe) override {
    core::addMissingRows(pca, run, m_extractor, skipped, observe);
  }

private:
  core::FeatureExtractor m_extractor;
};

class CoreFamily : public FamilySource {
public:
  CoreFamily(const core::Family &family, const core::FamilySettings &settings,
             const core::DeviceOptions &device)
      : m_analysis(family, settings, device) {}
  void addMissing(std::vector<core::SkippedFile> *skipped, const core::Observer &observe) override {
    m_analysis.addMissing(skipped, observe);
  }
  core::FamilyResult result() const override { return m_analysis.result(); }

private:
  core::FamilyAnalysis m_analysis;
};

} // namespace

Numerics coreNumerics() {
  return {core::summarizeModel,
          core::computeLlcCurve,
          core::forecastEstimateSeconds,
          [](const core::Run &run, const core::DeviceOptions &device) -> std::unique_ptr<FeatureSource> {
            return std::make_unique<CoreFeatures>(run, device);
          },
          core::planCalibration,
          core::calibrate,
          [](const core::Family &family, const core::FamilySettings &settings,
             const core::DeviceOptions &device) -> std::unique_ptr<FamilySource> {
            return std::make_unique<CoreFamily>(family, settings, device);
          },
          core::attentionOn};
}

} // namespace evolute::app
