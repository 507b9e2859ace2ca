// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace evolute::core {

/// Whether a path with "/" between its parts fits a pattern: "?" is one character and "*" any number of them
/// within a part, "**/" any number of whole parts. All else stands for itself.
/// Cost: pattern length times path length, for any pattern.
bool globMatches(std::string_view pattern, std::string_view path);

} // namespace evolute::core
