// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>

namespace evolute::app {

// The only calls of the desktop program that are not portable; each has a harmless answer elsewhere.

/// On a file system of another machine (NFS, SMB, sshfs, ...): no change notices, and every look costs
/// traffic.
bool isOnNetwork(const std::filesystem::path &path);

/// Asks a process to stop as Ctrl-C does. False when that cannot be done here.
bool interruptProcess(std::int64_t processId);

/// Size, time and identity of a file: equal stamps, same content (as far as can be told without reading).
struct FileStamp {
  std::uintmax_t size = 0;
  std::int64_t modifiedNanoseconds = 0;
  std::uint64_t inode = 0; ///< 0 where there is none
  bool operator==(const FileStamp &) const = default;
};
/// Zeros when there is no such file.
FileStamp stampOf(const std::filesystem::path &file);

} // namespace evolute::app
