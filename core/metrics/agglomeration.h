// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <Eigen/Core>

#include "core/metrics/curve_clusters.h"

namespace evolute::core {

/// Merges the two nearest groups until one is left. `distances`: of all pairs, symmetric; Euclidean ones
/// where the linkage is Ward's. Heights as scipy's linkage() gives them. Cost: cube of the number of curves.
std::vector<ClusterMerge> agglomerate(Eigen::MatrixXd distances, Linkage linkage);

/// Labels of `curves` curves when the last count - 1 merges are undone.
std::vector<int> cutAt(const std::vector<ClusterMerge> &merges, int curves, int count);

} // namespace evolute::core
