// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/checkpoint/byte_source.h"

namespace evolute::core {

struct ZipEntry {
  std::string name;
  std::uint64_t bytes = 0; ///< unfolded
  bool stored = true;      ///< else deflated
};

/// Reads a zip archive through libzip. Entries that claim to unfold to more than kMostUnfolding times their
/// packed size, or to more packed bytes than the file has, are refused at once.
///
/// Checksums of stored entries are not compared: PyTorch itself does not, and can be told not to compute
/// them.
class ZipArchive {
public:
  /// \throws Error for anything but a whole archive of stored and deflated entries.
  explicit ZipArchive(std::shared_ptr<const ByteSource> source);
  ~ZipArchive();
  ZipArchive(const ZipArchive &) = delete;
  ZipArchive &operator=(const ZipArchive &) = delete;

  const std::vector<ZipEntry> &entries() const { return m_entries; }
  /// Index of the entry of that exact name (no name stands twice); entries().size() when there is none.
  std::size_t find(const std::string &name) const;

  /// Fills `out` from `offset` of an entry. Threads take turns. A stored entry is read from there, a deflated
  /// one unfolded from its begin. \throws Error.
  void read(std::size_t entry, std::uint64_t offset, std::span<std::byte> out) const;

  static constexpr std::uint64_t kMostUnfolding = 100;

private:
  struct Handle;
  std::unique_ptr<Handle> m_handle;
  std::vector<ZipEntry> m_entries;
  std::unordered_map<std::string, std::size_t> m_byName;
};

bool beginsLikeZip(const ByteSource &source);

} // namespace evolute::core
