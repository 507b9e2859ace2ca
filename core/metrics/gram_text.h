// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/token_file.h"
#include "core/metrics/gram_counts.h"

namespace evolute::core {

/// What bigram and n-gram scores hold a model against: counts over far more text than the model is run on. Counts of the
/// few sequences that a model is run on would make nearly every pair of tokens its own law.
struct GramText {
  BigramTable bigrams;
  std::vector<std::vector<std::vector<std::int64_t>>> frequent; ///< the most frequent runs of 2, 3, 4 tokens
  std::vector<std::int64_t> openings;                           ///< the first tokens of sequences, row after row
  std::int64_t openingLength = 0;                               ///< 4, or the context where that is less
};

/// All sequences of the file, or `mostTokens` of it, taken evenly. Seconds. \throws Error for ids that are none of the
/// vocabulary, a context below 2.
GramText readGramText(const TokenFile &file, std::int64_t context, std::int64_t vocabulary,
                      std::int64_t mostTokens = 1 << 20);

} // namespace evolute::core
