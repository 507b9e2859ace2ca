// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include "core/checkpoint/tensor_mapping.h"

namespace evolute::core {

// The mapping of tensors that was made for a run: RUN/.evolute/tensors.toml, or beside the results in the
// user's data folder where the run cannot be written. The same section as in run.toml, which it replaces as a
// whole:
//
//   [tensors]                       # name that the model expects = name in the files
//   "embed.W_E" = "tok_embed.weight"

/// Nothing when none was stored. \throws Error naming file and line.
std::optional<TensorMapping> storedTensorMapping(const std::filesystem::path &runFolder);

/// What was stored, else what run.toml says. \throws Error.
TensorMapping mappingInForce(const std::filesystem::path &runFolder, const TensorMapping &fromRunToml);

/// Stores a mapping, an empty one too (it undoes run.toml's); nothing removes what was stored. Returns the
/// file that was written or removed. \throws Error when neither folder can be written.
std::filesystem::path storeTensorMapping(const std::filesystem::path &runFolder,
                                         const std::optional<TensorMapping> &mapping);

} // namespace evolute::core
