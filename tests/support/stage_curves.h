// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/sampling/philox.h"
#include "core/stages/gaussian_process.h"

/// Curves whose milestones are known, for tests and for the table of accuracy.
namespace evolute::stage_curves {

/// Steps of the shape tanh((x - centre) / width), each of a given height.
struct Step {
  double height, centre, width;
};

struct Shape {
  std::string name;
  std::vector<Step> steps;
  double line = 0; ///< slope of a straight line under them

  double value(double x) const {
    double sum = line * x;
    for (const Step &s : steps)
      sum += s.height / 2 * std::tanh((x - s.centre) / s.width);
    return sum;
  }
  double slope(double x) const {
    double sum = line;
    for (const Step &s : steps) {
      const double c = 1 / std::cosh((x - s.centre) / s.width);
      sum += s.height / (2 * s.width) * c * c;
    }
    return sum;
  }
};

inline constexpr double kLastX = 10.82; ///< log(1 + 50,000)

inline Shape plateau() {
  return {"rise, plateau, rise", {{30, 3.5, 0.9}, {20, 8.0, 0.7}}};
}
inline Shape turn() {
  return {"rise, fall", {{100, 4.5, 1.2}, {-40, 9.0, 0.8}}};
}
inline Shape fourStages() {
  return {"rise, rise, fall, rise", {{26, 2.0, 0.6}, {30, 5.0, 0.6}, {-14, 7.2, 0.4}, {18, 9.3, 0.5}}};
}
inline Shape line() {
  return {"straight line", {}, 5};
}
inline Shape nothing() {
  return {"nothing", {}, 0};
}

/// Places where the absolute slope is least between two movements, as the definition of a milestone has it.
inline std::vector<double> milestonesOf(const Shape &shape, double flatness) {
  constexpr int kGrid = 20000;
  const auto at = [](int i) { return kLastX * i / kGrid; };
  std::vector<double> places;
  std::vector<double> size(kGrid + 1);
  for (int i = 0; i <= kGrid; ++i)
    size[std::size_t(i)] = std::abs(shape.slope(at(i)));
  int before = 0;
  for (int i = 1; i < kGrid; ++i) {
    if (!(size[std::size_t(i)] <= size[std::size_t(i - 1)] &&
          size[std::size_t(i)] < size[std::size_t(i + 1)]))
      continue;
    int next = i + 1;
    while (next < kGrid && size[std::size_t(next + 1)] >= size[std::size_t(next)])
      ++next;
    const double left = *std::max_element(size.begin() + before, size.begin() + i),
                 right = size[std::size_t(next)];
    if (size[std::size_t(i)] <= flatness * std::min(left, right)) {
      places.push_back(at(i));
      before = i;
    }
  }
  return places;
}

/// Checkpoints as training runs have them: `count` evenly in log(1 + t), as many evenly in t, without
/// doubles.
inline Eigen::VectorXd checkpoints(int count) {
  std::vector<double> steps;
  for (int i = 0; i < count; ++i) {
    steps.push_back(std::floor(std::expm1(kLastX * i / (count - 1))));
    steps.push_back(std::floor(std::expm1(kLastX) * i / (count - 1)));
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  Eigen::VectorXd x(Eigen::Index(steps.size()));
  for (std::size_t i = 0; i < steps.size(); ++i)
    x[Eigen::Index(i)] = std::log1p(steps[i]);
  return x;
}

inline core::CurvePoints noisy(const Shape &shape, const Eigen::VectorXd &x, double noise,
                               std::uint64_t seed) {
  core::CurvePoints points{x, Eigen::VectorXd(x.size()), {}};
  core::RandomStream{core::streamKey(seed, "noise of a test curve")}.normals(
      0, std::span(points.y.data(), std::size_t(x.size())));
  for (Eigen::Index i = 0; i < x.size(); ++i)
    points.y[i] = shape.value(x[i]) + noise * points.y[i];
  return points;
}

} // namespace evolute::stage_curves
