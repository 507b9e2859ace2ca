// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/curve_distance.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

using Eigen::Index;

namespace {

/// Accumulated costs with a border of infinities before the first row and column.
Eigen::MatrixXd accumulated(const Eigen::VectorXd &a, const Eigen::VectorXd &b) {
  Eigen::MatrixXd d =
      Eigen::MatrixXd::Constant(a.size() + 1, b.size() + 1, std::numeric_limits<double>::infinity());
  d(0, 0) = 0;
  for (Index j = 1; j <= b.size(); ++j)
    for (Index i = 1; i <= a.size(); ++i) {
      const double step = a[i - 1] - b[j - 1];
      d(i, j) = step * step + std::min({d(i - 1, j), d(i, j - 1), d(i - 1, j - 1)});
    }
  return d;
}

} // namespace

std::vector<std::pair<Index, Index>> warpingPath(const Eigen::VectorXd &a, const Eigen::VectorXd &b) {
  std::vector<std::pair<Index, Index>> path;
  if (a.size() == 0 || b.size() == 0)
    return path;
  const Eigen::MatrixXd d = accumulated(a, b);
  Index i = a.size(), j = b.size();
  for (;;) {
    path.emplace_back(i - 1, j - 1);
    if (i == 1 && j == 1)
      break;
    const double both = d(i - 1, j - 1), left = d(i - 1, j), up = d(i, j - 1);
    if (both <= left && both <= up) {
      --i;
      --j;
    } else if (left <= up) {
      --i;
    } else {
      --j;
    }
  }
  std::reverse(path.begin(), path.end());
  return path;
}

double warpingDistance(const Eigen::VectorXd &a, const Eigen::VectorXd &b) {
  return std::sqrt(accumulated(a, b)(a.size(), b.size()));
}

double shapeDistance(const Eigen::VectorXd &a, const Eigen::VectorXd &b, Index *shift) {
  if (shift)
    *shift = 0;
  const double scale = a.norm() * b.norm();
  if (scale == 0)
    return 1;
  const Index n = a.size();
  double best = -std::numeric_limits<double>::infinity();
  for (Index s = -(n - 1); s < n; ++s) {
    const Index overlap = n - std::abs(s);
    const double product =
        s >= 0 ? a.tail(overlap).dot(b.head(overlap)) : a.head(overlap).dot(b.tail(overlap));
    if (product > best) {
      best = product;
      if (shift)
        *shift = s;
    }
  }
  return 1 - best / scale;
}

Eigen::VectorXd shifted(const Eigen::VectorXd &curve, Index places) {
  Eigen::VectorXd out = Eigen::VectorXd::Zero(curve.size());
  const Index overlap = std::max<Index>(0, curve.size() - std::abs(places));
  if (places >= 0)
    out.tail(overlap) = curve.head(overlap);
  else
    out.head(overlap) = curve.tail(overlap);
  return out;
}

double distanceBetween(const Eigen::VectorXd &a, const Eigen::VectorXd &b, CurveDistance kind) {
  switch (kind) {
  case CurveDistance::Euclidean:
    return (a - b).norm();
  case CurveDistance::TimeWarping:
    return warpingDistance(a, b);
  case CurveDistance::Shape:
    break;
  }
  return shapeDistance(a, b);
}

Eigen::MatrixXd distances(const Eigen::MatrixXd &curves, CurveDistance kind) {
  Eigen::MatrixXd d = Eigen::MatrixXd::Zero(curves.rows(), curves.rows());
  for (Index i = 0; i < curves.rows(); ++i)
    for (Index j = i + 1; j < curves.rows(); ++j)
      d(i, j) = d(j, i) = distanceBetween(curves.row(i).transpose(), curves.row(j).transpose(), kind);
  return d;
}

} // namespace evolute::core
