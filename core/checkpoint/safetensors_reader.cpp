// SPDX-License-Identifier: GPL-3.0-or-later
// The format: 8 bytes of header length (little-endian), a JSON object {name: {dtype, shape, data_offsets},
// "__metadata__": {text: text}}, then the data, which the tensors must cover without holes or overlaps.
#include "core/checkpoint/safetensors_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <numeric>

#include "core/checkpoint/parsed_checkpoint.h"
#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000; // the reference implementation's limit

[[noreturn]] void fail(const ByteSource &source, const std::string &sentence) {
  throw Error(source.path().string() + ": " + sentence);
}

std::uint64_t readHeaderLength(const ByteSource &source) {
  std::array<std::byte, kLengthBytes> raw{};
  source.read(0, raw);
  std::uint64_t length = 0;
  std::memcpy(&length, raw.data(), sizeof length);
  return length;
}

class SafetensorsBytes final : public ArrayBytes {
public:
  SafetensorsBytes(std::shared_ptr<const ByteSource> source, std::vector<std::uint64_t> begins)
      : m_source(std::move(source)), m_begins(std::move(begins)) {}
  void read(std::size_t index, std::span<std::byte> out) const override {
    m_source->read(m_begins[index], out);
  }
  bool isContiguous(std::size_t) const override { return true; }
  void readFrom(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const override {
    m_source->read(m_begins[index] + offset, out);
  }

private:
  std::shared_ptr<const ByteSource> m_source;
  std::vector<std::uint64_t> m_begins; // offsets in the file
};

} // namespace

bool looksLikeSafetensors(const ByteSource &source) {
  if (source.size() < kLengthBytes + 1)
    return false;
  std::array<std::byte, 1> first{};
  source.read(kLengthBytes, first);
  return first[0] == std::byte{'{'};
}

SafetensorsExtent safetensorsExtent(const ByteSource &source) {
  const std::uint64_t size = source.size();
  if (size < kLengthBytes)
    return {SafetensorsExtent::State::Short,
            "the file has " + std::to_string(size) + " bytes, its header needs at least 8"};
  const std::uint64_t length = readHeaderLength(source);
  if (length < 2 || length > kLongestHeader)
    return {SafetensorsExtent::State::Foreign, "the header length at offset 0 should be between 2 and " +
                                                   std::to_string(kLongestHeader) + " bytes, found " +
                                                   std::to_string(length)};
  if (size > kLengthBytes && !looksLikeSafetensors(source))
    return {SafetensorsExtent::State::Foreign, "expected the header's \"{\" at offset 8"};
  if (length > size - kLengthBytes)
    return {SafetensorsExtent::State::Short, "the header should take " + std::to_string(length) +
                                                 " bytes from offset 8, the file ends after " +
                                                 std::to_string(size - kLengthBytes)};
  return {SafetensorsExtent::State::HeaderWhole, {}};
}

SafetensorsHeader readSafetensorsHeader(const ByteSource &source) {
  const SafetensorsExtent extent = safetensorsExtent(source);
  if (extent.state != SafetensorsExtent::State::HeaderWhole)
    fail(source, extent.problem);
  std::string text(readHeaderLength(source), '\0');
  source.read(kLengthBytes, std::as_writable_bytes(std::span(text)));
  SafetensorsHeader header = [&] {
    try {
      return parseSafetensorsHeader(text);
    } catch (const Error &error) {
      fail(source, error.what());
    }
  }();
  header.dataBegin = kLengthBytes + text.size();
  return header;
}

ParsedCheckpoint parseSafetensors(const std::shared_ptr<const ByteSource> &source) {
  SafetensorsHeader header = readSafetensorsHeader(*source);
  const std::uint64_t dataBytes = source->size() - header.dataBegin;

  // Sorted by offset each tensor must begin where the one before ended; stable, for tensors without elements.
  std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const auto &a, const auto &b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t covered = 0;
  for (const SafetensorsTensor &tensor : header.tensors) {
    const std::string name = "tensor \"" + shown(tensor.info.name) + "\"";
    if (tensor.end > dataBytes)
      fail(*source, name + " ends at data offset " + std::to_string(tensor.end) + ", the file holds only " +
                        std::to_string(dataBytes) + " data bytes; it is truncated or still being written");
    if (tensor.begin != covered)
      fail(*source, name + " begins at data offset " + std::to_string(tensor.begin) + ", expected " +
                        std::to_string(covered) +
                        (tensor.begin < covered ? ": it overlaps the tensor before it"
                                                : ": there is a hole before it"));
    covered = tensor.end;
  }
  if (covered != dataBytes)
    fail(*source, "the tensors end at data offset " + std::to_string(covered) +
                      ", expected the file to end there, found " + std::to_string(dataBytes - covered) +
                      " more bytes");

  ParsedCheckpoint parsed;
  parsed.format = "safetensors";
  parsed.metadata = std::move(header.metadata);
  std::vector<std::uint64_t> begins;
  for (SafetensorsTensor &tensor : header.tensors) {
    begins.push_back(header.dataBegin + tensor.begin);
    parsed.arrays.push_back(std::move(tensor.info));
  }
  for (const auto &[key, text] : parsed.metadata) {
    std::int64_t number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size() || number < 0)
      continue;
    if (key == "global_step" || key == "step" || key == "iteration")
      parsed.step = number;
    else if (key == "epoch")
      parsed.epoch = number;
  }
  parsed.bytes = std::make_shared<SafetensorsBytes>(source, std::move(begins));
  return parsed;
}

} // namespace evolute::core
