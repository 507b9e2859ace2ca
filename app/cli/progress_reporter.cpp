// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/progress_reporter.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"

namespace evolute::app::cli {

namespace {

constexpr std::chrono::milliseconds kInterval{100};
constexpr int kBarWidth = 24;

nlohmann::json numberOrWhole(double value) {
  return value == std::floor(value) ? nlohmann::json(std::int64_t(value)) : nlohmann::json(value);
}

} // namespace

ProgressReporter::ProgressReporter(ProgressStyle style, std::ostream &err, int columns)
    : m_style(style), m_err(err), m_columns(columns) {}

ProgressReporter::~ProgressReporter() {
  clear();
}

double ProgressReporter::secondsLeftByPace(double done, double total, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - m_begin).count();
  const double pace = (done - m_firstDone) / seconds;
  return pace > 0 ? (total - done) / pace : std::numeric_limits<double>::quiet_NaN();
}

void ProgressReporter::report(double done, double total, const std::string &what, double secondsLeft) {
  if (m_style == ProgressStyle::None || !(total > 0))
    return;
  const auto now = Clock::now();
  const bool first = !m_started;
  if (first) {
    m_started = true;
    m_begin = now;
    m_firstDone = done;
  } else if (now - m_lastShown < kInterval && done < total) {
    return;
  }
  m_lastShown = now;
  if (std::isnan(secondsLeft))
    secondsLeft = secondsLeftByPace(done, total, now);
  if (m_style == ProgressStyle::Json) {
    const nlohmann::json line = {
        {"done", numberOrWhole(done)},
        {"total", numberOrWhole(total)},
        {"what", what},
        {"seconds_left", std::isfinite(secondsLeft) ? nlohmann::json(secondsLeft) : nlohmann::json()}};
    m_err << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  } else {
    drawBar(done, total, what, secondsLeft);
  }
}

void ProgressReporter::drawBar(double done, double total, const std::string &what, double secondsLeft) {
  const double share = std::clamp(done / total, 0.0, 1.0);
  const int filled = int(share * kBarWidth);
  std::string line = "[" + std::string(std::size_t(filled), '#') +
                     std::string(std::size_t(kBarWidth - filled), '.') + "] " +
                     std::to_string(int(share * 100)) + " %";
  if (std::isfinite(secondsLeft) && done < total)
    line += ", " + durationText(secondsLeft) + " left";
  if (!what.empty())
    line += "  " + what;
  // A line that wraps could not be taken away again.
  if (m_columns > 1 && line.size() >= std::size_t(m_columns))
    line.resize(std::size_t(m_columns - 1));
  m_err << "\r\x1b[K" << line << std::flush;
  m_barShown = true;
}

void ProgressReporter::clear() {
  if (m_barShown)
    m_err << "\r\x1b[K" << std::flush;
  m_barShown = false;
}

} // namespace evolute::app::cli
