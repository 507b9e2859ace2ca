// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/stages/gaussian_process.h"

namespace evolute::core {

enum class ChangeKind { Level, Slope }; ///< pieces are constants, or straight lines of their own

struct ChangePointSettings {
  ChangeKind kind = ChangeKind::Slope;
  /// Cost of one change in units of twice a log likelihood; 0 means (p + 2) log n with p numbers a piece (1
  /// or 2): what a piece and its place must explain beyond noise.
  double penalty = 0;
  double level = 0.95; ///< mass of the intervals
};

/// Between two pieces of a curve.
struct ChangePoint {
  double x = 0;             ///< half-way between the last point of a piece and the first of the next
  double low = 0, high = 0; ///< from the likelihood of other places, its neighbours staying
  double gain = 0;          ///< twice the log likelihood gained beyond the penalty
};

/// The pieces that explain a curve at least penalised cost (optimal partitioning; PELT's pruning, which is
/// exact).
///
/// Noise is taken as independent and of one size beside the known errors: its scale is the median absolute
/// deviation of each point from the line through its neighbours. A smooth bend counts as several changes once
/// the noise is small, and correlated noise (a training loss averaged over batches) gives too many. Source:
/// Killick, Fearnhead, Eckley 2012 (PELT); penalty after Zhang and Siegmund 2007. Cost: O(n) with changes all
/// along, O(n^2) without.
std::vector<ChangePoint> findChangePoints(const CurvePoints &points,
                                          const ChangePointSettings &settings = {});

} // namespace evolute::core
