// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/checkpoint/atomic_file.h"

namespace evolute::core {

/// Writes a flat stream of token ids as .npy, whole or not at all, without holding it in memory: uint16 where
/// the vocabulary allows it, else uint32.
class TokenWriter {
public:
  /// \throws Error when the folder cannot be written.
  TokenWriter(const std::filesystem::path &file, std::int64_t vocabulary);
  void
  add(std::span<const std::int32_t> ids); ///< each 0 ... vocabulary - 1 \throws Error, say on a full disk
  std::int64_t count() const { return m_count; }
  std::string dtype() const; ///< "uint16" or "uint32"
  void commit();             ///< \throws Error

private:
  std::string header() const;

  AtomicFile m_file;
  bool m_wide;
  std::int64_t m_count = 0;
};

} // namespace evolute::core
