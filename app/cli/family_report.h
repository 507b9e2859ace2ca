// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/cli/console.h"
#include "core/family/family_estimates.h"
#include "core/family/family_result.h"

namespace evolute::app::cli {

/// One row a run: parameter, last losses, t_crit and the rise after it, the last lambda-hat.
void printFamily(const core::FamilyResult &result, const core::FamilyEstimates &estimates, Console &console);

/// The document's "family".
nlohmann::json familyJson(const core::FamilyResult &result, const core::FamilyEstimates &estimates);

/// points.csv (a checkpoint or oracle a row), curves.csv (a checkpoint a row, with lambda-hat where there is one) and
/// runs.csv (a run a row) in a folder, which is made. Returns the files. \throws core::Error.
std::vector<std::filesystem::path> writeFamilyTables(const core::FamilyResult &result,
                                                     const core::FamilyEstimates &estimates,
                                                     const std::filesystem::path &folder);

} // namespace evolute::app::cli
