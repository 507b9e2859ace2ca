// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace evolute::core {

/// Least squares of y = intercept + slope x, and Pearson's correlation.
struct LineFit {
  int count = 0; ///< pairs with both numbers finite
  double slope = 0, intercept = 0;
  double correlation = 0; ///< NaN where x or y is constant
};

/// Pairs with a number that is not finite are left out. NaN throughout with fewer than two different x.
LineFit fitLine(const std::vector<double> &x, const std::vector<double> &y);

} // namespace evolute::core
