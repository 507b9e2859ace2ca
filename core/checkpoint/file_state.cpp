// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/file_state.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/checkpoint/parsed_checkpoint.h"
#include "core/checkpoint/pytorch_legacy.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/checkpoint/zip_archive.h"
#include "core/error.h"

namespace evolute::core {

namespace {

template <std::size_t N> std::array<unsigned char, N> firstBytes(const ByteSource &source) {
  std::array<unsigned char, N> bytes{};
  const auto available = std::min<std::uint64_t>(N, source.size());
  source.read(0, std::as_writable_bytes(std::span(bytes)).first(std::size_t(available)));
  return bytes;
}

/// The end record of a zip is its last 22 bytes plus a comment of at most 65,535; it says where the central
/// directory lies, and that must be in the file too.
bool zipIsWhole(const ByteSource &source) {
  constexpr std::uint64_t kRecord = 22, kLongestComment = 65535;
  if (source.size() < kRecord)
    return false;
  std::vector<unsigned char> tail(std::size_t(std::min(source.size(), kRecord + kLongestComment)));
  source.read(source.size() - tail.size(), std::as_writable_bytes(std::span(tail)));
  for (std::size_t at = tail.size() - kRecord + 1; at-- > 0;) {
    if (std::memcmp(tail.data() + at, "PK\5\6", 4) != 0)
      continue;
    const auto number = [&](std::size_t offset, int bytes) {
      std::uint64_t value = 0;
      for (int i = bytes; i-- > 0;)
        value = value << 8U | tail[at + offset + std::size_t(i)];
      return value;
    };
    const std::uint64_t recordBegin = source.size() - tail.size() + at;
    const std::uint64_t length = number(12, 4), begin = number(16, 4);
    const bool inZip64Record = begin == 0xFFFFFFFFU || length == 0xFFFFFFFFU;
    if (number(20, 2) == tail.size() - at - kRecord && (inZip64Record || begin + length <= recordBegin))
      return true;
  }
  return false;
}

FileInspection inspectSafetensors(const ByteSource &source) {
  const SafetensorsExtent extent = safetensorsExtent(source);
  if (extent.state == SafetensorsExtent::State::Short)
    return {FileState::Growing, extent.problem};
  if (extent.state == SafetensorsExtent::State::Foreign)
    return {FileState::Foreign, extent.problem};
  SafetensorsHeader header;
  try {
    header = readSafetensorsHeader(source);
  } catch (const Error &error) {
    const std::string name = source.path().string() + ": ";
    const std::string sentence = error.what();
    return {FileState::Foreign, sentence.starts_with(name) ? sentence.substr(name.size()) : sentence};
  }
  std::uint64_t end = 0;
  for (const SafetensorsTensor &tensor : header.tensors)
    end = std::max(end, tensor.end);
  const std::uint64_t found = source.size() - header.dataBegin;
  const std::string counts =
      "its header promises " + std::to_string(end) + " data bytes, found " + std::to_string(found);
  if (found < end)
    return {FileState::Growing, counts};
  if (found > end)
    return {FileState::Foreign, counts};
  return {FileState::Complete, {}};
}

} // namespace

FileInspection inspectCheckpoint(const ByteSource &source) {
  if (source.size() == 0)
    return {FileState::Growing, "the file is empty"};
  if (beginsLikeZip(source)) {
    if (zipIsWhole(source))
      return {FileState::Complete, {}};
    return {FileState::Growing,
            "the zip archive has no central directory at its end; it is truncated or still being written"};
  }
  if (beginsLikeLegacy(source))
    return inspectLegacy(source);
  const FileInspection inspection = inspectSafetensors(source);
  return inspection.state == FileState::Foreign && source.size() > 8 && firstBytes<9>(source)[8] != '{'
             ? FileInspection{FileState::Foreign, whatElse(source)}
             : inspection;
}

std::string whatElse(const ByteSource &source) {
  if (source.size() == 0)
    return "the file is empty";
  const auto first = firstBytes<2>(source);
  if (first[0] == 0x80 && first[1] >= 2 && first[1] <= 5)
    return "this is a bare Python pickle, expected safetensors or a zip archive written by torch.save";
  return "expected safetensors or a zip archive written by torch.save, found neither (" +
         std::to_string(source.size()) + " bytes)";
}

ParsedCheckpoint parseCheckpoint(const std::shared_ptr<const ByteSource> &source) {
  if (looksLikeSafetensors(*source))
    return parseSafetensors(source);
  if (beginsLikeZip(*source))
    return parsePytorch(source);
  if (beginsLikeLegacy(*source) && source->size() > 0)
    return parseLegacy(source);
  throw Error(source->path().string() + ": " + whatElse(*source));
}

FileState checkpointFileState(const std::filesystem::path &path) {
  return inspectCheckpoint(*ByteSource::file(path)).state;
}

} // namespace evolute::core
