// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/llc/curvature.h"
#include "core/llc/llc_curve.h"

namespace evolute::core {

// Which settings can be trusted on this run: a grid eps x gamma x n*beta at an early, a middle and a late
// checkpoint, each cell an ordinary estimate with its verdict, stored like any other. What is stored is not
// computed again, so that a calibration that was stopped or killed goes on where it was.

/// What to try. Empty lists are filled by planCalibration().
struct CalibrationRequest {
  LlcSettings base; ///< chains, draws, batch, samples, seed ...; eps, gamma and n*beta come from the grid
  std::vector<double> stepSizes, localizations, inverseTemperatures;
  std::vector<std::int64_t> steps;
  std::string component = "all", slice = "train";
  DeviceOptions device;
};

/// The grid, its axes ascending, and what it will cost.
struct CalibrationPlan {
  std::vector<double> stepSizes, localizations, inverseTemperatures;
  std::vector<std::int64_t> steps;   ///< checkpoints, ascending
  std::vector<Curvature> curvatures; ///< at each of them; empty when the request gave the step sizes
  double firstStep = 0;      ///< where to begin on the eps axis: firstStepSize() at the largest curvature
  double secondsPerCell = 0; ///< mean over the grid, whose cells differ in length; by a trial of about a second
  std::int64_t cellCount() const {
    return std::int64_t(stepSizes.size() * localizations.size() * inverseTemperatures.size() * steps.size());
  }
  /// Of the checkpoints; 0 where none was measured.
  double largestCurvature() const {
    double largest = 0;
    for (const Curvature &curvature : curvatures)
      largest = std::max(largest, curvature.largest);
    return largest;
  }
  /// Of all cells and of the step-size check of one recommendation.
  double seconds() const { return secondsPerCell * (double(cellCount()) + 2.0 * double(steps.size())); }
};

/// Fills what the request leaves open. Checkpoints: the last, and those at one and two thirds of its log(1 +
/// step). gamma: 1/3, 1 and 3 times base's (10, 30, 100 where base has none); n*beta: likewise about base's;
/// eps: 1, 3, 9 and 27 times firstStepSize() of the largest curvature of the checkpoints at the middle gamma
/// and n*beta: the smallest is safe by the closed form, the larger ones are cheaper where a flatter bulk of
/// directions allows them. Cost: some tens of gradients over 512 samples a checkpoint. Progress counts
/// checkpoints. \throws Error as LlcEstimatorEngine does, for a step without checkpoint and for a value that
/// is not above 0.
CalibrationPlan planCalibration(const Run &run, const CalibrationRequest &request,
                                const Observer &observe = {});

/// One estimate of the grid.
struct CalibrationCell {
  std::size_t stepSize = 0, localization = 0, inverseTemperature = 0, step = 0; ///< places on the plan's axes
  LlcEstimate estimate;
  bool stored = false; ///< it was there already
  std::int64_t steps = 1; ///< of a chain, burn-in and all
  bool burntIn = true;    ///< by kBurnInRelaxations; else it is not eligible, whatever its verdict
  std::array<std::size_t, 3> place() const { return {stepSize, localization, inverseTemperature}; }
};

struct CalibrationChoice {
  std::array<std::size_t, 3> place{}; ///< eps, gamma, n*beta on the plan's axes
  bool onPlateau = false;
  /// How far lambda-hat is from the neighbouring cells, at the checkpoint and on the axis where it is
  /// farthest: as a share of lambda-hat. On an axis the nearer neighbour counts (a plateau has an edge), on
  /// the eps axis the smaller step where it is healthy. NaN where no neighbour is healthy.
  double change = 0;
  double cost =
      0; ///< (se / lambda-hat)^2 times the steps of a chain, mean over checkpoints: steps to a given error
};

/// Places on plan.steps where w* is seen to be no minimum, so that no settings can be judged there: every
/// cell falls below L(w*), but for those whose step is too big to sample anything; one at least. Near the
/// initialisation any network is like this: chains walk down the slope that training itself goes down. Empty
/// while cells are missing.
std::vector<std::size_t> stepsWithoutMinimum(const CalibrationPlan &plan,
                                             const std::vector<CalibrationCell> &cells);

/// Cells that are burnt in and healthy at every checkpoint but those of stepsWithoutMinimum(), the best first: on the
/// plateau by cost, then others by their change. None when there is no minimum at any checkpoint. A cell is
/// on the plateau when no neighbour's lambda-hat differs by more than a tenth of lambda-hat, or by more than
/// two of both their standard errors where those are wider. Pure; ties fall by place.
std::vector<CalibrationChoice> rankChoices(const CalibrationPlan &plan,
                                           const std::vector<CalibrationCell> &cells);

struct CalibrationResult {
  std::vector<CalibrationCell> cells; ///< in the order of computing, the best guess first
  std::optional<CalibrationChoice> recommended;
  LlcSettings settings;                          ///< of the recommendation
  std::vector<std::int64_t> stepsWithoutMinimum; ///< checkpoints that had no say, see above
  std::string reason;                            ///< one sentence: why this one, or why none
  bool stopped = false;
};

/// Callbacks, all from the computing thread. Each may be empty.
struct CalibrationEvents {
  struct State {
    std::int64_t cellsDone = 0, cellsTotal = 0;
    double fractionOfCurrent = 0, secondsElapsed = 0, secondsLeft = 0;
    std::string what; ///< for people: which cell, or that a choice is checked at half the step
  };
  std::function<Flow(const State &)> progress; ///< at least once a sampler step
  /// A cell is finished, or (once more) its verdict has changed by a step-size check.
  std::function<void(const CalibrationCell &)> cell;
  std::function<void(const std::string &sentence)> failed; ///< a checkpoint that cannot be read
};

/// Fills the grid outward from the first step size at the middle of the other axes, then checks the best
/// choices at half the step, one after the other and four at most, until one keeps its healthy verdicts: that
/// one is recommended. A cell without a healthy neighbour is none of them: nothing shows that its lambda-hat
/// is not the settings' own. Checkpoints without a minimum have no say, and the reason names them. Stopping keeps
/// what is finished and recommends nothing. Same numbers whether resumed or not. \throws Error as
/// computeLlcCurve() does.
CalibrationResult calibrate(const Run &run, const CalibrationRequest &request, const CalibrationPlan &plan,
                            ResultStore &store, const CalibrationEvents &events = {});

/// Relaxation times (LlcSettings::relaxationSteps()) that a cell's burn-in, and its draws after that, last at least.
/// Chains start at w*: e^-3 = 5 % of what a flat direction adds to lambda-hat is missing then, and no diagnostic sees
/// what all chains miss alike, nor does half the step with twice the burn-in.
inline constexpr double kBurnInRelaxations = 3;
/// A cell may be longer than the request's settings by this factor; one that needs more stays as it was asked for and
/// is not eligible.
inline constexpr double kLongestCell = 10;

/// Settings of one cell of the plan: burn-in and steps between draws are lengthened as above where that is allowed.
LlcSettings settingsOf(const CalibrationRequest &request, const CalibrationPlan &plan,
                       const std::array<std::size_t, 3> &place);

} // namespace evolute::core
