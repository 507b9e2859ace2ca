// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>

#include "app/jobs/numerics.h"

namespace evolute::test {

/// A calibration of known outcome, fast and steerable from the test's thread: steps up to 3e-4 are healthy
/// and on a plateau, 1e-3 spikes at the start, larger ones run off. The chains are a rise to a level and a
/// ripple.
struct FakeCalibration {
  static constexpr int kStepsPerCell = 5, kDraws = 120, kChains = 3;
  std::atomic<int> microsecondsPerStep{0};
  std::atomic<int> cellsComputed{0};

  static core::CalibrationPlan plan() {
    core::CalibrationPlan plan;
    plan.stepSizes = {1e-4, 3e-4, 1e-3, 3e-3};
    plan.localizations = {10, 30};
    plan.inverseTemperatures = {50};
    plan.steps = {10, 1000, 10000};
    plan.firstStep = 1e-4;
    plan.secondsPerCell = 12;
    return plan;
  }

  static void addTo(app::Numerics &numerics, const std::shared_ptr<FakeCalibration> &fake) {
    numerics.planCalibration = [](const core::Run &, const core::CalibrationRequest &,
                                  const core::Observer &) { return plan(); };
    numerics.calibrate = [fake](const core::Run &, const core::CalibrationRequest &request,
                                const core::CalibrationPlan &asked, core::ResultStore &store,
                                const core::CalibrationEvents &events) {
      return fake->calibrate(request, asked, store, events);
    };
  }

  static core::LlcEstimate estimate(double stepSize, double localization, std::int64_t step) {
    core::LlcEstimate e;
    e.step = step;
    e.checkpointHash = "checkpoint" + std::to_string(step);
    e.dataHash = "data";
    e.inverseTemperature = 50;
    e.initialLoss = 0.2;
    const double level = 5 + std::log1p(double(step)) + (stepSize > 5e-4 ? 4 : 0) + 0.001 * localization;
    const bool runsOff = stepSize > 2e-3;
    e.excess.resize(kDraws, kChains);
    for (int draw = 0; draw < kDraws; ++draw)
      for (int chain = 0; chain < kChains; ++chain) {
        const double rise = 1 - std::exp(-draw / 15.0);
        const double spike = stepSize > 5e-4 && draw < 12 ? 3 * level : 0;
        const double ripple =
            0.2 * level * std::sin(0.9 * draw + 2 * chain) * std::sin(0.21 * draw * (chain + 1));
        e.excess(draw, chain) = runsOff && chain == 1 && draw > 30
                                    ? std::numeric_limits<float>::quiet_NaN()
                                    : float((level * rise + spike + ripple) / 50);
      }
    e.loss = e.excess + 0.2F;
    e.llc = e.llcPaired = e.llcPlain = level;
    e.standardError = 0.02 * level;
    e.sdOverChains = 0.04 * level;
    e.rhat = 1.01;
    e.essBulk = 210;
    e.essTail = 180;
    e.acceptance = 0.93;
    e.shareBelow = 0.02;
    e.chains.resize(kChains);
    for (core::ChainEvidence &chain : e.chains)
      chain = {level, level, 0.93, 1.2, 0.01, 0.002, 0.3, kDraws, core::ChainEnd::Completed, {}};
    if (runsOff)
      e.verdict = {"diverged", "1 of the chains ran off to a loss that is not a number."};
    else if (stepSize > 5e-4)
      e.verdict = {"start-spike",
                   "The first tenth of the draws peaks at 3.1 times the peak of the last half; "
                   "2 is allowed."};
    e.seconds = 0.1;
    return e;
  }

private:
  core::CalibrationResult calibrate(const core::CalibrationRequest &request,
                                    const core::CalibrationPlan &plan, core::ResultStore &store,
                                    const core::CalibrationEvents &events) {
    core::CalibrationResult result;
    core::CalibrationEvents::State state;
    state.cellsTotal = plan.cellCount();
    for (std::size_t i = 0; i < plan.stepSizes.size(); ++i)
      for (std::size_t j = 0; j < plan.localizations.size(); ++j)
        for (std::size_t s = 0; s < plan.steps.size(); ++s) {
          core::LlcSettings settings = request.base;
          settings.stepSize = plan.stepSizes[i];
          settings.localization = plan.localizations[j];
          settings.inverseTemperature = plan.inverseTemperatures.front();
          core::CalibrationCell cell{
              i, j, 0, s, estimate(settings.stepSize, settings.localization, plan.steps[s]), false};
          cell.estimate.settingsHash = settings.hash();
          if (const auto stored = store.find(core::keyOf(cell.estimate))) {
            cell.estimate = *stored;
            cell.stored = true;
          } else {
            for (int k = 0; k < kStepsPerCell; ++k) {
              std::this_thread::sleep_for(std::chrono::microseconds(microsecondsPerStep));
              state.fractionOfCurrent = double(k + 1) / kStepsPerCell;
              if (events.progress(state) == core::Flow::Stop) {
                result.stopped = true;
                return result;
              }
            }
            store.put(cell.estimate, settings);
            ++cellsComputed;
          }
          ++state.cellsDone;
          state.fractionOfCurrent = 0;
          events.cell(cell);
          result.cells.push_back(cell);
        }
    const auto choices = core::rankChoices(plan, result.cells);
    if (choices.empty()) {
      result.reason = "No settings are recommended.";
      return result;
    }
    result.recommended = choices.front();
    result.settings = request.base;
    result.settings.stepSize = plan.stepSizes[choices.front().place[0]];
    result.settings.localization = plan.localizations[choices.front().place[1]];
    result.settings.inverseTemperature = plan.inverseTemperatures.front();
    result.reason = "healthy at every checkpoint, and its neighbours agree";
    return result;
  }
};

} // namespace evolute::test
