// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/head_range.h"

#include <algorithm>
#include <cmath>

namespace evolute::app {

namespace {

constexpr double kReach = 0.5; // of the healthy range, on each side

/// Calls `take(value)` for every point of both sets; not finite ones too.
template <class Take> void forEachPoint(const std::vector<HeadCurve> &heads, Take take) {
  for (const HeadCurve &head : heads) {
    for (const widgets::CurvePoint &point : head.curve.points)
      take(point);
    if (head.beside)
      for (const widgets::CurvePoint &point : head.beside->points)
        take(point);
  }
}

} // namespace

std::optional<HeadRange> headRange(const std::vector<HeadCurve> &heads, bool whole) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const HeadCurve &head : heads)
    if (head.healthy) {
      low = std::min(low, head.healthy->first);
      high = std::max(high, head.healthy->second);
    }
  const bool bounded = low <= high && !whole;
  const double reach = kReach * (high - low), least = low - reach, most = high + reach;
  forEachPoint(heads, [&](const widgets::CurvePoint &point) {
    if (!std::isfinite(point.value) || (bounded && (point.value < least || point.value > most)))
      return;
    low = std::min(low, point.value);
    high = std::max(high, point.value);
  });
  if (low > high)
    return {};
  HeadRange range{low, high, 0};
  forEachPoint(heads, [&](const widgets::CurvePoint &point) {
    range.outside += !std::isnan(point.value) && !range.contains(point.value);
  });
  return range;
}

std::pair<double, double> colorRange(const std::vector<double> &values, const HeadRange &range) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double value : values)
    if (range.contains(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return low <= high ? std::pair(low, high) : range.pair();
}

} // namespace evolute::app
