// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace evolute::core {

/// Where an attention head stands in its model; both count from 0.
struct HeadPlace {
  int layer = 0, head = 0;
  auto operator<=>(const HeadPlace &) const = default;
};

/// Of the component "L1.H6"; nothing for any other name.
std::optional<HeadPlace> headPlaceOf(std::string_view component);

} // namespace evolute::core
