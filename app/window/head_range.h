// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "app/window/heads_data.h"

namespace evolute::app {

/// What the views of the Heads tab show of the values: one rule for panels, overlay, map and scatter.
struct HeadRange {
  double low = 0, high = 1;
  int outside = 0; ///< estimates whose value lies outside
  bool contains(double value) const { return value >= low && value <= high; }
  std::pair<double, double> pair() const { return {low, high}; }
};

/// The healthy estimates (verdict ok) with their error bars, and of the others those near them: these widen
/// the range by half on each side at most, else one diverged chain would flatten all curves. Without any
/// healthy estimate, or where the `whole` range is asked for, all values that are finite. None without such a
/// value.
std::optional<HeadRange> headRange(const std::vector<HeadCurve> &heads, bool whole = false);
/// The same for colours, which show values without error bars: the least and the largest of `values` inside
/// the range.
std::pair<double, double> colorRange(const std::vector<double> &values, const HeadRange &range);

} // namespace evolute::app
