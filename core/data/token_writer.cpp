// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/token_writer.h"

#include <bit>
#include <vector>

#include "core/data/npy_header.h"

namespace evolute::core {

namespace {

constexpr std::size_t kHeaderBytes = 128; // room for any count, which is known at the end

template <class Id> void writeAs(AtomicFile &file, std::span<const std::int32_t> ids) {
  static_assert(std::endian::native == std::endian::little);
  const std::vector<Id> narrow(ids.begin(), ids.end());
  file.write(std::as_bytes(std::span(narrow)));
}

} // namespace

TokenWriter::TokenWriter(const std::filesystem::path &file, std::int64_t vocabulary)
    : m_file(file), m_wide(vocabulary > 65536) {
  m_file.write(header());
}

std::string TokenWriter::header() const {
  return npyHeaderText(m_wide ? "<u4" : "<u2", {m_count}, kHeaderBytes);
}

std::string TokenWriter::dtype() const {
  return m_wide ? "uint32" : "uint16";
}

void TokenWriter::add(std::span<const std::int32_t> ids) {
  if (m_wide)
    writeAs<std::uint32_t>(m_file, ids);
  else
    writeAs<std::uint16_t>(m_file, ids);
  m_count += std::int64_t(ids.size());
}

void TokenWriter::commit() {
  m_file.overwriteBegin(header());
  m_file.commit();
}

} // namespace evolute::core
