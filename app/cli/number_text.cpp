// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/number_text.h"

#include <cmath>
#include <cstdio>

namespace evolute::app::cli {

std::string numberText(double value, int significantDigits) {
  if (std::isnan(value))
    return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", significantDigits, value);
  return text;
}

std::string countText(std::int64_t value) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3;) {
    i -= 3;
    text.insert(i, ",");
  }
  return text;
}

std::string durationText(double seconds) {
  if (!std::isfinite(seconds))
    return "-";
  const auto whole = std::int64_t(std::llround(seconds));
  char text[64];
  if (whole < 60)
    std::snprintf(text, sizeof text, "%d s", int(whole));
  else if (whole < 3600)
    std::snprintf(text, sizeof text, "%d min %02d s", int(whole / 60), int(whole % 60));
  else
    std::snprintf(text, sizeof text, "%lld h %02d min", static_cast<long long>(whole / 3600),
                  int(whole / 60 % 60));
  return text;
}

std::string pluralText(std::int64_t count, const std::string &singular) {
  return countText(count) + " " + singular + (count == 1 ? "" : "s");
}

} // namespace evolute::app::cli
