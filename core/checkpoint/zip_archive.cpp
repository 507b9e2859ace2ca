// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/zip_archive.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <zip.h>

#include "core/error.h"

namespace evolute::core {

struct ZipArchive::Handle {
  std::shared_ptr<const ByteSource> source;
  std::uint64_t position = 0;
  zip_error_t error{};
  std::string readProblem; // an Error must not pass through libzip's C frames: kept here, thrown afterwards
  zip_t *archive = nullptr;
  std::mutex mutex;

  explicit Handle(std::shared_ptr<const ByteSource> from) : source(std::move(from)) {
    zip_error_init(&error);
  }
  ~Handle() {
    if (archive != nullptr)
      zip_discard(archive);
    zip_error_fini(&error);
  }
  Handle(const Handle &) = delete;
  Handle &operator=(const Handle &) = delete;

  [[noreturn]] void fail(const std::string &sentence) const {
    throw Error(readProblem.empty() ? source->path().string() + ": " + sentence : readProblem);
  }

  zip_int64_t readHere(void *data, std::uint64_t length) {
    const std::uint64_t left = source->size() - std::min(position, source->size());
    const std::span out(static_cast<std::byte *>(data), static_cast<std::size_t>(std::min(length, left)));
    try {
      source->read(position, out);
    } catch (const Error &problem) {
      readProblem = problem.what();
      zip_error_set(&error, ZIP_ER_READ, 0);
      return -1;
    }
    position += out.size();
    return static_cast<zip_int64_t>(out.size());
  }

  /// What libzip asks of a read-only, seekable source of bytes.
  static zip_int64_t answer(void *self, void *data, zip_uint64_t length, zip_source_cmd_t command) {
    auto &handle = *static_cast<Handle *>(self);
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
      return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    case ZIP_SOURCE_OPEN:
      handle.position = 0;
      return 0;
    case ZIP_SOURCE_READ:
      return handle.readHere(data, length);
    case ZIP_SOURCE_TELL:
      return static_cast<zip_int64_t>(handle.position);
    case ZIP_SOURCE_SEEK: {
      const zip_int64_t offset =
          zip_source_seek_compute_offset(handle.position, handle.source->size(), data, length, &handle.error);
      if (offset < 0)
        return -1;
      handle.position = static_cast<std::uint64_t>(offset);
      return 0;
    }
    case ZIP_SOURCE_STAT: {
      auto *stat = ZIP_SOURCE_GET_ARGS(zip_stat_t, data, length, &handle.error);
      if (stat == nullptr)
        return -1;
      zip_stat_init(stat);
      stat->valid |= ZIP_STAT_SIZE;
      stat->size = handle.source->size();
      return sizeof *stat;
    }
    case ZIP_SOURCE_ERROR:
      return zip_error_to_data(&handle.error, data, length);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
      return 0;
    default:
      zip_error_set(&handle.error, ZIP_ER_OPNOTSUPP, 0);
      return -1;
    }
  }
};

