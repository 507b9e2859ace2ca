// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/step_size_bias.h"

#include <cmath>
#include <map>

#include "core/llc/diagnostics.h"

namespace evolute::core {

LlcSettings atHalfStep(LlcSettings settings) {
  settings.stepSize /= 2;
  settings.burnInSteps *= 2;
  settings.stepsBetweenDraws *= 2;
  return settings;
}

LlcEstimate withStepSizeCheck(LlcEstimate whole, const LlcEstimate &half, bool exactAtAnyStep) {
  whole.halfStepDifference = whole.llc - half.llc;
  whole.halfStepDifferenceError = std::hypot(whole.standardError, half.standardError);
  whole.verdict = judge(whole, exactAtAnyStep);
  return whole;
}

LlcCurveOutcome computeStepSizeChecks(const Run &run, const LlcRequest &request, ResultStore &store,
                                      const LlcCurveEvents &events) {
  std::map<std::pair<std::int64_t, std::string>, LlcEstimate> wholes;
  LlcRequest halved = request;
  halved.settings = atHalfStep(request.settings);
  // A step of the halved chains costs what a step of the whole ones does, and there are twice as many.
  LlcCurveEvents sweep = events;
  std::int64_t doneBefore = 0;
  if (events.progress)
    sweep.progress = [&](LlcCurveEvents::State state) {
      const double left = double(state.estimatesTotal - state.estimatesDone) - state.fractionOfCurrent;
      if (doneBefore == 0 && left > 0)
        state.secondsLeft *= (left + 2.0 * double(state.estimatesTotal)) / left;
      state.estimatesDone += doneBefore;
      state.estimatesTotal *= 2;
      return events.progress(state);
    };
  sweep.done = [&](const LlcEstimate &estimate, bool) {
    wholes.emplace(std::make_pair(estimate.step, estimate.component), estimate);
  };
  LlcCurveOutcome outcome = computeLlcCurve(run, request, store, sweep);
  if (outcome.stopped) // what is finished is worth having without its check
    for (const auto &[key, whole] : wholes)
      if (events.done)
        events.done(whole, true);
  if (outcome.stopped || wholes.empty())
    return outcome;

  doneBefore = std::int64_t(wholes.size());
  sweep.done = [&](const LlcEstimate &half, bool stored) {
    const auto whole = wholes.find({half.step, half.component});
    if (whole == wholes.end())
      return;
    const LlcEstimate checked = withStepSizeCheck(std::move(whole->second), half,
                                                  request.settings.sampler == SamplerKind::Mala);
    wholes.erase(whole);
    store.putStepSizeCheck(checked);
    if (events.done)
      events.done(checked, stored);
  };
  sweep.failed = nullptr; // said in the first sweep
  const LlcCurveOutcome second = computeLlcCurve(run, halved, store, sweep);
  for (const auto &[key, whole] : wholes)
    if (events.done)
      events.done(whole, true);
  outcome.computed += second.computed;
  outcome.reused += second.reused;
  outcome.stopped = second.stopped;
  return outcome;
}

} // namespace evolute::core
