// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/metrics_log.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <string_view>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/checkpoint/csv_cells.h"
#include "core/checkpoint/platform_file.h"
#include "core/checkpoint/python_json.h"
#include "core/checkpoint/run_description.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kHeadBytes = 4096;
constexpr std::size_t kLongestLine = std::size_t{16} << 20U;

std::string_view trimmed(std::string_view text) {
  const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && isBlank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back()))
    text.remove_suffix(1);
  return text;
}

/// Understands NaN, inf and Infinity in any case too.
std::optional<double> numberIn(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || result.ec != std::errc() || result.ptr != text.data() + text.size())
    return {};
  return value;
}

/// Steps are whole numbers; some loggers write them as floats.
std::optional<std::int64_t> stepOf(double value) {
  constexpr double kExactIntegers = 9007199254740992.0; // 2^53
  if (!(std::abs(value) <= kExactIntegers) || value != std::floor(value))
    return {};
  return static_cast<std::int64_t>(value);
}

using Values = std::vector<std::pair<std::string, double>>;

/// Nested objects become "outer/inner"; no logger nests deeper than a few levels.
void collect(const nlohmann::json &object, const std::string &prefix, int depth, Values &values) {
  for (const auto &[key, value] : object.items()) {
    if (const auto number = numberFromPython(value))
      values.emplace_back(prefix + key, *number);
    else if (value.is_object() && depth < 8)
      collect(value, prefix + key + "/", depth + 1, values);
  }
}

} // namespace

MetricsLog::MetricsLog(fs::path file, std::string stepColumn)
    : m_file(std::move(file)), m_stepColumns{std::move(stepColumn)} {
  if (m_stepColumns.front() == "step")
    m_stepColumns.insert(m_stepColumns.end(), {"global_step", "_step", "Step", "trainer/global_step",
                                               "train/global_step", "iteration", "iter"});
}

void MetricsLog::forget() {
  m_series.clear();
  m_csvHeader.clear();
  m_tail.clear();
  m_head.clear();
  m_tailTooLong = false;
  m_offset = 0;
  m_step = m_rows = m_badLines = 0;
}

