// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/family/critical_time.h"

#include <cmath>
#include <limits>

namespace evolute::core {

std::optional<CriticalTime> criticalTime(const std::vector<std::int64_t> &steps,
                                         const Eigen::Ref<const Eigen::MatrixXd> &losses) {
  if (steps.empty() || losses.rows() == 0)
    return std::nullopt;
  const Eigen::RowVectorXd means = losses.colwise().mean();
  Eigen::Index at = 0;
  means.minCoeff(&at); // the first of equal ones
  const Eigen::VectorXd rises = losses.rightCols<1>() - losses.col(at);
  CriticalTime found;
  found.step = steps[std::size_t(at)];
  found.oodLoss = means(at);
  found.rise = rises.mean();
  const double n = double(rises.size());
  found.riseError = n < 2 ? std::numeric_limits<double>::quiet_NaN()
                          : std::sqrt((rises.array() - found.rise).square().sum() / (n - 1) / n);
  return found;
}

} // namespace evolute::core
