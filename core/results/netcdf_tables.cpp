// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/netcdf_tables.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <tuple>

#include <netcdf.h>
#include <netcdf_mem.h>
#include <nlohmann/json.hpp>

#include "core/checkpoint/atomic_file.h"
#include "core/error.h"

namespace evolute::core {

namespace {

namespace fs = std::filesystem;

/// A NetCDF file made in memory: HDF5 crashes where the disk fills up while it writes (1.10), our own writer does not.
class NetcdfFile {
public:
  explicit NetcdfFile(const fs::path &target) : m_target(target) {
    constexpr std::size_t kFirst = 1 << 20; // bytes; it grows
    check(nc_create_mem(target.filename().string().c_str(), NC_NETCDF4, kFirst, &m_id));
  }
  ~NetcdfFile() {
    if (m_open)
      nc_abort(m_id);
  }
  NetcdfFile(const NetcdfFile &) = delete;
  NetcdfFile &operator=(const NetcdfFile &) = delete;

  int root() const { return m_id; }
  void check(int status) const {
    if (status != NC_NOERR)
      throw Error(m_target.string() + ": cannot be written: " + nc_strerror(status));
  }
  void commit() {
    NC_memio bytes{};
    m_open = false;
    check(nc_close_memio(m_id, &bytes));
    const std::unique_ptr<void, decltype(&std::free)> owner(bytes.memory, &std::free);
    AtomicFile file(m_target);
    file.write(std::span(static_cast<const std::byte *>(bytes.memory), bytes.size));
    file.commit();
  }

private:
  fs::path m_target;
  int m_id = 0;
  bool m_open = true;
};

/// Estimates that share a file: equal settings, slice and data.
struct DrawSet {
  std::vector<EstimateKey> keys;
  std::vector<std::int64_t> steps;
  std::vector<std::string> components;
  std::size_t chains = 0, draws = 0;
  double inverseTemperature = 0;
};
using DrawSets = std::map<std::tuple<std::string, std::string, std::string>, DrawSet>;

DrawSets drawSets(const ResultStore &store) {
  DrawSets sets;
  for (const LlcEstimate &listed : store.estimates()) {
    const std::optional<LlcEstimate> e = store.find(keyOf(listed));
    if (!e || e->loss.size() == 0)
      continue;
    DrawSet &set = sets[{e->settingsHash, e->slice, e->dataHash}];
    set.keys.push_back(keyOf(*e));
    set.steps.push_back(e->step);
    set.components.push_back(e->component);
    set.chains = std::max(set.chains, std::size_t(e->loss.cols()));
    set.draws = std::max(set.draws, std::size_t(e->loss.rows()));
    set.inverseTemperature = e->inverseTemperature;
  }
  return sets;
}

std::string nowInUtc() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S+00:00", std::gmtime(&now));
  return text.data();
}

/// One group: its dimensions, coordinates and variables of dimensions (chain, draw, estimate).
class DrawGroup {
public:
  DrawGroup(const NetcdfFile &file, const char *name, const DrawSet &set, const std::vector<const char *> &variables)
      : m_file(file), m_set(set) {
    m_file.check(nc_def_grp(file.root(), name, &m_group));
    attribute("created_at", nowInUtc());
    attribute("inference_library", "evolute");
    attribute("inference_library_version", EVOLUTE_VERSION);
    const std::array<std::size_t, 3> sizes = {set.chains, set.draws, set.keys.size()};
    constexpr std::array names = {"chain", "draw", "estimate"};
    for (std::size_t d = 0; d < sizes.size(); ++d)
      m_file.check(nc_def_dim(m_group, names[d], sizes[d], &m_dimensions[d]));
    coordinates();
    for (const char *variable : variables)
      define(variable);
  }

