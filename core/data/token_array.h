// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace evolute::core {

/// Token ids in a file, read where they lie (a corpus can be larger than memory): .npy, raw whole numbers,
/// safetensors, or what torch.save wrote. Safe to read from several threads at once.
class TokenArray {
public:
  virtual ~TokenArray() = default;
  const std::vector<std::int64_t> &shape() const { return m_shape; }
  /// Fills `out` with the ids from `first` on, in row-major order. \throws Error when the file cannot be
  /// read.
  void read(std::int64_t first, std::span<std::int64_t> out) const;

  /// `dtype` ("uint8", "uint16", "uint32", "int32", "int64") makes it a raw file of such numbers; without one
  /// the file itself says what it is. `tensor` names one of several arrays. \throws Error for anything but
  /// such whole numbers, little-endian and row-major, and for a file whose size does not fit.
  static std::unique_ptr<TokenArray> open(const std::filesystem::path &path, const std::string &dtype = {},
                                          const std::string &tensor = {});

protected:
  TokenArray(std::vector<std::int64_t> shape, char kind, std::size_t elementBytes)
      : m_shape(std::move(shape)), m_kind(kind), m_elementBytes(elementBytes) {}
  virtual void readBytes(std::uint64_t offset, std::span<std::byte> out) const = 0;

private:
  std::vector<std::int64_t> m_shape;
  char m_kind; // 'u' or 'i'
  std::size_t m_elementBytes;
};

} // namespace evolute::core
