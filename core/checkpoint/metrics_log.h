// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace evolute::core {

/// One logged quantity over steps; NaN where the log says NaN. Same length, steps ascending.
struct MetricSeries {
  std::vector<std::int64_t> steps;
  std::vector<double> values;
};

/// A training log (metrics.jsonl or metrics.csv) that may still grow.
///
/// refresh() reads only what was appended: it keeps the offset and the last unterminated line, opens the
/// file again when it was replaced or shrank, and reads it whole when its beginning changed. A step that
/// goes back (a restart) replaces the earlier rows from there on: latest wins. Columns may appear late;
/// NaN, Infinity and -Infinity tokens are numbers. Lines that are no row are counted, not fatal.
class MetricsLog {
public:
  explicit MetricsLog(std::filesystem::path file, std::string stepColumn = "step");
  /// True when something changed. A missing file is an empty log, not an error.
  bool refresh();
  const std::map<std::string, MetricSeries> &series() const { return m_series; }
  std::int64_t rowCount() const { return m_rows; }
  std::int64_t badLineCount() const { return m_badLines; }
  const std::filesystem::path &path() const { return m_file; }

private:
  void parseLine(const std::string &line);
  std::filesystem::path m_file;
  std::string m_stepColumn;
  std::map<std::string, MetricSeries> m_series;
  std::vector<std::string> m_csvHeader;
  std::string m_tail;           // unterminated last line
  std::uintmax_t m_offset = 0;  // bytes consumed, m_tail included
  std::uint64_t m_identity = 0; // inode where the platform has one
  std::string m_headHash;       // of the first bytes, to notice a replaced file
  std::int64_t m_rows = 0;
  std::int64_t m_badLines = 0;
};

/// metrics.jsonl or metrics.csv beside the checkpoints (or as run.toml says); nothing when there is none.
std::optional<std::filesystem::path> findMetricsFile(const std::filesystem::path &runFolder);

} // namespace evolute::core
