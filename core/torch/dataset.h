// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include <torch/torch.h>

#include "core/checkpoint/run_description.h"
#include "core/model/architectures.h"

namespace evolute::core {

struct Dataset {
  torch::Tensor inputs;  ///< [n, ...]
  torch::Tensor targets; ///< [n, ...]
  std::string hash;      ///< identity of the data and of the loss on it
  std::int64_t size() const { return inputs.size(0); }
};

/// Sequences or samples for an architecture, from a [data.NAME] table ("icl-regression" with noise_variance and
/// seed; "linear-teacher" with seed, rank, noise_variance). Missing keys are filled by what the architecture
/// says and by the defaults of the published settings. `purpose` separates streams: "train", "llc", "probe".
/// \throws Error for a kind that does not fit the architecture.
Dataset makeDataset(const Architecture &architecture, const DescriptionTable &table, const std::string &purpose,
                    std::uint64_t first, std::int64_t count);

/// The [data.NAME] table of a run, or an empty one for "train" where run.toml has none.
/// \throws Error naming the slices there are.
DescriptionTable dataTableOf(const RunDescription &description, const std::string &slice);

} // namespace evolute::core
