// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <Eigen/Core>

namespace evolute::core {

/// Points of a curve y(x): finite, x ascending, equal values of x allowed.
struct CurvePoints {
  Eigen::VectorXd x;
  Eigen::VectorXd y;
  Eigen::VectorXd error; ///< known standard error of each y, in its unit; empty when none is known
};

/// Hyper-parameters of y(x) = c0 + c1 x + f(x) + noise with f ~ GP(0, Matern-5/2):
///   cov f(x), f(x') = amplitude^2 (1 + d + d^2/3) exp(-d),  d = sqrt(5) |x - x'| / lengthScale.
struct CurveKernel {
  double amplitude = 0;   ///< unit of y
  double lengthScale = 0; ///< unit of x
  double noise = 0;       ///< standard deviation beside the known errors (their squares add), unit of y
};

/// Log marginal likelihood of the points under the kernel, c0 and c1 integrated out against
///   c0 ~ N(mean y, (10 sd y)^2) at the middle of x,  c1 ~ N(0, (10 sd y / range x)^2).
/// `gradient`, when asked for: with respect to log amplitude, log lengthScale and log noise; exact (the
/// filter is differentiated forwards). O(n): Kalman filter on the state-space form of the kernel, which is
/// exact. Source: Hartikainen and Sarkka 2010 (Kalman filtering and smoothing solutions to temporal GP
/// regression). Asserts at least two points, x ascending, everything finite.
double logMarginalLikelihood(const CurvePoints &points, const CurveKernel &kernel,
                             Eigen::Vector3d *gradient = nullptr);

/// The law of a curve given its points, on a grid. Column vectors as long as the grid, units of y and y/x.
struct CurvePosterior {
  Eigen::VectorXd x;
  Eigen::VectorXd mean, sd;           ///< of c0 + c1 x + f(x), without noise
  Eigen::VectorXd slopeMean, slopeSd; ///< of its derivative with respect to x
};

/// Joint draws of a curve and of its slope: grid x draws.
struct CurveDraws {
  Eigen::MatrixXd value, slope;
};

/// Gaussian process regression of a curve in one dimension, in time and memory that grow linearly with the
/// points.
///
/// A straight line costs no amplitude, so that a line with noise stays a line. A value; const members may be
/// used from several threads.
class GaussianProcess {
public:
  /// With hyper-parameters as given.
  GaussianProcess(CurvePoints points, const CurveKernel &kernel);
  /// Hyper-parameters by marginal likelihood (L-BFGS-B from three length scales, within bounds relative to
  /// the curve: length scale 0.02 to 10 of the range of x; amplitude up to 10 sd of y; noise at least 1e-3 of
  /// it, 1e-4 beside known errors). Deterministic. O(n) an iteration.
  static GaussianProcess fitted(CurvePoints points);

  const CurvePoints &points() const { return m_points; }
  const CurveKernel &kernel() const { return m_kernel; }
  /// The `grid` ascending; may lie outside the points.
  CurvePosterior posterior(const Eigen::VectorXd &grid) const;
  /// Draws depend on (points, kernel, grid, seed) alone. O(n + grid) a draw.
  CurveDraws draws(const Eigen::VectorXd &grid, int count, std::uint64_t seed) const;

private:
  CurvePoints m_points;
  CurveKernel m_kernel;
};

} // namespace evolute::core
