// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/jobs/numerics.h"
#include "core/checkpoint/checkpoint_file.h"
#include "core/error.h"
#include "core/llc/curve_schedule.h"

namespace evolute::test {

/// Numerics of known outcome for SyntheticRun, fast and steerable from the test's thread: λ̂ of a checkpoint
/// is kSlope * step; its features are its weights.
struct FakeNumerics {
  static constexpr double kSlope = 0.5;
  static constexpr int kStepsPerEstimate = 10;

  std::atomic<int> microsecondsPerStep{0};
  std::atomic<int> samplerSteps{0};      ///< all that were ever done
  std::atomic<int> featuresMade{0};      ///< checkpoints whose features were computed
  std::atomic<std::int64_t> badStep{-1}; ///< its estimate fails
  std::atomic<int> forecasts{0};

  std::vector<std::int64_t> order() const { ///< of the estimates computed
    const std::lock_guard lock(m_mutex);
    return m_order;
  }

  /// `fake` is shared with the work, which may outlive the test's scope for a moment.
  static app::Numerics of(const std::shared_ptr<FakeNumerics> &fake) {
    app::Numerics numerics;
    numerics.summarizeModel = [](const core::Run &run) {
      core::ModelSummary model;
      model.family = "synthetic";
      model.components = {{"all", {}, 16}};
      model.slices = {"train"};
      if (run.index.checkpoints.empty())
        model.problem = "There is no checkpoint yet.";
      return model;
    };
    numerics.computeLlcCurve = [fake](const core::Run &run, const core::LlcRequest &request,
                                      core::ResultStore &store, const core::LlcCurveEvents &events) {
      return fake->curve(run, request, store, events);
    };
    numerics.forecastEstimateSeconds = [fake](const core::Run &run, const core::LlcRequest &) {
      ++fake->forecasts;
      if (run.index.checkpoints.empty())
        throw core::Error("There is no checkpoint to try.");
      return 0.25;
    };
    numerics.makeFeatures = [fake](const core::Run &,
                                   const core::DeviceOptions &) -> std::unique_ptr<app::FeatureSource> {
      return std::make_unique<Features>(fake);
    };
    return numerics;
  }

private:
  class Features : public app::FeatureSource {
  public:
    explicit Features(std::shared_ptr<FakeNumerics> fake) : m_fake(std::move(fake)) {}
    std::string probeHash() const override { return "probe"; }
    void addMissingRows(core::TrajectoryPca &pca, const core::Run &run,
                        std::vector<core::SkippedFile> *skipped, const core::Observer &observe) override {
      const auto total = std::int64_t(run.index.checkpoints.size());
      std::int64_t done = 0;
      for (const auto &checkpoint : run.index.checkpoints) {
        if (!pca.hasStep(checkpoint.step)) {
          try {
            pca.addRow(checkpoint.step, core::CheckpointFile::open(checkpoint.path).readFloat32("w"));
            ++m_fake->featuresMade;
          } catch (const core::Error &error) {
            skipped->push_back({checkpoint.path, error.what()});
          }
          std::this_thread::sleep_for(std::chrono::microseconds(m_fake->microsecondsPerStep));
        }
        if (observe({++done, total, "checkpoints"}) == core::Flow::Stop)
          return;
      }
    }

  private:
    std::shared_ptr<FakeNumerics> m_fake;
  };

  core::LlcCurveOutcome curve(const core::Run &run, const core::LlcRequest &request, core::ResultStore &store,
                              const core::LlcCurveEvents &events) {
    std::map<std::int64_t, core::CheckpointEntry> files;
    for (const auto &checkpoint : run.index.checkpoints)
      if (request.steps.empty() || std::count(request.steps.begin(), request.steps.end(), checkpoint.step))
        files[checkpoint.step] = checkpoint;
    std::vector<std::int64_t> steps;
    for (const auto &[step, file] : files)
      steps.push_back(step);
    core::CurveSchedule schedule(steps);
    core::LlcCurveOutcome outcome;
    core::LlcCurveEvents::State state;
    state.estimatesTotal = std::int64_t(steps.size());
    for (const auto passed : steps) { // as core does while it looks for what is stored
      state.currentStep = passed;
      if (events.progress(state) == core::Flow::Stop) {
        outcome.stopped = true;
        return outcome;
      }
    }
    for (;;) {
      for (const auto wanted : events.promoted())
        schedule.promote(wanted);
      const auto step = schedule.next();
      if (!step)
        return outcome;
      state.currentStep = *step;
      state.currentComponent = "all";
      schedule.report(*step, kSlope * double(*step));
      if (*step == badStep) {
        ++outcome.failed;
        ++state.estimatesDone;
        events.failed(*step, "The estimate of step " + std::to_string(*step) + " was made to fail.");
        continue;
      }
      core::LlcEstimate estimate;
      estimate.step = *step;
      estimate.checkpointHash = core::CheckpointFile::open(files[*step].path).contentHash();
      estimate.dataHash = "data";
      estimate.settingsHash = request.settings.hash();
      if (const auto stored = store.find(core::keyOf(estimate))) {
        ++outcome.reused;
        ++state.estimatesDone;
        events.done(*stored, true);
        continue;
      }
      for (int i = 0; i < kStepsPerEstimate; ++i) {
        std::this_thread::sleep_for(std::chrono::microseconds(microsecondsPerStep));
        ++samplerSteps;
        state.fractionOfCurrent = double(i + 1) / kStepsPerEstimate;
        state.secondsLeft = 1.0;
        if (events.progress(state) == core::Flow::Stop) {
          outcome.stopped = true;
          return outcome;
        }
      }
      state.fractionOfCurrent = 0;
      estimate.llc = estimate.llcPaired = estimate.llcPlain = kSlope * double(*step);
      estimate.loss = estimate.excess = Eigen::ArrayXXf::Constant(5, 2, 0.5F);
      estimate.chains.resize(2);
      store.put(estimate, request.settings);
      {
        const std::lock_guard lock(m_mutex);
        m_order.push_back(*step);
      }
      ++outcome.computed;
      ++state.estimatesDone;
      events.done(estimate, false);
    }
  }

  mutable std::mutex m_mutex;
  std::vector<std::int64_t> m_order;
};

} // namespace evolute::test
