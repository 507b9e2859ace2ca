// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace evolute::core {

/// Cells of one comma-separated line, blanks around them taken away; "" inside a quoted cell is one quote. A
/// cell with a line break in it is not known: lines come one by one.
std::vector<std::string> csvCells(std::string_view line);

} // namespace evolute::core
