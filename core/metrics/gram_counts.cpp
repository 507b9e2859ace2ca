// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/gram_counts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"

namespace evolute::core {

namespace {

void checkSequences(std::span<const std::int64_t> tokens, std::int64_t context, std::int64_t n) {
  if (context < n || tokens.size() % std::size_t(context) != 0)
    throw Error("counting runs of " + std::to_string(n) + " tokens: expected whole sequences of " +
                std::to_string(n) + " tokens or more, found " + std::to_string(tokens.size()) +
                " tokens in sequences of " + std::to_string(context));
}

} // namespace

BigramTable::BigramTable(std::span<const std::int64_t> tokens, std::int64_t context, std::int64_t vocabulary)
    : m_begin(std::size_t(vocabulary) + 1, 0), m_totals(std::size_t(vocabulary), 0) {
  checkSequences(tokens, context, 2);
  for (const std::int64_t token : tokens)
    if (token < 0 || token >= vocabulary)
      throw Error("counting bigrams: expected ids 0 to " + std::to_string(vocabulary - 1) + ", found " +
                  std::to_string(token));
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  pairs.reserve(tokens.size());
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
    if ((i + 1) % std::size_t(context) != 0)
      pairs.emplace_back(tokens[i], tokens[i + 1]);
  std::sort(pairs.begin(), pairs.end());
  std::size_t token = 0;
  for (std::size_t i = 0; i < pairs.size();) {
    std::size_t end = i;
    while (end < pairs.size() && pairs[end] == pairs[i])
      ++end;
    while (token < std::size_t(pairs[i].first))
      m_begin[++token] = m_followers.size();
    m_followers.push_back({pairs[i].second, std::int64_t(end - i)});
    m_totals[token] += std::int64_t(end - i);
    i = end;
  }
  while (token < std::size_t(vocabulary))
    m_begin[++token] = m_followers.size();
}

std::span<const BigramTable::Follower> BigramTable::followers(std::int64_t token) const {
  const std::size_t begin = m_begin[std::size_t(token)];
  return {m_followers.data() + begin, m_begin[std::size_t(token) + 1] - begin};
}

std::int64_t BigramTable::count(std::int64_t token, std::int64_t next) const {
  for (const Follower &follower : followers(token))
    if (follower.token == next)
      return follower.count;
  return 0;
}

std::int64_t BigramTable::count(std::int64_t token) const {
  return m_totals[std::size_t(token)];
}

double BigramTable::entropy(std::int64_t token) const {
  const auto total = double(count(token));
  if (total == 0)
    return std::numeric_limits<double>::quiet_NaN();
  double entropy = 0;
  for (const Follower &follower : followers(token))
    entropy -= double(follower.count) / total * std::log(double(follower.count) / total);
  return entropy;
}

double BigramTable::crossEntropy(std::int64_t token, std::span<const float> logProbabilities) const {
  const auto total = double(count(token));
  if (total == 0)
    return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const Follower &follower : followers(token))
    sum -= double(follower.count) / total * double(logProbabilities[std::size_t(follower.token)]);
  return sum;
}

std::vector<Gram> frequentGrams(std::span<const std::int64_t> tokens, std::int64_t context, std::int64_t n,
                                std::size_t most) {
  checkSequences(tokens, context, n);
  // Places where runs begin, sorted by the run: equal runs come to lie together, no run is copied.
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < tokens.size(); ++i)
    if (std::int64_t(i % std::size_t(context)) + n <= context)
      begins.push_back(i);
  const auto run = [&](std::size_t begin) { return tokens.subspan(begin, std::size_t(n)); };
  std::sort(begins.begin(), begins.end(), [&](std::size_t a, std::size_t b) {
    return std::lexicographical_compare(run(a).begin(), run(a).end(), run(b).begin(), run(b).end());
  });
  std::vector<Gram> grams;
  for (std::size_t i = 0; i < begins.size();) {
    std::size_t end = i + 1;
    while (end < begins.size() &&
           std::equal(run(begins[i]).begin(), run(begins[i]).end(), run(begins[end]).begin()))
      ++end;
    grams.push_back({{run(begins[i]).begin(), run(begins[i]).end()}, std::int64_t(end - i)});
    i = end;
  }
  std::stable_sort(grams.begin(), grams.end(),
                   [](const Gram &a, const Gram &b) { return a.count > b.count; });
  grams.resize(std::min(most, grams.size()));
  return grams;
}

} // namespace evolute::core
