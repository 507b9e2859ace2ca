// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/llc/curve_schedule.h"
#include "core/llc/llc_estimator.h"
#include "core/results/result_store.h"

namespace evolute::core {

struct LlcRequest {
  std::vector<std::int64_t> steps;              ///< empty: every checkpoint of the run
  std::vector<std::string> components = {"all"};
  std::string slice = "train";
  LlcSettings settings;
  DeviceOptions device;
};

/// Callbacks, all from the computing thread, never two at once. Each may be empty.
struct LlcCurveEvents {
  struct State {
    std::int64_t estimatesDone = 0, estimatesTotal = 0; ///< stored ones included
    std::int64_t currentStep = -1;
    std::string currentComponent; ///< or how many run together, for people
    double fractionOfCurrent = 0; ///< of the current ones together, in estimates; components run side by side
    double secondsElapsed = 0, secondsLeft = 0; ///< left: NaN until one estimate is measured
  };
  std::function<Flow(const State &)> progress;               ///< at least once a sampler step
  std::function<void(const LlcEstimate &, bool stored)> done; ///< stored: it was there already, no work done
  std::function<void(std::int64_t step, const std::string &sentence)> failed; ///< unreadable checkpoint, say
  /// The means failed (ResourceError: a device is lost, a disk is full). Continue tries again what could not be
  /// done, an estimate that is computed already is only stored; Stop ends as any stop. Empty: the error is thrown.
  std::function<Flow(const std::string &sentence)> blocked;
  std::function<std::vector<std::int64_t>()> promoted;       ///< steps the user asks for next, since last asked
};

struct LlcCurveOutcome {
  std::int64_t computed = 0, reused = 0, failed = 0;
  bool stopped = false;
  MemoryForecast memory; ///< of the first component asked for
};

/// Estimates every (checkpoint, component) asked for, coarse to fine, skipping what the store already has and
/// storing each as soon as it is finished. \throws Error when nothing can start; one bad checkpoint is an event.
LlcCurveOutcome computeLlcCurve(const Run &run, const LlcRequest &request, ResultStore &store,
                                const LlcCurveEvents &events = {});

/// Seconds that one estimate would take among those of the request's components, from a trial of a few sampler steps on the last checkpoint
/// (about a second). \throws Error as the engine does.
double forecastEstimateSeconds(const Run &run, const LlcRequest &request);

} // namespace evolute::core
