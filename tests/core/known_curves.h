// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <numeric>
#include <vector>

#include <Eigen/Core>

#include "core/sampling/philox.h"

namespace known_curves {

using Curve = std::function<Eigen::VectorXd(double)>;

inline Eigen::VectorXd point(std::initializer_list<double> values) {
  return Eigen::Map<const Eigen::VectorXd>(values.begin(), Eigen::Index(values.size()));
}
inline Curve ellipse(double a, double b) {
  return [=](double t) { return point({a * std::cos(t), b * std::sin(t)}); };
}
inline Curve cycloid() {
  return [](double t) { return point({t - std::sin(t), 1 - std::cos(t)}); };
}
/// r = exp(growth * angle)
inline Curve spiral(double growth) {
  return [=](double t) {
    return point({std::exp(growth * t) * std::cos(t), std::exp(growth * t) * std::sin(t)});
  };
}

inline double parameterAt(double from, double to, Eigen::Index count, Eigen::Index i) {
  return from + (to - from) * double(i) / double(count - 1);
}

inline Eigen::MatrixXd sampled(const Curve &curve, double from, double to, Eigen::Index count) {
  Eigen::MatrixXd points(count, curve(from).size());
  for (Eigen::Index i = 0; i < count; ++i)
    points.row(i) = curve(parameterAt(from, to, count, i));
  return points;
}

inline Eigen::MatrixXd withNoise(Eigen::MatrixXd points, double deviation, std::uint64_t seed) {
  std::vector<double> z(std::size_t(points.size()));
  evolute::core::RandomStream{evolute::core::streamKey(seed, "known-curves")}.normals(0, z);
  points += deviation * Eigen::Map<const Eigen::MatrixXd>(z.data(), points.rows(), points.cols());
  return points;
}

/// 0, 1, 2, ...
inline std::vector<std::int64_t> stepsFor(const Eigen::MatrixXd &points) {
  std::vector<std::int64_t> steps(std::size_t(points.rows()));
  std::iota(steps.begin(), steps.end(), 0);
  return steps;
}

} // namespace known_curves
