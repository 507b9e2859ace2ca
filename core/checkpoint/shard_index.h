// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/file_state.h"
#include "core/checkpoint/parsed_checkpoint.h"

namespace evolute::core {

/// What "model.safetensors.index.json" or "pytorch_model.bin.index.json" says: which file holds which tensor.
/// Source of the format: save_pretrained() of Hugging Face's transformers.
struct ShardIndex {
  std::map<std::string, std::vector<std::string>> tensorsOf; ///< by file name
};

bool isShardIndex(const std::filesystem::path &path); ///< told by its name

/// \throws Error (without the index's name) for anything but the format's own shape, and for a file name that
/// would lead out of the index's folder.
ShardIndex parseShardIndex(std::string_view json);
ShardIndex readShardIndex(const std::filesystem::path &index); ///< \throws Error naming the index

/// The files that an index names, in order of their names, in its folder. They may not be there yet.
std::vector<std::filesystem::path> shardsOf(const ShardIndex &shards, const std::filesystem::path &index);

/// Complete when all files are; Growing while one is not there or not whole, which the problem names.
FileInspection inspectShards(const std::filesystem::path &index);

/// All tensors of all files as one checkpoint. Opens every file. \throws Error
ParsedCheckpoint parseShards(const std::filesystem::path &index);

} // namespace evolute::core
