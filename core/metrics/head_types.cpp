// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/metrics/head_types.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/metrics/head_place.h"

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

std::map<std::string, std::string> headTypes(const std::vector<MetricValue> &values, double threshold) {
  struct Last {
    HeadScores scores;
    std::array<std::int64_t, 3> steps{-1, -1, -1};
  };
  std::map<std::string, Last> heads;
  for (const MetricValue &v : values) {
    if (!headPlaceOf(v.component) || !std::isfinite(v.value))
      continue;
    const auto keep = [&](std::size_t which, double HeadScores::*score) {
      Last &last = heads[v.component];
      if (v.step < last.steps[which])
        return;
      last.steps[which] = v.step;
      last.scores.*score = v.value;
    };
    if (v.name == "previous-token")
      keep(0, &HeadScores::previousToken);
    else if (v.name == "current-token")
      keep(1, &HeadScores::currentToken);
    else if (v.name == "prefix-matching")
      keep(2, &HeadScores::prefixMatching);
  }
  std::map<std::string, std::string> types;
  for (const auto &[head, last] : heads)
    if (last.steps[0] >= 0)
      types[head] = headTypeOf(last.scores, threshold);
  return types;
}

} // namespace evolute::core
