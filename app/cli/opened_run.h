// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/model/run_model.h"

namespace evolute::app::cli {

/// A run that has at least one checkpoint. \throws core::Error otherwise, saying what was found instead.
core::Run openRunWithCheckpoints(const std::filesystem::path &folder);

std::vector<std::int64_t> stepsOf(const core::Run &run);
std::vector<std::string> componentNamesOf(const core::ModelSummary &model);

} // namespace evolute::app::cli
