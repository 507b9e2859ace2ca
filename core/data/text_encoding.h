// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/data/text_tokenizer.h"

namespace evolute::core {

struct EncodedText {
  std::int64_t tokens = 0;
  std::uint64_t bytes = 0;
  std::string dtype;    ///< of the file: "uint16" or "uint32"
  bool stopped = false; ///< by the observer; then no file was written
};

/// Encodes text files one after another, the vocabulary's end-of-text token after each, into one flat .npy of
/// token ids, whole or not at all. Progress counts bytes of text. \throws Error
EncodedText encodeText(const TextTokenizer &tokenizer, const std::vector<std::filesystem::path> &files,
                       const std::filesystem::path &npy, const Observer &observe = {});

} // namespace evolute::core
