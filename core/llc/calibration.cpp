// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/calibration.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>

#include "core/error.h"
#include "core/llc/step_size_bias.h"
#include "core/number_text.h"

namespace evolute::core {

namespace {

using Clock = std::chrono::steady_clock;
using Place = std::array<std::size_t, 3>;
constexpr int kMostChecks = 4;

std::string shown(double value) {
  return numberText(value, 3);
}

/// "steps 10, 100 and 1000"
std::string stepsText(const std::vector<std::int64_t> &steps) {
  std::string text = steps.size() == 1 ? "step " : "steps ";
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += (i == 0 ? "" : i + 1 == steps.size() ? " and " : ", ") + std::to_string(steps[i]);
  return text;
}

std::string capitalised(std::string text) {
  text.front() = char(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

/// Early, middle and late: the checkpoints next to thirds of log(1 + step).
std::vector<std::int64_t> earlyMiddleLate(const RunIndex &index) {
  std::vector<std::int64_t> chosen;
  const double end = std::log1p(double(index.checkpoints.back().step));
  for (const double share : {1.0 / 3, 2.0 / 3, 1.0}) {
    const auto nearest = std::min_element(index.checkpoints.begin(), index.checkpoints.end(),
                                          [&](const CheckpointEntry &a, const CheckpointEntry &b) {
                                            const auto distance = [&](const CheckpointEntry &c) {
                                              return std::abs(std::log1p(double(c.step)) - share * end);
                                            };
                                            return distance(a) < distance(b);
                                          });
    chosen.push_back(nearest->step);
  }
  return chosen;
}

const CheckpointEntry &checkpointAt(const Run &run, std::int64_t step) {
  for (const CheckpointEntry &entry : run.index.checkpoints)
    if (entry.step == step)
      return entry;
  throw Error(run.index.root.string() + ": expected a checkpoint at step " + std::to_string(step) +
              ", found none");
}

template <class Value> void sortUnique(std::vector<Value> &values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

std::vector<double> axis(const char *name, std::vector<double> given, double middle,
                         std::initializer_list<double> factors) {
  if (given.empty())
    for (const double factor : factors)
      given.push_back(middle * factor);
  for (const double value : given)
    if (!(std::isfinite(value) && value > 0))
      throw Error(std::string("calibration: ") + name + ": expected numbers above 0, found " + shown(value));
  sortUnique(given);
  return given;
}

/// Two digits say all that the rule can, and are the same whatever number of threads summed the curvature:
/// stored cells are found again by their settings to the last digit.
double twoDigits(double value) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::round(value / unit) * unit;
}

bool isBurntIn(const LlcSettings &s) {
  return double(s.burnInSteps) >= kBurnInRelaxations * s.relaxationSteps();
}

/// One calibration while it runs.
class CalibrationRun {
public:
  CalibrationRun(const Run &run, const CalibrationRequest &request, const CalibrationPlan &plan,
                 ResultStore &store, const CalibrationEvents &events)
      : m_run(run), m_request(request), m_plan(plan), m_store(store), m_events(events) {
    m_state.cellsTotal = plan.cellCount();
    for (const Place &place : bestFirst())
      m_stepsLeft += stepsAt(place) * double(plan.steps.size());
    m_stepsOfMean = m_stepsLeft / double(std::max<std::int64_t>(plan.cellCount(), 1));
  }

  CalibrationResult run() {
    for (const Place &place : bestFirst()) {
      compute(place);
      if (m_result.stopped)
        break;
    }
    if (!m_result.stopped)
      choose();
    if (m_result.stopped)
      m_result.reason = "The calibration was stopped before a choice was checked.";
    return std::move(m_result);
  }

private:
  /// Places by their distance in cells from the first step size at the middle of the other axes.
  std::vector<Place> bestFirst() const {
    const auto &steps = m_plan.stepSizes;
    const auto nearest = std::min_element(steps.begin(), steps.end(), [&](double a, double b) {
      return std::abs(std::log(a / m_plan.firstStep)) < std::abs(std::log(b / m_plan.firstStep));
    });
    const Place start{std::size_t(nearest - steps.begin()), m_plan.localizations.size() / 2,
                      m_plan.inverseTemperatures.size() / 2};
    std::vector<Place> all;
    for (std::size_t i = 0; i < steps.size(); ++i)
      for (std::size_t j = 0; j < m_plan.localizations.size(); ++j)
        for (std::size_t k = 0; k < m_plan.inverseTemperatures.size(); ++k)
          all.push_back({i, j, k});
    const auto distance = [&](const Place &p) {
      std::ptrdiff_t sum = 0;
      for (std::size_t d = 0; d < 3; ++d)
        sum += std::abs(std::ptrdiff_t(p[d]) - std::ptrdiff_t(start[d]));
      return sum;
    };
    std::stable_sort(all.begin(), all.end(),
                     [&](const Place &a, const Place &b) { return distance(a) < distance(b); });
    return all;
  }

  /// Of a chain.
  double stepsAt(const Place &place) const {
    return double(settingsOf(m_request, m_plan, place).stepsPerChain());
  }

  LlcRequest requestOf(const Place &place) const {
    LlcRequest request;
    request.steps = m_plan.steps;
    request.components = {m_request.component};
    request.slice = m_request.slice;
    request.settings = settingsOf(m_request, m_plan, place);
    request.device = m_request.device;
    return request;
  }

  std::string nameOf(const Place &place) const {
    return "eps " + shown(m_plan.stepSizes[place[0]]) + ", gamma " + shown(m_plan.localizations[place[1]]) +
           ", n*beta " + shown(m_plan.inverseTemperatures[place[2]]);
  }

  /// Events of a sweep over the checkpoints at one place.
  LlcCurveEvents sweepEvents(const std::string &what) {
    LlcCurveEvents events;
    events.progress = [this, what](const LlcCurveEvents::State &state) {
      m_state.fractionOfCurrent = m_checking ? 0 : state.fractionOfCurrent;
      m_state.secondsElapsed = std::chrono::duration<double>(Clock::now() - m_start).count();
      // In steps of a chain, for cells differ in length; the check is taken for one of a mean cell.
      const double checks = 2.0 * double(m_plan.steps.size()) * m_stepsOfMean;
      const double left = m_stepsLeft - state.fractionOfCurrent * m_stepsOfCurrent + checks;
      const double perStep =
          m_stepsComputed > 0 ? m_secondsComputing / m_stepsComputed : m_plan.secondsPerCell / m_stepsOfMean;
      m_state.secondsLeft = m_checking ? state.secondsLeft : left * perStep;
      m_state.what = what;
      if (m_events.progress && m_events.progress(m_state) == Flow::Stop)
        return Flow::Stop;
      return Flow::Continue;
    };
    events.failed = [this](std::int64_t, const std::string &sentence) {
      if (m_events.failed)
        m_events.failed(sentence);
    };
    return events;
  }

  void compute(const Place &place) {
    LlcCurveEvents events = sweepEvents(nameOf(place));
    const LlcSettings settings = settingsOf(m_request, m_plan, place);
    m_stepsOfCurrent = stepsAt(place);
    events.done = [&](const LlcEstimate &estimate, bool stored) {
      ++m_state.cellsDone;
      m_stepsLeft -= m_stepsOfCurrent;
      if (!stored) {
        m_stepsComputed += m_stepsOfCurrent;
        m_secondsComputing += estimate.seconds;
      }
      CalibrationCell cell{place[0], place[1], place[2], placeOfStep(estimate.step), estimate, stored,
                           settings.stepsPerChain(), isBurntIn(settings)};
      if (m_events.cell)
        m_events.cell(cell);
      m_result.cells.push_back(std::move(cell));
    };
    m_result.stopped = computeLlcCurve(m_run, requestOf(place), m_store, events).stopped;
  }

  std::size_t placeOfStep(std::int64_t step) const {
    return std::size_t(std::find(m_plan.steps.begin(), m_plan.steps.end(), step) - m_plan.steps.begin());
  }

  void choose() {
    m_checking = true;
    const std::vector<std::size_t> left = stepsWithoutMinimum(m_plan, m_result.cells);
    for (std::size_t i = 0; i < m_plan.steps.size(); ++i)
      (std::find(left.begin(), left.end(), i) == left.end() ? m_judged : m_result.stepsWithoutMinimum)
          .push_back(m_plan.steps[i]);
    std::vector<Place> failed;
    const std::vector<CalibrationChoice> choices = rankChoices(m_plan, m_result.cells);
    for (const CalibrationChoice &choice : choices) {
      if (std::isnan(choice.change)) { // and all after it
        m_lonely = choice.place;
        break;
      }
      if (int(failed.size()) == kMostChecks)
        break;
      // A larger step than one that was too large needs no trial.
      if (std::any_of(failed.begin(), failed.end(), [&](const Place &f) {
            return choice.place[0] >= f[0] && choice.place[1] == f[1] && choice.place[2] == f[2];
          }))
        continue;
      if (survivesHalfTheStep(choice.place)) {
        recommend(choice);
        return;
      }
      if (m_result.stopped)
        return;
      failed.push_back(choice.place);
    }
    sayWhyNone(failed.size());
  }

  bool survivesHalfTheStep(const Place &place) {
    std::size_t healthy = 0;
    LlcCurveEvents events = sweepEvents("half the step of " + nameOf(place));
    events.done = [&](const LlcEstimate &estimate, bool) {
      healthy += std::isfinite(estimate.halfStepDifference) && estimate.verdict.healthy() ? 1 : 0;
      for (CalibrationCell &cell : m_result.cells)
        if (cell.place() == place && cell.step == placeOfStep(estimate.step)) {
          cell.estimate = estimate;
          if (m_events.cell)
            m_events.cell(cell);
        }
    };
    LlcRequest request = requestOf(place);
    request.steps = m_judged;
    m_result.stopped = computeStepSizeChecks(m_run, request, m_store, events).stopped;
    return !m_result.stopped && healthy == m_judged.size();
  }

  void recommend(const CalibrationChoice &choice) {
    m_result.recommended = choice;
    m_result.settings = settingsOf(m_request, m_plan, choice.place);
    double half = 0;
    for (const CalibrationCell &cell : m_result.cells)
      if (cell.place() == choice.place && std::isfinite(cell.estimate.halfStepDifference))
        half = std::max(half, std::abs(cell.estimate.halfStepDifference / cell.estimate.llc));
    const std::string where = nameOf(choice.place) + ": healthy at " + stepsText(m_judged) +
                              ", its burn-in of " + std::to_string(m_result.settings.burnInSteps) +
                              " steps lasts " +
                              shown(m_result.settings.burnInSteps / m_result.settings.relaxationSteps()) +
                              " relaxation times, half the step moves "
                              "lambda-hat by at most " +
                              shown(100 * half) + " %, ";
    if (choice.onPlateau)
      m_result.reason = where + "the neighbouring cells by at most " + shown(100 * choice.change) +
                        " %, and no other cell on this plateau needs fewer steps for a given error.";
    else
      m_result.reason = where + "but there is no plateau: the neighbouring cells differ by " +
                        shown(100 * choice.change) +
                        " %, the least of all; compare values of these settings only with "
                        "each other.";
    m_result.reason += remarkOnTheRest();
  }

  /// What a researcher must know of checkpoints that had no say: an estimate there is no learning
  /// coefficient.
  std::string remarkOnTheRest() const {
    if (m_result.stepsWithoutMinimum.empty())
      return {};
    return " " + capitalised(stepsText(m_result.stepsWithoutMinimum)) +
           " had no say: every setting falls below L(w*) there, so w* is no minimum of the loss yet, as near "
           "the initialisation; read lambda-hat at such steps for its trend at these same settings, not as a "
           "learning coefficient.";
  }

  void sayWhyNone(std::size_t failedChecks) {
    if (m_judged.empty()) {
      m_result.reason =
          "No settings are recommended: at " + stepsText(m_plan.steps) +
          " every setting falls below L(w*), so w* is no minimum of the loss; calibrate at later "
          "checkpoints, or with a stronger pull (gamma).";
      return;
    }
    std::map<std::string, int> codes;
    std::int64_t notBurntIn = 0;
    for (const CalibrationCell &cell : m_result.cells) {
      notBurntIn += cell.burntIn ? 0 : 1;
      if (!cell.estimate.verdict.healthy())
        ++codes[cell.estimate.verdict.code];
    }
    const auto most = std::max_element(codes.begin(), codes.end(),
                                       [](const auto &a, const auto &b) { return a.second < b.second; });
    m_result.reason =
        failedChecks > 0
            ? "No settings are recommended: the " + std::to_string(failedChecks) +
                  " best did not keep healthy verdicts at half the step"
        : m_lonely ? "No settings are recommended: " + nameOf(*m_lonely) +
                         " is healthy, but no neighbour of it is, with which its lambda-hat could be compared; try a "
                         "finer grid about it"
            : "No settings are recommended: none of the grid is burnt in with healthy verdicts at " + stepsText(m_judged);
    if (most != codes.end())
      m_result.reason += "; " + std::to_string(most->second) + " of " +
                         std::to_string(m_result.cells.size()) + " cells are " + most->first;
    if (notBurntIn > 0)
      m_result.reason += "; " + std::to_string(notBurntIn) + " are not burnt in: " + shown(kBurnInRelaxations) +
                         " relaxation times would take over " + shown(kLongestCell) +
                         " times the steps asked for, so ask for longer chains or a larger gamma";
    m_result.reason += "." + remarkOnTheRest();
  }

  const Run &m_run;
  const CalibrationRequest &m_request;
  const CalibrationPlan &m_plan;
  ResultStore &m_store;
  const CalibrationEvents &m_events;
  CalibrationEvents::State m_state;
  CalibrationResult m_result;
  Clock::time_point m_start = Clock::now();
  double m_stepsLeft = 0, m_stepsComputed = 0, m_stepsOfCurrent = 0, m_stepsOfMean = 0; ///< of a chain
  double m_secondsComputing = 0;
  std::vector<std::int64_t> m_judged; ///< checkpoints that have a say
  std::optional<Place> m_lonely; ///< a healthy cell without a healthy neighbour
  bool m_checking = false;
};

} // namespace

LlcSettings settingsOf(const CalibrationRequest &request, const CalibrationPlan &plan, const Place &place) {
  LlcSettings settings = request.base;
  settings.stepSize = plan.stepSizes.at(place[0]);
  settings.localization = plan.localizations.at(place[1]);
  settings.inverseTemperature = plan.inverseTemperatures.at(place[2]);
  const double wanted = std::ceil(kBurnInRelaxations * settings.relaxationSteps());
  if (!(2 * wanted <= kLongestCell * double(settings.stepsPerChain()))) // burn-in, and draws as long
    return settings;
  settings.burnInSteps = std::max(settings.burnInSteps, int(wanted));
  settings.stepsBetweenDraws =
      std::max(settings.stepsBetweenDraws, int(std::ceil(wanted / double(settings.drawCount))));
  return settings;
}

CalibrationPlan planCalibration(const Run &run, const CalibrationRequest &request, const Observer &observe) {
  if (run.index.checkpoints.empty())
    throw Error(run.index.root.string() + ": expected checkpoints, found none");
  CalibrationPlan plan;
  plan.steps = request.steps.empty() ? earlyMiddleLate(run.index) : request.steps;
  sortUnique(plan.steps);
  const LlcSettings &base = request.base;
  plan.localizations =
      axis("gamma", request.localizations, base.localization > 0 ? base.localization : 30, {1.0 / 3, 1, 3});
  plan.inverseTemperatures =
      axis("n*beta", request.inverseTemperatures, base.effectiveInverseTemperature(), {1.0 / 3, 1, 3});
  const double gamma = plan.localizations[plan.localizations.size() / 2];
  const double nBeta = plan.inverseTemperatures[plan.inverseTemperatures.size() / 2];
  plan.firstStep = base.stepSize;
  if (request.stepSizes.empty()) {
    double steepest = 0;
    bool stopped = false;
    for (std::size_t i = 0; i < plan.steps.size() && !stopped; ++i) {
      const auto watch = [&](const Progress &) {
        stopped = observe && observe({std::int64_t(i), std::int64_t(plan.steps.size()),
                                      "curvature at step " + std::to_string(plan.steps[i])}) == Flow::Stop;
        return stopped ? Flow::Stop : Flow::Continue;
      };
      CurvatureSettings settings;
      settings.tolerance = 0.05; // the step size asks for no more
      settings.traceProbes = 0;
      settings.sampleCount = std::min<std::int64_t>(settings.sampleCount, base.sampleCount);
      plan.curvatures.push_back(estimateCurvature(run, checkpointAt(run, plan.steps[i]), request.component,
                                                  request.slice, settings, request.device, watch));
      steepest = std::max(steepest, plan.curvatures.back().largest);
    }
    plan.firstStep = firstStepSize(steepest, nBeta, gamma);
    if (!std::isfinite(plan.firstStep) || steepest <= 0)
      throw Error("calibration: expected a loss that rises somewhere around the checkpoints, found a largest "
                  "curvature of " +
                  shown(steepest) + "; give the step sizes to try");
    plan.firstStep = twoDigits(plan.firstStep);
  }
  plan.stepSizes = axis("eps", request.stepSizes, plan.firstStep, {1, 3, 9, 27});

  LlcRequest trial;
  trial.steps = {plan.steps.back()};
  trial.components = {request.component};
  trial.slice = request.slice;
  trial.device = request.device;
  trial.settings =
      settingsOf(request, plan, {0, plan.localizations.size() / 2, plan.inverseTemperatures.size() / 2});
  double steps = 0, places = 0;
  for (std::size_t i = 0; i < plan.stepSizes.size(); ++i)
    for (std::size_t j = 0; j < plan.localizations.size(); ++j)
      for (std::size_t k = 0; k < plan.inverseTemperatures.size(); ++k, ++places)
        steps += double(settingsOf(request, plan, {i, j, k}).stepsPerChain());
  plan.secondsPerCell =
      forecastEstimateSeconds(run, trial) * steps / places / double(trial.settings.stepsPerChain());
  return plan;
}

CalibrationResult calibrate(const Run &run, const CalibrationRequest &request, const CalibrationPlan &plan,
                            ResultStore &store, const CalibrationEvents &events) {
  return CalibrationRun(run, request, plan, store, events).run();
}

} // namespace evolute::core
