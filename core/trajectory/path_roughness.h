// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace evolute::core {

/// Variance of white noise on each coordinate of each point (T values), from fourth differences averaged over
/// a tenth of the path: they are 70 times the noise's variance and next to nothing on a smooth path.
/// Roughness between neighbouring points counts as noise, whatever it is.
Eigen::VectorXd noiseVariance(const Eigen::MatrixXd &points);

/// What a path shares with the random walks that it is compared with.
struct PathRoughness {
  Eigen::VectorXd speedVariance; ///< T - 1: expected squared length of each increment, noise taken off
  Eigen::VectorXd noise;         ///< T: variance of white noise on each coordinate of each point
  /// Increments are correlated like exp(-lag^2 / (4 tau^2)); tau in checkpoints, 0: independent of one
  /// another.
  double correlation = 0;
};

/// Measures it on the points (T x K, T >= 8): the correlation from the lag at which it has halved, the noise
/// from what lags 0 and 1 have beside it. O(T^2 K / 3).
PathRoughness measureRoughness(const Eigen::MatrixXd &points);

/// A random walk without aim that has the same roughness: T x dims, directions isotropic, increments a
/// Gaussian process of the same correlation and speed, the same noise on top. Number `number` of the seed's
/// sequence.
///
/// The principal components of such walks draw Lissajous figures too (Antognini and Sohl-Dickstein 2018,
/// arXiv:1806.08805), so a loop or a bend is no evidence of development as long as they have it as well.
Eigen::MatrixXd smoothRandomWalk(const PathRoughness &roughness, Eigen::Index dims, std::uint64_t seed,
                                 std::uint64_t number);

} // namespace evolute::core
