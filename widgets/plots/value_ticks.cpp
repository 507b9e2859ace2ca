// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/value_ticks.h"

#include <algorithm>
#include <cmath>

namespace evolute::widgets {

std::vector<double> valueTicks(double low, double high, int most) {
  std::vector<double> ticks;
  if (!(high > low) || !std::isfinite(high - low) || most < 1)
    return ticks;
  const double power = std::pow(10.0, std::floor(std::log10((high - low) / most)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (std::floor(high / (factor * power)) - std::ceil(low / (factor * power)) + 1 <= most) {
      step = factor * power;
      break;
    }
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  for (double k = first; k <= last; ++k)
    ticks.push_back(k == 0 ? 0 : k * step); // no minus zero
  return ticks;
}

} // namespace evolute::widgets
