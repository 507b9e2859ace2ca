// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/population_error.h"

#include <cmath>
#include <limits>

namespace evolute::core {

double pairedDataError(const Eigen::ArrayXXd &draws, std::int64_t batchSize, std::int64_t sampleCount) {
  if (draws.rows() < 2)
    return std::numeric_limits<double>::quiet_NaN();
  const Eigen::Index pairs = draws.rows() - 1;
  const double q = 0.5 * (draws.bottomRows(pairs) - draws.topRows(pairs)).square().mean();
  return std::sqrt(double(batchSize) / double(sampleCount) * q);
}

} // namespace evolute::core
