// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/result_store.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>
#include <set>
#include <system_error>
#include <tuple>

#include <nlohmann/json.hpp>

#include "core/checkpoint/platform_file.h"
#include "core/error.h"
#include "core/results/estimate_rows.h"
#include "core/results/metric_rows.h"
#include "core/results/schema.h"
#include "core/results/writer_place.h"

namespace evolute::core {

namespace {

namespace fs = std::filesystem;

double secondsSince1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <class Scalar> std::span<const std::byte> bytesOf(const Scalar *data, std::size_t count) {
  return std::as_bytes(std::span(data, count));
}

template <class Scalar> std::vector<Scalar> valuesOf(std::span<const std::byte> bytes) {
  std::vector<Scalar> values(bytes.size() / sizeof(Scalar));
  if (!values.empty())
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Scalar));
  return values;
}

/// State of a file by which a remembered hash is recognised.
struct FileStamp {
  std::string path;
  std::int64_t bytes = 0, modified = 0;
  fs::file_time_type time;
};

/// Of several files the sum of sizes and the last time: one written over shows in both or in the second.
std::optional<FileStamp> stampOf(const CheckpointEntry &checkpoint) {
  std::error_code error;
  FileStamp stamp;
  stamp.path = fs::absolute(checkpoint.path, error).lexically_normal().string();
  std::vector<fs::path> files = checkpoint.parts;
  files.push_back(checkpoint.path);
  stamp.time = fs::file_time_type::min();
  for (const fs::path &file : files) {
    if (!error)
      stamp.bytes += std::int64_t(fs::file_size(file, error));
    if (!error)
      stamp.time = std::max(stamp.time, fs::last_write_time(file, error));
  }
  if (error)
    return std::nullopt;
  stamp.modified = std::int64_t(stamp.time.time_since_epoch().count());
  if (checkpoint.tensors && !checkpoint.tensors->empty())
    stamp.path += "|" + mappedHash({}, *checkpoint.tensors);
  return stamp;
}

/// A file written this moment can change again without its time showing it (clocks of file systems tick
/// slowly), so what was just written is not remembered.
bool settled(const FileStamp &stamp) {
  return fs::file_time_type::clock::now() - stamp.time > std::chrono::seconds(2);
}

/// Files of other writers may be older than the table.
bool hasTable(const Database &database, const std::string &name) {
  Statement select = database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  select.bind(1, name);
  return select.step();
}

/// Stage sets by name, the newest of each; those removed are not among them.
std::map<std::string, std::string> newestTexts(const std::vector<const Database *> &databases) {
  std::map<std::string, std::pair<double, std::string>> newest;
  for (const Database *database : databases) {
    if (!hasTable(*database, "stage_sets"))
      continue;
    for (Statement select = database->prepare("SELECT name, toml, created FROM stage_sets"); select.step();) {
      std::string name, text;
      double created = 0;
      select.read(0, name);
      select.read(1, text);
      select.read(2, created);
      const auto [it, isNew] = newest.try_emplace(name, created, text);
      if (!isNew && created > it->second.first)
        it->second = {created, text};
    }
  }
  std::map<std::string, std::string> texts;
  for (auto &[name, entry] : newest)
    if (!entry.second.empty())
      texts.emplace(name, std::move(entry.second));
  return texts;
}

/// Of two results of one key the earlier counts, but a copy that was completed by its step-size check comes first: its
/// other numbers are the same.
bool comesBefore(const StoredEstimate &a, const StoredEstimate &b) {
  const auto unchecked = [](const StoredEstimate &s) { return std::isnan(s.estimate.halfStepDifference); };
  return std::make_pair(unchecked(a), a.created) < std::make_pair(unchecked(b), b.created);
}

} // namespace

EstimateKey keyOf(const LlcEstimate &estimate) {
  return {estimate.checkpointHash, estimate.component, estimate.dataHash, estimate.settingsHash};
}

struct ResultStore::Impl {
  ResultFolders folders;
  WriterPlace place; ///< no database when reading only
  mutable std::mutex mutex;

  /// Files of other writers, opened when first seen and again when replaced (by a copy from a cluster, say).
  struct Other {
    std::uint64_t identity = 0;
    std::unique_ptr<Database> database;
  };
  mutable std::map<fs::path, Other> others;

  const Database &writer(const char *doing) const {
    if (!place.database)
      throw Error(std::string("results were opened for reading only: cannot ") + doing);
    return *place.database;
  }

