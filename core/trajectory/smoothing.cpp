// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/smoothing.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/trajectory/curve_geometry.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kCutOff = 5;       // sigmas: what lies beyond weighs 4e-6
constexpr double kFlatShare = 0.2;  // of the ramp, before it rises
constexpr double kSigmaForArcs = 2; // checkpoints: raw arc length measures noise, not the way made

/// Scaled so that neighbours are 1 apart on average; empty when there is no way to scale.
VectorXd scaledToCheckpoints(VectorXd u) {
  const double length = u(u.size() - 1) - u(0);
  if (!(length > 0))
    return {};
  return (u.array() - u(0)) * (double(u.size() - 1) / length);
}

/// Half the distance between the neighbours of each place: the share of the axis that it stands for.
VectorXd sharesOf(const VectorXd &u) {
  const Index n = u.size();
  VectorXd shares(n);
  for (Index i = 0; i < n; ++i)
    shares(i) = 0.5 * (u(std::min(i + 1, n - 1)) - u(std::max<Index>(i - 1, 0)));
  return shares;
}

double sigmaAt(const SmoothingSettings &settings, Index i, Index count) {
  if (settings.width != SmoothingWidth::Ramp)
    return settings.sigma;
  const double end = settings.rampEnd > 0 ? settings.rampEnd : double(count - 1);
  const double along = std::clamp((double(i) - kFlatShare * end) / ((1 - kFlatShare) * end), 0.0, 1.0);
  return settings.startSigma + along * (settings.sigma - settings.startSigma);
}

} // namespace

std::string nameOf(SmoothingWidth width) {
  switch (width) {
  case SmoothingWidth::Ramp:
    return "ramp";
  case SmoothingWidth::LogTime:
    return "log";
  case SmoothingWidth::Constant:
    break;
  }
  return "constant";
}

std::vector<std::string> SmoothingSettings::problems() const {
  std::vector<std::string> list;
  const auto check = [&](bool good, const char *what, double found) {
    if (!good)
      list.push_back(std::string(what) + ", found " + std::to_string(found));
  };
  check(std::isfinite(sigma) && sigma >= 0, "smoothing width: expected a number of 0 or more", sigma);
  check(std::isfinite(startSigma) && startSigma >= 0,
        "smoothing width at the start: expected a number of 0 or more", startSigma);
  check(rampEnd >= 0, "end of the smoothing ramp: expected a checkpoint's index", rampEnd);
  if (byArcLength && width == SmoothingWidth::LogTime)
    list.push_back("smoothing: expected arc length or log time, found both");
  if (byArcLength && beforePca)
    list.push_back("smoothing: arc length is of the path after the PCA, found smoothing before it");
  return list;
}

Smoother::Smoother(const SmoothingSettings &settings, const std::vector<std::int64_t> &steps,
                   const Eigen::MatrixXd &points) {
  if (const auto problems = settings.problems(); !problems.empty())
    throw Error(problems.front());
  const auto count = Index(steps.size());
  if (settings.byArcLength && points.rows() != count)
    throw Error("smoothing: expected a point for each of " + std::to_string(count) + " steps, found " +
                std::to_string(points.rows()));
  VectorXd places = VectorXd::LinSpaced(count, 0, double(count - 1));
  VectorXd shares = VectorXd::Ones(count);
  VectorXd scaled;
  if (count > 1 && settings.width == SmoothingWidth::LogTime) {
    VectorXd u(count);
    for (Index i = 0; i < count; ++i)
      u(i) = std::log1p(double(steps[std::size_t(i)]));
    scaled = scaledToCheckpoints(u);
  } else if (count > 1 && settings.byArcLength) {
    const Smoother light({SmoothingWidth::Constant, kSigmaForArcs}, steps, points);
    scaled = scaledToCheckpoints(arcLengths(light.apply(points)));
  }
  if (scaled.size() > 0) {
    places = scaled;
    shares = sharesOf(places);
  }

  m_rows.resize(std::size_t(count));
  m_reach.assign(std::size_t(count), 1);
  const double *begin = places.data(), *end = begin + count;
  for (Index i = 0; i < count; ++i) {
    const double sigma = sigmaAt(settings, i, count), u = places(i);
    Row &row = m_rows[std::size_t(i)];
    row.first = std::min<Index>(i, std::lower_bound(begin, end, u - kCutOff * sigma) - begin);
    const Index last = std::max<Index>(i, std::upper_bound(begin, end, u + kCutOff * sigma) - begin - 1);
    row.weights = VectorXd::Zero(last - row.first + 1);
    if (sigma > 0)
      for (Index j = row.first; j <= last; ++j) {
        const double z = (places(j) - u) / sigma;
        row.weights(j - row.first) = shares(j) * std::exp(-0.5 * z * z);
      }
    const double total = row.weights.sum();
    if (total > 0)
      row.weights /= total;
    else // alone within reach
      row.weights(i - row.first) = 1;
    const Index left = i - (std::lower_bound(begin, end, u - sigma) - begin);
    const Index right = (std::upper_bound(begin, end, u + sigma) - begin) - 1 - i;
    m_reach[std::size_t(i)] = std::max<Index>({1, left, right});
  }
}

Eigen::MatrixXd Smoother::apply(const Eigen::MatrixXd &points) const {
  if (points.rows() != size())
    throw Error("smoothing: expected " + std::to_string(size()) + " points, found " +
                std::to_string(points.rows()));
  Eigen::MatrixXd result(points.rows(), points.cols());
  for (Index i = 0; i < size(); ++i) {
    const Row &row = m_rows[std::size_t(i)];
    result.row(i) = row.weights.transpose() * points.middleRows(row.first, row.weights.size());
  }
  return result;
}

double Smoother::noiseGain(Index i) const {
  return m_rows[std::size_t(i)].weights.squaredNorm();
}

double Smoother::secondDifferenceGain(Index i) const {
  const Row *rows = &m_rows[std::size_t(i - 1)];
  const auto end = [](const Row &row) { return row.first + row.weights.size(); };
  const Index first = std::min({rows[0].first, rows[1].first, rows[2].first});
  VectorXd sum = VectorXd::Zero(std::max({end(rows[0]), end(rows[1]), end(rows[2])}) - first);
  for (const auto &[row, factor] : {std::pair{rows, 1.0}, {rows + 1, -2.0}, {rows + 2, 1.0}})
    sum.segment(row->first - first, row->weights.size()) += factor * row->weights;
  return sum.squaredNorm();
}

} // namespace evolute::core
