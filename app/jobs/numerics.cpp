// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/numerics.h"

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

} // namespace

Numerics coreNumerics() {
  return {core::summarizeModel, core::computeLlcCurve, core::forecastEstimateSeconds,
          [](const core::Run &run, const core::DeviceOptions &device) -> std::unique_ptr<FeatureSource> {
            return std::make_unique<CoreFeatures>(run, device);
          },
          core::planCalibration, core::calibrate};
}

} // namespace evolute::app