  /// Every file that holds results now, the own one first.
  std::vector<const Database *> databases() const {
    std::vector<const Database *> all;
    if (place.database)
      all.push_back(place.database.get());
    for (const fs::path &path : resultFilesIn(folders)) {
      if (place.database && path == place.database->path())
        continue;
      Other &other = others[path];
      const std::uint64_t identity = fileIdentity(path);
      if (!other.database || other.identity != identity)
        other = {identity, std::make_unique<Database>(path, Database::Mode::ReadOnly)};
      if (checkSchema(*other.database))
        all.push_back(other.database.get());
    }
    return all;
  }
};

ResultStore::ResultStore(const fs::path &runFolder, Access access) : m_impl(std::make_unique<Impl>()) {
  std::error_code error;
  if (!fs::is_directory(runFolder, error))
    throw Error(runFolder.string() + ": expected the folder of a run, found " +
                (fs::exists(runFolder, error) ? "a file" : "nothing"));
  m_impl->folders = resultFoldersOf(runFolder);
  if (access == Access::ReadWrite)
    m_impl->place = takeWriterPlace(m_impl->folders);
  m_impl->databases(); // damage is told now, not in the middle of work
}

ResultStore::~ResultStore() {
  m_impl->others.clear();
  leaveWriterPlace(m_impl->place);
}

void ResultStore::put(const LlcEstimate &estimate, const LlcSettings &settings) {
  const std::scoped_lock lock(m_impl->mutex);
  const Database &database = m_impl->writer("store an estimate");
  Transaction transaction(database);
  database.prepare("INSERT OR IGNORE INTO settings (hash, json) VALUES (?, ?)")
      .bindAll(estimate.settingsHash, toJson(settings).dump())
      .step();
  insertEstimate(database, estimate, secondsSince1970());
  transaction.commit();
}

void ResultStore::putStepSizeCheck(const LlcEstimate &estimate) {
  const auto stored = find(keyOf(estimate));
  if (!stored)
    throw Error("results: expected a stored estimate of " + estimate.component + " at step " +
                std::to_string(estimate.step) + " to add its step-size check to, found none");
  const auto used = settings(estimate.settingsHash);
  const std::scoped_lock lock(m_impl->mutex);
  const Database &database = m_impl->writer("store a step-size check");
  Transaction transaction(database);
  if (!updateStepSizeCheck(database, estimate)) {
    LlcEstimate copy = *stored;
    copy.halfStepDifference = estimate.halfStepDifference;
    copy.halfStepDifferenceError = estimate.halfStepDifferenceError;
    copy.verdict = estimate.verdict;
    if (used)
      database.prepare("INSERT OR IGNORE INTO settings (hash, json) VALUES (?, ?)")
          .bindAll(estimate.settingsHash, toJson(*used).dump())
          .step();
    insertEstimate(database, copy, secondsSince1970());
  }
  transaction.commit();
}

void ResultStore::putStep(const std::string &checkpointHash, std::int64_t step) {
  const std::scoped_lock lock(m_impl->mutex);
  m_impl->writer("store a step")
      .prepare("INSERT OR IGNORE INTO weights_at (checkpoint_hash, step) VALUES (?, ?)")
      .bindAll(checkpointHash, step)
      .step();
}

std::optional<LlcEstimate> ResultStore::find(const EstimateKey &key) const {
  const std::scoped_lock lock(m_impl->mutex);
  std::optional<StoredEstimate> earliest;
  const Database *from = nullptr;
  for (const Database *database : m_impl->databases())
    if (auto found = selectEstimate(*database, key); found && (!earliest || comesBefore(*found, *earliest))) {
      earliest = std::move(found);
      from = database;
    }
  if (!earliest)
    return std::nullopt;
  earliest->estimate.chains = selectChains(*from, earliest->id);
  readTraces(*from, *earliest);
  return std::move(earliest->estimate);
}

std::vector<LlcEstimate> ResultStore::estimates() const {
  const std::scoped_lock lock(m_impl->mutex);
  struct Found {
    const Database *database;
    StoredEstimate stored;
  };
  std::map<EstimateKey, Found> earliest;
  std::map<std::string, std::set<std::int64_t>> steps; // by checkpoint hash, besides the estimates' own
  for (const Database *database : m_impl->databases()) {
    selectSteps(*database, steps);
    for (StoredEstimate &stored : selectEstimates(*database)) {
      const auto [it, isNew] = earliest.try_emplace(keyOf(stored.estimate), Found{database, {}});
      if (isNew || comesBefore(stored, it->second.stored))
        it->second = {database, std::move(stored)};
    }
  }
  std::vector<LlcEstimate> all;
  for (auto &[key, found] : earliest) {
    LlcEstimate &estimate = found.stored.estimate;
    estimate.chains = selectChains(*found.database, found.stored.id);
    if (const auto also = steps.find(estimate.checkpointHash); also != steps.end())
      for (const std::int64_t step : also->second)
        if (step != estimate.step)
          all.emplace_back(estimate).step = step;
    all.push_back(std::move(estimate));
  }
  std::stable_sort(all.begin(), all.end(), [](const LlcEstimate &a, const LlcEstimate &b) {
    return std::tie(a.step, a.component, a.slice) < std::tie(b.step, b.component, b.slice);
  });
  return all;
}

