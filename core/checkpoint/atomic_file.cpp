// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/atomic_file.h"

#include <cerrno>
#include <random>
#include <string>
#include <system_error>

#include "core/checkpoint/platform_file.h"
#include "core/error.h"

namespace evolute::core {

namespace {

/// Hidden and ending in .tmp, so that a scan of the folder leaves it out; random, so that two writers of the
/// same target do not share it.
std::filesystem::path temporaryNameFor(const std::filesystem::path &target) {
  std::random_device entropy;
  const std::string name = "." + target.filename().string() + "." + std::to_string(entropy()) + ".tmp";
  return target.parent_path() / name;
}

[[noreturn]] void fail(const std::filesystem::path &target, int code) {
  const std::string reason = code != 0 ? std::generic_category().message(code) : "the stream failed";
  throw Error(target.string() + ": cannot write the file: " + reason);
}

} // namespace

AtomicFile::AtomicFile(const std::filesystem::path &target)
    : m_target(target), m_temporary(temporaryNameFor(target)) {
  errno = 0;
  m_stream.open(m_temporary, std::ios::binary | std::ios::trunc);
  if (!m_stream)
    fail(m_target, errno);
}

AtomicFile::~AtomicFile() {
  if (m_committed)
    return;
  m_stream.close();
  std::error_code ignored;
  std::filesystem::remove(m_temporary, ignored);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  errno = 0;
  if (!m_stream.write(reinterpret_cast<const char *>(bytes.data()),
                      static_cast<std::streamsize>(bytes.size())))
    fail(m_target, errno);
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text.data(), text.size())));
}

void AtomicFile::overwriteBegin(std::string_view text) {
  m_stream.seekp(0);
  write(text);
  m_stream.seekp(0, std::ios::end);
}

void AtomicFile::commit() {
  errno = 0;
  m_stream.close();
  if (!m_stream || !flushToDisk(m_temporary))
    fail(m_target, errno);
  std::error_code error;
  std::filesystem::rename(m_temporary, m_target, error);
  if (error)
    fail(m_target, error.value());
  m_committed = true;
  // Best effort: the data is safe, and some file systems cannot flush a folder.
  const std::filesystem::path folder = m_target.parent_path();
  flushToDisk(folder.empty() ? std::filesystem::path(".") : folder);
}

} // namespace evolute::core
