// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "core/checkpoint/dtype.h"
#include "core/checkpoint/file_state.h"
#include "core/checkpoint/parsed_checkpoint.h"
#include "core/checkpoint/zip_archive.h"
#include "core/error.h"
#include "core/hash.h"

namespace evolute::core {

std::int64_t ArrayInfo::elementCount() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

struct CheckpointFile::Impl {
  std::shared_ptr<const ByteSource> source;
  ParsedCheckpoint parsed;
  std::vector<std::size_t> byName; // indices into parsed.arrays, sorted by name

  const ArrayInfo &nth(std::size_t rank) const { return parsed.arrays[byName[rank]]; }

  void sortNames();
  std::size_t indexOf(std::string_view name) const; // arrays.size() when absent
  template <class Real> std::vector<Real> readAs(std::string_view name, DType same) const;
};

namespace {

/// Removes wrappers' prefixes that every name carries: DistributedDataParallel, torch.compile, Lightning.
void stripSharedPrefixes(ParsedCheckpoint &parsed) {
  constexpr std::array<std::string_view, 3> kPrefixes{"module.", "_orig_mod.", "model."};
  const auto sharedBy = [&](std::string_view prefix) {
    return std::all_of(parsed.arrays.begin(), parsed.arrays.end(), [&](const ArrayInfo &array) {
      return array.name.size() > prefix.size() && array.name.starts_with(prefix);
    });
  };
  std::string stripped;
  for (auto prefix = kPrefixes.begin(); !parsed.arrays.empty() && prefix != kPrefixes.end();) {
    if (!sharedBy(*prefix)) {
      ++prefix;
      continue;
    }
    for (ArrayInfo &array : parsed.arrays)
      array.name.erase(0, prefix->size());
    stripped += *prefix;
    prefix = kPrefixes.begin(); // wrappers nest in any order
  }
  if (!stripped.empty())
    parsed.notes.push_back("the prefix \"" + stripped + "\" that all names share is stripped");
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

template <class Real>
std::vector<Real> CheckpointFile::Impl::readAs(std::string_view name, DType same) const {
  const std::size_t index = indexOf(name);
  if (index == parsed.arrays.size())
    throw Error(source->path().string() + ": there is no array \"" + shown(name) + "\" among its " +
                std::to_string(parsed.arrays.size()) + " arrays");
  const ArrayInfo &info = parsed.arrays[index];
  if (!isReal(info.dtype))
    throw Error(source->path().string() + ": \"" + shown(name) + "\" should hold real numbers, it holds " +
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
  return read(ByteSource::file(path));
}

CheckpointFile CheckpointFile::fromBytes(std::vector<std::byte> bytes, const std::filesystem::path &name) {
  return read(ByteSource::memory(std::move(bytes), name));
}

CheckpointFile CheckpointFile::read(const std::shared_ptr<const ByteSource> &source) {
  auto impl = std::make_shared<Impl>();
  impl->source = source;
  if (looksLikeSafetensors(*source))
    impl->parsed = parseSafetensors(source);
  else if (beginsLikeZip(*source))
    impl->parsed = parsePytorch(source);
  else
    throw Error(source->path().string() + ": " + whatElse(*source));
  stripSharedPrefixes(impl->parsed);
  impl->sortNames();
  return CheckpointFile(std::move(impl));
}

const std::filesystem::path &CheckpointFile::path() const {
  return m_impl->source->path();
}
std::string_view CheckpointFile::format() const {
  return m_impl->parsed.format;
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

std::string CheckpointFile::contentHash() const {
  Hasher hasher;
  std::vector<std::byte> raw;
  for (const std::size_t index : m_impl->byName) {
    const ArrayInfo &info = arrays()[index];
    hasher.add(info.name).add(nameOf(info.dtype));
    hasher.add(std::as_bytes(std::span(info.shape)));
    raw.resize(std::size_t(info.elementCount()) * byteSize(info.dtype));
    m_impl->parsed.bytes->read(index, raw);
    hasher.add(raw);
  }
  return hasher.hex();
}

} // namespace evolute::core
