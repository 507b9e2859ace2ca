// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include "core/error.h"
#include "core/llc/diagnostics.h"
#include "core/llc/exact_learning_coefficient.h"
#include "core/sampling/philox.h"

namespace evolute::core {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;

void requirePositive(double inverseTemperature, double gamma) {
  if (!(inverseTemperature > 0 && std::isfinite(inverseTemperature) && gamma > 0 && std::isfinite(gamma)))
    throw Error("finite-temperature target: expected n*beta and gamma above 0, found " +
                std::to_string(inverseTemperature) + " and " + std::to_string(gamma));
}

// All integrals run over R after a substitution that makes the integrand analytic in a strip about the real
// axis and decay at least exponentially at both ends; there the trapezoidal rule converges exponentially,
// with error exp(-2 pi * half-width / step).
constexpr double kNegligible = 32; // e^-32 = 1e-14

/// A mean under weights that are given by their logarithm and may be tiny altogether.
class WeightedMean {
public:
  void add(double logWeight, double value) {
    if (logWeight < m_largest - 2.0 * kNegligible)
      return;
    if (logWeight > m_largest) {
      const double shrink = std::exp(m_largest - logWeight);
      m_weights *= shrink;
      m_values *= shrink;
      m_largest = logWeight;
    }
    const double weight = std::exp(logWeight - m_largest);
    m_weights += weight;
    m_values += weight * value;
  }
  double mean() const { return m_values / m_weights; }

private:
  double m_largest = -1e300, m_weights = 0, m_values = 0;
};

/// Equidistant points from `low` to `high`.
std::vector<double> grid(double low, double high, double step) {
  std::vector<double> points;
  for (double t = low; t <= high; t += step)
    points.push_back(t);
  return points;
}

/// Largest coordinate that matters under exp(-gamma/2 w^2), as its logarithm.
double logReach(double gamma) {
  return 0.5 * std::log(2.0 * kNegligible / gamma);
}

// ---- Two-layer networks: quadrature over the eigenvalues e_1 > e_2 > e_3 of a p x p Wishart matrix with q
// degrees of freedom, density prod e_i^((q-p-1)/2) prod_{i<j} (e_i - e_j) exp(-sum e_i / 2). Substituted are
// e_1 = exp(t), e_i = e_{i-1} / (1 + exp(-v_i)); de_i = e_i (1 - u_i) dv_i with u_i = e_i / e_{i-1}.

constexpr int kMostEigenvalues = 3;

class WishartIntegral {
public:
  /// slope = 2 n*beta / gamma^2: each eigenvalue has the weight (1 + slope e)^(-out/2).
  WishartIntegral(int p, double q, double out, double slope) : m_p(p), m_q(q), m_out(out), m_slope(slope) {
    for (int i = 1; i < p; ++i)
      m_ratios[std::size_t(i)] = ratioGrid(i);
  }

  double compute() {
    const double low = -widestScale() - 2.0 * kNegligible / (m_p * m_q);
    for (const double t : grid(low, std::log(4.0 * kNegligible), kStep)) {
      const double e = std::exp(t);
      addBelow(1, t, e, 1.0, logFactor(t, e), share(e));
    }
    return m_mean.mean();
  }

private:
  static constexpr double kStep = 0.35; // half-width pi/2: error e^-28

  struct Ratio {
    double u, logU, logRest; // u = e_i / e_{i-1}, rest = 1 - u
  };

  int m_p;
  double m_q, m_out, m_slope;
  std::array<std::vector<Ratio>, kMostEigenvalues> m_ratios;
  WeightedMean m_mean;

  /// How far below the largest eigenvalue (in logarithm) the weight still changes.
  double widestScale() const { return std::log1p(4.0 * kNegligible * m_slope); }

  std::vector<Ratio> ratioGrid(int i) const {
    // e_i, ..., e_p shrink together with u_i: below 1/slope the integrand falls as this power of u_i. At the
    // other end it falls as (1 - u_i)^2.
    const double power = 0.5 * (m_p - i) * (m_q - i);
    std::vector<Ratio> ratios;
    for (const double v : grid(-widestScale() - kNegligible / power, 0.5 * kNegligible, kStep)) {
      const double logU = -std::log1p(std::exp(-v));
      ratios.push_back({std::exp(logU), logU, -std::log1p(std::exp(v))});
    }
    return ratios;
  }

  /// log of exp(-e/2) e^((q-p+1)/2) (1 + slope e)^(-out/2)
  double logFactor(double logE, double e) const {
    return 0.5 * (m_q - m_p + 1) * logE - 0.5 * e - 0.5 * m_out * std::log(1.0 + m_slope * e);
  }
  /// What an eigenvalue adds to n*beta E[L].
  double share(double e) const { return 0.5 * m_out * m_slope * e / (1.0 + m_slope * e); }

