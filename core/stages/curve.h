// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "core/stages/gaussian_process.h"

namespace evolute::core {

/// One quantity over training. Steps ascending, equal lengths.
struct Curve {
  std::string name;
  std::vector<std::int64_t> steps;
  std::vector<double> values;
  std::vector<double>
      errors; ///< standard errors in the values' unit; empty when none is known, NaN where one is not
};

/// The axis on which stages are looked for: x = log(1 + step), so that step 0 is a place.
inline double logTime(std::int64_t step) {
  return std::log1p(double(step));
}
inline std::int64_t stepAt(double x) {
  return std::llround(std::expm1(x));
}

/// The curve's finite values at steps >= 0 over log time. An error that is not known counts as the largest
/// known. More points than `most` are averaged in that many equal pieces of log time, with their errors'
/// share.
CurvePoints pointsOf(const Curve &curve, std::size_t most = 5000);

} // namespace evolute::core
