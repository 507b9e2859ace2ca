// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/results/database.h"
#include "core/results/result_store.h"

namespace evolute::core {

// Estimates in one results file. The caller holds a transaction where several calls belong together.

/// An estimate as it lies in one file; `created` is in seconds since 1970.
struct StoredEstimate {
  std::int64_t id = 0;
  double created = 0;
  LlcEstimate estimate; ///< without chains and traces
};

/// Does nothing when the key is there already: the earlier result stays.
void insertEstimate(const Database &database, const LlcEstimate &estimate, double created);
/// Puts the step-size check and the verdict of a stored estimate into its row; false when the file has no such row.
bool updateStepSizeCheck(const Database &database, const LlcEstimate &estimate);
std::optional<StoredEstimate> selectEstimate(const Database &database, const EstimateKey &key);
std::vector<StoredEstimate> selectEstimates(const Database &database);
/// Adds the steps at which weights stand besides those of the estimates; nothing in a file of an older schema.
void selectSteps(const Database &database, std::map<std::string, std::set<std::int64_t>> &stepsByCheckpointHash);
/// The chains of one stored estimate, in order.
std::vector<ChainEvidence> selectChains(const Database &database, std::int64_t estimateId);
void readTraces(const Database &database, StoredEstimate &stored);

} // namespace evolute::core
