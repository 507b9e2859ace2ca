// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/family/family_estimates.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/results/result_store.h"

namespace evolute::core {

namespace {

/// By how many runs and estimates; the name only so that the same stores give the same answer.
std::string mostCommonSettings(const std::vector<std::vector<LlcEstimate>> &members) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
  for (const auto &estimates : members) {
    std::map<std::string, std::int64_t> own;
    for (const LlcEstimate &estimate : estimates)
      ++own[estimate.settingsHash];
    for (const auto &[hash, count] : own) {
      ++counts[hash].first;
      counts[hash].second += count;
    }
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto &a, const auto &b) { return a.second < b.second; });
  return most == counts.end() ? "" : most->first;
}

} // namespace

FamilyEstimates familyEstimates(const Family &family, const std::string &component, const std::string &slice) {
  std::vector<std::vector<LlcEstimate>> stored;
  for (const FamilyMember &member : family.members) {
    std::vector<LlcEstimate> &own = stored.emplace_back();
    for (LlcEstimate &estimate : ResultStore(member.run.index.root, ResultStore::Access::ReadOnly).estimates())
      if (estimate.component == component && estimate.slice == slice)
        own.push_back(std::move(estimate));
  }
  FamilyEstimates result;
  result.settingsHash = mostCommonSettings(stored);
  for (const auto &estimates : stored) {
    std::vector<FamilyEstimate> &own = result.members.emplace_back();
    for (const LlcEstimate &estimate : estimates)
      if (estimate.settingsHash == result.settingsHash && std::isfinite(estimate.llc))
        own.push_back({estimate.step, estimate.llc, estimate.standardError, estimate.initialLoss, estimate.verdict.code});
      else
        ++result.leftOut;
  }
  return result;
}

} // namespace evolute::core
