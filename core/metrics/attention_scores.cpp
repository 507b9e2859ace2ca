// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/attention_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/sampling/philox.h"

namespace evolute::core {

using Eigen::Index;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kShortestProbe = 16, kLongestProbe = 64, kPrefixProbe = 128;

/// Whole numbers of low ... high, both ends in.
std::int64_t between(double uniform, std::int64_t low, std::int64_t high) {
  return std::min(high, low + std::int64_t(uniform * double(high - low + 1)));
}

} // namespace

double previousTokenScore(const Eigen::MatrixXd &pattern) {
  const Index n = pattern.rows();
  return n < 2 ? kNaN : pattern(n - 1, n - 2);
}

double currentTokenScore(const Eigen::MatrixXd &pattern) {
  const Index n = pattern.rows();
  return n < 2 ? kNaN : pattern(n - 1, n - 1);
}

double prefixMatchingScore(const Eigen::MatrixXd &pattern, std::int64_t first, std::int64_t second) {
  return pattern(second, first + 1);
}

AttentionShares attentionShares(const Eigen::MatrixXd &pattern) {
  AttentionShares sum;
  const Index n = pattern.rows();
  if (n < 2)
    return {kNaN, kNaN, kNaN, kNaN, kNaN, kNaN};
  for (Index q = 1; q < n; ++q) {
    sum.current += pattern(q, q);
    sum.previous += pattern(q, q - 1);
    sum.first += pattern(q, 0);
    sum.hardness += pattern.row(q).head(q + 1).maxCoeff();
    double entropy = 0;
    for (Index k = 0; k <= q; ++k) {
      const double a = pattern(q, k);
      sum.distance += a * double(q - k);
      entropy -= a > 0 ? a * std::log(a) : 0;
    }
    sum.entropy += entropy / std::log(double(q + 1));
  }
  for (double *value : {&sum.current, &sum.previous, &sum.first, &sum.distance, &sum.entropy, &sum.hardness})
    *value /= double(n - 1);
  return sum;
}

double attentionVariability(const std::vector<Eigen::MatrixXd> &patterns) {
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(patterns.front().rows(), patterns.front().cols());
  for (const Eigen::MatrixXd &pattern : patterns)
    mean += pattern / double(patterns.size());
  double difference = 0;
  for (const Eigen::MatrixXd &pattern : patterns)
    difference += (pattern - mean).cwiseAbs().sum() / 2;
  return difference / double(patterns.size()) / mean.sum();
}

PreviousTokenProbe previousTokenProbe(std::uint64_t seed, std::uint64_t index, std::int64_t vocabulary,
                                      std::int64_t context, std::int64_t bos) {
  const RandomStream random{streamKey(seed, "previous-token-probe")};
  std::array<double, 1> length;
  random.uniforms(2 * index, length);
  const std::int64_t longest = std::min(kLongestProbe, context);
  PreviousTokenProbe probe;
  probe.tokens.resize(std::size_t(between(length[0], std::min(kShortestProbe, longest), longest)));
  random.integers(2 * index + 1, std::uint32_t(vocabulary), probe.tokens);
  if (bos >= 0)
    probe.tokens.front() = bos;
  return probe;
}

PrefixMatchingProbe prefixMatchingProbe(std::uint64_t seed, std::uint64_t index, std::int64_t vocabulary,
                                        std::int64_t context) {
  if (context < 4 || vocabulary < 2)
    throw Error("prefix-matching probe: expected a context of 4 tokens or more and a vocabulary of 2 or "
                "more, found " +
                std::to_string(context) + " and " + std::to_string(vocabulary));
  const RandomStream random{streamKey(seed, "prefix-matching-probe")};
  const std::int64_t length = std::min(kPrefixProbe, context), half = length / 2;
  std::array<double, 3> u;
  random.uniforms(2 * index, u);
  PrefixMatchingProbe probe;
  probe.first = between(u[0], 1, half - 1);
  probe.second = between(u[1], half + 1, length - 1);
  const std::int64_t special = between(u[2], 0, vocabulary - 1);
  probe.tokens.resize(std::size_t(length));
  random.integers(2 * index + 1, std::uint32_t(vocabulary - 1), probe.tokens);
  for (std::int64_t &token : probe.tokens)
    token += token >= special; // every id but the special one
  probe.tokens[std::size_t(probe.first)] = probe.tokens[std::size_t(probe.second)] = special;
  return probe;
}

} // namespace evolute::core
