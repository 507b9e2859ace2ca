// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace evolute::app {

/// At most `count` of `steps` (ascending) within [from, to], spread evenly over log(1+t): for each of `count`
/// even places the nearest step not taken yet. Both ends of the range are in. count <= 0 takes all.
std::vector<std::int64_t> spreadInLogTime(const std::vector<std::int64_t> &steps, std::int64_t from,
                                          std::int64_t to, int count);

} // namespace evolute::app
