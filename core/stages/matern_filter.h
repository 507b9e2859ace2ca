// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <Eigen/Core>

namespace evolute::core::matern {

// The Matern-5/2 process as a linear stochastic differential equation, and the Kalman filter on it. Templates
// over the scalar: with an automatic derivative type the likelihood's gradient comes out exactly.
//
// State: (f, f'/r, f''/r^2, c0, c1) with r = sqrt(5) / lengthScale, so that all its entries are of one size.
// Time runs in units of 1/r: df = F f dt + L dW, F = [0 1 0; 0 0 1; -1 -3 -3], L = (0, 0, 1), density 16/3,
// for amplitude 1. Since (F + 1)^3 = 0, exp(F d) is exp(-d) times a polynomial.

inline constexpr int kStates = 5;
template <class T> using State = Eigen::Matrix<T, kStates, 1>;
template <class T> using Covariance = Eigen::Matrix<T, kStates, kStates>;
template <class T> using Block = Eigen::Matrix<T, 3, 3>;

/// A place in x where the curve was observed or is asked for. Everything in units that make the curve of
/// size 1.
struct Node {
  double x = 0;
  bool isObserved = false;
  double y = 0, errorVariance = 0; ///< known part of the noise
};

template <class T> struct Kernel { T amplitude, lengthScale, noise; };

inline constexpr double kTrendSd = 10; ///< prior of c0 and c1: wide against a curve of size 1

template <class T> Block<T> stationaryCovariance(const T &amplitude) {
  const T v = amplitude * amplitude, zero(0.0);
  const T third = v / 3.0;
  Block<T> p;
  p << v, zero, -third, zero, third, zero, -third, zero, v;
  return p;
}

/// exp(F d)
template <class T> Block<T> transition(const T &d) {
  using std::exp;
  const T e = exp(-d), a = d * e, b = d * d * e / 2.0;
  Block<T> m;
  m << e + a + b, a + 2.0 * b, b, //
      -b, e + a - 2.0 * b, a - b, //
      b - a, 2.0 * b - 3.0 * a, e - 2.0 * a + b;
  return m;
}

/// What the driving noise adds over d. The difference of stationary covariances would cancel for small d (the
/// first entry is of order d^5), hence a quadrature with positive weights there: 8 Gauss-Legendre nodes,
/// exact to rounding for d < 1.
template <class T> Block<T> drivenCovariance(const T &d, const T &amplitude) {
  using std::exp;
  if (d > 1.0) {
    const Block<T> p = stationaryCovariance(amplitude), a = transition(d);
    return p - a * p * a.transpose();
  }
  static constexpr std::array<double, 4> kNode = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                                  0.9602898564975363};
  static constexpr std::array<double, 4> kWeight = {0.3626837833783620, 0.3137066458778873,
                                                    0.2223810344533745, 0.1012285362903763};
  std::array<T, 6> sum; // upper triangle
  sum.fill(T(0.0));
  for (std::size_t i = 0; i < 8; ++i) {
    const double node = i < 4 ? kNode[i] : -kNode[i - 4], weight = kWeight[i % 4];
    const T s = d * (0.5 * (1 + node)), e = exp(-s), h = s * s / 2.0;
    const T g0 = e * h, g1 = e * (s - h), g2 = e * (1.0 - 2.0 * s + h);
    const T w = d * (0.5 * weight);
    sum[0] += w * g0 * g0, sum[1] += w * g0 * g1, sum[2] += w * g0 * g2;
    sum[3] += w * g1 * g1, sum[4] += w * g1 * g2, sum[5] += w * g2 * g2;
  }
  const T q = amplitude * amplitude * (16.0 / 3.0);
  Block<T> m;
  m << sum[0], sum[1], sum[2], sum[1], sum[3], sum[4], sum[2], sum[4], sum[5];
  return m * q;
}

/// Row that reads c0 + c1 x + f from the state.
inline State<double> observationRow(double x) {
  return (State<double>() << 1, 0, 0, 1, x).finished();
}

/// Runs over ascending nodes; `record(k, A, Q, predicted mean, predicted covariance, filtered mean, filtered
/// covariance)` after each (A and Q lead to node k). Returns the log likelihood of the observed ones.
template <class T, class Record>
T filter(const std::vector<Node> &nodes, const Kernel<T> &kernel, const Record &record) {
  using std::log;
  const T rate = std::sqrt(5.0) / kernel.lengthScale, noise = kernel.noise * kernel.noise;
  State<T> mean = State<T>::Constant(T(0.0));
  Covariance<T> cov = Covariance<T>::Constant(T(0.0));
  cov.template topLeftCorner<3, 3>() = stationaryCovariance(kernel.amplitude);
  cov(3, 3) = cov(4, 4) = T(kTrendSd * kTrendSd);
  T sum(0.0);
  Block<T> a = Block<T>::Identity(), q = Block<T>::Constant(T(0.0));
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    if (k > 0) {
      const T d = rate * (nodes[k].x - nodes[k - 1].x);
      a = transition(d);
      q = drivenCovariance(d, kernel.amplitude);
      const Eigen::Matrix<T, 3, 1> head = a * mean.template head<3>();
      mean.template head<3>() = head;
      const Block<T> half = a * cov.template topLeftCorner<3, 3>();
      const Block<T> full = half * a.transpose() + q;
      const Eigen::Matrix<T, 3, 2> cross = a * cov.template topRightCorner<3, 2>();
      cov.template topLeftCorner<3, 3>() = full;
      cov.template topRightCorner<3, 2>() = cross;
      cov.template bottomLeftCorner<2, 3>() = cross.transpose();
    }
    const State<T> predictedMean = mean;
    const Covariance<T> predictedCov = cov;
    if (nodes[k].isObserved) {
      const double x = nodes[k].x;
      const State<T> ph = cov.col(0) + cov.col(3) + cov.col(4) * T(x);
      const T variance = ph(0) + ph(3) + ph(4) * x + noise + nodes[k].errorVariance;
      const T surprise = nodes[k].y - (mean(0) + mean(3) + mean(4) * x);
      sum += -0.5 * (log(variance * (2 * std::numbers::pi)) + surprise * surprise / variance);
      const State<T> gain = ph * (T(1.0) / variance);
      mean += gain * surprise;
      cov -= gain * ph.transpose();
    }
    record(k, a, q, predictedMean, predictedCov, mean, cov);
  }
  return sum;
}

} // namespace evolute::core::matern
