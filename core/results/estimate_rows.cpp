// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/estimate_rows.h"

#include <bit>
#include <cstring>
#include <set>
#include <string>

#include "core/error.h"
#include "core/llc/llc_estimate_fields.h"

namespace evolute::core {

namespace {

static_assert(std::endian::native == std::endian::little, "blobs are stored as they lie in memory");

struct Bind {
  Statement &statement;
  int parameter = 0;
  template <class Value> void operator()(const char *, const Value &value) {
    statement.bind(++parameter, value);
  }
};

struct Fetch {
  const Statement &statement;
  int column = 0;
  template <class Value> void operator()(const char *, Value &value) { statement.read(column++, value); }
};

/// Comma-separated names, and as many question marks.
struct Columns {
  std::string names, marks;
  template <class Value> void operator()(const char *name, const Value &) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    marks += marks.empty() ? "?" : ", ?";
  }
};

const Columns &estimateColumns() {
  static const Columns columns = [] {
    Columns c;
    const LlcEstimate none;
    visitFields(none, c);
    return c;
  }();
  return columns;
}

const Columns &chainColumns() {
  static const Columns columns = [] {
    Columns c;
    const ChainEvidence none;
    visitChainFields(none, c);
    return c;
  }();
  return columns;
}

void insertChains(const Database &database, std::int64_t id, const std::vector<ChainEvidence> &chains) {
  for (std::size_t i = 0; i < chains.size(); ++i) {
    Statement insert =
        database.prepare("INSERT INTO chains (" + chainColumns().names +
                         ", estimate, chain, ended) VALUES (" + chainColumns().marks + ", ?, ?, ?)");
    Bind bind{insert};
    visitChainFields(chains[i], bind);
    bind("estimate", id);
    bind("chain", std::int64_t(i));
    bind("ended", std::string(nameOf(chains[i].end)));
    insert.step();
  }
}

void insertTrace(const Database &database, std::int64_t id, const std::string &kind,
                 const Eigen::ArrayXXf &trace) {
  if (trace.size() == 0)
    return;
  database.prepare("INSERT INTO traces (estimate, kind, draws, chains, data) VALUES (?, ?, ?, ?, ?)")
      .bindAll(id, kind, std::int64_t(trace.rows()), std::int64_t(trace.cols()),
               std::as_bytes(std::span(trace.data(), std::size_t(trace.size()))))
      .step();
}

/// The columns that the file has; NULL for those that came with a later schema (a file that may only be read is not
/// brought forward).
std::string selectSql(const Database &database) {
  std::set<std::string> present;
  for (Statement columns = database.prepare("SELECT name FROM pragma_table_info('estimates')"); columns.step();) {
    std::string name;
    columns.read(0, name);
    present.insert(std::move(name));
  }
  std::string names;
  const LlcEstimate none;
  visitFields(none, [&](const char *name, const auto &) {
    names += (present.contains(name) ? "" : "NULL AS ") + std::string(name) + ", ";
  });
  return "SELECT " + names + "id, created FROM estimates";
}

StoredEstimate rowOf(const Statement &select) {
  StoredEstimate stored;
  Fetch fetch{select};
  visitFields(stored.estimate, fetch);
  fetch("id", stored.id);
  fetch("created", stored.created);
  return stored;
}

} // namespace

void insertEstimate(const Database &database, const LlcEstimate &estimate, double created) {
  Statement known =
      database.prepare("SELECT 1 FROM estimates WHERE checkpoint_hash = ? AND component = ? AND "
                       "data_hash = ? AND settings_hash = ?");
  known.bindAll(estimate.checkpointHash, estimate.component, estimate.dataHash, estimate.settingsHash);
  if (known.step())
    return;
  Statement insert = database.prepare("INSERT INTO estimates (" + estimateColumns().names +
                                      ", created) VALUES (" + estimateColumns().marks + ", ?)");
  Bind bind{insert};
  visitFields(estimate, bind);
  bind("created", created);
  insert.step();
  const std::int64_t id = database.lastRow();
  insertChains(database, id, estimate.chains);
  insertTrace(database, id, "loss", estimate.loss);
  insertTrace(database, id, "excess", estimate.excess);
}

bool updateStepSizeCheck(const Database &database, const LlcEstimate &estimate) {
  const auto stored = selectEstimate(database, keyOf(estimate));
  if (!stored)
    return false;
  database
      .prepare("UPDATE estimates SET half_step_difference = ?, half_step_difference_se = ?, verdict = ?, "
               "verdict_reason = ? WHERE id = ?")
      .bindAll(estimate.halfStepDifference, estimate.halfStepDifferenceError, estimate.verdict.code,
               estimate.verdict.reason, stored->id)
      .step();
  return true;
}

std::optional<StoredEstimate> selectEstimate(const Database &database, const EstimateKey &key) {
  Statement select = database.prepare(selectSql(database) + " WHERE checkpoint_hash = ? AND component = ? AND "
                                                    "data_hash = ? AND settings_hash = ?");
  select.bindAll(key.checkpointHash, key.component, key.dataHash, key.settingsHash);
  if (!select.step())
    return std::nullopt;
  return rowOf(select);
}

std::vector<StoredEstimate> selectEstimates(const Database &database) {
  std::vector<StoredEstimate> all;
  for (Statement select = database.prepare(selectSql(database)); select.step();)
    all.push_back(rowOf(select));
  return all;
}

void selectSteps(const Database &database, std::map<std::string, std::set<std::int64_t>> &stepsByCheckpointHash) {
  if (database.integer("SELECT count(*) FROM sqlite_master WHERE name = 'weights_at'") == 0)
    return;
  for (Statement select = database.prepare("SELECT checkpoint_hash, step FROM weights_at"); select.step();) {
    std::string hash;
    std::int64_t step = 0;
    select.read(0, hash);
    select.read(1, step);
    stepsByCheckpointHash[hash].insert(step);
  }
}

std::vector<ChainEvidence> selectChains(const Database &database, std::int64_t estimateId) {
  std::vector<ChainEvidence> chains;
  Statement select = database.prepare("SELECT " + chainColumns().names +
                                      ", ended FROM chains WHERE estimate = ? ORDER BY chain");
  select.bind(1, estimateId);
  while (select.step()) {
    ChainEvidence chain;
    std::string end;
    Fetch fetch{select};
    visitChainFields(chain, fetch);
    fetch("ended", end);
    chain.end = chainEndFromName(end);
    chains.push_back(std::move(chain));
  }
  return chains;
}

void readTraces(const Database &database, StoredEstimate &stored) {
  Statement select = database.prepare("SELECT kind, draws, chains, data FROM traces WHERE estimate = ?");
  select.bind(1, stored.id);
  while (select.step()) {
    std::string kind;
    std::int64_t draws = 0, chains = 0;
    select.read(0, kind);
    select.read(1, draws);
    select.read(2, chains);
    const std::span<const std::byte> data = select.blob(3);
    const auto expected = std::size_t(draws) * std::size_t(chains) * sizeof(float);
    if (draws < 0 || chains < 0 || data.size() != expected)
      throw Error(database.path().string() + ": trace \"" + kind + "\" of estimate " +
                  std::to_string(stored.id) + ": expected " + std::to_string(expected) + " bytes, found " +
                  std::to_string(data.size()));
    Eigen::ArrayXXf trace(draws, chains);
    if (!data.empty())
      std::memcpy(trace.data(), data.data(), data.size());
    (kind == "loss" ? stored.estimate.loss : stored.estimate.excess) = std::move(trace);
  }
}

} // namespace evolute::core
