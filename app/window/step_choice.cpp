// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/step_choice.h"

#include <cmath>

namespace evolute::app {

std::vector<std::int64_t> spreadInLogTime(const std::vector<std::int64_t> &steps, std::int64_t from,
                                          std::int64_t to, int count) {
  std::vector<std::int64_t> inside;
  for (const std::int64_t step : steps)
    if (step >= from && step <= to)
      inside.push_back(step);
  const auto available = std::ptrdiff_t(inside.size());
  if (count <= 0 || available <= count)
    return inside;
  if (count == 1)
    return {inside.back()};
  const auto place = [](std::int64_t step) { return std::log1p(double(step)); };
  const double first = place(inside.front());
  const double width = place(inside.back()) - first;
  std::vector<std::int64_t> chosen;
  std::ptrdiff_t at = 0;
  for (int k = 0; k < count; ++k) {
    const double wanted = first + width * k / (count - 1);
    // Leaves enough steps for the places still to come, so that exactly `count` are taken.
    const std::ptrdiff_t last = available - (count - k);
    while (at < last && std::abs(place(inside[std::size_t(at + 1)]) - wanted) <=
                            std::abs(place(inside[std::size_t(at)]) - wanted))
      ++at;
    chosen.push_back(inside[std::size_t(at++)]);
  }
  chosen.back() = inside.back();
  return chosen;
}

} // namespace evolute::app
