// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace evolute::core {

/// In which order the checkpoints of a curve are estimated: the ends first, then bisection in log(1+t), then
/// gaps that are wide in log-time or steep in lambda-hat go first. Deterministic for the same reports.
class CurveSchedule {
public:
  explicit CurveSchedule(std::vector<std::int64_t> steps);
  /// The next step to estimate; nothing when all are done.
  std::optional<std::int64_t> next();
  /// A result has arrived (or was found stored): steers what comes next. NaN counts as done.
  void report(std::int64_t step, double llc);
  /// The user wants this one next. Ignored when it is done or not part of the curve.
  void promote(std::int64_t step);
  /// A checkpoint written meanwhile.
  void add(std::int64_t step);
  std::int64_t remaining() const;

private:
  std::set<std::int64_t> m_waiting;
  std::map<std::int64_t, double> m_done;
  std::vector<std::int64_t> m_promoted;
};

} // namespace evolute::core
