// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/diagnostics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

namespace evolute::core {

namespace {

using Eigen::ArrayXd;
using Eigen::ArrayXXd;
using Eigen::Index;

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr Index kFewestDraws = 4;

bool usable(const ArrayXXd &draws) {
  return draws.rows() >= kFewestDraws && draws.cols() >= 1 && draws.isFinite().all() &&
         draws.minCoeff() < draws.maxCoeff();
}

/// Each chain becomes two; of an odd number of draws the middle one is left out.
ArrayXXd halves(const ArrayXXd &draws) {
  const Index half = draws.rows() / 2;
  ArrayXXd split(half, 2 * draws.cols());
  split << draws.topRows(half), draws.bottomRows(half);
  return split;
}

/// Inverse of the standard normal distribution function, 0 < p < 1.
/// Start: Abramowitz & Stegun 26.2.23 (error below 5e-4); two Halley steps, each cubing the error.
double normalQuantile(double p) {
  if (p > 0.5)
    return -normalQuantile(1.0 - p);
  const double t = std::sqrt(-2.0 * std::log(p));
  double z =
      (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int i = 0; i < 2; ++i) {
    const double excess = 0.5 * std::erfc(-z / std::numbers::sqrt2) - p;
    const double newton = excess * std::sqrt(2.0 * std::numbers::pi) * std::exp(0.5 * z * z);
    z -= newton / (1.0 + 0.5 * z * newton);
  }
  return z;
}

/// Ranks over all draws of all chains (ties share their mean rank), as normal scores.
ArrayXXd normalScores(const ArrayXXd &draws) {
  const Index count = draws.size();
  std::vector<Index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return draws(a) < draws(b); });
  ArrayXXd scores(draws.rows(), draws.cols());
  for (std::size_t from = 0; from < order.size();) {
    std::size_t to = from + 1;
    while (to < order.size() && draws(order[to]) == draws(order[from]))
      ++to;
    const double rank = 0.5 * double(from + 1 + to); // ranks from + 1 ... to
    const double score = normalQuantile((rank - 0.375) / (double(count) + 0.25));
    for (std::size_t i = from; i < to; ++i)
      scores(order[i]) = score;
    from = to;
  }
  return scores;
}

double variance(const ArrayXd &values) {
  return (values - values.mean()).square().sum() / double(values.size() - 1);
}

double rhatOf(const ArrayXXd &chains) {
  const double n = double(chains.rows());
  double within = 0;
  for (Index chain = 0; chain < chains.cols(); ++chain)
    within += variance(chains.col(chain)) / double(chains.cols());
  const double between = n * variance(chains.colwise().mean().transpose());
  return std::sqrt((between / within + n - 1.0) / n);
}

/// Median of all values.
double medianOf(const ArrayXXd &draws) {
  std::vector<double> values(draws.data(), draws.data() + draws.size());
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1)
    return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

/// Quantile with linear interpolation between order statistics (R's type 7).
double quantileOf(const ArrayXXd &draws, double probability) {
  std::vector<double> values(draws.data(), draws.data() + draws.size());
  std::sort(values.begin(), values.end());
  const double position = probability * double(values.size() - 1);
  const auto below = std::size_t(position);
  const auto above = std::min(below + 1, values.size() - 1);
  const double share = position - double(below);
  return (1.0 - share) * values[below] + share * values[above];
}

/// Autocorrelation of chains that may disagree: 1 - (W - mean autocovariance) / var+ at each lag.
class Autocorrelation {
public:
  explicit Autocorrelation(const ArrayXXd &chains) : m_centred(chains.rowwise() - chains.colwise().mean()) {
    const double n = double(chains.rows());
    const double biased = autocovariance(0);
    m_within = biased * n / (n - 1.0);
    m_total = biased;
    if (chains.cols() > 1)
      m_total += variance(chains.colwise().mean().transpose());
  }
  double at(Index lag) const { return 1.0 - (m_within - autocovariance(lag)) / m_total; }

private:
  ArrayXXd m_centred;
  double m_within = 0, m_total = 0;

  double autocovariance(Index lag) const {
    const Index overlap = m_centred.rows() - lag;
    return (m_centred.topRows(overlap) * m_centred.bottomRows(overlap)).sum() / double(m_centred.size());
  }
};

/// Effective draws of chains that are split already: Geyer's initial positive and monotone sequence.
double essOf(const ArrayXXd &chains) {
  if (chains.minCoeff() == chains.maxCoeff())
    return kNotANumber;
  struct Pair {
    double even, odd;
    double sum() const { return even + odd; }
  };
  const Autocorrelation rho(chains);
  std::vector<Pair> pairs{{1.0, rho.at(1)}};
  for (Index lag = 2; lag + 2 < chains.rows() && pairs.back().sum() > 0; lag += 2)
    pairs.push_back({rho.at(lag), rho.at(lag + 1)});

  // The last pair ends the sequence: it is negative or there is no more data. Only its even lag is kept.
  const Pair last = pairs.back();
  pairs.pop_back();
  double tau = -1.0 + (last.sum() >= 0 ? last.even : std::max(last.even, 0.0));
  double smallest = std::numeric_limits<double>::infinity();
  for (const Pair &pair : pairs) {
    smallest = std::min(smallest, pair.sum());
    tau += 2.0 * smallest;
  }
  const double count = double(chains.size());
  return count / std::max(tau, 1.0 / std::log10(count));
}

} // namespace

double splitRhat(const ArrayXXd &draws) {
  if (!usable(draws))
    return kNotANumber;
  const ArrayXXd split = halves(draws);
  const ArrayXXd folded = (split - medianOf(split)).abs();
  // Folding can make all values equal (two values, half each): then there is no spread to disagree about.
  const double bulk = rhatOf(normalScores(split)), spread = rhatOf(normalScores(folded));
  return std::isnan(spread) ? bulk : std::max(bulk, spread);
}

double essBulk(const ArrayXXd &draws) {
  return usable(draws) ? essOf(normalScores(halves(draws))) : kNotANumber;
}

double essTail(const ArrayXXd &draws) {
  if (!usable(draws))
    return kNotANumber;
  double smaller = std::numeric_limits<double>::infinity();
  for (const double probability : {0.05, 0.95}) {
    const ArrayXXd below = (draws <= quantileOf(draws, probability)).cast<double>();
    const double ess = essOf(halves(below));
    if (std::isnan(ess))
      return kNotANumber;
    smaller = std::min(smaller, ess);
  }
  return smaller;
}

double essMean(const ArrayXXd &draws) {
  return usable(draws) ? essOf(halves(draws)) : kNotANumber;
}

double mcseMean(const ArrayXXd &draws) {
  return usable(draws) ? std::sqrt(variance(draws.reshaped()) / essMean(draws)) : kNotANumber;
}

} // namespace evolute::core
