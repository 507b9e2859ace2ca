// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/model/component.h"

namespace evolute::core {

/// What is known of a run's model without computing anything: recognised from run.toml and from the keys and
/// shapes of one checkpoint.
struct ModelSummary {
  std::string family; ///< familyOf(), "" when unknown
  std::string text;   ///< one line for people: "2 layers, 4 heads, d_model 64, D = 4, K = 8"
  std::int64_t parameterCount = 0;
  std::vector<Component> components; ///< "all" first
  std::vector<std::string> slices;   ///< names of the data slices; the default first
  std::vector<std::string> notes;    ///< of the file: prefixes stripped, parts left unread; one sentence each
  std::string problem;               ///< why nothing can be estimated; empty when it can
};

/// Reads one checkpoint (the last). Never throws for an unknown family: see `problem`.
ModelSummary summarizeModel(const Run &run);

} // namespace evolute::core
