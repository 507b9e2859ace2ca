// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace evolute::widgets {

/// Round values (1, 2 or 5 times a power of ten apart) inside low ... high, `most` of them or fewer.
/// Ascending.
std::vector<double> valueTicks(double low, double high, int most);

} // namespace evolute::widgets
