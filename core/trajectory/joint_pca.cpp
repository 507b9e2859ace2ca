// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/trajectory/joint_pca.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>
#include <utility>

#include "core/trajectory/gram_axes.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr std::array<std::pair<CurveWeighting, std::string_view>, 4> kWeightings = {
    {{CurveWeighting::Checkpoints, "checkpoints"},
     {CurveWeighting::Runs, "runs"},
     {CurveWeighting::Steps, "steps"},
     {CurveWeighting::LogTime, "log-time"}}};

/// Half of the way to each neighbour, so that sums are trapezoid integrals over time; they add up to 1.
VectorXd sharesOfTime(const VectorXd &times) {
  const Index n = times.size();
  VectorXd shares = VectorXd::Zero(n);
  for (Index i = 0; i + 1 < n; ++i) {
    shares(i) += times(i + 1) - times(i);
    shares(i + 1) += times(i + 1) - times(i);
  }
  return n < 2 ? VectorXd::Ones(n) : VectorXd(shares / shares.sum());
}

} // namespace

std::string_view nameOf(CurveWeighting weighting) {
  for (const auto &[value, name] : kWeightings)
    if (value == weighting)
      return name;
  return {};
}

std::optional<CurveWeighting> curveWeightingFrom(std::string_view name) {
  for (const auto &[value, known] : kWeightings)
    if (known == name)
      return value;
  return std::nullopt;
}

JointPca::JointPca(int curves, RowStorage storage) : m_curveCount(curves), m_gram(storage) {}

void JointPca::addRow(int curve, std::int64_t step, std::span<const float> features) {
  assert(curve >= 0 && curve < m_curveCount);
  const Row row{curve, step};
  const std::string what = "features of run " + std::to_string(curve + 1) + ", step " + std::to_string(step) + ": ";
  const auto known = std::find(m_rows.begin(), m_rows.end(), row);
  if (known != m_rows.end()) {
    m_gram.replace(known - m_rows.begin(), features, what);
    return;
  }
  m_gram.add(features, what);
  m_rows.push_back(row);
}

std::vector<Index> JointPca::rowsOf(int curve) const {
  std::vector<Index> own;
  for (std::size_t i = 0; i < m_rows.size(); ++i)
    if (m_rows[i].curve == curve)
      own.push_back(Index(i));
  std::sort(own.begin(), own.end(),
            [&](Index a, Index b) { return m_rows[std::size_t(a)].step < m_rows[std::size_t(b)].step; });
  return own;
}

VectorXd JointPca::weights(CurveWeighting weighting) const {
  VectorXd result = VectorXd::Ones(Index(m_rows.size()));
  if (weighting == CurveWeighting::Checkpoints)
    return result;
  for (int curve = 0; curve < m_curveCount; ++curve) {
    const std::vector<Index> own = rowsOf(curve);
    VectorXd times(Index(own.size()));
    for (std::size_t i = 0; i < own.size(); ++i) {
      const double step = double(m_rows[std::size_t(own[i])].step);
      times(Index(i)) = weighting == CurveWeighting::Runs    ? double(i)
                        : weighting == CurveWeighting::Steps ? step
                                                             : std::log1p(step);
    }
    result(own) = weighting == CurveWeighting::Runs ? VectorXd(VectorXd::Ones(times.size()) / double(times.size()))
                                                    : sharesOfTime(times);
  }
  return result;
}

JointTrajectory JointPca::compute(int components, CurveWeighting weighting,
                                  std::span<const std::vector<float>> others) const {
  JointTrajectory joint;
  joint.curves.resize(std::size_t(m_curveCount));
  const VectorXd weight = weights(weighting);
  GramAxes axes = principalAxes(m_gram.products(), weight, components);
  if (axes.values.size() == 0)
    return joint;
  joint.explained = axes.values / axes.total;
  std::vector<std::vector<Index>> rows;
  for (int curve = 0; curve < m_curveCount; ++curve)
    rows.push_back(rowsOf(curve));
  for (Index k = 0; k < axes.values.size(); ++k) {
    double growth = 0;
    for (const std::vector<Index> &own : rows)
      if (!own.empty())
        growth += axes.points(own.back(), k) - axes.points(own.front(), k);
    if (growth < 0)
      axes.flip(k);
  }
  for (std::size_t curve = 0; curve < rows.size(); ++curve) {
    if (rows[curve].empty())
      continue;
    Trajectory &path = joint.curves[curve];
    for (const Index row : rows[curve])
      path.steps.push_back(m_rows[std::size_t(row)].step);
    path.points = axes.points(rows[curve], Eigen::all);
    path.explained = joint.explained;
  }
  joint.others.resize(Index(others.size()), axes.values.size());
  const VectorXd mean = meanProducts(m_gram.products(), weight);
  for (std::size_t i = 0; i < others.size(); ++i)
    joint.others.row(Index(i)) = axes.coordinates(m_gram.productsWith(others[i]), mean).transpose();
  return joint;
}

} // namespace evolute::core
