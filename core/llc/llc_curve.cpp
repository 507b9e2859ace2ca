// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/llc_curve.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include "core/checkpoint/checkpoint_file.h"
#include "core/model/recognized_run.h"
#include "core/resource_error.h"
#include "core/torch/summarize_chains.h"

namespace evolute::core {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<CheckpointEntry> chosenCheckpoints(const Run &run, const std::vector<std::int64_t> &steps) {
  if (steps.empty())
    return run.index.checkpoints;
  std::vector<CheckpointEntry> chosen;
  for (const std::int64_t step : steps) {
    const auto found = std::find_if(run.index.checkpoints.begin(), run.index.checkpoints.end(),
                                    [&](const CheckpointEntry &c) { return c.step == step; });
    if (found == run.index.checkpoints.end())
      throw Error(run.index.root.string() + ": expected a checkpoint at step " + std::to_string(step) +
                  ", found none");
    chosen.push_back(*found);
  }
  return chosen;
}

/// One request while it runs.
class CurveRun {
public:
  CurveRun(const Run &run, const LlcRequest &request, ResultStore &store, const LlcCurveEvents &events)
      : m_request(request), m_store(store), m_events(events),
        m_engine(run, request.slice, request.settings, request.device), m_settingsHash(request.settings.hash()),
        m_schedule({}) {
    for (CheckpointEntry &entry : chosenCheckpoints(run, request.steps)) {
      m_schedule.add(entry.step);
      m_checkpoints.emplace(entry.step, std::move(entry));
    }
    m_outcome.memory = m_engine.memory(request.components.front());
    m_state.estimatesTotal = std::int64_t(m_checkpoints.size() * request.components.size());
  }

  LlcCurveOutcome run() {
    reportStored();
    while (!m_outcome.stopped) {
      if (m_events.promoted)
        for (const std::int64_t step : m_events.promoted())
          m_schedule.promote(step);
      const auto step = m_schedule.next();
      if (!step)
        break;
      estimateStep(m_checkpoints.at(*step));
    }
    return m_outcome;
  }

private:
  std::string hashOf(const CheckpointEntry &checkpoint) {
    if (const auto known = m_store.rememberedHash(checkpoint))
      return *known;
    const std::string hash = CheckpointFile::open(checkpoint).contentHash();
    m_store.rememberHash(checkpoint, hash);
    return hash;
  }

  std::optional<LlcEstimate> stored(const CheckpointEntry &checkpoint, const std::string &component) {
    auto estimate = m_store.find({hashOf(checkpoint), component, m_engine.dataHash(), m_settingsHash});
    if (!estimate)
      estimate = storedWithOtherHeadline(checkpoint, component);
    if (estimate && estimate->step != checkpoint.step) { // the same weights stand at another step too
      estimate->step = checkpoint.step;
      waitingForMeans([&] { m_store.putStep(estimate->checkpointHash, checkpoint.step); });
    }
    return estimate;
  }

  /// Both estimators come of the same chains: what is stored under the other one needs no sampling.
  std::optional<LlcEstimate> storedWithOtherHeadline(const CheckpointEntry &checkpoint,
                                                     const std::string &component) {
    if (m_request.settings.targetStandardError > 0)
      return std::nullopt; // the other one stopped by its own error
    LlcSettings other = m_request.settings;
    other.estimator = other.estimator == LlcEstimator::Paired ? LlcEstimator::Plain : LlcEstimator::Paired;
    auto found = m_store.find({hashOf(checkpoint), component, m_engine.dataHash(), other.hash()});
    if (!found || found->loss.size() == 0)
      return std::nullopt;
    LlcEstimate estimate =
        summarizeChains(m_request.settings,
                        {std::move(found->loss), std::move(found->excess), std::move(found->chains)},
                        found->initialLoss, found->initialLossError);
    estimate.step = checkpoint.step;
    estimate.checkpointHash = found->checkpointHash;
    estimate.component = component;
    estimate.slice = found->slice;
    estimate.dataHash = found->dataHash;
    estimate.seconds = found->seconds;
    waitingForMeans([&] { m_store.put(estimate, m_request.settings); });
    return estimate;
  }

  /// What is there already comes first and at once, so that the curve shows before any work is done. Only of files
  /// whose hash is remembered: reading all of a run of gigabytes would keep the first estimate waiting for minutes.
  /// The others are looked up when their turn comes.
  void reportStored() {
    for (const auto &[step, checkpoint] : m_checkpoints) {
      if (!keepGoing(step, {}, 0))
        return;
      if (!m_store.rememberedHash(checkpoint))
        continue;
      std::size_t found = 0;
      m_lastValue = std::numeric_limits<double>::quiet_NaN();
      try {
        for (const std::string &component : m_request.components)
          if (const auto estimate = stored(checkpoint, component)) {
            accept(*estimate, true);
            ++found;
          }
      } catch (const Error &error) {
        fail(step, error.what());
        found = m_request.components.size();
      }
      if (found == m_request.components.size())
        m_schedule.report(step, m_lastValue);
    }
  }

  void estimateStep(const CheckpointEntry &checkpoint) {
    m_lastValue = std::numeric_limits<double>::quiet_NaN();
    try {
      std::vector<std::string> missing;
      for (const std::string &component : m_request.components) {
        if (m_accepted.contains({checkpoint.step, component}))
          continue;
        // Stored since: by another writer, or of the same weights at another step.
        if (const auto estimate = stored(checkpoint, component))
          accept(*estimate, true);
        else
          missing.push_back(component);
      }
      if (!missing.empty())
        estimateMissing(checkpoint, missing);
      if (m_outcome.stopped)
        return;
    } catch (const ResourceError &) {
      throw;
    } catch (const Error &error) {
      fail(checkpoint.step, error.what());
    }
    m_schedule.report(checkpoint.step, m_lastValue);
  }

