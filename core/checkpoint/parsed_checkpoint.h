// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/byte_source.h"
#include "core/checkpoint/checkpoint_file.h"

namespace evolute::core {

/// The values of a file's arrays, by index into ParsedCheckpoint::arrays. Safe to read from several threads.
class ArrayBytes {
public:
  virtual ~ArrayBytes() = default;
  /// Fills `out`, which has the array's full size, row-major. \throws Error.
  virtual void read(std::size_t index, std::span<std::byte> out) const = 0;
};

/// What the parser of a format hands over. Each array's byte count fits the file, so it may be allocated.
struct ParsedCheckpoint {
  std::string_view format;
  std::vector<ArrayInfo> arrays;
  std::vector<std::string> notes;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::shared_ptr<const ArrayBytes> bytes;
};

bool looksLikeSafetensors(const ByteSource &source);
ParsedCheckpoint parseSafetensors(const std::shared_ptr<const ByteSource> &source); ///< \throws Error
ParsedCheckpoint parsePytorch(const std::shared_ptr<const ByteSource> &source);     ///< \throws Error

} // namespace evolute::core
