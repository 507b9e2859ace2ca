// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/agglomeration.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace evolute::core {

using Eigen::Index;

namespace {

/// Distance of the union of groups p and q to another, by Lance and Williams' recurrence.
double distanceToUnion(double toP, double toQ, double between, double p, double q, double other,
                       Linkage linkage) {
  switch (linkage) {
  case Linkage::Average:
    return (p * toP + q * toQ) / (p + q);
  case Linkage::Complete:
    return std::max(toP, toQ);
  case Linkage::Ward:
    break;
  }
  const double squared =
      ((p + other) * toP * toP + (q + other) * toQ * toQ - other * between * between) / (p + q + other);
  return std::sqrt(std::max(0.0, squared));
}

} // namespace

std::vector<ClusterMerge> agglomerate(Eigen::MatrixXd distances, Linkage linkage) {
  const auto n = int(distances.rows());
  std::vector<ClusterMerge> merges;
  std::vector<int> name(std::size_t(n), 0), size(std::size_t(n), 1);
  std::iota(name.begin(), name.end(), 0);
  std::vector<Index> left(std::size_t(n), 0); // rows still in play
  std::iota(left.begin(), left.end(), Index(0));
  while (left.size() > 1) {
    Index p = left[0], q = left[1];
    for (std::size_t a = 0; a < left.size(); ++a)
      for (std::size_t b = a + 1; b < left.size(); ++b)
        if (distances(left[a], left[b]) < distances(p, q)) {
          p = left[a];
          q = left[b];
        }
    const double between = distances(p, q);
    const int sizeP = size[std::size_t(p)], sizeQ = size[std::size_t(q)];
    for (const Index other : left)
      if (other != p && other != q)
        distances(p, other) = distances(other, p) =
            distanceToUnion(distances(p, other), distances(q, other), between, sizeP, sizeQ,
                            size[std::size_t(other)], linkage);
    const auto [first, second] = std::minmax(name[std::size_t(p)], name[std::size_t(q)]);
    merges.push_back({first, second, between, sizeP + sizeQ});
    name[std::size_t(p)] = n + int(merges.size()) - 1;
    size[std::size_t(p)] += sizeQ;
    std::erase(left, q);
  }
  return merges;
}

std::vector<int> cutAt(const std::vector<ClusterMerge> &merges, int curves, int count) {
  // Each group's representative, found by following the merges that are kept.
  std::vector<int> group(std::size_t(curves) + merges.size());
  std::iota(group.begin(), group.end(), 0);
  for (int m = 0; m < curves - count; ++m) {
    const ClusterMerge &merge = merges[std::size_t(m)];
    for (int &g : group)
      if (g == merge.first || g == merge.second)
        g = curves + m;
  }
  std::vector<int> names, labels;
  for (int i = 0; i < curves; ++i) {
    const int g = group[std::size_t(i)];
    const auto at = std::find(names.begin(), names.end(), g);
    labels.push_back(int(at - names.begin()));
    if (at == names.end())
      names.push_back(g);
  }
  return labels;
}

} // namespace evolute::core