  /// All of them as one job. When stopped, partial estimates are not kept: their numbers would differ from whole
  /// ones'.
  void estimateMissing(const CheckpointEntry &checkpoint, const std::vector<std::string> &missing) {
    const std::string at =
        missing.size() == 1 ? missing.front() : std::to_string(missing.size()) + " components";
    const auto start = Clock::now();
    const double before = m_secondsComputing;
    waitingForMeans([&] {
      std::vector<std::string> left; // after a device was lost: what was finished before need not be done again
      for (const std::string &component : missing)
        if (!m_accepted.contains({checkpoint.step, component}))
          left.push_back(component);
      std::int64_t kept = 0;
      const auto observe = [&](const Progress &p) {
        const double share = double(p.done) / double(std::max<std::int64_t>(p.total, 1));
        return keepGoing(checkpoint.step, at, share * double(left.size()) - double(kept)) ? Flow::Continue
                                                                                           : Flow::Stop;
      };
      m_engine.estimateAll(checkpoint, left, observe, [&](const LlcEstimate &estimate) {
        if (!m_outcome.stopped)
          waitingForMeans([&] { m_store.put(estimate, m_request.settings); });
        if (m_outcome.stopped)
          return;
        m_secondsComputing = before + secondsSince(start);
        ++kept;
        accept(estimate, false);
      });
    });
  }

  /// Runs `work` until it does not lack means, or the user has had enough.
  template <class Work> void waitingForMeans(Work &&work) {
    for (;;) {
      try {
        return work();
      } catch (const ResourceError &error) {
        if (!m_events.blocked)
          throw;
        m_outcome.stopped = m_events.blocked(error.what()) == Flow::Stop;
        if (m_outcome.stopped)
          return;
      }
    }
  }

  bool keepGoing(std::int64_t step, const std::string &component, double fraction) {
    m_state.currentStep = step;
    m_state.currentComponent = component;
    m_state.fractionOfCurrent = fraction;
    m_state.secondsElapsed = secondsSince(m_start);
    const double left = double(m_state.estimatesTotal - m_state.estimatesDone) - fraction;
    m_state.secondsLeft = m_outcome.computed > 0 ? left * m_secondsComputing / double(m_outcome.computed)
                                                 : std::numeric_limits<double>::quiet_NaN();
    if (m_events.progress && m_events.progress(m_state) == Flow::Stop)
      m_outcome.stopped = true;
    return !m_outcome.stopped;
  }

  void accept(const LlcEstimate &estimate, bool wasStored) {
    m_accepted.emplace(estimate.step, estimate.component);
    ++m_state.estimatesDone;
    ++(wasStored ? m_outcome.reused : m_outcome.computed);
    m_lastValue = estimate.llc;
    if (m_events.done)
      m_events.done(estimate, wasStored);
  }

  void fail(std::int64_t step, const std::string &sentence) {
    ++m_outcome.failed;
    if (m_events.failed)
      m_events.failed(step, sentence);
  }

  const LlcRequest &m_request;
  ResultStore &m_store;
  const LlcCurveEvents &m_events;
  LlcEstimatorEngine m_engine;
  std::string m_settingsHash;
  CurveSchedule m_schedule;
  std::map<std::int64_t, CheckpointEntry> m_checkpoints;
  std::set<std::pair<std::int64_t, std::string>> m_accepted; ///< told as done
  LlcCurveEvents::State m_state;
  LlcCurveOutcome m_outcome;
  Clock::time_point m_start = Clock::now();
  double m_secondsComputing = 0;
  double m_lastValue = std::numeric_limits<double>::quiet_NaN();
};

} // namespace

LlcCurveOutcome computeLlcCurve(const Run &run, const LlcRequest &request, ResultStore &store,
                                const LlcCurveEvents &events) {
  if (request.components.empty())
    throw Error("components: expected at least one, found none");
  return CurveRun(run, request, store, events).run();
}

double forecastEstimateSeconds(const Run &run, const LlcRequest &request) {
  // A trial of few steps with all chains, so that threads are as busy as they will be. The first steps pay for
  // warming up; the second half is measured.
  constexpr double kTrialSeconds = 1.0;
  LlcEstimatorEngine engine(run, request.slice, request.settings, request.device);
  const auto start = Clock::now();
  double warm = 0, last = 0;
  std::int64_t warmSteps = 0, lastSteps = 0, total = 1;
  const auto count = std::int64_t(request.components.size());
  const auto observe = [&](const Progress &p) {
    last = secondsSince(start);
    lastSteps = p.done;
    total = p.total;
    if (warmSteps == 0 && p.done >= 2 * request.settings.chainCount * count) {
      warm = last;
      warmSteps = p.done;
    }
    return last - warm < kTrialSeconds || warmSteps == 0 ? Flow::Continue : Flow::Stop;
  };
  engine.estimateAll(recognizeRun(run).checkpoint, request.components, observe, [](const LlcEstimate &) {});
  const double perStep = lastSteps > warmSteps ? (last - warm) / double(lastSteps - warmSteps) : last / double(std::max<std::int64_t>(lastSteps, 1));
  return perStep * double(total) / double(count);
}

} // namespace evolute::core
