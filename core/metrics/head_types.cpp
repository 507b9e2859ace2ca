// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/head_types.h"

#include <array>
#include <utility>

namespace evolute::core {

std::string headTypeOf(const HeadScores &scores, double threshold) {
  const std::array<std::pair<const char *, double>, 3> types{{{"previous-token", scores.previousToken},
                                                              {"current-token", scores.currentToken},
                                                              {"induction", scores.prefixMatching}}};
  std::pair<const char *, double> best{"other", threshold};
  for (const auto &type : types)
    if (type.second >= best.second) // false for NaN
      best = type;
  return best.first;
}

} // namespace evolute::core