/// Whether the file still begins with the bytes read before.
bool MetricsLog::isContinuation() const {
  std::error_code error;
  if (fileIdentity(m_file) != m_identity || fs::file_size(m_file, error) < m_offset || error)
    return false;
  std::string head(m_head.size(), '\0');
  std::ifstream(m_file, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  return head == m_head;
}

bool MetricsLog::refresh() {
  const bool hadContent = m_offset > 0;
  bool changed = false;
  if (hadContent && !isContinuation()) {
    forget();
    changed = true;
  }
  std::ifstream stream(m_file, std::ios::binary);
  if (!stream)
    return changed;
  m_identity = fileIdentity(m_file);
  stream.seekg(static_cast<std::streamoff>(m_offset));
  const std::int64_t before = m_rows + m_badLines;
  std::string block(std::size_t{1} << 20U, '\0');
  while (stream.read(block.data(), static_cast<std::streamsize>(block.size())) || stream.gcount() > 0) {
    const std::string_view got(block.data(), static_cast<std::size_t>(stream.gcount()));
    if (m_head.size() < kHeadBytes)
      m_head += got.substr(0, kHeadBytes - m_head.size());
    m_offset += got.size();
    std::size_t begin = 0;
    for (std::size_t end = got.find('\n'); end != std::string_view::npos; end = got.find('\n', begin)) {
      m_tail += got.substr(begin, end - begin);
      if (m_tailTooLong || m_tail.size() > kLongestLine)
        ++m_badLines;
      else
        takeLine(std::move(m_tail));
      m_tail.clear();
      m_tailTooLong = false;
      begin = end + 1;
    }
    if (!m_tailTooLong)
      m_tail += got.substr(begin);
    if (m_tail.size() > kLongestLine) {
      m_tailTooLong = true;
      m_tail.clear();
    }
  }
  // A finished log may lack the last newline. A JSON object that closes is whole; a CSV row may be half a
  // number.
  if (trimmed(m_tail).starts_with('{') && nlohmann::json::accept(jsonFromPython(m_tail)))
    takeLine(std::exchange(m_tail, {}));
  return changed || m_rows + m_badLines != before;
}

void MetricsLog::finish() {
  if (!m_tailTooLong && !m_tail.empty())
    takeLine(std::exchange(m_tail, {}));
}

void MetricsLog::takeLine(std::string line) {
  if (line.starts_with("\xEF\xBB\xBF")) // spreadsheets begin a file with a byte-order mark
    line.erase(0, 3);
  const std::string_view text = trimmed(line);
  if (text.empty())
    return;
  if (text.front() == '{')
    takeJson(std::string(text));
  else
    takeCells(line);
}

void MetricsLog::takeJson(const std::string &line) {
  const nlohmann::json row = nlohmann::json::parse(jsonFromPython(line), nullptr, false);
  std::optional<std::int64_t> step;
  std::string stepColumn;
  if (row.is_object())
    for (const std::string &column : m_stepColumns)
      if (!step && row.contains(column) && row[column].is_number()) {
        step = stepOf(row[column].get<double>());
        stepColumn = column;
      }
  if (!step) {
    ++m_badLines;
    return;
  }
  beginRow(*step);
  Values values;
  collect(row, "", 0, values);
  for (const auto &[name, value] : values)
    if (name != stepColumn)
      setValue(name, value);
}

void MetricsLog::takeCells(const std::string &line) {
  std::vector<std::string> cells = csvCells(line);
  // A header: the first line, or again after a restart that appended to the file.
  for (const std::string &column : m_stepColumns) {
    const auto found = std::find(cells.begin(), cells.end(), column);
    if (found == cells.end())
      continue;
    m_csvStep = static_cast<std::size_t>(found - cells.begin());
    m_csvHeader = std::move(cells);
    return;
  }
  const auto step =
      cells.size() == m_csvHeader.size() ? numberIn(std::string_view(cells[m_csvStep])) : std::nullopt;
  const auto wholeStep = step ? stepOf(*step) : std::nullopt;
  if (!wholeStep) {
    ++m_badLines;
    return;
  }
  beginRow(*wholeStep);
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (const auto value = numberIn(std::string_view(cells[i])); value && i != m_csvStep)
      setValue(m_csvHeader[i], *value);
}

void MetricsLog::beginRow(std::int64_t step) {
  if (m_rows > 0 && step < m_step)
    for (auto it = m_series.begin(); it != m_series.end();) {
      MetricSeries &series = it->second;
      const auto cut =
          std::lower_bound(series.steps.begin(), series.steps.end(), step) - series.steps.begin();
      series.steps.resize(static_cast<std::size_t>(cut));
      series.values.resize(static_cast<std::size_t>(cut));
      it = cut == 0 ? m_series.erase(it) : std::next(it);
    }
  m_step = step;
  ++m_rows;
}

void MetricsLog::setValue(const std::string &name, double value) {
  MetricSeries &series = m_series[name];
  if (!series.steps.empty() && series.steps.back() == m_step) {
    series.values.back() = value;
    return;
  }
  series.steps.push_back(m_step);
  series.values.push_back(value);
}

std::optional<fs::path> findMetricsFile(const fs::path &runFolder) {
  std::error_code error;
  if (fs::is_regular_file(runFolder / "run.toml", error)) {
    const std::string named = textOr(readRunDescription(runFolder / "run.toml").log, "file", "");
    if (!named.empty())
      return runFolder / named;
  }
  for (const char *name : {"metrics.jsonl", "metrics.csv"})
    if (fs::is_regular_file(runFolder / name, error))
      return runFolder / name;
  return {};
}

} // namespace evolute::core