  /// Sums over eigenvalues i, i + 1, ..., given e = e_{i-1} and uAbove = e_{i-1} / e_{i-2}.
  void addBelow(int i, double logE, double e, double uAbove, double logWeight, double value) {
    if (i == m_p) {
      m_mean.add(logWeight, value);
      return;
    }
    for (const Ratio &ratio : m_ratios[std::size_t(i)]) {
      const double logNext = logE + ratio.logU, next = e * ratio.u;
      // one 1 - u from de_i, one from e_{i-1} - e_i = e_{i-1} (1 - u_i)
      double weight = logWeight + 2.0 * ratio.logRest + logE + logFactor(logNext, next);
      if (i == 2) // e_1 - e_3 = e_1 (1 - u_2 u_3)
        weight += logE - std::log(uAbove) + std::log(1.0 - uAbove * ratio.u);
      addBelow(i + 1, logNext, next, ratio.u, weight, value + share(next));
    }
  }
};

// ---- Two-layer networks with more eigenvalues: Gibbs sampling. Given W_1 the rows of W_2 are independent
// normals of precision gamma I + 2 n*beta W_1 W_1^T, and the other way round for the columns of W_1.

MatrixXd normalMatrix(const RandomStream &stream, std::uint64_t position, Index rows, Index columns) {
  std::vector<double> z(std::size_t(rows * columns));
  stream.normals(position, z);
  return Eigen::Map<const MatrixXd>(z.data(), rows, columns);
}

/// Columns drawn from N(0, (gamma I + 2 n*beta gram)^-1).
MatrixXd drawColumns(const MatrixXd &gram, double inverseTemperature, double gamma, const MatrixXd &normals) {
  MatrixXd precision = 2.0 * inverseTemperature * gram;
  precision.diagonal().array() += gamma;
  const Eigen::LLT<MatrixXd> factor(precision);
  return factor.matrixU().solve(normals);
}

FiniteTemperatureTarget sampleTwoLayer(Index in, Index hidden, Index out, double inverseTemperature,
                                       double gamma) {
  constexpr Index kChains = 4, kDraws = 4000, kBurnIn = 500;
  Eigen::ArrayXXd values(kDraws, kChains);
  for (Index chain = 0; chain < kChains; ++chain) {
    const RandomStream stream{streamKey(0, "two-layer", {}, {}, std::uint64_t(chain))};
    MatrixXd first = normalMatrix(stream, 0, hidden, in) / std::sqrt(gamma);
    std::uint64_t position = 1;
    for (Index draw = -kBurnIn; draw < kDraws; ++draw) {
      const MatrixXd second = drawColumns(first * first.transpose(), inverseTemperature, gamma,
                                          normalMatrix(stream, position++, hidden, out));
      first = drawColumns(second * second.transpose(), inverseTemperature, gamma,
                          normalMatrix(stream, position++, hidden, in));
      if (draw < 0)
        continue;
      // Mean of n*beta L over W_2 given W_1: half of `out` times the trace of S (1 + S)^-1.
      const MatrixXd scaled = 2.0 * inverseTemperature / gamma * first * first.transpose();
      const Eigen::ArrayXd s =
          Eigen::SelfAdjointEigenSolver<MatrixXd>(scaled, Eigen::EigenvaluesOnly).eigenvalues();
      values(draw, chain) = 0.5 * double(out) * (s / (1.0 + s)).sum();
    }
  }
  return {values.mean(), mcseMean(values)};
}

} // namespace

double finiteTemperatureCrossing(const std::vector<int> &halfPowers, double inverseTemperature,
                                 double gamma) {
  requirePositive(inverseTemperature, gamma);
  std::vector<int> powers = halfPowers;
  std::erase(powers, 0);
  if (powers.empty() || powers.size() > 2 || *std::min_element(powers.begin(), powers.end()) < 1)
    throw Error("finite-temperature target of a crossing: expected one or two powers k above 0, found " +
                std::to_string(powers.size()) + (powers.size() > 2 ? "" : " or a negative one"));

  // w_i = exp(t_i). In t, exp(-c w^(2k)) is analytic and bounded in a strip of half-width pi / (4 k).
  const int steepest = *std::max_element(powers.begin(), powers.end());
  const double step = 0.15 / steepest;
  const double high = logReach(gamma);
  // Where even the steepest wall is no longer felt, whatever the other factor.
  const double wall = (std::log1p(inverseTemperature) + 2.0 * steepest * std::abs(high)) /
                      (2.0 * *std::min_element(powers.begin(), powers.end()));
  const std::vector<double> logs = grid(-std::abs(high) - wall - kNegligible, high, step);

  struct Point {
    double logPrior, power; // of one weight: log of exp(t - gamma/2 w^2), and w^(2k)
  };
  const auto pointsOf = [&](int halfPower) {
    std::vector<Point> points;
    for (const double t : logs)
      points.push_back({t - 0.5 * gamma * std::exp(2.0 * t), std::exp(2.0 * halfPower * t)});
    return points;
  };
  const std::vector<Point> firsts = pointsOf(powers[0]);
  const std::vector<Point> seconds =
      powers.size() == 2 ? pointsOf(powers[1]) : std::vector<Point>{{0.0, 1.0}};
  WeightedMean mean;
  for (const Point &first : firsts)
    for (const Point &second : seconds) {
      const double energy = inverseTemperature * first.power * second.power;
      mean.add(first.logPrior + second.logPrior - energy, energy);
    }
  return mean.mean();
}

FiniteTemperatureTarget finiteTemperatureTwoLayer(std::int64_t in, std::int64_t hidden, std::int64_t out,
                                                  double inverseTemperature, double gamma) {
  requirePositive(inverseTemperature, gamma);
  if (std::min({in, hidden, out}) < 1)
    throw Error("two-layer network: expected widths of 1 or more, found " + std::to_string(in) + ", " +
                std::to_string(hidden) + " and " + std::to_string(out));
  if (out < in)
    std::swap(in, out); // |W_2 W_1| is that of the transposed network
  const std::int64_t eigenvalues = std::min(in, hidden);
  if (eigenvalues > kMostEigenvalues)
    return sampleTwoLayer(in, hidden, out, inverseTemperature, gamma);
  WishartIntegral integral(int(eigenvalues), double(std::max(in, hidden)), double(out),
                           2.0 * inverseTemperature / (gamma * gamma));
  return {integral.compute(), 0.0};
}

} // namespace evolute::core
