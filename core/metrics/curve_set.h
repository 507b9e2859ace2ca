// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/stages/curve.h"

namespace evolute::core {

/// Curves of several components at the steps that all of them have.
struct CurveSet {
  std::vector<std::string> names;
  std::vector<std::int64_t> steps; ///< ascending
  Eigen::MatrixXd values;          ///< curves x steps, finite
};

/// Keeps the steps at which every curve has a finite value. Curves that would leave nothing are no error:
/// `steps` is then empty.
CurveSet commonSteps(const std::vector<Curve> &curves);

/// What is taken out of curves before they are compared, curve by curve.
enum class CurveScaling {
  None,
  Standardise, ///< mean 0, standard deviation 1 (ddof 0); a constant curve becomes 0
  MinMax       ///< from 0 to 1; a constant curve becomes 0
};
Eigen::MatrixXd scaled(const Eigen::MatrixXd &curves, CurveScaling scaling);

} // namespace evolute::core
