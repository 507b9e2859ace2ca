// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/checkpoint_file.h"

namespace evolute::core {

struct ArrayToWrite {
  ArrayInfo info;                   ///< any dtype; trainers write F32 or F64
  std::span<const std::byte> bytes; ///< row-major, little-endian, info.elementCount() * byteSize(dtype)
};

/// Writes a safetensors file whole or not at all: to a temporary name in the same folder, flushed to the
/// disk, then renamed over `path`. Same arrays, same bytes. Header is padded to 8 bytes. The data lies in the
/// order of `arrays`.
/// \throws Error when the folder cannot be written or the disk is full (nothing is left behind), when a name
/// stands twice or is no UTF-8, or when bytes do not fit dtype and shape.
void writeSafetensors(const std::filesystem::path &path, const std::vector<ArrayToWrite> &arrays,
                      const std::vector<std::pair<std::string, std::string>> &metadata = {});

} // namespace evolute::core
