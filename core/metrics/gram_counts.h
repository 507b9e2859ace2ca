// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace evolute::core {

/// How often one token follows another in a text.
class BigramTable {
public:
  /// `tokens`: sequences of `context` ids one after the other; pairs do not reach across sequences.
  /// \throws Error for a context below 2, an incomplete sequence or an id outside 0 ... vocabulary - 1.
  BigramTable(std::span<const std::int64_t> tokens, std::int64_t context, std::int64_t vocabulary);

  std::int64_t count(std::int64_t token, std::int64_t next) const;
  std::int64_t count(std::int64_t token) const; ///< of all that follow it
  /// Of the empirical law of what follows, in nats; NaN for a token that nothing follows.
  double entropy(std::int64_t token) const;
  /// Cross-entropy of a model's next-token law with that of the table, in nats; `logProbabilities`: of all
  /// ids. The bigram score is its mean over tokens of text, its floor the mean of entropy() over the same
  /// tokens (Hoogland et al. 2024, arXiv:2402.02364).
  double crossEntropy(std::int64_t token, std::span<const float> logProbabilities) const;

private:
  struct Follower {
    std::int64_t token, count;
  };
  std::span<const Follower> followers(std::int64_t token) const;
  std::vector<Follower> m_followers;  // of token 0, then of token 1, ...; by id
  std::vector<std::size_t> m_begin;   // vocabulary + 1 places in it
  std::vector<std::int64_t> m_totals; // of each token
};

/// A run of n tokens and how often it stands in a text.
struct Gram {
  std::vector<std::int64_t> tokens;
  std::int64_t count = 0;
};
/// The `most` most frequent runs of n tokens inside sequences, the most frequent first, ties by their ids.
/// The paper takes words of GPT-2's vocabulary that its tokeniser cuts into n pieces; this needs no other
/// vocabulary.
std::vector<Gram> frequentGrams(std::span<const std::int64_t> tokens, std::int64_t context, std::int64_t n,
                                std::size_t most);

} // namespace evolute::core
