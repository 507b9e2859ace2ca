// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "core/llc/validation.h"
#include "core/results/result_tables.h"

namespace evolute::core {

/// The rows of `evolute-cli validate --table`: model, checks, exact, target, llc, se, ok, nbeta, gamma,
/// epsilon. Rows that were left out are left out here too.
CsvTable validationTable(const std::vector<ValidationRow> &rows);

/// Reads such a file again; columns in any order, further ones are passed over.
/// \throws Error when it cannot be read, lacks a column or a row, or holds text where a number belongs.
std::vector<ValidationRow> readValidationTable(const std::filesystem::path &file);

} // namespace evolute::core
