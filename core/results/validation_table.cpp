// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/results/validation_table.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>

#include "core/checkpoint/csv_cells.h"
#include "core/error.h"

namespace evolute::core {

namespace {

const std::vector<std::string> kColumns = {"model", "checks", "exact", "target", "llc",
                                           "se",    "ok",     "nbeta", "gamma",  "epsilon"};

} // namespace

CsvTable validationTable(const std::vector<ValidationRow> &rows) {
  CsvTable table(kColumns);
  for (const ValidationRow &row : rows) {
    if (!row.leftOut.empty())
      continue;
    table.cell(row.model).cell(row.checks).cell(row.exactLambda).cell(row.target).cell(row.llc);
    table.cell(row.standardError).cell(std::int64_t(row.ok)).cell(row.inverseTemperature);
    table.cell(row.localization).cell(row.stepSize).endRow();
  }
  return table;
}

std::vector<ValidationRow> readValidationTable(const std::filesystem::path &file) {
  std::ifstream stream(file, std::ios::binary);
  std::string line;
  if (!std::getline(stream, line))
    throw Error(file.string() +
                ": expected a table of `evolute-cli validate --table`, found nothing to read");
  const std::vector<std::string> header = csvCells(line);
  std::map<std::string, std::size_t> places;
  for (const std::string &column : kColumns) {
    const auto place = std::find(header.begin(), header.end(), column);
    if (place == header.end())
      throw Error(file.string() + ": expected a table of `evolute-cli validate --table`, found no column " +
                  column);
    places[column] = std::size_t(place - header.begin());
  }
  std::vector<ValidationRow> rows;
  for (std::size_t number = 2; std::getline(stream, line); ++number) {
    const std::vector<std::string> cells = csvCells(line);
    if (cells.size() == 1 && cells[0].empty())
      continue;
    const std::string where = file.string() + ": line " + std::to_string(number);
    if (cells.size() != header.size())
      throw Error(where + ": expected " + std::to_string(header.size()) + " cells, found " +
                  std::to_string(cells.size()));
    const auto value = [&](const char *column) {
      const std::string &text = cells[places.at(column)];
      double found = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), found);
      if (text.empty() || problem != std::errc() || end != text.data() + text.size())
        throw Error(where + ": " + column + ": expected a number, found \"" + text.substr(0, 40) + '"');
      return found;
    };
    ValidationRow row;
    row.model = cells[places.at("model")];
    row.checks = cells[places.at("checks")];
    row.exactLambda = value("exact");
    row.target = value("target");
    row.llc = value("llc");
    row.standardError = value("se");
    row.ok = value("ok") != 0;
    row.inverseTemperature = value("nbeta");
    row.localization = value("gamma");
    row.stepSize = value("epsilon");
    rows.push_back(std::move(row));
  }
  if (rows.empty())
    throw Error(file.string() + ": expected rows of `evolute-cli validate --table`, found none");
  return rows;
}

} // namespace evolute::core