ZipArchive::ZipArchive(std::shared_ptr<const ByteSource> source)
    : m_handle(std::make_unique<Handle>(std::move(source))) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *bytes = zip_source_function_create(&Handle::answer, m_handle.get(), &error);
  if (bytes != nullptr)
    m_handle->archive = zip_open_from_source(bytes, ZIP_RDONLY, &error);
  if (m_handle->archive == nullptr) {
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (bytes != nullptr)
      zip_source_free(bytes); // on success the archive owns it
    m_handle->fail("the zip archive cannot be read (" + reason +
                   "); it is truncated, damaged or still being written");
  }
  zip_error_fini(&error);

  const zip_int64_t count = zip_get_num_entries(m_handle->archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(m_handle->archive, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW, &stat) != 0 ||
        (stat.valid & kNeeded) != kNeeded)
      m_handle->fail("entry " + std::to_string(i) + " of the zip archive has no whole description");
    const std::string label = "zip entry \"" + shown(stat.name) + "\"";
    const bool stored = stat.comp_method == ZIP_CM_STORE;
    if (!stored && stat.comp_method != ZIP_CM_DEFLATE)
      m_handle->fail(label + " is packed by method " + std::to_string(stat.comp_method) +
                     ", expected 0 (stored) or 8 (deflated)");
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE)
      m_handle->fail(label + " is encrypted");
    if (stat.comp_size > m_handle->source->size())
      m_handle->fail(label + " claims " + std::to_string(stat.comp_size) + " packed bytes, the file has " +
                     std::to_string(m_handle->source->size()));
    if (stored ? stat.size != stat.comp_size : stat.size / kMostUnfolding > stat.comp_size)
      m_handle->fail(label + " claims to unfold from " + std::to_string(stat.comp_size) + " to " +
                     std::to_string(stat.size) + " bytes, expected " +
                     (stored ? "the same" : "at most " + std::to_string(kMostUnfolding) + " times as many"));
    if (!m_byName.emplace(stat.name, m_entries.size()).second)
      m_handle->fail(label + " stands twice in the archive");
    m_entries.push_back({stat.name, stat.size, stored});
  }
}

ZipArchive::~ZipArchive() = default;

std::size_t ZipArchive::find(const std::string &name) const {
  const auto found = m_byName.find(name);
  return found == m_byName.end() ? m_entries.size() : found->second;
}

void ZipArchive::read(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const {
  const ZipEntry &entry = m_entries[index];
  const std::string label = "zip entry \"" + shown(entry.name) + "\"";
  const std::lock_guard lock(m_handle->mutex);
  m_handle->readProblem.clear();
  if (offset > entry.bytes || out.size() > entry.bytes - offset)
    m_handle->fail(label + ": expected " + std::to_string(out.size()) + " bytes at offset " +
                   std::to_string(offset) + ", it has " + std::to_string(entry.bytes));
  // ZIP_FL_COMPRESSED hands out the bytes as they lie in the file, which may be sought in.
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t *)> file(
      zip_fopen_index(m_handle->archive, index, entry.stored ? ZIP_FL_COMPRESSED : 0), &zip_fclose);
  const auto failRead = [&] {
    m_handle->fail(label + " cannot be read (" +
                   (file ? zip_file_strerror(file.get()) : zip_strerror(m_handle->archive)) + ")");
  };
  if (!file)
    failRead();
  const auto readFully = [&](std::span<std::byte> part) {
    for (std::size_t done = 0; done < part.size();) {
      const zip_int64_t got = zip_fread(file.get(), part.data() + done, part.size() - done);
      if (got < 0)
        failRead();
      if (got == 0)
        m_handle->fail(label + " ends after " + std::to_string(done) + " of " + std::to_string(part.size()) +
                       " bytes");
      done += static_cast<std::size_t>(got);
    }
  };
  if (entry.stored) {
    if (offset > 0 && zip_fseek(file.get(), static_cast<zip_int64_t>(offset), SEEK_SET) != 0)
      failRead();
    readFully(out);
    return;
  }
  std::array<std::byte, 65536> skipped{};
  for (std::uint64_t left = offset; left > 0;) {
    const auto part =
        std::span(skipped).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, skipped.size())));
    readFully(part);
    left -= part.size();
  }
  readFully(out);
  // One byte more than stated means the stated size lies; reaching the end also compares the checksum.
  if (offset + out.size() == entry.bytes) {
    const zip_int64_t more = zip_fread(file.get(), skipped.data(), 1);
    if (more < 0)
      failRead();
    if (more > 0)
      m_handle->fail(label + " unfolds beyond its stated " + std::to_string(entry.bytes) + " bytes");
  }
}

bool beginsLikeZip(const ByteSource &source) {
  if (source.size() < 4)
    return false;
  std::array<std::byte, 4> first{};
  source.read(0, first);
  return first == std::array{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
}

} // namespace evolute::core
