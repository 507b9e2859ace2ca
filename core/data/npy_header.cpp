// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/npy_header.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string_view>

#include "core/error.h"

namespace evolute::core {

namespace {

/// A stretch of the file as a person may see it in a sentence, whatever bytes it holds.
std::string excerpt(std::string_view text) {
  std::string visible(text.substr(0, 16));
  std::replace_if(
      visible.begin(), visible.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "\"" + visible + "\"";
}

/// A strict reader of the one dictionary that NumPy writes; anything else is an error, never a guess.
class HeaderReader {
public:
  HeaderReader(std::string_view text, const std::string &file) : m_text(text), m_file(file) {}

  NpyHeader read() {
    NpyHeader header;
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
                ", found " + (m_at < m_text.size() ? excerpt(m_text.substr(m_at)) : "its end"));
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
  void readType(std::string_view type, NpyHeader &header) const {
    static constexpr std::string_view known[] = {"f2", "f4", "f8", "i1", "i2", "i4",
                                                 "i8", "u1", "u2", "u4", "u8"};
    const bool ordered = type.size() == 3 && std::string_view("<>|=").find(type[0]) != std::string_view::npos;
    if (!ordered || std::find(std::begin(known), std::end(known), type.substr(1)) == std::end(known))
      throw Error(m_file +
                  ": expected numbers (float16, float32, float64 or integers), found elements of type " +
                  excerpt(type));
    header.byteOrder = type[0];
    header.kind = type[1];
    header.elementBytes = std::size_t(type[2] - '0');
  }

  std::string_view m_text;
  const std::string &m_file;
  std::size_t m_at = 0;
};

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

} // namespace

NpyHeader readNpyHeader(const ByteSource &source) {
  const std::string name = source.path().string();
  const auto size = std::size_t(source.size());
  const auto bytesAt = [&](std::size_t begin, std::size_t length) {
    std::string bytes(length, '\0');
    source.read(begin, std::as_writable_bytes(std::span(bytes.data(), length)));
    return bytes;
  };
  if (size < kNpyVersionEnd || bytesAt(0, kNpyMagic.size()) != kNpyMagic)
    throw Error(name + ": expected a NumPy .npy file, found other content");
  const auto version = unsigned(static_cast<unsigned char>(bytesAt(6, 1)[0]));
  if (version < 1 || version > 3)
    throw Error(name + ": expected .npy format version 1, 2 or 3, found " + std::to_string(version));
  const std::size_t lengthBytes = version == 1 ? 2 : 4;
  if (size < kNpyVersionEnd + lengthBytes)
    throw Error(name + ": the file ends inside its header");
  std::size_t headerLength = 0;
  const std::string length = bytesAt(kNpyVersionEnd, lengthBytes);
  for (std::size_t i = 0; i < lengthBytes; ++i)
    headerLength |= std::size_t(static_cast<unsigned char>(length[i])) << (8 * i);
  const std::size_t headerBegin = kNpyVersionEnd + lengthBytes;
  if (headerLength > size - headerBegin)
    throw Error(name + ": expected a header of " + std::to_string(headerLength) + " bytes, found " +
                std::to_string(size - headerBegin));

  const std::string text = bytesAt(headerBegin, headerLength);
  NpyHeader header = HeaderReader(text, name).read();
  header.dataBegin = headerBegin + headerLength;
  const std::size_t dataBytes = size - header.dataBegin;
  const std::size_t count = elementCount(header.shape, dataBytes / header.elementBytes);
  if (count > dataBytes / header.elementBytes || count * header.elementBytes != dataBytes)
    throw Error(
        name + ": the shape and the file's size disagree: " + std::to_string(dataBytes) +
        " bytes of data, expected " +
        (count * header.elementBytes > dataBytes ? "more" : std::to_string(count * header.elementBytes)));
  header.elementCount = count;
  return header;
}

std::string npyHeaderText(const std::string &type, const std::vector<std::int64_t> &shape, std::size_t leastBytes) {
  std::string sizes;
  for (const std::int64_t size : shape)
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
  if (shape.size() == 1)
    sizes += ','; // a tuple of one, as Python writes it
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  constexpr std::size_t kAlignment = 64, kBefore = kNpyVersionEnd + 2; // so that readers may map the data
  std::size_t bytes = std::max(kBefore + header.size() + 1, leastBytes);
  bytes += (kAlignment - bytes % kAlignment) % kAlignment;
  header.append(bytes - kBefore - header.size() - 1, ' ').append(1, '\n');
  return std::string(kNpyMagic) + std::string{'\x01', '\0', char(header.size() & 255U), char(header.size() >> 8U)} +
         header;
}

} // namespace evolute::core
