// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

namespace evolute::core {

/// Calls work(begin, count) for chunks of tokens whose logits stay in the cache: a million numbers, 4 MB of float32.
template <typename Work> void inChunks(std::int64_t tokens, std::int64_t vocabulary, Work work) {
  constexpr std::int64_t kNumbers = 1'000'000;
  const std::int64_t chunk = std::max<std::int64_t>(1, kNumbers / vocabulary);
  for (std::int64_t begin = 0; begin < tokens; begin += chunk)
    work(begin, std::min(chunk, tokens - begin));
}

} // namespace evolute::core
