// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pytorch_legacy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include "core/checkpoint/pickle_stream.h"
#include "core/checkpoint/torch_objects.h"
#include "core/checkpoint/torch_state.h"
#include "core/error.h"

namespace evolute::core {

namespace {

/// Pickle protocol 2, LONG1 of ten bytes: 0x1950a86a20f9469cfc6c.
constexpr std::array<unsigned char, 14> kMagic{0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                               0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
constexpr std::int64_t kFormatNumber = 1001;

struct Storage {
  std::uint64_t begin = 0, bytes = 0; // in the file
};

class LegacyStorages final : public TorchStorages {
public:
  explicit LegacyStorages(std::shared_ptr<const ByteSource> source) : m_source(std::move(source)) {}

  void add(const std::string &key, const Storage &storage) {
    m_byKey.emplace(key, m_storages.size());
    m_storages.push_back(storage);
  }
  std::optional<std::size_t> find(const std::string &key) const override {
    const auto found = m_byKey.find(key);
    return found == m_byKey.end() ? std::nullopt : std::optional(found->second);
  }
  std::string nameOf(const std::string &key) const override { return key; }
  std::uint64_t bytes(std::size_t storage) const override { return m_storages[storage].bytes; }
  void read(std::size_t storage, std::uint64_t offset, std::span<std::byte> out) const override {
    m_source->read(m_storages[storage].begin + offset, out);
  }
  std::uint64_t allBytes() const override { return m_source->size(); }

private:
  std::shared_ptr<const ByteSource> m_source;
  std::vector<Storage> m_storages;
  std::unordered_map<std::string, std::size_t> m_byKey;
};

/// Walks through the file's parts; errors lack the file's name.
class LegacyWalk {
public:
  explicit LegacyWalk(const ByteSource &source) : m_source(source) {}

  /// The stream of the values; leaves the walk at the keys.
  PickleDocument values() {
    next(); // the magic number, which is what brought us here
    const PickleDocument number = next();
    if (const PickleValue &value = number.at(number.root());
        value.kind != PickleValue::Kind::Integer || value.integer != kFormatNumber)
      throw Error("expected PyTorch's format 1001 of before version 1.6, found another number");
    const PickleDocument writer = next();
    const TorchObjects facts(writer);
    if (const auto entries = facts.entriesOf(writer.root()))
      for (const auto &[key, value] : *entries)
        if (facts.textOf(key) == "little_endian" && writer.at(value).kind == PickleValue::Kind::Boolean &&
            writer.at(value).integer == 0)
          throw Error("the byte order is \"big\", expected \"little\"");
    return next();
  }

  template <class Take> void storages(const PickleDocument &document, Take take) {
    const auto elementBytes = TorchObjects(document).storageElementBytes();
    const PickleDocument list = next();
    const TorchObjects texts(list);
    if (list.at(list.root()).kind != PickleValue::Kind::List)
      throw Error("expected the list of storages, found " + texts.describe(list.root()));
    for (const PickleId item : list.at(list.root()).items) {
      const std::string key(texts.textOf(item).value_or(std::string_view()));
      const auto size = elementBytes.find(key);
      if (size == elementBytes.end())
        throw Error("the storage \"" + shown(key) + "\" belongs to no tensor, so its length cannot be told");
      std::array<std::byte, 8> raw{};
      read(raw);
      std::uint64_t elements = 0;
      std::memcpy(&elements, raw.data(), sizeof elements);
      if (elements > (m_source.size() - m_at) / size->second)
        throw EndsEarly("the storage \"" + shown(key) + "\" should have " + std::to_string(elements) +
                        " elements, the file ends after " +
                        std::to_string((m_source.size() - m_at) / size->second));
      take(key, Storage{m_at, elements * size->second});
      m_at += elements * size->second;
    }
  }

private:
  void read(std::span<std::byte> out) {
    if (out.size() > m_source.size() - m_at)
      throw EndsEarly("expected " + std::to_string(out.size()) + " more bytes at " + std::to_string(m_at) +
                      ", the file ends there");
    m_source.read(m_at, out);
    m_at += out.size();
  }

  /// A stream's length is known only when it was read: looks at more and more of what follows.
  PickleDocument next() {
    const std::uint64_t left = m_source.size() - m_at;
    for (std::uint64_t window = 4096;; window *= 16) {
      const auto size = std::size_t(std::min({window, left, std::uint64_t(PickleDocument::kLongestStream)}));
      std::string bytes(size, '\0');
      m_source.read(m_at, std::as_writable_bytes(std::span(bytes)));
      try {
        std::size_t used = 0;
        PickleDocument document = PickleDocument::parseFirst(bytes, used);
        m_at += used;
        return document;
      } catch (const EndsEarly &) {
        if (size == left)
          throw;
        if (size == PickleDocument::kLongestStream)
          throw Error("a pickle stream is longer than " + std::to_string(size) + " bytes");
      }
    }
  }

  const ByteSource &m_source;
  std::uint64_t m_at = 0;
};

} // namespace

bool beginsLikeLegacy(const ByteSource &source) {
  std::array<unsigned char, kMagic.size()> bytes{};
  const auto available = std::size_t(std::min<std::uint64_t>(bytes.size(), source.size()));
  source.read(0, std::as_writable_bytes(std::span(bytes)).first(available));
  return available > 0 &&
         std::equal(bytes.begin(), bytes.begin() + std::ptrdiff_t(available), kMagic.begin());
}

FileInspection inspectLegacy(const ByteSource &source) {
  try {
    LegacyWalk walk(source);
    const PickleDocument document = walk.values();
    walk.storages(document, [](const std::string &, const Storage &) {});
  } catch (const EndsEarly &cut) {
    return {FileState::Growing, cut.what()};
  } catch (const Error &error) {
    const std::string name = source.path().string() + ": ", sentence = error.what();
    return {FileState::Foreign, sentence.starts_with(name) ? sentence.substr(name.size()) : sentence};
  }
  return {FileState::Complete, {}};
}

ParsedCheckpoint parseLegacy(const std::shared_ptr<const ByteSource> &source) {
  auto storages = std::make_shared<LegacyStorages>(source);
  const PickleDocument document = [&] {
    try {
      LegacyWalk walk(*source);
      PickleDocument values = walk.values();
      walk.storages(values,
                    [&](const std::string &key, const Storage &storage) { storages->add(key, storage); });
      return values;
    } catch (const Error &error) {
      const std::string name = source->path().string() + ": ", sentence = error.what();
      throw Error(sentence.starts_with(name) ? sentence : name + sentence);
    }
  }();
  return readTorchState(source->path(), document, std::move(storages));
}

} // namespace evolute::core
