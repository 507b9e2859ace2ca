// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/platform_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "core/error.h"

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#else
#include <fstream>
#include <mutex>
#endif

namespace evolute::core {

namespace {

[[noreturn]] void failToOpen(const std::filesystem::path &path, const std::string &reason) {
  throw Error(path.string() + ": cannot open the file: " + reason);
}

[[noreturn]] void failShort(const std::filesystem::path &path, std::uint64_t offset, std::size_t wanted) {
  throw Error(path.string() + ": expected " + std::to_string(wanted) + " bytes at offset " +
              std::to_string(offset) + ", the file ends before; it was cut while it was being read");
}

[[noreturn]] void failChanged(const std::filesystem::path &path) {
  throw Error(path.string() + ": the file was written to while it was being read; open it again");
}

} // namespace

#if defined(__unix__) || defined(__APPLE__)

namespace {

#if defined(__APPLE__)
timespec changeTime(const struct stat &status) {
  return status.st_mtimespec;
}
#else
timespec changeTime(const struct stat &status) {
  return status.st_mtim;
}
#endif

std::string systemReason() {
  return std::generic_category().message(errno);
}

} // namespace

struct PositionedFile::Handle {
  int descriptor = -1;
  timespec opened{};
  ~Handle() {
    if (descriptor >= 0)
      ::close(descriptor);
  }
};

PositionedFile::PositionedFile(const std::filesystem::path &path)
    : m_path(path), m_handle(std::make_unique<Handle>()) {
  // O_NONBLOCK: opening a named pipe must fail below, not wait for its writer.
  m_handle->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (m_handle->descriptor < 0)
    failToOpen(path, systemReason());
  struct stat status {};
  if (::fstat(m_handle->descriptor, &status) != 0)
    failToOpen(path, systemReason());
  if (!S_ISREG(status.st_mode))
    failToOpen(path, S_ISDIR(status.st_mode) ? "it is a folder" : "it is no regular file");
  m_size = static_cast<std::uint64_t>(status.st_size);
  m_handle->opened = changeTime(status);
}

void PositionedFile::readAt(std::uint64_t offset, std::span<std::byte> out) const {
  constexpr std::size_t kAtOnce = std::size_t{1} << 30U; // some systems refuse more than 2 GiB in one call
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(m_handle->descriptor, out.data() + done, std::min(out.size() - done, kAtOnce),
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      throw Error(m_path.string() + ": cannot read at offset " + std::to_string(offset + done) + ": " +
                  systemReason());
    if (got == 0)
      failShort(m_path, offset, out.size());
    done += static_cast<std::size_t>(got);
  }
  struct stat status {};
  if (::fstat(m_handle->descriptor, &status) == 0) {
    const timespec now = changeTime(status);
    if (now.tv_sec != m_handle->opened.tv_sec || now.tv_nsec != m_handle->opened.tv_nsec)
      failChanged(m_path);
  }
}

bool flushToDisk(const std::filesystem::path &path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  const bool flushed = ::fsync(descriptor) == 0;
  return (::close(descriptor) == 0) && flushed;
}

std::uint64_t fileIdentity(const std::filesystem::path &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_ino) : 0;
}

#else

struct PositionedFile::Handle {
  std::ifstream stream;
  std::mutex mutex;
  std::filesystem::file_time_type opened;
};

PositionedFile::PositionedFile(const std::filesystem::path &path)
    : m_path(path), m_handle(std::make_unique<Handle>()) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    failToOpen(path, error ? error.message() : "it is no regular file");
  m_size = std::filesystem::file_size(path, error);
  m_handle->opened = std::filesystem::last_write_time(path, error);
  m_handle->stream.open(path, std::ios::binary);
  if (error || !m_handle->stream)
    failToOpen(path, error ? error.message() : std::generic_category().message(errno));
}

void PositionedFile::readAt(std::uint64_t offset, std::span<std::byte> out) const {
  const std::lock_guard lock(m_handle->mutex);
  m_handle->stream.clear();
  m_handle->stream.seekg(static_cast<std::streamoff>(offset));
  m_handle->stream.read(reinterpret_cast<char *>(out.data()), static_cast<std::streamsize>(out.size()));
  if (static_cast<std::size_t>(m_handle->stream.gcount()) != out.size())
    failShort(m_path, offset, out.size());
  std::error_code error;
  if (std::filesystem::last_write_time(m_path, error) != m_handle->opened && !error)
    failChanged(m_path);
}

bool flushToDisk(const std::filesystem::path &) {
  return true; // closing the stream handed the bytes to the system; standard C++ can ask for no more
}

std::uint64_t fileIdentity(const std::filesystem::path &) {
  return 0;
}

#endif

PositionedFile::~PositionedFile() = default;

std::uint64_t PositionedFile::size() const {
  return m_size;
}

} // namespace evolute::core
