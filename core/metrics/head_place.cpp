// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/head_place.h"

#include <charconv>

namespace evolute::core {

std::optional<HeadPlace> headPlaceOf(std::string_view component) {
  const std::size_t dot = component.find(".H");
  if (!component.starts_with('L') || dot == std::string_view::npos)
    return std::nullopt;
  const auto number = [](std::string_view text) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 ? std::optional(value)
                                                                                  : std::nullopt;
  };
  const auto layer = number(component.substr(1, dot - 1)), head = number(component.substr(dot + 2));
  return layer && head ? std::optional(HeadPlace{*layer, *head}) : std::nullopt;
}

} // namespace evolute::core
