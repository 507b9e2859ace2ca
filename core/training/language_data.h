// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/checkpoint/run_description.h"

namespace evolute::core {

/// Token arrays that a language model is trained on ("train") and measured on (all others), as [data.NAME] of
/// run.toml has them, with absolute paths.
struct LanguageData {
  std::map<std::string, DescriptionTable> slices;
  std::int64_t vocabulary = 0; ///< tokens that the ids were made for
};

/// From a TOML file with [data.train] and further slices, as `evolute-cli tokenize` writes it, or from one token array
/// (.npy, .safetensors, .pt; [n, context or longer] or flat). Where nothing but "train" is there, its last
/// `heldOut` sequences of `context` tokens become the slice "held-out" and are not trained on.
/// `vocabulary`: 0 takes what the file says. Opens the arrays, reading their headers alone.
/// \throws Error when there is no "train", no vocabulary is known or the two differ, or an array cannot be read.
LanguageData readLanguageData(const std::filesystem::path &path, std::int64_t vocabulary, std::int64_t context,
                              std::int64_t heldOut);

/// The same slices with paths relative to `folder`, so that a run and its data can be moved together.
std::map<std::string, DescriptionTable> relativeTo(const std::filesystem::path &folder,
                                                   std::map<std::string, DescriptionTable> slices);

} // namespace evolute::core
