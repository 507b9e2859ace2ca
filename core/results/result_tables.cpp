// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/result_tables.h"

#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/checkpoint/atomic_file.h"
#include "core/error.h"
#include "core/llc/llc_estimate_fields.h"

namespace evolute::core {

namespace {

/// RFC 4180: quotes where a comma, a quote or a line end would be misread.
std::string quoted(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  std::string result = "\"";
  for (const char c : text)
    result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

struct Names {
  std::vector<std::string> &columns;
  template <class Value> void operator()(const char *name, const Value &) { columns.emplace_back(name); }
};

struct Cells {
  CsvTable &table;
  template <class Value> void operator()(const char *, const Value &value) { table.cell(value); }
};

void makeFolder(const std::filesystem::path &folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw Error(folder.string() + ": cannot make the folder: " + error.message());
}

} // namespace

CsvTable::CsvTable(std::vector<std::string> columns) : m_columns(std::move(columns)) {}

CsvTable &CsvTable::cell(const std::string &text) {
  if (m_cells++ > 0)
    m_body += ',';
  m_body += quoted(text);
  return *this;
}

CsvTable &CsvTable::cell(double value) {
  if (std::isnan(value))
    return cell(std::string("nan")); // never "-nan"
  std::array<char, 32> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr; // shortest that is exact
  return cell(std::string(digits.data(), end));
}

CsvTable &CsvTable::cell(std::int64_t value) {
  return cell(std::to_string(value));
}

void CsvTable::endRow() {
  assert(m_cells == m_columns.size());
  m_body += "\r\n";
  m_cells = 0;
}

std::string CsvTable::text() const {
  std::string head;
  for (const std::string &column : m_columns)
    head += (head.empty() ? "" : ",") + quoted(column);
  return head + "\r\n" + m_body;
}

CsvTable estimateTable(const std::vector<LlcEstimate> &estimates) {
  std::vector<std::string> columns;
  const LlcEstimate none;
  visitFields(none, Names{columns});
  CsvTable table(std::move(columns));
  for (const LlcEstimate &estimate : estimates) {
    visitFields(estimate, Cells{table});
    table.endRow();
  }
  return table;
}

CsvTable chainTable(const std::vector<LlcEstimate> &estimates) {
  std::vector<std::string> columns{"step", "component", "slice", "settings_hash", "chain", "ended"};
  const ChainEvidence none;
  visitChainFields(none, Names{columns});
  CsvTable table(std::move(columns));
  for (const LlcEstimate &estimate : estimates)
    for (std::size_t i = 0; i < estimate.chains.size(); ++i) {
      const ChainEvidence &chain = estimate.chains[i];
      table.cell(estimate.step).cell(estimate.component).cell(estimate.slice).cell(estimate.settingsHash);
      table.cell(std::int64_t(i)).cell(std::string(nameOf(chain.end)));
      visitChainFields(chain, Cells{table});
      table.endRow();
    }
  return table;
}

CsvTable metricTable(const std::vector<MetricValue> &values) {
  CsvTable table({"name", "component", "slice", "step", "value", "se"});
  for (const MetricValue &v : values) {
    table.cell(v.name).cell(v.component).cell(v.slice).cell(v.step).cell(v.value).cell(v.standardError);
    table.endRow();
  }
  return table;
}

CsvTable trajectoryTable(const Trajectory &trajectory) {
  std::vector<std::string> columns{"step"};
  for (Eigen::Index k = 0; k < trajectory.points.cols(); ++k)
    columns.push_back("pc" + std::to_string(k + 1));
  CsvTable table(std::move(columns));
  for (std::size_t i = 0; i < trajectory.steps.size(); ++i) {
    table.cell(trajectory.steps[i]);
    for (Eigen::Index k = 0; k < trajectory.points.cols(); ++k)
      table.cell(trajectory.points(Eigen::Index(i), k));
    table.endRow();
  }
  return table;
}

void writeTextFile(const std::filesystem::path &path, const std::string &text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

std::filesystem::path writeResultsJson(const ResultStore &store, const std::filesystem::path &folder) {
  makeFolder(folder);
  nlohmann::json estimates = nlohmann::json::array(), settings = nlohmann::json::object();
  for (const LlcEstimate &estimate : store.estimates()) {
    estimates.push_back(toJson(estimate));
    if (!settings.contains(estimate.settingsHash) && estimate.verdict.code != "imported")
      if (const auto known = store.settings(estimate.settingsHash))
        settings[estimate.settingsHash] = toJson(*known);
  }
  const std::filesystem::path path = folder / "results.json";
  writeTextFile(path, nlohmann::json{{"estimates", estimates}, {"settings", settings}}.dump(1) + "\n");
  return path;
}

std::vector<std::filesystem::path> writeTables(const ResultStore &store,
                                               const std::filesystem::path &folder) {
  makeFolder(folder);
  std::vector<std::filesystem::path> written;
  const auto write = [&](const std::string &name, const CsvTable &table) {
    written.push_back(folder / name);
    writeTextFile(written.back(), table.text());
  };
  const std::vector<LlcEstimate> estimates = store.estimates();
  write("estimates.csv", estimateTable(estimates));
  write("chains.csv", chainTable(estimates));
  if (const std::vector<MetricValue> metrics = store.metrics(); !metrics.empty())
    write("metrics.csv", metricTable(metrics));
  const std::vector<std::string> keys = store.trajectoryKeys();
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (const auto trajectory = store.findTrajectory(keys[i]))
      write("trajectory" + (keys.size() == 1 ? "" : "-" + std::to_string(i + 1)) + ".csv",
            trajectoryTable(*trajectory));
  return written;
}

} // namespace evolute::core
