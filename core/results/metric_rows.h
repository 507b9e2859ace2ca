// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/metrics/metric_value.h"
#include "core/results/database.h"

namespace evolute::core {

// Metrics in results files that have their table. The caller holds a transaction where several calls belong
// together.

void insertMetrics(const Database &database, const std::vector<MetricValue> &values, double created);
std::vector<MetricValue> selectMetrics(const Database &database, const std::string &checkpointHash,
                                       const std::string &dataHash, const std::string &settingsHash);
/// Of all files, one of each key, by name, component and step; also for each other step at which the weights
/// stand
/// (`stepsByCheckpointHash`).
std::vector<MetricValue>
earliestMetrics(const std::vector<const Database *> &databases,
                const std::map<std::string, std::set<std::int64_t>> &stepsByCheckpointHash);

} // namespace evolute::core
