// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/composition.h"

#include <algorithm>
#include <cmath>

namespace evolute::core {

namespace {

/// |A B C'| for tall A and C: its square is the trace of (A'A) B (C'C) B'.
double normOf(const Eigen::MatrixXd &a, const Eigen::MatrixXd &b, const Eigen::MatrixXd &c) {
  const Eigen::MatrixXd aa = a.transpose() * a, cc = c.transpose() * c;
  return std::sqrt(std::max(0.0, (aa * b * cc).cwiseProduct(b).sum()));
}

double normOf(const Eigen::MatrixXd &a, const Eigen::MatrixXd &c) {
  return normOf(a, Eigen::MatrixXd::Identity(a.cols(), c.cols()), c);
}

} // namespace

Composition compositionOf(const HeadMatrices &earlier, const HeadMatrices &later) {
  const double written = normOf(earlier.value, earlier.output.transpose());
  const double compared = normOf(later.query, later.key);
  const double moved = normOf(later.value, later.output.transpose());
  Composition result;
  result.queries = normOf(earlier.value, earlier.output * later.query, later.key) / (written * compared);
  result.keys = normOf(earlier.value, earlier.output * later.key, later.query) / (written * compared);
  result.values =
      normOf(earlier.value, earlier.output * later.value, later.output.transpose()) / (written * moved);
  return result;
}

} // namespace evolute::core
