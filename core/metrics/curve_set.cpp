// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/curve_set.h"

#include <cmath>
#include <map>

namespace evolute::core {

CurveSet commonSteps(const std::vector<Curve> &curves) {
  CurveSet set;
  std::map<std::int64_t, std::vector<double>> at; // values by step, as far as all curves so far have them
  for (std::size_t c = 0; c < curves.size(); ++c) {
    set.names.push_back(curves[c].name);
    for (std::size_t i = 0; i < curves[c].steps.size(); ++i) {
      if (!std::isfinite(curves[c].values[i]))
        continue;
      std::vector<double> &values = at[curves[c].steps[i]];
      if (values.size() == c)
        values.push_back(curves[c].values[i]);
    }
  }
  std::erase_if(at, [&](const auto &entry) { return entry.second.size() != curves.size(); });
  set.values.resize(Eigen::Index(curves.size()), Eigen::Index(at.size()));
  for (const auto &[step, values] : at) {
    for (std::size_t c = 0; c < values.size(); ++c)
      set.values(Eigen::Index(c), Eigen::Index(set.steps.size())) = values[c];
    set.steps.push_back(step);
  }
  return set;
}

Eigen::MatrixXd scaled(const Eigen::MatrixXd &curves, CurveScaling scaling) {
  Eigen::MatrixXd out = curves;
  if (scaling == CurveScaling::None || curves.cols() == 0)
    return out;
  for (Eigen::Index i = 0; i < out.rows(); ++i) {
    const bool standard = scaling == CurveScaling::Standardise;
    const double offset = standard ? out.row(i).mean() : out.row(i).minCoeff();
    out.row(i).array() -= offset;
    const double spread =
        standard ? std::sqrt(out.row(i).squaredNorm() / double(out.cols())) : out.row(i).maxCoeff();
    // What rounding leaves of a constant curve is no shape.
    if (spread > 1e-12 * (std::abs(offset) + spread))
      out.row(i) /= spread;
    else
      out.row(i).setZero();
  }
  return out;
}

} // namespace evolute::core
