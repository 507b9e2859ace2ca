// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/line_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

LineFit fitLine(const std::vector<double> &x, const std::vector<double> &y) {
  LineFit fit;
  double meanX = 0, meanY = 0;
  const std::size_t n = std::min(x.size(), y.size());
  const auto eachPair = [&](auto take) {
    for (std::size_t i = 0; i < n; ++i)
      if (std::isfinite(x[i]) && std::isfinite(y[i]))
        take(x[i], y[i]);
  };
  eachPair([&](double a, double b) {
    ++fit.count;
    meanX += a;
    meanY += b;
  });
  meanX /= fit.count;
  meanY /= fit.count;
  double xx = 0, xy = 0, yy = 0;
  eachPair([&](double a, double b) {
    xx += (a - meanX) * (a - meanX);
    xy += (a - meanX) * (b - meanY);
    yy += (b - meanY) * (b - meanY);
  });
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  fit.slope = xx > 0 ? xy / xx : kNone;
  fit.intercept = meanY - fit.slope * meanX;
  fit.correlation = xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : kNone;
  return fit;
}

} // namespace evolute::core
