// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

namespace evolute::core {

/// Tensors of a checkpoint under the names that a model expects: expected name -> name in the file. What is
/// not named keeps its own name, unless it is expected to be something else. Kept in [tensors] of run.toml,
/// or with the results of the run (core/checkpoint/tensor_mapping_file.h), which wins.
using TensorMapping = std::map<std::string, std::string>;

/// The identity of a checkpoint's weights under other names, from CheckpointFile::contentHash() of the file.
std::string mappedHash(const std::string &hash, const TensorMapping &mapping);

} // namespace evolute::core
