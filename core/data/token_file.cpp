// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/token_file.h"

#include <bit>
#include <cassert>
#include <cstring>
#include <vector>

#include "core/error.h"

namespace evolute::core {

namespace {

template <typename Number> std::int64_t numberAt(const std::byte *bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return std::int64_t(number);
}

std::int64_t tokenAt(const std::byte *bytes, const NpyHeader &header) {
  if (header.kind == 'u')
    return header.elementBytes == 2 ? numberAt<std::uint16_t>(bytes) : numberAt<std::uint32_t>(bytes);
  return header.elementBytes == 4 ? numberAt<std::int32_t>(bytes) : numberAt<std::int64_t>(bytes);
}

bool holdsTokens(const NpyHeader &header) {
  const bool known = header.kind == 'u' ? header.elementBytes == 2 || header.elementBytes == 4
                                        : header.kind == 'i' && header.elementBytes >= 4;
  return known && header.byteOrder != '>' && (!header.fortranOrder || header.shape.size() < 2);
}

} // namespace

TokenFile::TokenFile(const std::filesystem::path &path, std::int64_t context)
    : m_source(ByteSource::file(path)), m_header(readNpyHeader(*m_source)), m_context(context) {
  static_assert(std::endian::native == std::endian::little);
  const std::string name = path.string();
  if (!holdsTokens(m_header))
    throw Error(name +
                ": expected token ids (uint16, uint32, int32 or int64, little-endian, row-major), found " +
                m_header.byteOrder + m_header.kind + std::to_string(m_header.elementBytes) +
                (m_header.fortranOrder ? " in column-major order" : ""));
  const std::vector<std::int64_t> &shape = m_header.shape;
  if (context < 2)
    throw Error("context: expected 2 tokens or more, found " + std::to_string(context));
  if (shape.empty() || shape.size() > 2)
    throw Error(name + ": expected a flat stream or rows of tokens, found " + std::to_string(shape.size()) +
                " dimensions");
  if (shape.size() == 2 && shape[1] < context)
    throw Error(name + ": expected rows of " + std::to_string(context) + " tokens or more, found " +
                std::to_string(shape[1]));
  m_stride = shape.size() == 2 ? shape[1] : context;
  m_sequences = shape.size() == 2 ? shape[0] : shape[0] / context;
  if (m_sequences < 1)
    throw Error(name + ": expected at least one sequence of " + std::to_string(context) + " tokens, found " +
                std::to_string(m_header.elementCount) + " tokens");
}

void TokenFile::read(std::int64_t first, std::int64_t vocabulary, std::span<std::int64_t> out) const {
  const auto context = std::size_t(m_context), bytes = m_header.elementBytes;
  assert(out.size() % context == 0 && first >= 0);
  std::vector<std::byte> row(context * bytes);
  for (std::size_t s = 0; s < out.size() / context; ++s) {
    const std::size_t sequence = std::size_t(first) + s;
    m_source->read(m_header.dataBegin + sequence * std::size_t(m_stride) * bytes, row);
    for (std::size_t t = 0; t < context; ++t) {
      const std::int64_t token = tokenAt(row.data() + t * bytes, m_header);
      if (token < 0 || token >= vocabulary)
        throw Error(m_source->path().string() + ": sequence " + std::to_string(sequence) + ", token " +
                    std::to_string(t) + ": expected an id from 0 to " + std::to_string(vocabulary - 1) +
                    ", found " + std::to_string(token));
      out[s * context + t] = token;
    }
  }
}

} // namespace evolute::core
