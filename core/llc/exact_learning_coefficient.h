// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace evolute::core {

/// A learning coefficient known exactly: lambda = numerator / denominator in lowest terms, multiplicity m.
struct ExactCoefficient {
  std::int64_t numerator = 0, denominator = 1;
  int multiplicity = 1;
  double value() const { return double(numerator) / double(denominator); }
  bool operator==(const ExactCoefficient &) const = default;
};

/// Deep linear network x -> W_L ... W_1 x with layer widths H_0 ... H_L and true rank r: the global
/// coefficient, attained where every factor has rank exactly r (Aoyagi 2024). Integer arithmetic.
/// \throws Error for fewer than two layers' widths, a width below 1, or r outside 0 ... min width.
ExactCoefficient deepLinearCoefficient(const std::vector<std::int64_t> &widths, std::int64_t rank);

/// L = prod_i w_i^(2 k_i) under a flat positive prior: lambda = min 1/(2 k_i), m = how many attain it.
/// k_i = 0 is a free direction. \throws Error when no k_i is positive or one is negative.
ExactCoefficient normalCrossingCoefficient(const std::vector<int> &halfPowers);

// What an ideal sampler's n*beta * E[L] returns at finite n*beta, for w* = 0 under a Gaussian pull gamma:
// -d log Z / d log(n*beta). These test a sampler far more sharply than lambda itself, which they approach
// only as 1 / log(n*beta) where the multiplicity is above 1. Quadrature: to ten digits or better. \throws
// Error when n*beta or gamma is not above 0.

/// L = prod_i w_i^(2 k_i). One or two k_i are positive, all others 0. Cost: milliseconds.
/// \throws Error for other powers.
double finiteTemperatureCrossing(const std::vector<int> &halfPowers, double inverseTemperature, double gamma);

struct FiniteTemperatureTarget {
  double value = 0;
  double standardError = 0; ///< 0 where the value comes from quadrature
};
/// Two-layer network in-hidden-out with true map 0 and L = |W_2 W_1|_F^2 (whitened inputs). W_2 integrates
/// out to Z = E_A prod_i (1 + 2 n*beta/gamma^2 e_i)^(-out/2), e_i eigenvalues of a Wishart matrix. The
/// average is taken by quadrature over the eigenvalues where there are at most three (two of the widths, or
/// hidden, at most 3: a fraction of a second), else by Gibbs sampling of W_1 and W_2 with a fixed seed
/// (seconds). \throws Error for a width below 1.
FiniteTemperatureTarget finiteTemperatureTwoLayer(std::int64_t in, std::int64_t hidden, std::int64_t out,
                                                  double inverseTemperature, double gamma);
/// Quadratic bowl L = sum_i h_i w_i^2 / 2 under SGLD with exact gradients and step eps:
/// sum_i n*beta h_i / (2 p_i (1 - eps p_i / 4)), p_i = n*beta h_i + gamma; eps = 0 gives the exact posterior.
/// NaN where eps * p_i >= 4 (unstable).
double quadraticBowl(const std::vector<double> &curvatures, double inverseTemperature, double gamma,
                     double stepSize);

} // namespace evolute::core
