// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/llc/llc_estimate.h"
#include "core/results/result_store.h"

namespace evolute::core {

/// RFC 4180 text of a table; numbers with all the digits needed to read them back, NaN as "nan".
class CsvTable {
public:
  explicit CsvTable(std::vector<std::string> columns);
  CsvTable &cell(double value);
  CsvTable &cell(std::int64_t value);
  CsvTable &cell(const std::string &text);
  void endRow(); ///< asserts that the row has as many cells as there are columns
  std::string text() const;

private:
  std::vector<std::string> m_columns;
  std::string m_body;
  std::size_t m_cells = 0;
};

CsvTable estimateTable(const std::vector<LlcEstimate> &estimates);
CsvTable chainTable(const std::vector<LlcEstimate> &estimates);
CsvTable trajectoryTable(const Trajectory &trajectory);
CsvTable metricTable(const std::vector<MetricValue> &values);

/// Writes whole or not at all (temporary name, then rename). \throws Error.
void writeTextFile(const std::filesystem::path &path, const std::string &text);

/// Every stored result as CSV into a folder, which is made: estimates.csv and chains.csv (columns under the
/// names of `evolute-cli llc --json`), metrics.csv where there are any, trajectory.csv (step, pc1, ...; numbered when there are several, in
/// the order of their keys). Returns the files written. \throws Error.
std::vector<std::filesystem::path> writeTables(const ResultStore &store, const std::filesystem::path &folder);

/// Every stored estimate and the settings in use as results.json in a folder, which is made: {"estimates": [...],
/// as `evolute-cli llc --json` writes them, "settings": {hash: {...}}}; those of imported estimates
/// are not known and left out. Returns the file. \throws Error.
std::filesystem::path writeResultsJson(const ResultStore &store, const std::filesystem::path &folder);

} // namespace evolute::core
