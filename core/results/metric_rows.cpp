// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/metric_rows.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace evolute::core {

namespace {

constexpr const char *kSelect = "SELECT checkpoint_hash, data_hash, settings_hash, name, component, step, "
                                "slice, value, se, created FROM metrics";

MetricValue rowOf(const Statement &row) {
  MetricValue value;
  row.read(0, value.checkpointHash);
  row.read(1, value.dataHash);
  row.read(2, value.settingsHash);
  row.read(3, value.name);
  row.read(4, value.component);
  row.read(5, value.step);
  row.read(6, value.slice);
  row.read(7, value.value);
  row.read(8, value.standardError);
  return value;
}

bool byName(const MetricValue &a, const MetricValue &b) {
  return std::tie(a.name, a.component, a.step, a.slice) < std::tie(b.name, b.component, b.step, b.slice);
}

} // namespace

void insertMetrics(const Database &database, const std::vector<MetricValue> &values, double created) {
  for (const MetricValue &v : values)
    database
        .prepare("INSERT OR IGNORE INTO metrics (checkpoint_hash, data_hash, settings_hash, name, component, "
                 "step, "
                 "slice, value, se, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bindAll(v.checkpointHash, v.dataHash, v.settingsHash, v.name, v.component, v.step, v.slice, v.value,
                 v.standardError, created)
        .step();
}

std::vector<MetricValue> selectMetrics(const Database &database, const std::string &checkpointHash,
                                       const std::string &dataHash, const std::string &settingsHash) {
  Statement select = database.prepare(
      std::string(kSelect) +
      " WHERE checkpoint_hash = ? AND data_hash = ? AND settings_hash = ? ORDER BY name, component");
  select.bindAll(checkpointHash, dataHash, settingsHash);
  std::vector<MetricValue> values;
  while (select.step())
    values.push_back(rowOf(select));
  return values;
}

std::vector<MetricValue>
earliestMetrics(const std::vector<const Database *> &databases,
                const std::map<std::string, std::set<std::int64_t>> &stepsByCheckpointHash) {
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, std::pair<double, MetricValue>> earliest;
  for (const Database *database : databases)
    for (Statement select = database->prepare(kSelect); select.step();) {
      MetricValue value = rowOf(select);
      double created = 0;
      select.read(9, created);
      const Key key{value.checkpointHash, value.dataHash, value.settingsHash, value.name, value.component};
      const auto [it, isNew] = earliest.try_emplace(key, created, value);
      if (!isNew && created < it->second.first)
        it->second = {created, std::move(value)};
    }
  std::vector<MetricValue> all;
  for (auto &[key, entry] : earliest) {
    if (const auto also = stepsByCheckpointHash.find(entry.second.checkpointHash);
        also != stepsByCheckpointHash.end())
      for (const std::int64_t step : also->second)
        if (step != entry.second.step)
          all.emplace_back(entry.second).step = step;
    all.push_back(std::move(entry.second));
  }
  std::sort(all.begin(), all.end(), byName);
  return all;
}

} // namespace evolute::core
