// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/text_table.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace evolute::app::cli {

namespace {

/// Characters, not bytes: continuation bytes of UTF-8 do not count.
std::size_t widthOf(const std::string &text) {
  return std::size_t(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool isNumberOrAbsent(const std::string &text) {
  if (text.empty() || text == "-")
    return true;
  std::string plain = text;
  plain.erase(std::remove(plain.begin(), plain.end(), ','), plain.end());
  char *end = nullptr;
  std::strtod(plain.c_str(), &end);
  return end != plain.c_str() && *end == '\0';
}

} // namespace

TextTable::TextTable(std::vector<std::string> headings) : m_headings(std::move(headings)) {}

void TextTable::addRow(std::vector<std::string> cells) {
  assert(cells.size() == m_headings.size());
  m_rows.push_back(std::move(cells));
}

std::string TextTable::text() const {
  const std::size_t columns = m_headings.size();
  std::vector<std::size_t> widths(columns);
  std::vector<bool> right(columns);
  for (std::size_t c = 0; c < columns; ++c) {
    widths[c] = widthOf(m_headings[c]);
    right[c] = !m_rows.empty() && std::all_of(m_rows.begin(), m_rows.end(),
                                              [c](const auto &row) { return isNumberOrAbsent(row[c]); });
    for (const auto &row : m_rows)
      widths[c] = std::max(widths[c], widthOf(row[c]));
  }
  std::string text;
  const auto append = [&](const std::vector<std::string> &row) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string padding(widths[c] - widthOf(row[c]), ' ');
      line += (c ? "  " : "") + (right[c] ? padding + row[c] : row[c] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  append(m_headings);
  for (const auto &row : m_rows)
    append(row);
  return text;
}

} // namespace evolute::app::cli
