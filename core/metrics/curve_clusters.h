// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "core/metrics/curve_distance.h"
#include "core/metrics/curve_set.h"

namespace evolute::core {

/// The four ways of Wang et al. 2024 (arXiv:2410.02984).
enum class ClusterMethod {
  KMeans,            ///< Euclidean distance, means
  TimeWarpingKMeans, ///< time warping, barycentres
  Shapes,            ///< k-Shape
  Hierarchical       ///< agglomeration, Euclidean distance
};
enum class Linkage { Ward, Average, Complete };

std::string nameOf(ClusterMethod method); ///< "k-means", "dtw-k-means", "k-shape", "hierarchical"
ClusterMethod clusterMethodFromName(const std::string &name); ///< \throws Error
std::string nameOf(CurveScaling scaling);                     ///< "none", "standardise", "min-max"
CurveScaling curveScalingFromName(const std::string &name);   ///< \throws Error

struct ClusterSettings {
  ClusterMethod method = ClusterMethod::KMeans;
  CurveScaling scaling = CurveScaling::Standardise; ///< k-Shape standardises always
  Linkage linkage = Linkage::Ward;                  ///< of Hierarchical
  int count = 4;
  int restarts = 20; ///< of the iterative methods: the one with the least cost counts
  std::uint64_t seed = 0;
};

/// Two groups that become one: curves are 0 ... n - 1, the group of merge m is n + m, as in scipy's linkage
/// matrix.
struct ClusterMerge {
  int first = 0, second = 0; ///< first < second
  double height = 0;         ///< their distance under the linkage
  int size = 0;
};

struct CurveClusters {
  std::vector<int> labels; ///< of each curve; clusters are numbered by their first member
  Eigen::MatrixXd centres; ///< clusters x steps, of the scaled curves; of Hierarchical the means
  double cost = 0;         ///< sum over curves of the squared distance to their centre; 0 for Hierarchical
  std::vector<ClusterMerge> merges; ///< of Hierarchical: n - 1, from the nearest pair on
};

/// Groups the rows of `curves`. k-means++ starts (Arthur and Vassilvitskii 2007), Lloyd's iterations until
/// nothing changes; a cluster left empty takes the curve that lies farthest from its centre. Barycentres
/// under time warping: Petitjean, Ketterlin, Gançarski 2011. Shapes: leading eigenvector of the aligned
/// members' centred scatter, Paparrizos and Gravano 2015. Agglomeration: Lance and Williams 1967. Repeatable.
/// Cost: 16 curves of 100 steps take about 1 ms; with time warping seconds. \throws Error for a count below 1
/// or above the number of curves.
CurveClusters clusterCurves(const Eigen::MatrixXd &curves, const ClusterSettings &settings);

} // namespace evolute::core
