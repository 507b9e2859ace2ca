// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace evolute::core {

/// Numbers of a NumPy .npy file (format versions 1 to 3), row-major whatever the order in the file.
struct NpyArray {
  std::vector<std::int64_t> shape; ///< empty for a scalar
  std::vector<double> values;
};

/// Reads float16/32/64 and signed and unsigned integers of either byte order; nothing in the file is executed
/// (object arrays are refused). Memory is bounded by eight times the file's size.
/// \throws Error naming the file, what was expected and what was found: for a wrong magic, a header that lies
/// about its length or the shape, a size that does not fit the shape, an unsupported element type.
NpyArray readNpy(const std::filesystem::path &path);
/// The same from memory; `name` stands for the file in errors.
NpyArray npyFromBytes(std::vector<std::byte> bytes, const std::string &name);

/// Writes row-major float32 as .npy version 1, whole or not at all. `shape` must fit `values`. \throws Error.
void writeNpy(const std::filesystem::path &path, const std::vector<std::int64_t> &shape,
              std::span<const float> values);

} // namespace evolute::core
