// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <iosfwd>
#include <limits>
#include <string>

#include "app/cli/arguments.h"

namespace evolute::app::cli {

/// Progress of long work on standard error: a bar with the time left, or one JSON object a line with the
/// fields done, total, what and seconds_left (null until it can be told). Ten times a second at most; the
/// first and the last report are always shown.
class ProgressReporter {
public:
  /// `style` is not Automatic; `columns` is the room that a bar may take.
  ProgressReporter(ProgressStyle style, std::ostream &err, int columns);
  ~ProgressReporter();
  ProgressReporter(const ProgressReporter &) = delete;
  ProgressReporter &operator=(const ProgressReporter &) = delete;

  /// `done` may be fractional. secondsLeft NaN: reckoned from the pace since the first report.
  void report(double done, double total, const std::string &what,
              double secondsLeft = std::numeric_limits<double>::quiet_NaN());
  /// Takes the bar away, so that a message or result can be written in its place.
  void clear();

private:
  using Clock = std::chrono::steady_clock;
  double secondsLeftByPace(double done, double total, Clock::time_point now);
  void drawBar(double done, double total, const std::string &what, double secondsLeft);

  ProgressStyle m_style;
  std::ostream &m_err;
  int m_columns;
  bool m_started = false, m_barShown = false;
  Clock::time_point m_begin, m_lastShown;
  double m_firstDone = 0; // work that was there already says nothing about the pace
};

} // namespace evolute::app::cli