void ResultStore::putMetrics(const std::vector<MetricValue> &values) {
  const std::scoped_lock lock(m_impl->mutex);
  const Database &database = m_impl->writer("store metrics");
  Transaction transaction(database);
  insertMetrics(database, values, secondsSince1970());
  transaction.commit();
}

std::vector<MetricValue> ResultStore::findMetrics(const std::string &checkpointHash, const std::string &dataHash,
                                                  const std::string &settingsHash) const {
  const std::scoped_lock lock(m_impl->mutex);
  for (const Database *database : m_impl->databases()) // a family is stored whole, by one writer
    if (hasTable(*database, "metrics"))
      if (auto found = selectMetrics(*database, checkpointHash, dataHash, settingsHash); !found.empty())
        return found;
  return {};
}

std::vector<MetricValue> ResultStore::metrics() const {
  const std::scoped_lock lock(m_impl->mutex);
  std::vector<const Database *> databases = m_impl->databases();
  std::map<std::string, std::set<std::int64_t>> steps; // by checkpoint hash, besides the values' own
  for (const Database *database : databases)
    selectSteps(*database, steps);
  std::erase_if(databases, [](const Database *database) { return !hasTable(*database, "metrics"); });
  return earliestMetrics(databases, steps);
}

std::optional<LlcSettings> ResultStore::settings(const std::string &settingsHash) const {
  const std::scoped_lock lock(m_impl->mutex);
  for (const Database *database : m_impl->databases()) {
    Statement select = database->prepare("SELECT json FROM settings WHERE hash = ?");
    select.bind(1, settingsHash);
    if (!select.step())
      continue;
    std::string text;
    select.read(0, text);
    try {
      return llcSettingsFromJson(nlohmann::json::parse(text));
    } catch (const nlohmann::json::exception &) {
      throw Error(database->path().string() + ": settings " + settingsHash + " are not valid JSON: " + text);
    }
  }
  return std::nullopt;
}

void ResultStore::putTrajectory(const std::string &key, const Trajectory &trajectory) {
  const std::scoped_lock lock(m_impl->mutex);
  const Database &database = m_impl->writer("store a trajectory");
  Transaction transaction(database);
  database
      .prepare(
          "INSERT OR REPLACE INTO trajectories (key, source, components, steps, points, explained, created) "
          "VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bindAll(key, trajectory.source, std::int64_t(trajectory.points.cols()),
               bytesOf(trajectory.steps.data(), trajectory.steps.size()),
               bytesOf(trajectory.points.data(), std::size_t(trajectory.points.size())),
               bytesOf(trajectory.explained.data(), std::size_t(trajectory.explained.size())),
               secondsSince1970())
      .step();
  transaction.commit();
}

std::optional<Trajectory> ResultStore::findTrajectory(const std::string &key) const {
  const std::scoped_lock lock(m_impl->mutex);
  std::optional<Trajectory> newest;
  double newestTime = 0;
  for (const Database *database : m_impl->databases()) {
    Statement select = database->prepare(
        "SELECT components, steps, points, explained, created, source FROM trajectories WHERE key = ?");
    select.bind(1, key);
    double created = 0;
    if (!select.step() || (select.read(4, created), newest && created <= newestTime))
      continue;
    std::int64_t components = 0;
    select.read(0, components);
    const auto points = valuesOf<double>(select.blob(2)), explained = valuesOf<double>(select.blob(3));
    Trajectory trajectory;
    select.read(5, trajectory.source);
    trajectory.steps = valuesOf<std::int64_t>(select.blob(1));
    if (components < 0 || points.size() != trajectory.steps.size() * std::size_t(components) ||
        explained.size() != std::size_t(components))
      throw Error(database->path().string() + ": trajectory " + key + ": expected " +
                  std::to_string(trajectory.steps.size()) + " x " + std::to_string(components) +
                  " coordinates, found " + std::to_string(points.size()));
    trajectory.points =
        Eigen::Map<const Eigen::MatrixXd>(points.data(), Eigen::Index(trajectory.steps.size()), components);
    trajectory.explained = Eigen::Map<const Eigen::VectorXd>(explained.data(), components);
    newest = std::move(trajectory);
    newestTime = created;
  }
  return newest;
}

