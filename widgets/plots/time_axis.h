// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <QString>

#include "widgets/plots/plot_data.h"

namespace evolute::widgets {

/// Maps training steps to the coordinate of a linear plot axis and back. A value.
///
///   LogOnePlus: log10(1 + t)   Linear: t   Index: position in the list of checkpoints
///
/// Step 0 has a finite place in all of them. (QCustomPlot's own logarithmic axis drops it silently, so the
/// axis is always linear in this coordinate and TimeAxis makes the ticks.)
class TimeAxis {
public:
  /// `steps`: the run's checkpoints, ascending, none twice. Needed by Index and by nearestCheckpoint().
  explicit TimeAxis(TimeAxisKind kind = TimeAxisKind::LogOnePlus, std::vector<std::int64_t> steps = {});

  TimeAxisKind kind() const { return m_kind; }
  const std::vector<std::int64_t> &steps() const { return m_steps; }
  TimeAxis withKind(TimeAxisKind kind) const { return TimeAxis(kind, m_steps); }

  /// Strictly increasing. Steps between two checkpoints are interpolated on the Index axis, steps outside the
  /// list go on at the rate of the last gap.
  double coordinate(double step) const;
  double step(double coordinate) const; ///< inverse of coordinate()

  /// Index into steps() of the checkpoint that stands nearest on the axis; nothing when there are none.
  std::optional<int> nearestIndex(double coordinate) const;
  std::optional<std::int64_t> nearestCheckpoint(double coordinate) const;
  /// The last checkpoint at or before `step`, for arrow keys; nothing when there is none.
  std::optional<int> indexOf(std::int64_t step) const;

  struct Tick {
    double coordinate = 0;
    QString label; ///< empty for a minor tick
    bool operator==(const Tick &) const = default;
  };
  /// Ticks in [lower, upper], ascending: 0, 1, 10, 100, 1k ... on the log axis, finer ones where the range is
  /// narrow. Labels that would touch are left out; `pixels` is the length of the range, `labelWidth` says how
  /// many pixels a text needs.
  std::vector<Tick> ticks(double lower, double upper, double pixels,
                          const std::function<double(const QString &)> &labelWidth) const;

  QString title() const; ///< markup for the axis: "Training step"

private:
  TimeAxisKind m_kind;
  std::vector<std::int64_t> m_steps;
};

/// "0", "512", "1k", "25.6k", "1M": short where nothing is lost, else all digits with group separators.
QString formatStep(std::int64_t step);

} // namespace evolute::widgets
