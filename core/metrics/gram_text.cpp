// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/gram_text.h"

#include <algorithm>

namespace evolute::core {

namespace {

constexpr std::int64_t kMostOpenings = 2048;
constexpr std::int64_t kLongest = 4;
constexpr std::size_t kGrams = 200; // of each length

} // namespace

GramText readGramText(const TokenFile &file, std::int64_t context, std::int64_t vocabulary,
                      std::int64_t mostTokens) {
  const std::int64_t all = file.sequenceCount();
  const std::int64_t count = std::clamp<std::int64_t>(mostTokens / context, 1, all);
  std::vector<std::int64_t> tokens(std::size_t(count * context));
  for (std::int64_t i = 0; i < count; ++i) // not i * all / count, which may leave 64 bits
    file.read(i * (all / count) + i * (all % count) / count, vocabulary,
              {tokens.data() + i * context, std::size_t(context)});
  GramText text{BigramTable(tokens, context, vocabulary), {}, {}, std::min(kLongest, context)};
  for (std::int64_t n = 2; n <= text.openingLength; ++n) {
    text.frequent.emplace_back();
    for (Gram &gram : frequentGrams(tokens, context, n, kGrams))
      text.frequent.back().push_back(std::move(gram.tokens));
  }
  const std::int64_t openings = std::min(count, kMostOpenings);
  for (std::int64_t i = 0; i < openings; ++i) {
    const auto begin = tokens.begin() + (i * count / openings) * context;
    text.openings.insert(text.openings.end(), begin, begin + text.openingLength);
  }
  return text;
}

} // namespace evolute::core
