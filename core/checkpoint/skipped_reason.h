// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace evolute::core {

/// What is wrong with a file, for SkippedFile, which names it already: the sentence of an Error without its path.
inline std::string reasonWithoutPath(const std::string &sentence, const std::filesystem::path &path) {
  const std::string start = path.string() + ": ";
  return sentence.starts_with(start) ? sentence.substr(start.size()) : sentence;
}

} // namespace evolute::core
