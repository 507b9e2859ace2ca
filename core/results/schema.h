// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/results/database.h"

namespace evolute::core {

/// Makes the tables in a new file, or brings an older file forward. Every table: core/results/README.md.
/// \throws Error as checkSchema() does.
void createOrMigrateSchema(const Database &database);

/// False when the file has no tables yet: its writer is just making it.
/// \throws Error when the file is no results file, is damaged or comes from a newer version.
bool checkSchema(const Database &database);

} // namespace evolute::core
