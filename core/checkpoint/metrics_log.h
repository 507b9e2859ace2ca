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

/// A training log (metrics.jsonl or metrics.csv, told by content) that may still grow.
///
/// refresh() reads only what was appended: it keeps the offset and the last unterminated line, and reads the
/// file whole when it was replaced or shrank or its beginning changed. A step that goes back (a restart)
/// replaces the earlier rows from there on: latest wins; rows of one step are merged. Columns may appear
/// late; NaN, Infinity and -Infinity tokens are numbers; nested objects become "outer/inner"; empty cells,
/// texts and lists are no values. Lines that are no row (no step, broken, a wrong number of cells) are
/// counted, not fatal. A CSV line counts once it ends with a newline: "12,0.5" may still become "12,0.57".
///
/// Where the default step column is missing, global_step, _step, Step, iteration, iter and what trainers add
/// before global_step are tried. W&B exports ("Step", quoted numbers, empty cells of shorter runs) are such a
/// CSV.
class MetricsLog {
public:
  explicit MetricsLog(std::filesystem::path file, std::string stepColumn = "step");
  /// True when something changed. A missing file is an empty log, not an error.
  bool refresh();
  /// The file will not grow: a last line without a newline counts too.
  void finish();
  const std::map<std::string, MetricSeries> &series() const { return m_series; }
  std::int64_t rowCount() const { return m_rows; } ///< rows read, replaced ones included
  std::int64_t badLineCount() const { return m_badLines; }
  const std::filesystem::path &path() const { return m_file; }

private:
  void forget();
  bool isContinuation() const;
  void takeLine(std::string line);
  void takeJson(const std::string &line);
  void takeCells(const std::string &line);
  void beginRow(std::int64_t step);
  void setValue(const std::string &name, double value);

  std::filesystem::path m_file;
  std::vector<std::string> m_stepColumns; // in order of preference
  std::map<std::string, MetricSeries> m_series;
  std::vector<std::string> m_csvHeader;
  std::size_t m_csvStep = 0;    // index into m_csvHeader
  std::string m_tail;           // unterminated last line
  bool m_tailTooLong = false;   // the rest of the line is dropped
  std::uintmax_t m_offset = 0;  // bytes consumed, m_tail included
  std::uint64_t m_identity = 0; // inode where the platform has one
  std::string m_head;           // the first bytes, to notice a replaced file
  std::int64_t m_step = 0;      // of the row before
  std::int64_t m_rows = 0;
  std::int64_t m_badLines = 0;
};

/// The file that run.toml names ([log] file), else metrics.jsonl or metrics.csv in the folder; nothing when
/// there is none. \throws Error for a broken run.toml.
std::optional<std::filesystem::path> findMetricsFile(const std::filesystem::path &runFolder);

} // namespace evolute::core
