// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/change_points.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace evolute::core {

namespace {

using Eigen::Index;

double medianOf(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Relative weights of the points: inverse squares of their known errors.
Eigen::VectorXd weightsOf(const CurvePoints &points) {
  const Index n = points.x.size();
  if (points.error.size() == 0 || points.error.maxCoeff() <= 0)
    return Eigen::VectorXd::Ones(n);
  const double floor = 0.1 * points.error.maxCoeff(); // a point without error would rule alone
  const Eigen::VectorXd error = points.error.cwiseMax(floor);
  return (error.array() / error.mean()).square().inverse();
}

/// Standard deviation of the noise of a point of weight 1.
double noiseOf(const CurvePoints &points, const Eigen::VectorXd &weights) {
  std::vector<double> deviations;
  for (Index i = 1; i + 1 < points.x.size(); ++i) {
    const double gap = points.x[i + 1] - points.x[i - 1];
    const double b = gap > 0 ? (points.x[i] - points.x[i - 1]) / gap : 0.5, a = 1 - b;
    const double residual = points.y[i] - a * points.y[i - 1] - b * points.y[i + 1];
    const double variance = 1 / weights[i] + a * a / weights[i - 1] + b * b / weights[i + 1];
    deviations.push_back(std::abs(residual) / std::sqrt(variance));
  }
  const double sd = std::sqrt((points.y.array() - points.y.mean()).square().mean());
  constexpr double kOfGaussian = 1.482602218505602; // median |z| of a standard normal is 0.6745
  return std::max(kOfGaussian * medianOf(std::move(deviations)), 1e-6 * sd);
}

/// Weighted residual squares of the best constant or line over points i ... j-1, in O(1).
class Costs {
public:
  Costs(const CurvePoints &points, ChangeKind kind) : m_kind(kind) {
    const Eigen::VectorXd weights = weightsOf(points);
    const double noise = noiseOf(points, weights);
    const double xMiddle = points.x.mean(), yMiddle = points.y.mean(); // keeps the sums of squares small
    m_sums.resize(std::size_t(points.x.size()) + 1);
    for (Index i = 0; i < points.x.size(); ++i) {
      const double x = points.x[i] - xMiddle, y = noise > 0 ? (points.y[i] - yMiddle) / noise : 0,
                   w = weights[i];
      const std::array<double, 6> terms{w, w * x, w * y, w * x * x, w * x * y, w * y * y};
      for (std::size_t k = 0; k < terms.size(); ++k)
        m_sums[std::size_t(i) + 1][k] = m_sums[std::size_t(i)][k] + terms[k];
    }
  }
  double operator()(Index begin, Index end) const {
    std::array<double, 6> s{};
    for (std::size_t k = 0; k < s.size(); ++k)
      s[k] = m_sums[std::size_t(end)][k] - m_sums[std::size_t(begin)][k];
    const double yy = s[5] - s[2] * s[2] / s[0];
    if (m_kind == ChangeKind::Level)
      return std::max(yy, 0.0);
    const double xx = s[3] - s[1] * s[1] / s[0], xy = s[4] - s[1] * s[2] / s[0];
    return std::max(xx > 1e-12 * s[0] ? yy - xy * xy / xx : yy, 0.0);
  }

private:
  ChangeKind m_kind;
  std::vector<std::array<double, 6>> m_sums; // w, wx, wy, wxx, wxy, wyy of the points before
};

/// Where pieces begin, 0 and n left out.
std::vector<Index> bestPartition(const Costs &costs, Index n, Index shortest, double penalty) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<double> best(std::size_t(n) + 1, kNever);
  std::vector<Index> previous(std::size_t(n) + 1, 0);
  best[0] = -penalty;
  struct Candidate {
    Index begin;
    Index dropFrom; // no better than a later beginning from this end on
  };
  std::vector<Candidate> candidates{{0, n + 1}};
  for (Index end = shortest; end <= n; ++end) {
    std::erase_if(candidates, [end](const Candidate &c) { return end >= c.dropFrom; });
    for (const Candidate &c : candidates) {
      const double cost = best[std::size_t(c.begin)] + costs(c.begin, end) + penalty;
      if (cost < best[std::size_t(end)]) {
        best[std::size_t(end)] = cost;
        previous[std::size_t(end)] = c.begin;
      }
    }
    // Splitting a piece never costs more, so what is behind now stays behind; but a piece that begins at
    // `end` can be used only once it is long enough.
    for (Candidate &c : candidates)
      if (best[std::size_t(c.begin)] + costs(c.begin, end) > best[std::size_t(end)])
        c.dropFrom = std::min(c.dropFrom, end + shortest);
    const Index begin = end - shortest + 1; // long enough at the next end
    if (begin >= shortest)
      candidates.push_back({begin, n + 1});
  }
  std::vector<Index> begins;
  for (Index at = previous[std::size_t(n)]; at > 0; at = previous[std::size_t(at)])
    begins.push_back(at);
  std::reverse(begins.begin(), begins.end());
  return begins;
}

ChangePoint changePointAt(const CurvePoints &points, const Costs &costs, Index before, Index at, Index after,
                          Index shortest, double penalty, double level) {
  const auto placeOf = [&points](Index i) { return 0.5 * (points.x[i - 1] + points.x[i]); };
  const double here = costs(before, at) + costs(at, after);
  std::vector<double> likelihood; // of each split, relative
  double sum = 0;
  for (Index i = before + shortest; i + shortest <= after; ++i) {
    likelihood.push_back(std::exp(0.5 * (here - costs(before, i) - costs(i, after))));
    sum += likelihood.back();
  }
  ChangePoint change;
  change.x = placeOf(at);
  change.gain = costs(before, after) - here - penalty;
  const double tail = (1 - level) / 2;
  double mass = 0;
  Index low = at, high = at;
  bool isLowFound = false;
  for (std::size_t k = 0; k < likelihood.size(); ++k) {
    mass += likelihood[k] / sum;
    const Index i = before + shortest + Index(k);
    if (!isLowFound && mass > tail) {
      low = std::min(i, at);
      isLowFound = true;
    }
    if (mass >= 1 - tail) {
      high = std::max(i, at);
      break;
    }
  }
  change.low = points.x[low - 1];
  change.high = points.x[high];
  return change;
}

} // namespace

std::vector<ChangePoint> findChangePoints(const CurvePoints &points, const ChangePointSettings &settings) {
  const bool isLevel = settings.kind == ChangeKind::Level;
  const Index shortest = isLevel ? 2 : 3, n = points.x.size();
  if (n < 2 * shortest)
    return {};
  const double penalty = settings.penalty > 0 ? settings.penalty : (isLevel ? 3 : 4) * std::log(double(n));
  const Costs costs(points, settings.kind);
  std::vector<Index> edges = bestPartition(costs, n, shortest, penalty);
  edges.insert(edges.begin(), 0);
  edges.push_back(n);
  std::vector<ChangePoint> changes;
  for (std::size_t k = 1; k + 1 < edges.size(); ++k)
    changes.push_back(changePointAt(points, costs, edges[k - 1], edges[k], edges[k + 1], shortest, penalty,
                                    settings.level));
  return changes;
}

} // namespace evolute::core