  /// values: draws x chains, smaller than the set's where chains were fewer or shorter.
  void write(std::size_t variable, std::size_t estimate, const Eigen::ArrayXXd &values) const {
    const std::array<std::size_t, 3> start = {0, 0, estimate};
    const std::array<std::size_t, 3> count = {m_set.chains, m_set.draws, 1};
    // Columns are chains and lie together, as (chain, draw) wants them.
    Eigen::ArrayXXd whole = Eigen::ArrayXXd::Constant(Eigen::Index(m_set.draws), Eigen::Index(m_set.chains),
                                                      std::numeric_limits<double>::quiet_NaN());
    whole.topLeftCorner(values.rows(), values.cols()) = values;
    m_file.check(nc_put_vara_double(m_group, m_variables[variable], start.data(), count.data(), whole.data()));
  }

private:
  void attribute(const char *name, const std::string &text) const {
    m_file.check(nc_put_att_text(m_group, NC_GLOBAL, name, text.size(), text.c_str()));
  }
  void define(const char *name) {
    int id = 0;
    m_file.check(nc_def_var(m_group, name, NC_DOUBLE, int(m_dimensions.size()), m_dimensions.data(), &id));
    const std::array<std::size_t, 3> chunk = {m_set.chains, m_set.draws, 1}; // an estimate is written at a time
    m_file.check(nc_def_var_chunking(m_group, id, NC_CHUNKED, chunk.data()));
    const double fill = std::numeric_limits<double>::quiet_NaN();
    m_file.check(nc_put_att_double(m_group, id, "_FillValue", NC_DOUBLE, 1, &fill));
    constexpr std::string_view names = "step component"; // CF: coordinates that are no dimensions
    m_file.check(nc_put_att_text(m_group, id, "coordinates", names.size(), names.data()));
    m_variables.push_back(id);
  }
  void integers(const char *name, int dimension, const std::vector<long long> &values) const {
    int id = 0;
    m_file.check(nc_def_var(m_group, name, NC_INT64, 1, &dimension, &id));
    m_file.check(nc_put_var_longlong(m_group, id, values.data()));
  }
  void texts(const char *name, int dimension, const std::vector<std::string> &values) const {
    int id = 0;
    m_file.check(nc_def_var(m_group, name, NC_STRING, 1, &dimension, &id));
    std::vector<const char *> pointers;
    for (const std::string &value : values)
      pointers.push_back(value.c_str());
    m_file.check(nc_put_var_string(m_group, id, pointers.data()));
  }
  void coordinates() const {
    const auto upTo = [](std::size_t count) {
      std::vector<long long> numbers(count);
      std::iota(numbers.begin(), numbers.end(), 0);
      return numbers;
    };
    integers("chain", m_dimensions[0], upTo(m_set.chains));
    integers("draw", m_dimensions[1], upTo(m_set.draws));
    integers("step", m_dimensions[2], {m_set.steps.begin(), m_set.steps.end()});
    texts("component", m_dimensions[2], m_set.components);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < m_set.keys.size(); ++i)
      names.push_back("step " + std::to_string(m_set.steps[i]) + " " + m_set.components[i]);
    texts("estimate", m_dimensions[2], names);
  }

  const NetcdfFile &m_file;
  const DrawSet &m_set;
  int m_group = 0;
  std::array<int, 3> m_dimensions{};
  std::vector<int> m_variables;
};

void writeSet(const ResultStore &store, const fs::path &path, const DrawSets::value_type &entry) {
  const auto &[key, set] = entry;
  const auto &[settingsHash, slice, dataHash] = key;
  // Of an imported estimate's settings hardly anything is known, and its losses are all there is.
  const bool imported = store.find(set.keys.front()).value().verdict.code == "imported";
  const std::optional<LlcSettings> settings = imported ? std::nullopt : store.settings(settingsHash);
  NetcdfFile file(path);
  const auto attribute = [&](const char *name, const std::string &text) {
    file.check(nc_put_att_text(file.root(), NC_GLOBAL, name, text.size(), text.c_str()));
  };
  attribute("settings", settings ? toJson(*settings).dump() : std::string("{}"));
  attribute("settings_hash", settingsHash);
  attribute("slice", slice);
  attribute("data_hash", dataHash);
  file.check(nc_put_att_double(file.root(), NC_GLOBAL, "nbeta", NC_DOUBLE, 1, &set.inverseTemperature));
  const DrawGroup posterior(file, "posterior", set, {"llc"});
  const DrawGroup stats(file, "sample_stats", set, {"loss", "excess"});
  const bool plain = imported || (settings && settings->estimator == LlcEstimator::Plain);
  for (std::size_t i = 0; i < set.keys.size(); ++i) {
    const LlcEstimate e = store.find(set.keys[i]).value();
    const Eigen::ArrayXXd loss = e.loss.cast<double>(), excess = e.excess.cast<double>();
    posterior.write(0, i, e.inverseTemperature * (plain ? (loss - e.initialLoss).eval() : excess));
    stats.write(0, i, loss);
    stats.write(1, i, excess);
  }
  file.commit();
}

} // namespace

bool hasNetcdf() {
  return true;
}

std::vector<fs::path> writeDraws(const ResultStore &store, const fs::path &folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(folder.string() + ": cannot make the folder: " + error.message());
  const DrawSets sets = drawSets(store);
  std::vector<fs::path> written;
  for (const auto &entry : sets) {
    const std::string number = sets.size() == 1 ? "" : "-" + std::to_string(written.size() + 1);
    const fs::path path = folder / ("draws" + number + ".nc");
    writeSet(store, path, entry);
    written.push_back(path);
  }
  return written;
}

} // namespace evolute::core
