// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace evolute::core {

/// What the standard library lacks about files. platform_file.cpp is the only place in core/checkpoint with
/// system calls; each has a portable fallback.

/// A file opened once and read at any offset, from several threads at once.
///
/// Why positioned reads and not a memory map: a training script that saves over an open file truncates it,
/// and touching a mapped page beyond the new end kills the whole program. A short read is an Error instead.
class PositionedFile {
public:
  /// \throws Error when the file cannot be opened or is no regular file.
  explicit PositionedFile(const std::filesystem::path &path);
  ~PositionedFile();
  PositionedFile(const PositionedFile &) = delete;
  PositionedFile &operator=(const PositionedFile &) = delete;

  std::uint64_t size() const; ///< when it was opened
  /// \throws Error when the file is shorter than that by now, was written since it was opened, or on an I/O
  /// error.
  void readAt(std::uint64_t offset, std::span<std::byte> out) const;

private:
  struct Handle;
  std::filesystem::path m_path;
  std::unique_ptr<Handle> m_handle;
  std::uint64_t m_size = 0;
};

/// Asks the system to bring a file (or the entry table of a folder) to the disk. False when it refused.
bool flushToDisk(const std::filesystem::path &path);

/// Tells a replaced file from one that grew: the inode where there is one, else 0. 0 for a missing file.
std::uint64_t fileIdentity(const std::filesystem::path &path);

} // namespace evolute::core
