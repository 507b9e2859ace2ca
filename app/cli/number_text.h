// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace evolute::app::cli {

// Numbers as people read them; for programs there is --json.

/// Four significant digits unless told; "-" for NaN.
std::string numberText(double value, int significantDigits = 4);
/// Digits in groups of three: "1,048,576".
std::string countText(std::int64_t value);
/// "3 s", "2 min 05 s", "1 h 12 min".
std::string durationText(double seconds);
/// "1 estimate", "3 estimates".
std::string pluralText(std::int64_t count, const std::string &singular);

} // namespace evolute::app::cli
