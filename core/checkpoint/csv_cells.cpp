// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/csv_cells.h"

namespace evolute::core {

std::vector<std::string> csvCells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool inQuotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && inQuotes && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"') {
      inQuotes = !inQuotes;
    } else if (c == ',' && !inQuotes) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  for (std::string &cell : cells) {
    const auto first = cell.find_first_not_of(" \t\r");
    cell = first == std::string::npos ? std::string()
                                      : cell.substr(first, cell.find_last_not_of(" \t\r") - first + 1);
  }
  return cells;
}

} // namespace evolute::core
