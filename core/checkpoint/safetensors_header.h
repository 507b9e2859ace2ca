// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/checkpoint/byte_source.h"
#include "core/checkpoint/checkpoint_file.h"

namespace evolute::core {

struct SafetensorsTensor {
  ArrayInfo info;
  std::uint64_t begin = 0, end = 0; ///< from the first data byte; end - begin fits dtype and shape
};

struct SafetensorsHeader {
  std::vector<SafetensorsTensor> tensors; ///< in the header's order
  std::vector<std::pair<std::string, std::string>> metadata;
  std::uint64_t dataBegin = 0; ///< in the file
};

/// How much of the header is there, told by the length field alone.
struct SafetensorsExtent {
  enum class State { HeaderWhole, Short, Foreign };
  State state;
  std::string problem; ///< empty for HeaderWhole
};
SafetensorsExtent safetensorsExtent(const ByteSource &source);

/// Reads the JSON event by event, so that neither depth nor repeated keys can hurt, and no tree is built.
/// \throws Error (without the file's name) for anything but the format's own shape.
SafetensorsHeader parseSafetensorsHeader(std::string_view json);

/// \throws Error beginning with the file's name.
SafetensorsHeader readSafetensorsHeader(const ByteSource &source);

std::string_view safetensorsNameOf(DType dtype); ///< "F32", "BF16", ...

} // namespace evolute::core
