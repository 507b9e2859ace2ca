// SPDX-License-Identifier: GPL-3.0-or-later
// The format of torch.save since PyTorch 1.6: a zip archive with one folder that holds data.pkl (what the
// values are), data/KEY (the bytes of one storage each), byteorder and version. What torch.jit.save writes holds a
// program besides (code/, constants.pkl), which is not read.
#include <algorithm>

#include "core/checkpoint/parsed_checkpoint.h"
#include "core/checkpoint/pickle_stream.h"
#include "core/checkpoint/torch_state.h"
#include "core/checkpoint/zip_archive.h"
#include "core/error.h"

namespace evolute::core {

namespace {

class ZipStorages final : public TorchStorages {
public:
  ZipStorages(const std::shared_ptr<const ByteSource> &source, std::shared_ptr<const ZipArchive> archive,
              std::string folder)
      : m_archive(std::move(archive)), m_folder(std::move(folder)) {
    std::uint64_t unfolded = 0;
    for (const ZipEntry &entry : m_archive->entries())
      unfolded += entry.bytes;
    m_allBytes = std::max(source->size(), unfolded);
  }

  std::optional<std::size_t> find(const std::string &key) const override {
    const std::size_t entry = m_archive->find(nameOf(key));
    return entry == m_archive->entries().size() ? std::nullopt : std::optional(entry);
  }
  std::string nameOf(const std::string &key) const override { return m_folder + "data/" + key; }
  std::uint64_t bytes(std::size_t storage) const override { return m_archive->entries()[storage].bytes; }
  void read(std::size_t storage, std::uint64_t offset, std::span<std::byte> out) const override {
    m_archive->read(storage, offset, out);
  }
  std::uint64_t allBytes() const override { return m_allBytes; }

private:
  std::shared_ptr<const ZipArchive> m_archive;
  std::string m_folder;
  std::uint64_t m_allBytes = 0;
};

class ZipReader {
public:
  explicit ZipReader(const std::shared_ptr<const ByteSource> &source)
      : m_source(source), m_archive(std::make_shared<ZipArchive>(source)), m_folder(findFolder()) {}

  ParsedCheckpoint read() const {
    return readTorchState(m_source->path(), readPickle(), std::make_shared<ZipStorages>(m_source, m_archive, m_folder));
  }

private:
  [[noreturn]] void fail(const std::string &sentence) const {
    throw Error(m_source->path().string() + ": " + sentence);
  }

  std::string findFolder() const {
    std::vector<std::string> folders;
    for (const ZipEntry &entry : m_archive->entries()) {
      const std::size_t slash = entry.name.find('/');
      if (slash != std::string::npos && entry.name.substr(slash) == "/data.pkl")
        folders.push_back(entry.name.substr(0, slash + 1));
    }
    if (folders.size() != 1)
      fail("expected one FOLDER/data.pkl in the zip archive, found " + std::to_string(folders.size()) +
           "; it was not written by torch.save");
    return folders[0];
  }

  std::string readEntry(std::size_t index) const {
    std::string text(static_cast<std::size_t>(m_archive->entries()[index].bytes), '\0');
    m_archive->read(index, 0, std::as_writable_bytes(std::span(text)));
    return text;
  }

  PickleDocument readPickle() const {
    const std::size_t order = m_archive->find(m_folder + "byteorder");
    if (order != m_archive->entries().size() && m_archive->entries()[order].bytes < 16)
      if (const std::string text = readEntry(order); text != "little")
        fail("the byte order is \"" + shown(text) + "\", expected \"little\"");
    const std::size_t index = m_archive->find(m_folder + "data.pkl");
    if (m_archive->entries()[index].bytes > PickleDocument::kLongestStream)
      fail("data.pkl has " + std::to_string(m_archive->entries()[index].bytes) + " bytes, expected at most " +
           std::to_string(PickleDocument::kLongestStream));
    try {
      return PickleDocument::parse(readEntry(index));
    } catch (const Error &error) {
      const std::string sentence = error.what();
      throw Error(sentence.starts_with(m_source->path().string())
                      ? sentence
                      : m_source->path().string() + ": " + sentence);
    }
  }

  std::shared_ptr<const ByteSource> m_source;
  std::shared_ptr<const ZipArchive> m_archive;
  std::string m_folder;
};

} // namespace

ParsedCheckpoint parsePytorch(const std::shared_ptr<const ByteSource> &source) {
  return ZipReader(source).read();
}

} // namespace evolute::core
