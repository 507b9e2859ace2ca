// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/curve_schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

namespace {

/// The two ends and three rounds of bisection: enough to see the shape before slopes mean anything.
constexpr std::size_t kStepsBeforeSlopesCount = 9;

/// Lengths nearer than this are equal: rounding must not decide which of two even gaps goes first.
constexpr double kClearlyLonger = 1.0 + 1e-9;

double logTime(std::int64_t step) {
  return std::log1p(double(std::max<std::int64_t>(step, 0)));
}

struct Point {
  std::int64_t step;
  double x;   // log(1 + step)
  double llc; // NaN while in work or when nothing could be estimated
};

struct Scale {
  double x = 0, llc = 0; // spans of the curve so far; 0 when not known
};

double shareOf(double part, double whole) {
  return whole > 0 ? part / whole : 0.0;
}

/// Length of the piece between two neighbours when the curve is drawn in a unit square.
double gapLength(const Point &from, const Point &to, const Scale &scale) {
  const double rise = std::abs(to.llc - from.llc);
  return std::hypot(shareOf(to.x - from.x, scale.x), std::isfinite(rise) ? shareOf(rise, scale.llc) : 0.0);
}

/// Of the waiting steps strictly between two others, the nearest to their middle in log-time; the earlier
/// of two equally near.
std::optional<std::int64_t> middle(const std::set<std::int64_t> &waiting, const Point &from,
                                   const Point &to) {
  const double target = 0.5 * (from.x + to.x);
  std::optional<std::int64_t> best;
  for (auto it = waiting.upper_bound(from.step); it != waiting.end() && *it < to.step; ++it)
    if (!best || std::abs(logTime(*it) - target) < std::abs(logTime(*best) - target))
      best = *it;
  return best;
}

Scale scaleOf(const std::vector<Point> &points) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Point &point : points)
    if (std::isfinite(point.llc)) {
      low = std::min(low, point.llc);
      high = std::max(high, point.llc);
    }
  Scale scale;
  scale.x = points.back().x - points.front().x;
  if (points.size() >= kStepsBeforeSlopesCount && high > low)
    scale.llc = high - low;
  return scale;
}

} // namespace

CurveSchedule::CurveSchedule(std::vector<std::int64_t> steps) : m_waiting(steps.begin(), steps.end()) {}

std::optional<std::int64_t> CurveSchedule::next() {
  if (m_waiting.empty())
    return std::nullopt;
  std::int64_t step = 0;
  if (!m_promoted.empty()) {
    step = m_promoted.back();
    m_promoted.pop_back();
  } else {
    step = choose();
  }
  m_waiting.erase(step);
  m_inWork.insert(step);
  return step;
}

std::int64_t CurveSchedule::choose() const {
  std::vector<Point> points;
  for (const auto &[step, llc] : m_done)
    points.push_back({step, logTime(step), llc});
  for (const std::int64_t step : m_inWork)
    points.push_back({step, logTime(step), std::numeric_limits<double>::quiet_NaN()});
  std::sort(points.begin(), points.end(), [](const Point &a, const Point &b) { return a.step < b.step; });

  const std::int64_t first = *m_waiting.begin(), last = *m_waiting.rbegin();
  if (points.empty() || last > points.back().step)
    return last;
  if (first < points.front().step)
    return first;

  const Scale scale = scaleOf(points);
  std::int64_t best = first;
  double longest = 0.0;
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    const auto candidate = middle(m_waiting, points[i], points[i + 1]);
    const double length = gapLength(points[i], points[i + 1], scale);
    if (candidate && length > longest * kClearlyLonger) {
      longest = length;
      best = *candidate;
    }
  }
  return best;
}

void CurveSchedule::report(std::int64_t step, double llc) {
  m_waiting.erase(step);
  m_inWork.erase(step);
  std::erase(m_promoted, step);
  m_done[step] = llc;
}

void CurveSchedule::promote(std::int64_t step) {
  if (!m_waiting.contains(step))
    return;
  std::erase(m_promoted, step);
  m_promoted.push_back(step);
}

void CurveSchedule::add(std::int64_t step) {
  if (!m_inWork.contains(step) && !m_done.contains(step))
    m_waiting.insert(step);
}

} // namespace evolute::core
