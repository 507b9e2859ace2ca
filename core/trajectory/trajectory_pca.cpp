// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/trajectory_pca.h"

#include <algorithm>
#include <numeric>

#include "core/trajectory/principal_axes.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

} // namespace

void TrajectoryPca::addRow(std::int64_t step, std::span<const float> features) {
  const std::string what = "features of step " + std::to_string(step) + ": ";
  const auto known = std::find(m_steps.begin(), m_steps.end(), step);
  if (known != m_steps.end()) {
    m_gram.replace(known - m_steps.begin(), features, what);
    return;
  }
  m_gram.add(features, what);
  m_steps.push_back(step);
}

bool TrajectoryPca::hasStep(std::int64_t step) const {
  return std::find(m_steps.begin(), m_steps.end(), step) != m_steps.end();
}

std::vector<Index> TrajectoryPca::orderOfSteps() const {
  std::vector<Index> order(m_steps.size());
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(),
            [&](Index a, Index b) { return m_steps[std::size_t(a)] < m_steps[std::size_t(b)]; });
  return order;
}

GramAxes TrajectoryPca::signedAxes(int components) const {
  GramAxes axes = principalAxes(m_gram.products(), VectorXd::Ones(rowCount()), components);
  const std::vector<Index> order = orderOfSteps();
  for (Index k = 0; k < axes.values.size(); ++k)
    if (componentSign(axes.points.col(k)(order)) < 0)
      axes.flip(k);
  return axes;
}

Trajectory TrajectoryPca::compute(int components) const {
  const GramAxes axes = signedAxes(components);
  if (axes.values.size() == 0)
    return {};
  Trajectory trajectory;
  const std::vector<Index> order = orderOfSteps();
  for (const Index row : order)
    trajectory.steps.push_back(m_steps[std::size_t(row)]);
  trajectory.points = axes.points(order, Eigen::all);
  trajectory.explained = axes.values / axes.total;
  return trajectory;
}

VectorXd TrajectoryPca::project(std::span<const float> features, int components) const {
  const GramAxes axes = signedAxes(components);
  if (axes.values.size() == 0)
    return {};
  return axes.coordinates(m_gram.productsWith(features),
                          meanProducts(m_gram.products(), VectorXd::Ones(rowCount())));
}

} // namespace evolute::core
