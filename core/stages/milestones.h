// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/stages/gaussian_process.h"

namespace evolute::core {

/// What counts as a milestone.
struct MilestoneSettings {
  /// Probability that a milestone must have. Places are searched for, so that 0.95 would let one of twenty
  /// straight lines have a milestone: see README.md for the rates measured.
  double certainty = 0.99;
  double level =
      0.95; ///< mass of intervals, and what the probability of a stage's sign must reach for A or B
  /// A slope is near zero below this share of the lesser of the two slopes beside it. A change of sign always
  /// is.
  double flatness = 0.25;
  /// A slope is a movement from this share of the steepest mean slope on: smaller ones are what is left of
  /// the fit.
  double leastMovement = 0.05;
  int draws = 1024;
  int gridPoints = 512; ///< evenly in x
  std::uint64_t seed = 0;
  bool operator==(const MilestoneSettings &) const = default;
};

/// Where one movement of the curve ends and another begins: its slope comes near zero between two places
/// where the curve credibly moves.
struct Milestone {
  double x = 0;             ///< median over draws
  double low = 0, high = 0; ///< interval of mass `level`, given that there is a milestone
  double probability = 0;   ///< share of the draws that have one here
};

enum class StageType { A, B, Other }; ///< the curve rises, falls, or neither is credible

/// What the curve does between two places.
struct StageChange {
  double start = 0, end = 0; ///< x
  StageType type = StageType::Other;
  double delta = 0, deltaLow = 0, deltaHigh = 0; ///< change of the curve, unit of y; interval of mass `level`
  double probabilityRises = 0;                   ///< that delta > 0
};

/// A curve, read: its smooth law, its milestones and what it does between them.
struct CurveReading {
  CurveKernel kernel;
  CurvePosterior posterior; ///< on the grid
  std::vector<Milestone> milestones;
  std::vector<StageChange> stages; ///< one more than milestones; none without points
};

/// Milestones of a curve and the stages between them, from draws of the posterior:
/// candidates are the places where the absolute mean slope is least; each is kept when, with probability
/// `certainty`, a draw has the sign of the mean at the surest places to its left and right and comes near
/// zero between them; the least probable goes first, its neighbours then lie next to each other. Its place in
/// a draw is where the draw crosses zero (the middle crossing of several) or, where it does not, where it is
/// flattest.
///
/// The stages' labels concern the sign of the net change alone. A flat end is no milestone: nothing follows.
/// Source: stages between critical points of lambda-hat in log time, Hoogland et al. 2024
/// (arXiv:2402.02364v1); there a fixed threshold on the slope of the mean, here its probability. Fewer than
/// five points, or all at one x: no milestones, the only stage is of type Other. Cost: fitting (about 0.1 ms
/// a point) and draws. Repeatable.
CurveReading readCurve(const CurvePoints &points, const MilestoneSettings &settings = {});

/// What the curve does between given places (ascending), as in readCurve(). One more stage than places.
std::vector<StageChange> stagesBetween(const GaussianProcess &process, const std::vector<double> &places,
                                       const MilestoneSettings &settings = {});

} // namespace evolute::core
