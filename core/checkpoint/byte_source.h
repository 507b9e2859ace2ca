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

/// Where a checkpoint's bytes come from: a file on disk, or memory (tests, fuzzing). Safe to read from
/// several threads at once.
class ByteSource {
public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills `out` from `offset`. \throws Error when that reaches beyond the end or cannot be read.
  virtual void read(std::uint64_t offset, std::span<std::byte> out) const = 0;

  /// Begins every error sentence.
  const std::filesystem::path &path() const { return m_path; }

  static std::shared_ptr<const ByteSource> file(const std::filesystem::path &path); ///< \throws Error
  static std::shared_ptr<const ByteSource> memory(std::vector<std::byte> bytes,
                                                  const std::filesystem::path &name);

protected:
  explicit ByteSource(std::filesystem::path path) : m_path(std::move(path)) {}

private:
  std::filesystem::path m_path;
};

/// Foreign text for an error sentence: control characters replaced, at most about 80 bytes.
std::string shown(std::string_view foreignText);

} // namespace evolute::core
