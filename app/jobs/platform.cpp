// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/platform.h"

#include <chrono>
#include <system_error>

#if defined(__unix__) || defined(__APPLE__)
#include <csignal>
#include <sys/stat.h>
#include <sys/types.h>
#endif
#if defined(__linux__)
#include <algorithm>
#include <array>
#include <sys/vfs.h>
#elif defined(__APPLE__)
#include <sys/mount.h>
#include <sys/param.h>
#endif

namespace evolute::app {

bool isOnNetwork(const std::filesystem::path &path) {
#if defined(__linux__)
  // statfs(2), linux/magic.h and the file systems' own sources.
  constexpr std::array<std::uint32_t, 10> kNetwork{
      0x6969u,      // NFS
      0xff534d42u,  // CIFS
      0xfe534d42u,  // SMB 2
      0x517bu,      // SMB
      0x65735546u,  // FUSE: sshfs and most others that matter here
      0x00c36400u,  // Ceph
      0x0bd00bd0u,  // Lustre
      0x47504653u,  // GPFS
      0x01021997u,  // 9P: shared into a virtual machine
      0x5346414fu}; // AFS
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0)
    return false;
  return std::find(kNetwork.begin(), kNetwork.end(), std::uint32_t(facts.f_type)) != kNetwork.end();
#elif defined(__APPLE__)
  struct statfs facts {};
  return ::statfs(path.c_str(), &facts) == 0 && (facts.f_flags & MNT_LOCAL) == 0;
#else
  (void)path;
  return false;
#endif
}

bool interruptProcess(std::int64_t processId) {
#if defined(__unix__) || defined(__APPLE__)
  return processId > 0 && ::kill(pid_t(processId), SIGINT) == 0;
#else
  (void)processId;
  return false;
#endif
}

FileStamp stampOf(const std::filesystem::path &file) {
#if defined(__unix__) || defined(__APPLE__)
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0)
    return {};
#if defined(__APPLE__)
  const auto &time = facts.st_mtimespec;
#else
  const auto &time = facts.st_mtim;
#endif
  return {std::uintmax_t(facts.st_size),
          std::int64_t(time.tv_sec) * 1'000'000'000 + std::int64_t(time.tv_nsec),
          std::uint64_t(facts.st_ino)};
#else
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error)
    return {};
  const auto time = std::filesystem::last_write_time(file, error);
  if (error)
    return {};
  return {size, std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count(), 0};
#endif
}

} // namespace evolute::app
