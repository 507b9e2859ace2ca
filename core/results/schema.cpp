// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/schema.h"

#include <array>
#include <string>

#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::int64_t kApplicationId = 0x45564f4c; // "EVOL": tells our files from other SQLite files

// Columns of estimates and chains bear the names of core/llc/llc_estimate_fields.h.
// To change the schema: add what leads to the next version at the end of kVersions, keep what stands.
// A reader of an older file finds NULL where a column is missing (core/results/estimate_rows.cpp).
constexpr const char *kVersion1 = R"sql(
CREATE TABLE settings (
  hash TEXT PRIMARY KEY, json TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE estimates (
  id INTEGER PRIMARY KEY,
  checkpoint_hash TEXT NOT NULL, component TEXT NOT NULL, data_hash TEXT NOT NULL, settings_hash TEXT NOT NULL,
  step INTEGER NOT NULL, slice TEXT NOT NULL,
  llc REAL, se REAL, sd REAL, rhat REAL, ess REAL, ess_tail REAL, mcse REAL, acceptance REAL,
  init_loss REAL, init_loss_error REAL, share_below REAL, nbeta REAL,
  llc_paired REAL, se_paired REAL, llc_plain REAL, se_plain REAL,
  verdict TEXT NOT NULL, verdict_reason TEXT NOT NULL, message TEXT NOT NULL,
  seconds REAL, created REAL NOT NULL,
  UNIQUE (checkpoint_hash, component, data_hash, settings_hash)
);
CREATE TABLE chains (
  estimate INTEGER NOT NULL REFERENCES estimates (id), chain INTEGER NOT NULL,
  llc_paired REAL, llc_plain REAL, acceptance REAL, distance REAL,
  gradient_norm REAL, pull_norm REAL, noise_norm REAL,
  draws INTEGER NOT NULL, ended TEXT NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (estimate, chain)
) WITHOUT ROWID;
CREATE TABLE traces (
  estimate INTEGER NOT NULL REFERENCES estimates (id), kind TEXT NOT NULL,
  draws INTEGER NOT NULL, chains INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (estimate, kind)
);
CREATE TABLE trajectories (
  key TEXT PRIMARY KEY, source TEXT NOT NULL, components INTEGER NOT NULL,
  steps BLOB NOT NULL, points BLOB NOT NULL, explained BLOB NOT NULL, created REAL NOT NULL
);
CREATE TABLE file_hashes (
  path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, hash TEXT NOT NULL
) WITHOUT ROWID;
)sql";

// A row without text says that what it names was deleted: other writers' files may still hold it.
constexpr const char *kVersion2 = R"sql(
CREATE TABLE stage_sets (
  name TEXT PRIMARY KEY, toml TEXT NOT NULL, created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE notes (
  id TEXT PRIMARY KEY, subject TEXT NOT NULL, step INTEGER, text TEXT NOT NULL, created REAL NOT NULL
) WITHOUT ROWID;
)sql";

constexpr const char *kVersion3 = R"sql(
ALTER TABLE estimates ADD COLUMN se_population REAL;
ALTER TABLE estimates ADD COLUMN half_step_difference REAL;
ALTER TABLE estimates ADD COLUMN half_step_difference_se REAL;
)sql";

// Steps at which the weights of an estimate stand besides its own.
constexpr const char *kVersion4 = R"sql(
CREATE TABLE weights_at (
  checkpoint_hash TEXT NOT NULL, step INTEGER NOT NULL, PRIMARY KEY (checkpoint_hash, step)
) WITHOUT ROWID;
)sql";

// Numbers about checkpoints that are no estimates.
constexpr const char *kVersion5 = R"sql(
CREATE TABLE metrics (
  checkpoint_hash TEXT NOT NULL, data_hash TEXT NOT NULL, settings_hash TEXT NOT NULL,
  name TEXT NOT NULL, component TEXT NOT NULL,
  step INTEGER NOT NULL, slice TEXT NOT NULL, value REAL, se REAL, created REAL NOT NULL,
  PRIMARY KEY (checkpoint_hash, data_hash, settings_hash, name, component)
) WITHOUT ROWID;
)sql";

constexpr std::array kVersions = {kVersion1, kVersion2, kVersion3, kVersion4, kVersion5}; // each leads from the version before it
constexpr auto kSchemaVersion = std::int64_t(kVersions.size());

} // namespace

bool checkSchema(const Database &database) {
  const std::string name = database.path().string();
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version > kSchemaVersion)
    throw Error(name + ": expected results of schema " + std::to_string(kSchemaVersion) +
                " or older, found schema " + std::to_string(version) + "; a newer Evolute wrote them");
  const bool empty = database.integer("SELECT count(*) FROM sqlite_master") == 0;
  if (!empty && database.integer("PRAGMA application_id") != kApplicationId)
    throw Error(name + ": expected results written by Evolute, found another program's SQLite database");
  return !empty;
}

void createOrMigrateSchema(const Database &database) {
  const auto versionOf = [&database] { return database.integer("PRAGMA user_version"); };
  if (checkSchema(database) && versionOf() == kSchemaVersion)
    return;
  // Another process may have made the tables since: look again, now that nobody else can.
  Transaction transaction(database);
  if (!checkSchema(database))
    database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  for (std::int64_t version = versionOf(); version < kSchemaVersion; ++version)
    database.execute(kVersions[std::size_t(version)]);
  database.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
  transaction.commit();
}

} // namespace evolute::core
