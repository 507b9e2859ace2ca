// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace evolute::core {

/// In which order the checkpoints of a curve are estimated: the last, then the first, then bisection in
/// log(1+t), then whichever gap of the curve is wide in log-time or steep in lambda-hat. Deterministic for
/// the same calls. Not safe to use from two threads at once. Cost of each call: linear in the number of
/// steps.
class CurveSchedule {
public:
  explicit CurveSchedule(std::vector<std::int64_t> steps);
  /// Hands out the next step to estimate, each one once; nothing when all are handed out or done.
  std::optional<std::int64_t> next();
  /// A result has arrived (or was found stored): steers what comes next. NaN counts as done.
  void report(std::int64_t step, double llc);
  /// The user wants this one next, before any asked for earlier. Ignored when it is handed out, done or not
  /// part of the curve.
  void promote(std::int64_t step);
  /// A checkpoint written meanwhile. Ignored when it is known already.
  void add(std::int64_t step);
  /// Steps without a result, those handed out included.
  std::int64_t remaining() const { return std::int64_t(m_waiting.size() + m_inWork.size()); }

private:
  std::set<std::int64_t> m_waiting;
  std::set<std::int64_t> m_inWork;
  std::map<std::int64_t, double> m_done;
  std::vector<std::int64_t> m_promoted; // next one last

  std::int64_t choose() const;
};

} // namespace evolute::core
