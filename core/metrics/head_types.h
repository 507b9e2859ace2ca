// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/metrics/metric_value.h"

namespace evolute::core {

/// Scores of one head, each a share of attention: see attention_scores.h.
struct HeadScores {
  double previousToken = 0, currentToken = 0, prefixMatching = 0;
};

/// What a head is called after its scores: "previous-token", "current-token" or "induction", whichever score
/// is the largest, where it reaches `threshold`; else "other". The families are Wang et al. 2024's
/// (arXiv:2410.02984), who call the rest multigram heads after looking at each; the threshold is ours. NaN
/// scores count as 0.
std::string headTypeOf(const HeadScores &scores, double threshold = 0.3);

/// The type of every head that has a previous-token score among `values`, after its scores at the last step that has
/// them: from "L0.H3" to headTypeOf().
std::map<std::string, std::string> headTypes(const std::vector<MetricValue> &values, double threshold = 0.3);

} // namespace evolute::core
