// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/checkpoint/byte_source.h"

namespace evolute::core {

// numpy/lib/format.py describes the format: magic, version, length of the header, a Python dictionary literal.
inline constexpr std::string_view kNpyMagic("\x93NUMPY", 6);
inline constexpr std::size_t kNpyVersionEnd = 8; ///< bytes up to the length of the header

/// What a .npy file says of its numbers.
struct NpyHeader {
  char byteOrder = '<', kind = 'f'; ///< as in "<f8"
  std::size_t elementBytes = 8;
  bool fortranOrder = false;
  std::vector<std::int64_t> shape; ///< empty for a scalar
  std::size_t dataBegin = 0;       ///< offset of the first number
  std::size_t elementCount = 0;    ///< product of the shape; the data are exactly that long
};

/// Reads and checks the header against the file's size; nothing else is read, nothing is executed.
/// \throws Error as readNpy() does.
NpyHeader readNpyHeader(const ByteSource &source);

/// The bytes before the numbers of a .npy file of version 1, a multiple of 64 and at least `leastBytes`. `type` is
/// NumPy's ("<f4").
std::string npyHeaderText(const std::string &type, const std::vector<std::int64_t> &shape,
                          std::size_t leastBytes = 0);

} // namespace evolute::core
