// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/byte_source.h"

#include <algorithm>

#include "core/checkpoint/platform_file.h"
#include "core/error.h"

namespace evolute::core {

namespace {

class FileSource final : public ByteSource {
public:
  explicit FileSource(const std::filesystem::path &path) : ByteSource(path), m_file(path) {}
  std::uint64_t size() const override { return m_file.size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override { m_file.readAt(offset, out); }

private:
  PositionedFile m_file;
};

class MemorySource final : public ByteSource {
public:
  MemorySource(std::vector<std::byte> bytes, const std::filesystem::path &name)
      : ByteSource(name), m_bytes(std::move(bytes)) {}
  std::uint64_t size() const override { return m_bytes.size(); }
  void read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset > m_bytes.size() || out.size() > m_bytes.size() - offset)
      throw Error(path().string() + ": expected " + std::to_string(out.size()) + " bytes at offset " +
                  std::to_string(offset) + ", found " + std::to_string(m_bytes.size()) + " in all");
    std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

private:
  std::vector<std::byte> m_bytes;
};

} // namespace

std::shared_ptr<const ByteSource> ByteSource::file(const std::filesystem::path &path) {
  return std::make_shared<FileSource>(path);
}

std::shared_ptr<const ByteSource> ByteSource::memory(std::vector<std::byte> bytes,
                                                     const std::filesystem::path &name) {
  return std::make_shared<MemorySource>(std::move(bytes), name);
}

std::string shown(std::string_view foreignText) {
  constexpr std::size_t kLongest = 80;
  std::string text(foreignText.substr(0, kLongest));
  if (foreignText.size() > kLongest) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
      text.pop_back(); // do not cut within a UTF-8 character
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U)
      text.pop_back();
    text += "...";
  }
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

} // namespace evolute::core
