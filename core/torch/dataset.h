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
/// seed; "linear-teacher" with seed, rank, noise_variance; "tokens" with path, context; "arrays" with inputs and targets,
/// .npy files of samples in rows). Missing keys are filled
/// by what the architecture says and by the defaults of the published settings. `purpose` separates random
/// streams ("train", "llc", "probe"); tokens are sequences first ... first + count - 1 of the file whatever it is.
/// Tokens are int64, [n, context - 1], and come as they are; everything else is float32.
/// \throws Error for a kind that does not fit the architecture, or a file that does not.
Dataset makeDataset(const Architecture &architecture, const DescriptionTable &table, const std::string &purpose,
                    std::uint64_t first, std::int64_t count);

/// The [data.NAME] table of a run, or an empty one for "train" where run.toml has none. A relative path in it
/// is made one from the run's folder. \throws Error naming the slices there are.
DescriptionTable dataTableOf(const Run &run, const std::string &slice);

/// A data set's tensor for a model of `dtype` on `device`: numbers change their type, token ids do not.
torch::Tensor toModel(const torch::Tensor &data, const torch::Device &device, torch::ScalarType dtype);

} // namespace evolute::core
