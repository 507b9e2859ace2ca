// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
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
  /// Whether the row-major values lie in the file one after another, so that readFrom() may be called.
  virtual bool isContiguous(std::size_t index) const = 0;
  /// Fills `out` from `offset` bytes into the array, which has as many more. \throws Error.
  virtual void readFrom(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const = 0;
};

/// What the parser of a format hands over. Each array's byte count fits the file, so it may be allocated.
struct ParsedCheckpoint {
  std::string_view format;
  std::vector<ArrayInfo> arrays;
  std::vector<std::string> notes;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::shared_ptr<const ArrayBytes> bytes;
  std::optional<std::int64_t> step, epoch; ///< as the file states them
  bool fromLightning = false;              ///< names begin with whatever the module calls its network
};

bool looksLikeSafetensors(const ByteSource &source);
ParsedCheckpoint parseSafetensors(const std::shared_ptr<const ByteSource> &source); ///< \throws Error
ParsedCheckpoint parsePytorch(const std::shared_ptr<const ByteSource> &source);     ///< \throws Error
/// A file of any known format, told by its content. \throws Error
ParsedCheckpoint parseCheckpoint(const std::shared_ptr<const ByteSource> &source);

} // namespace evolute::core
