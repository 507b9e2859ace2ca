// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace evolute::app::cli {

/// Rows under headings, two spaces between columns. Columns of numbers stand to the right, others to the
/// left.
class TextTable {
public:
  explicit TextTable(std::vector<std::string> headings);
  /// As many cells as there are headings.
  void addRow(std::vector<std::string> cells);
  bool isEmpty() const { return m_rows.empty(); }
  /// UTF-8, one line a row, the last one ended too; no trailing spaces.
  std::string text() const;

private:
  std::vector<std::string> m_headings;
  std::vector<std::vector<std::string>> m_rows;
};

} // namespace evolute::app::cli
