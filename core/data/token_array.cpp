// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/token_array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/dtype.h"
#include "core/data/npy_header.h"
#include "core/error.h"

namespace evolute::core {

namespace {

struct IdType {
  std::string_view name;
  DType dtype;
  char kind;
  std::size_t bytes;
};
constexpr std::array<IdType, 5> kIdTypes{{{"uint8", DType::U8, 'u', 1},
                                          {"uint16", DType::U16, 'u', 2},
                                          {"uint32", DType::U32, 'u', 4},
                                          {"int32", DType::I32, 'i', 4},
                                          {"int64", DType::I64, 'i', 8}}};
constexpr const char *kExpected =
    "expected token ids (uint8, uint16, uint32, int32 or int64, little-endian, row-major)";

template <typename Number> void widen(std::span<const std::byte> bytes, std::span<std::int64_t> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Number number;
    std::memcpy(&number, bytes.data() + i * sizeof number, sizeof number);
    out[i] = std::int64_t(number);
  }
}

/// Numbers that begin at some byte of a file: .npy after its header, raw files at once.
class FileTokens final : public TokenArray {
public:
  FileTokens(std::shared_ptr<const ByteSource> source, std::vector<std::int64_t> shape, const IdType &type,
             std::uint64_t begin)
      : TokenArray(std::move(shape), type.kind, type.bytes), m_source(std::move(source)), m_begin(begin) {}

protected:
  void readBytes(std::uint64_t offset, std::span<std::byte> out) const override {
    m_source->read(m_begin + offset, out);
  }

private:
  std::shared_ptr<const ByteSource> m_source;
  std::uint64_t m_begin;
};

class TensorTokens final : public TokenArray {
public:
  TensorTokens(CheckpointFile file, const ArrayInfo &info, const IdType &type)
      : TokenArray(info.shape, type.kind, type.bytes), m_file(std::move(file)), m_name(info.name) {}

protected:
  void readBytes(std::uint64_t offset, std::span<std::byte> out) const override {
    m_file.readBytes(m_name, offset, out);
  }

private:
  CheckpointFile m_file;
  std::string m_name;
};

std::unique_ptr<TokenArray> openRaw(const std::shared_ptr<const ByteSource> &source,
                                    const std::string &dtype) {
  const auto type =
      std::find_if(kIdTypes.begin(), kIdTypes.end(), [&](const IdType &t) { return t.name == dtype; });
  if (type == kIdTypes.end())
    throw Error("dtype: expected uint8, uint16, uint32, int32 or int64, found \"" + shown(dtype) + "\"");
  if (source->size() % type->bytes != 0)
    throw Error(source->path().string() + ": expected a multiple of " + std::to_string(type->bytes) +
                " bytes (" + dtype + "), found " + std::to_string(source->size()));
  return std::make_unique<FileTokens>(source, std::vector{std::int64_t(source->size() / type->bytes)}, *type,
                                      0);
}

std::unique_ptr<TokenArray> openNpy(const std::shared_ptr<const ByteSource> &source) {
  const NpyHeader header = readNpyHeader(*source);
  const auto type = std::find_if(kIdTypes.begin(), kIdTypes.end(), [&](const IdType &t) {
    return t.kind == header.kind && t.bytes == header.elementBytes;
  });
  const bool bigEndian = header.byteOrder == '>' && header.elementBytes > 1;
  if (type == kIdTypes.end() || bigEndian || (header.fortranOrder && header.shape.size() > 1))
    throw Error(source->path().string() + ": " + kExpected + ", found " + header.byteOrder + header.kind +
                std::to_string(header.elementBytes) + (header.fortranOrder ? " in column-major order" : ""));
  return std::make_unique<FileTokens>(source, header.shape, *type, header.dataBegin);
}

std::unique_ptr<TokenArray> openTensor(const std::filesystem::path &path, const std::string &name) {
  CheckpointFile file = [&] {
    try {
      return CheckpointFile::open(path);
    } catch (const Error &error) {
      throw Error(std::string(error.what()) +
                  "; token ids are read from .npy, safetensors and .pt files, and with "
                  "dtype = \"uint16\" from raw numbers");
    }
  }();
  const auto &arrays = file.arrays();
  if (name.empty() && arrays.size() != 1) {
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(arrays.size(), 5); ++i)
      names += (i == 0 ? "" : ", ") + shown(arrays[i].name);
    throw Error(path.string() + ": it holds " + std::to_string(arrays.size()) +
                " tensors, expected one or tensor = " + "\"NAME\" of " + names +
                (arrays.size() > 5 ? ", ..." : ""));
  }
  const ArrayInfo *info = name.empty() ? &arrays.front() : file.find(name);
  if (info == nullptr)
    throw Error(path.string() + ": tensor: expected one of its " + std::to_string(arrays.size()) +
                " tensors, found \"" + shown(name) + "\"");
  const auto type =
      std::find_if(kIdTypes.begin(), kIdTypes.end(), [&](const IdType &t) { return t.dtype == info->dtype; });
  if (type == kIdTypes.end())
    throw Error(path.string() + ": \"" + shown(info->name) + "\": " + kExpected + ", found " +
                std::string(nameOf(info->dtype)));
  file.readBytes(info->name, 0, {}); // says now if it cannot be read in parts
  const ArrayInfo kept = *info;
  return std::make_unique<TensorTokens>(std::move(file), kept, *type);
}

} // namespace

void TokenArray::read(std::int64_t first, std::span<std::int64_t> out) const {
  static_assert(std::endian::native == std::endian::little);
  std::vector<std::byte> bytes(out.size() * m_elementBytes);
  readBytes(std::uint64_t(first) * m_elementBytes, bytes);
  if (m_kind == 'u')
    m_elementBytes == 1   ? widen<std::uint8_t>(bytes, out)
    : m_elementBytes == 2 ? widen<std::uint16_t>(bytes, out)
                          : widen<std::uint32_t>(bytes, out);
  else
    m_elementBytes == 4 ? widen<std::int32_t>(bytes, out) : widen<std::int64_t>(bytes, out);
}

std::unique_ptr<TokenArray> TokenArray::open(const std::filesystem::path &path, const std::string &dtype,
                                             const std::string &tensor) {
  const auto source = ByteSource::file(path);
  if (!dtype.empty())
    return openRaw(source, dtype);
  std::string magic(std::min<std::size_t>(kNpyMagic.size(), std::size_t(source->size())), '\0');
  source->read(0, std::as_writable_bytes(std::span(magic)));
  return magic == kNpyMagic ? openNpy(source) : openTensor(path, tensor);
}

} // namespace evolute::core
