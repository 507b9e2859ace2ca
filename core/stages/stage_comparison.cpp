// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/stages/stage_comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::core {

namespace {

/// The first of the nearest; edges.size() where there are none.
std::size_t nearest(const std::vector<StageEdge> &edges, std::int64_t step) {
  std::size_t best = edges.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < edges.size(); ++i)
    if (const double away = std::abs(logTime(edges[i].step) - logTime(step)); away < least) {
      least = away;
      best = i;
    }
  return best;
}

std::int64_t placeOf(const EdgePair &pair) {
  return pair.own ? pair.own->step : pair.other->step;
}

} // namespace

std::vector<EdgePair> compareEdges(const StageSet &own, const StageSet &other) {
  std::vector<EdgePair> pairs;
  std::vector<bool> isPaired(other.edges.size(), false);
  for (std::size_t i = 0; i < own.edges.size(); ++i) {
    const StageEdge &mine = own.edges[i];
    const std::size_t j = nearest(other.edges, mine.step);
    if (j == other.edges.size() || nearest(own.edges, other.edges[j].step) != i) {
      pairs.push_back({mine, std::nullopt, std::numeric_limits<double>::quiet_NaN(), false});
      continue;
    }
    const StageEdge &theirs = other.edges[j];
    isPaired[j] = true;
    pairs.push_back({mine, theirs, logTime(theirs.step) - logTime(mine.step),
                     mine.low <= theirs.high && theirs.low <= mine.high});
  }
  for (std::size_t j = 0; j < other.edges.size(); ++j)
    if (!isPaired[j])
      pairs.push_back({std::nullopt, other.edges[j], std::numeric_limits<double>::quiet_NaN(), false});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const EdgePair &a, const EdgePair &b) { return placeOf(a) < placeOf(b); });
  return pairs;
}

} // namespace evolute::core
