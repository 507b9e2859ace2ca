// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy_array.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "core/checkpoint/atomic_file.h"
#include "core/error.h"

namespace evolute::core {

namespace {

// numpy/lib/format.py describes the format: magic, version, length of the header, a Python dictionary
// literal.
constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kVersionEnd = 8;

/// A stretch of the file as a person may see it in a sentence, whatever bytes it holds.
std::string shown(std::string_view text) {
  std::string visible(text.substr(0, 16));
  std::replace_if(
      visible.begin(), visible.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "\"" + visible + "\"";
}

struct Header {
  char byteOrder = '<', kind = 'f'; ///< as in "<f8"
  std::size_t elementBytes = 8;
  bool fortranOrder = false;
  std::vector<std::int64_t> shape;
};

/// A strict reader of the one dictionary that NumPy writes; anything else is an error, never a guess.
class HeaderReader {
public:
  HeaderReader(std::string_view text, const std::string &file) : m_text(text), m_file(file) {}

  Header read() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        readType(quoted(), header);
        descr = true;
      } else if (key == "fortran_order" && !order) {
        header.fortranOrder = truth();
        order = true;
      } else if (key == "shape" && !shape) {
        header.shape = tuple();
        shape = true;
      } else {
        fail("descr, fortran_order and shape once each");
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape)
      fail("descr, fortran_order and shape");
    return header;
  }

private:
  [[noreturn]] void fail(const std::string &expected) const {
    throw Error(m_file + ": NumPy header, character " + std::to_string(m_at) + ": expected " + expected +
                ", found " + (m_at < m_text.size() ? shown(m_text.substr(m_at)) : "its end"));
  }
  void skipSpace() {
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n'))
      ++m_at;
  }
  bool take(char wanted) {
    skipSpace();
    if (m_at >= m_text.size() || m_text[m_at] != wanted)
      return false;
    ++m_at;
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted))
      fail(std::string("'") + wanted + "'");
  }
  std::string_view quoted() {
    skipSpace();
    if (m_at >= m_text.size() || (m_text[m_at] != '\'' && m_text[m_at] != '"'))
      fail("a quoted word (structured arrays are not supported)");
    const std::size_t end = m_text.find(m_text[m_at], m_at + 1);
    if (end == std::string_view::npos)
      fail("a closing quotation mark");
    const std::string_view word = m_text.substr(m_at + 1, end - m_at - 1);
    m_at = end + 1;
    return word;
  }
  bool truth() {
    skipSpace();
    for (const auto &[word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}})
      if (m_text.substr(m_at, word.size()) == word) {
        m_at += word.size();
        return value;
      }
    fail("True or False");
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!take(')')) {
      sizes.push_back(whole());
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }
  std::int64_t whole() {
    skipSpace();
    const std::size_t begin = m_at;
    std::int64_t value = 0;
    for (; m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9'; ++m_at) {
      if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10)
        fail("a size that fits 64 bits");
      value = value * 10 + (m_text[m_at] - '0');
    }
    if (m_at == begin)
      fail("a whole number");
    return value;
  }
  void readType(std::string_view type, Header &header) const {
    static constexpr std::string_view known[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                                 "i8", "u1", "u2", "u4", "u8"};
    const bool ordered = type.size() == 3 && std::string_view("<>|=").find(type[0]) != std::string_view::npos;
    if (!ordered || std::find(std::begin(known), std::end(known), type.substr(1)) == std::end(known))
      throw Error(m_file +
                  ": expected numbers (float16, float32, float64 or integers), found elements of type " +
                  shown(type));
    header.byteOrder = type[0];
    header.kind = type[1];
    header.elementBytes = std::size_t(type[2] - '0');
  }

  std::string_view m_text;
  const std::string &m_file;
  std::size_t m_at = 0;
};

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

