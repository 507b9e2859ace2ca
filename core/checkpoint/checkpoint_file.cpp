// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/checkpoint/checkpoint_folder.h"
#include "core/checkpoint/dtype.h"
#include "core/checkpoint/name_prefix.h"
#include "core/checkpoint/parsed_checkpoint.h"
#include "core/checkpoint/run_index.h"
#include "core/checkpoint/shard_index.h"
#include "core/error.h"
#include "core/hash.h"

namespace evolute::core {

std::int64_t ArrayInfo::elementCount() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

struct CheckpointFile::Impl {
  ParsedCheckpoint parsed;
  std::vector<std::size_t> byName; // indices into parsed.arrays, sorted by name
  std::filesystem::path path;
  std::optional<std::string> configText;
  std::shared_ptr<const Impl> original; // where names are mapped
  TensorMapping mapping;

  const ArrayInfo &nth(std::size_t rank) const { return parsed.arrays[byName[rank]]; }

  void sortNames();
  std::size_t indexOf(std::string_view name) const; // arrays.size() when absent
  std::size_t require(std::string_view name) const; // throws Error when absent
  std::string hash() const;
  template <class Real> std::vector<Real> readAs(std::string_view name, DType same) const;
};

namespace {

/// Some arrays of another checkpoint's, in an order of their own.
class ChosenBytes final : public ArrayBytes {
public:
  ChosenBytes(std::shared_ptr<const ArrayBytes> from, std::vector<std::size_t> indices)
      : m_from(std::move(from)), m_indices(std::move(indices)) {}
  void read(std::size_t index, std::span<std::byte> out) const override { m_from->read(m_indices[index], out); }
  bool isContiguous(std::size_t index) const override { return m_from->isContiguous(m_indices[index]); }
  void readFrom(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const override {
    m_from->readFrom(m_indices[index], offset, out);
  }

private:
  std::shared_ptr<const ArrayBytes> m_from;
  std::vector<std::size_t> m_indices;
};

/// Only where a Hugging Face library wrote: elsewhere files of these names may belong to other checkpoints.
std::string noteOnTrainerState(const std::filesystem::path &folder) {
  std::string names;
  for (const std::string &name : trainerStateIn(folder))
    names += (names.empty() ? "" : ", ") + shown(name);
  return names.empty() ? names : "left unread beside it: " + names;
}

} // namespace

void CheckpointFile::Impl::sortNames() {
  byName.resize(parsed.arrays.size());
  std::iota(byName.begin(), byName.end(), std::size_t{0});
  std::sort(byName.begin(), byName.end(),
            [&](std::size_t a, std::size_t b) { return parsed.arrays[a].name < parsed.arrays[b].name; });
}

std::size_t CheckpointFile::Impl::indexOf(std::string_view name) const {
  const auto found =
      std::lower_bound(byName.begin(), byName.end(), name,
                       [&](std::size_t index, std::string_view n) { return parsed.arrays[index].name < n; });
  return found != byName.end() && parsed.arrays[*found].name == name ? *found : parsed.arrays.size();
}

std::size_t CheckpointFile::Impl::require(std::string_view name) const {
  const std::size_t index = indexOf(name);
  if (index == parsed.arrays.size())
    throw Error(path.string() + ": there is no array \"" + shown(name) + "\" among its " +
                std::to_string(parsed.arrays.size()) + " arrays");
  return index;
}

template <class Real>
std::vector<Real> CheckpointFile::Impl::readAs(std::string_view name, DType same) const {
  const std::size_t index = require(name);
  const ArrayInfo &info = parsed.arrays[index];
  if (!isReal(info.dtype))
    throw Error(path.string() + ": \"" + shown(name) + "\" should hold real numbers, it holds " +
                std::string(nameOf(info.dtype)));
  std::vector<Real> values(std::size_t(info.elementCount()));
  if (info.dtype == same) {
    parsed.bytes->read(index, std::as_writable_bytes(std::span(values)));
    return values;
  }
  std::vector<std::byte> raw(values.size() * byteSize(info.dtype));
  parsed.bytes->read(index, raw);
  convertTo(std::span<Real>(values), info.dtype, raw);
  return values;
}

CheckpointFile::CheckpointFile(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

CheckpointFile CheckpointFile::open(const std::filesystem::path &path) {
  const bool index = isShardIndex(path);
  auto impl = std::make_shared<Impl>();
  impl->path = path;
  impl->parsed = index ? parseShards(path) : parseCheckpoint(ByteSource::file(path));
  impl->configText = configTextFor(path.parent_path());
  stripPrefixes(impl->parsed);
  if (index || impl->configText)
    if (std::string note = noteOnTrainerState(path.parent_path()); !note.empty())
      impl->parsed.notes.push_back(std::move(note));
  impl->sortNames();
  return CheckpointFile(std::move(impl));
}

CheckpointFile CheckpointFile::open(const CheckpointEntry &entry) {
  CheckpointFile file = open(entry.path);
  return entry.tensors && !entry.tensors->empty() ? file.renamed(*entry.tensors) : file;
}

CheckpointFile CheckpointFile::fromBytes(std::vector<std::byte> bytes, const std::filesystem::path &name) {
  auto impl = std::make_shared<Impl>();
  impl->path = name;
  impl->parsed = parseCheckpoint(ByteSource::memory(std::move(bytes), name));
  stripPrefixes(impl->parsed);
  impl->sortNames();
  return CheckpointFile(std::move(impl));
}

CheckpointFile CheckpointFile::renamed(const TensorMapping &mapping) const {
  auto impl = std::make_shared<Impl>(*m_impl);
  impl->original = m_impl;
  impl->mapping = mapping;
  impl->parsed.arrays.clear();
  std::map<std::string_view, std::string_view> expectedOf; // by the name in the file
  for (const auto &[expected, found] : mapping) {
    if (m_impl->indexOf(found) == arrays().size())
      impl->parsed.notes.push_back("the mapping of tensors names " + shown(found) + ", which is not in the file");
    else
      expectedOf[found] = expected;
  }
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < arrays().size(); ++i) {
    ArrayInfo info = arrays()[i];
    const auto renamedTo = expectedOf.find(info.name);
    if (renamedTo != expectedOf.end())
      info.name = renamedTo->second;
    else if (mapping.contains(info.name))
      continue; // another tensor has its name now
    indices.push_back(i);
    impl->parsed.arrays.push_back(std::move(info));
  }
  impl->parsed.bytes = std::make_shared<ChosenBytes>(m_impl->parsed.bytes, std::move(indices));
  if (!expectedOf.empty())
    impl->parsed.notes.push_back(std::to_string(expectedOf.size()) + " tensors are renamed by the run's mapping");
  impl->sortNames();
  return CheckpointFile(std::move(impl));
}

void CheckpointFile::readBytes(std::string_view name, std::uint64_t byteOffset, std::span<std::byte> out) const {
  const std::size_t index = m_impl->require(name);
  const ArrayInfo &info = arrays()[index];
  const std::uint64_t bytes = std::uint64_t(info.elementCount()) * byteSize(info.dtype);
  if (byteOffset > bytes || out.size() > bytes - byteOffset)
    throw Error(path().string() + ": \"" + shown(name) + "\" has " + std::to_string(bytes) + " bytes, expected " +
                std::to_string(out.size()) + " from " + std::to_string(byteOffset));
  if (!m_impl->parsed.bytes->isContiguous(index))
    throw Error(path().string() + ": \"" + shown(name) +
                "\" does not lie contiguously in the file, which reading it in parts needs; save tensor.contiguous()");
  if (!out.empty())
    m_impl->parsed.bytes->readFrom(index, byteOffset, out);
}

const std::filesystem::path &CheckpointFile::path() const {
  return m_impl->path;
}
std::string_view CheckpointFile::format() const {
  return m_impl->parsed.format;
}
std::optional<std::int64_t> CheckpointFile::storedStep() const {
  return m_impl->parsed.step;
}
std::optional<std::int64_t> CheckpointFile::storedEpoch() const {
  return m_impl->parsed.epoch;
}
const std::optional<std::string> &CheckpointFile::configText() const {
  return m_impl->configText;
}
const std::vector<ArrayInfo> &CheckpointFile::arrays() const {
  return m_impl->parsed.arrays;
}
const std::vector<std::string> &CheckpointFile::notes() const {
  return m_impl->parsed.notes;
}
const std::vector<std::pair<std::string, std::string>> &CheckpointFile::metadata() const {
  return m_impl->parsed.metadata;
}

const ArrayInfo *CheckpointFile::find(std::string_view name) const {
  const std::size_t index = m_impl->indexOf(name);
  return index == arrays().size() ? nullptr : &arrays()[index];
}

std::vector<float> CheckpointFile::readFloat32(std::string_view name) const {
  return m_impl->readAs<float>(name, DType::F32);
}

std::vector<double> CheckpointFile::readFloat64(std::string_view name) const {
  return m_impl->readAs<double>(name, DType::F64);
}

std::string CheckpointFile::Impl::hash() const {
  if (original)
    return mappedHash(original->hash(), mapping);
  Hasher hasher;
  std::vector<std::byte> raw;
  for (const std::size_t index : byName) {
    const ArrayInfo &info = parsed.arrays[index];
    hasher.add(info.name).add(nameOf(info.dtype));
    hasher.add(std::as_bytes(std::span(info.shape)));
    raw.resize(std::size_t(info.elementCount()) * byteSize(info.dtype));
    parsed.bytes->read(index, raw);
    hasher.add(raw);
  }
  return hasher.hex();
}

std::string CheckpointFile::contentHash() const {
  return m_impl->hash();
}

} // namespace evolute::core
