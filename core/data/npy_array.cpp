// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy_array.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "core/checkpoint/atomic_file.h"
#include "core/data/npy_header.h"
#include "core/error.h"

namespace evolute::core {

namespace {

double fromHalf(int bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  double value = 0;
  if (exponent == 31)
    value = fraction ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
  else if (exponent == 0)
    value = std::ldexp(fraction, -24);
  else
    value = std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

template <class Number> double as(const std::byte *bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return double(number);
}

double numberAt(const std::byte *bytes, const NpyHeader &header) {
  switch (header.kind) {
  case 'f':
    return header.elementBytes == 8   ? as<double>(bytes)
           : header.elementBytes == 4 ? as<float>(bytes)
                                      : fromHalf(std::to_integer<std::uint16_t>(bytes[0]) |
                                                 std::to_integer<std::uint16_t>(bytes[1]) << 8);
  case 'i':
    return header.elementBytes == 8   ? as<std::int64_t>(bytes)
           : header.elementBytes == 4 ? as<std::int32_t>(bytes)
           : header.elementBytes == 2 ? as<std::int16_t>(bytes)
                                      : as<std::int8_t>(bytes);
  default:
    return header.elementBytes == 8   ? as<std::uint64_t>(bytes)
           : header.elementBytes == 4 ? as<std::uint32_t>(bytes)
           : header.elementBytes == 2 ? as<std::uint16_t>(bytes)
                                      : as<std::uint8_t>(bytes);
  }
}

/// Position in a row-major array of the i-th element of a column-major one.
std::size_t rowMajorIndex(std::size_t i, const std::vector<std::int64_t> &shape) {
  std::size_t index = 0, stride = 1;
  std::vector<std::size_t> position(shape.size());
  for (std::size_t d = 0; d < shape.size(); ++d) {
    position[d] = i % std::size_t(shape[d]);
    i /= std::size_t(shape[d]);
  }
  for (std::size_t d = shape.size(); d-- > 0;) {
    index += position[d] * stride;
    stride *= std::size_t(shape[d]);
  }
  return index;
}

NpyArray readAll(const ByteSource &source) {
  static_assert(std::endian::native == std::endian::little);
  const NpyHeader header = readNpyHeader(source);
  std::vector<std::byte> bytes(header.elementCount * header.elementBytes);
  source.read(header.dataBegin, bytes);
  NpyArray array;
  array.shape = header.shape;
  array.values.resize(header.elementCount);
  for (std::size_t i = 0; i < header.elementCount; ++i) {
    std::byte *element = bytes.data() + i * header.elementBytes;
    if (header.byteOrder == '>')
      std::reverse(element, element + header.elementBytes);
    array.values[header.fortranOrder ? rowMajorIndex(i, header.shape) : i] = numberAt(element, header);
  }
  return array;
}

} // namespace

NpyArray readNpy(const std::filesystem::path &path) {
  return readAll(*ByteSource::file(path));
}

NpyArray npyFromBytes(std::vector<std::byte> bytes, const std::string &name) {
  return readAll(*ByteSource::memory(std::move(bytes), name));
}

void writeNpy(const std::filesystem::path &path, const std::vector<std::int64_t> &shape,
              std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  [[maybe_unused]] std::size_t count = 1;
  for (const std::int64_t size : shape)
    count *= std::size_t(size);
  assert(count == values.size());
  AtomicFile file(path);
  file.write(npyHeaderText("<f4", shape));
  file.write(std::as_bytes(values));
  file.commit();
}

} // namespace evolute::core
