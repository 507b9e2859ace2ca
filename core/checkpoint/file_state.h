// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/checkpoint/byte_source.h"
#include "core/checkpoint/checkpoint_file.h"

namespace evolute::core {

struct FileInspection {
  FileState state;
  std::string problem; ///< one sentence without the file's name; empty when Complete
};
FileInspection inspectCheckpoint(const ByteSource &source); ///< \throws Error when it cannot be read

/// For a file that no reader claims: what it seems to be, as a sentence for people.
std::string whatElse(const ByteSource &source);

} // namespace evolute::core
