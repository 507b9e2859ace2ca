// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

namespace evolute::core {

/// Writes a file whole or not at all: to a hidden temporary name in the same folder, flushed to the disk,
/// then renamed over the target by commit(). Without commit() the temporary file is removed and the target
/// stays.
class AtomicFile {
public:
  /// \throws Error when the folder cannot be written.
  explicit AtomicFile(const std::filesystem::path &target);
  ~AtomicFile();
  AtomicFile(const AtomicFile &) = delete;
  AtomicFile &operator=(const AtomicFile &) = delete;

  void write(std::span<const std::byte> bytes); ///< \throws Error, for example when the disk is full
  void write(std::string_view text);            ///< \throws Error
  /// Writes over the begin of what was written; further text follows the end as before. \throws Error.
  void overwriteBegin(std::string_view text);
  void commit();                                ///< \throws Error

private:
  std::filesystem::path m_target, m_temporary;
  std::ofstream m_stream;
  bool m_committed = false;
};

} // namespace evolute::core