double numberAt(const std::byte *bytes, const Header &header) {
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

std::vector<std::byte> readBytes(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? std::streamoff(file.tellg()) : -1;
  if (size < 0 || std::filesystem::is_directory(path))
    throw Error(path.string() + ": cannot be read");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  if (size > 0 && !file.read(reinterpret_cast<char *>(bytes.data()), size))
    throw Error(path.string() + ": cannot be read to its end");
  return bytes;
}

/// Elements that the shape asks for; more than `limit` is as good as wrong, and cannot overflow.
std::size_t elementCount(const std::vector<std::int64_t> &shape, std::size_t limit) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end())
    return 0;
  std::size_t count = 1;
  for (const std::int64_t size : shape) {
    if (std::size_t(size) > limit / count)
      return limit + 1;
    count *= std::size_t(size);
  }
  return count;
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

} // namespace

NpyArray readNpy(const std::filesystem::path &path) {
  return npyFromBytes(readBytes(path), path.string());
}

NpyArray npyFromBytes(std::vector<std::byte> bytes, const std::string &name) {
  static_assert(std::endian::native == std::endian::little);
  const auto text = [&](std::size_t begin, std::size_t length) {
    return std::string_view(reinterpret_cast<const char *>(bytes.data()) + begin, length);
  };
  if (bytes.size() < kVersionEnd || text(0, kMagic.size()) != kMagic)
    throw Error(name + ": expected a NumPy .npy file, found other content");
  const auto version = std::to_integer<unsigned>(bytes[6]);
  if (version < 1 || version > 3)
    throw Error(name + ": expected .npy format version 1, 2 or 3, found " + std::to_string(version));
  const std::size_t lengthBytes = version == 1 ? 2 : 4;
  if (bytes.size() < kVersionEnd + lengthBytes)
    throw Error(name + ": the file ends inside its header");
  std::size_t headerLength = 0;
  for (std::size_t i = 0; i < lengthBytes; ++i)
    headerLength |= std::to_integer<std::size_t>(bytes[kVersionEnd + i]) << (8 * i);
  const std::size_t headerBegin = kVersionEnd + lengthBytes;
  if (headerLength > bytes.size() - headerBegin)
    throw Error(name + ": expected a header of " + std::to_string(headerLength) + " bytes, found " +
                std::to_string(bytes.size() - headerBegin));

  const Header header = HeaderReader(text(headerBegin, headerLength), name).read();
  const std::size_t dataBegin = headerBegin + headerLength, dataBytes = bytes.size() - dataBegin;
  const std::size_t count = elementCount(header.shape, dataBytes / header.elementBytes);
  if (count > dataBytes / header.elementBytes || count * header.elementBytes != dataBytes)
    throw Error(
        name + ": the shape and the file's size disagree: " + std::to_string(dataBytes) +
        " bytes of data, expected " +
        (count * header.elementBytes > dataBytes ? "more" : std::to_string(count * header.elementBytes)));

  NpyArray array;
  array.shape = header.shape;
  array.values.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::byte *element = bytes.data() + dataBegin + i * header.elementBytes;
    if (header.byteOrder == '>')
      std::reverse(element, element + header.elementBytes);
    array.values[header.fortranOrder ? rowMajorIndex(i, header.shape) : i] = numberAt(element, header);
  }
  return array;
}

void writeNpy(const std::filesystem::path &path, const std::vector<std::int64_t> &shape,
              std::span<const float> values) {
  static_assert(std::endian::native == std::endian::little);
  assert(elementCount(shape, values.size()) == values.size());
  std::string sizes;
  for (const std::int64_t size : shape)
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  if (shape.size() == 1)
    sizes += ','; // a tuple of one, as Python writes it
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t kAlignment = 64, kBefore = kVersionEnd + 2; // so that readers may map the data
  header.append(kAlignment - 1 - (kBefore + header.size()) % kAlignment, ' ').append(1, '\n');
  AtomicFile file(path);
  file.write(kMagic);
  file.write(std::string{'\x01', '\0', char(header.size() & 255U), char(header.size() >> 8U)});
  file.write(header);
  file.write(std::as_bytes(values));
  file.commit();
}

} // namespace evolute::core