std::vector<std::string> ResultStore::trajectoryKeys() const {
  const std::scoped_lock lock(m_impl->mutex);
  std::set<std::string> keys;
  for (const Database *database : m_impl->databases())
    for (Statement select = database->prepare("SELECT key FROM trajectories"); select.step();) {
      std::string key;
      select.read(0, key);
      keys.insert(std::move(key));
    }
  return {keys.begin(), keys.end()};
}

void ResultStore::putStageSet(const StageSet &set) {
  const std::scoped_lock lock(m_impl->mutex);
  m_impl->writer("store stages")
      .prepare("INSERT OR REPLACE INTO stage_sets (name, toml, created) VALUES (?, ?, ?)")
      .bindAll(set.name, toToml(set), secondsSince1970())
      .step();
}

void ResultStore::removeStageSet(const std::string &name) {
  const std::scoped_lock lock(m_impl->mutex);
  m_impl->writer("remove stages")
      .prepare("INSERT OR REPLACE INTO stage_sets (name, toml, created) VALUES (?, '', ?)")
      .bindAll(name, secondsSince1970())
      .step();
}

std::optional<StageSet> ResultStore::findStageSet(const std::string &name) const {
  const std::scoped_lock lock(m_impl->mutex);
  const auto texts = newestTexts(m_impl->databases());
  const auto found = texts.find(name);
  if (found == texts.end())
    return std::nullopt;
  return stageSetFromToml(found->second, "stored stages \"" + name + "\"");
}

std::vector<std::string> ResultStore::stageSetNames() const {
  const std::scoped_lock lock(m_impl->mutex);
  std::vector<std::string> names;
  for (const auto &[name, text] : newestTexts(m_impl->databases()))
    names.push_back(name);
  return names;
}

void ResultStore::putNote(const Note &note) {
  const std::scoped_lock lock(m_impl->mutex);
  Statement insert = m_impl->writer("store a note")
                         .prepare("INSERT OR REPLACE INTO notes (id, subject, text, created, step) "
                                  "VALUES (?, ?, ?, ?, ?)");
  insert.bindAll(note.id, note.subject, note.text, secondsSince1970());
  if (note.step)
    insert.bind(5, *note.step); // else it stays NULL
  insert.step();
}

std::vector<Note> ResultStore::notes() const {
  const std::scoped_lock lock(m_impl->mutex);
  std::map<std::string, std::pair<double, Note>> newest;
  for (const Database *database : m_impl->databases()) {
    if (!hasTable(*database, "notes"))
      continue;
    for (Statement select = database->prepare("SELECT id, subject, text, created, step FROM notes");
         select.step();) {
      Note note;
      double created = 0, step = 0;
      select.read(0, note.id);
      select.read(1, note.subject);
      select.read(2, note.text);
      select.read(3, created);
      select.read(4, step);
      if (!std::isnan(step)) // NULL
        note.step = std::int64_t(step);
      const auto [it, isNew] = newest.try_emplace(note.id, created, note);
      if (!isNew && created > it->second.first)
        it->second = {created, note};
    }
  }
  std::vector<Note> notes;
  for (auto &[id, entry] : newest)
    if (!entry.second.text.empty())
      notes.push_back(std::move(entry.second));
  return notes;
}

std::optional<std::string> ResultStore::rememberedHash(const CheckpointEntry &checkpoint) const {
  const std::scoped_lock lock(m_impl->mutex);
  const auto stamp = stampOf(checkpoint);
  if (!stamp)
    return std::nullopt;
  for (const Database *database : m_impl->databases()) {
    Statement select =
        database->prepare("SELECT hash FROM file_hashes WHERE path = ? AND bytes = ? AND modified = ?");
    if (!select.bindAll(stamp->path, stamp->bytes, stamp->modified).step())
      continue;
    std::string hash;
    select.read(0, hash);
    return hash;
  }
  return std::nullopt;
}

void ResultStore::rememberHash(const CheckpointEntry &checkpoint, const std::string &hash) {
  const std::scoped_lock lock(m_impl->mutex);
  const auto stamp = stampOf(checkpoint);
  if (!stamp || !settled(*stamp) || !m_impl->place.database)
    return;
  m_impl->place.database
      ->prepare("INSERT OR REPLACE INTO file_hashes (path, bytes, modified, hash) VALUES (?, ?, ?, ?)")
      .bindAll(stamp->path, stamp->bytes, stamp->modified, hash)
      .step();
}

std::vector<fs::path> ResultStore::files() const {
  const std::scoped_lock lock(m_impl->mutex);
  std::vector<fs::path> paths;
  for (const Database *database : m_impl->databases())
    paths.push_back(database->path());
  return paths;
}

std::string ResultStore::location() const {
  return m_impl->place.location;
}

} // namespace evolute::core
