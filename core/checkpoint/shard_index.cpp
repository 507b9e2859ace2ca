// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/shard_index.h"

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kLongestIndex = 64'000'000; // a million tensors

/// Reads event by event: only two levels matter, so nothing grows with depth, and repeated keys are seen.
class IndexReader final : public nlohmann::json_sax<nlohmann::json> {
public:
  ShardIndex take() {
    if (!m_hasMap)
      throw Error("expected a \"weight_map\" of tensor names to file names, found none");
    if (m_index.tensorsOf.empty())
      throw Error("its \"weight_map\" names no tensor");
    return std::move(m_index);
  }

  bool key(string_t &name) override {
    if (m_depth == 1)
      m_section = name;
    else if (inMap())
      m_tensor = name;
    return true;
  }
  bool string(string_t &text) override {
    if (inMap())
      add(text);
    else
      requireNoMap();
    return true;
  }
  bool start_object(std::size_t) override {
    if (m_depth == 1 && m_section == "weight_map") {
      if (m_hasMap)
        throw Error("\"weight_map\" stands twice");
      m_hasMap = true;
    } else if (m_depth > 0) {
      requireNoMap();
    }
    ++m_depth;
    return true;
  }
  bool end_object() override {
    --m_depth;
    return true;
  }
  bool start_array(std::size_t) override {
    if (m_depth == 0)
      throw Error("expected a JSON object, found a list");
    requireNoMap();
    ++m_depth;
    return true;
  }
  bool end_array() override {
    --m_depth;
    return true;
  }
  bool null() override { return requireNoMap(); }
  bool boolean(bool) override { return requireNoMap(); }
  bool number_integer(number_integer_t) override { return requireNoMap(); }
  bool number_unsigned(number_unsigned_t) override { return requireNoMap(); }
  bool number_float(number_float_t, const string_t &) override { return requireNoMap(); }
  bool binary(binary_t &) override { return requireNoMap(); }
  bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override {
    throw Error("byte " + std::to_string(position) + ": it is no valid JSON");
  }

private:
  bool inMap() const { return m_depth == 2 && m_section == "weight_map"; }

  bool requireNoMap() const {
    if (m_depth == 0)
      throw Error("expected a JSON object");
    if (m_section == "weight_map" && (m_depth == 1 || m_depth == 2))
      throw Error("\"weight_map\" should hold texts, the names of files");
    return true;
  }

  void add(const std::string &file) {
    if (file.empty() || file == "." || file == ".." || file.find_first_of("/\\:") != std::string::npos ||
        file.find('\0') != std::string::npos)
      throw Error("tensor \"" + shown(m_tensor) + "\" should lie in a file of the same folder, found \"" +
                  shown(file) + "\"");
    if (!m_seen.insert(m_tensor).second)
      throw Error("tensor \"" + shown(m_tensor) + "\" stands twice");
    m_index.tensorsOf[file].push_back(m_tensor);
  }

  ShardIndex m_index;
  std::set<std::string> m_seen;
  std::string m_section, m_tensor;
  int m_depth = 0;
  bool m_hasMap = false;
};

/// Shard by shard, each with the place of its arrays in it.
class ShardedBytes final : public ArrayBytes {
public:
  struct Place {
    std::size_t shard, index;
  };
  ShardedBytes(std::vector<std::shared_ptr<const ArrayBytes>> shards, std::vector<Place> places)
      : m_shards(std::move(shards)), m_places(std::move(places)) {}

  void read(std::size_t index, std::span<std::byte> out) const override {
    of(index).read(m_places[index].index, out);
  }
  bool isContiguous(std::size_t index) const override {
    return of(index).isContiguous(m_places[index].index);
  }
  void readFrom(std::size_t index, std::uint64_t offset, std::span<std::byte> out) const override {
    of(index).readFrom(m_places[index].index, offset, out);
  }

private:
  const ArrayBytes &of(std::size_t index) const { return *m_shards[m_places[index].shard]; }

  std::vector<std::shared_ptr<const ArrayBytes>> m_shards;
  std::vector<Place> m_places;
};

} // namespace

bool isShardIndex(const fs::path &path) {
  const std::string name = path.filename().string();
  return name.ends_with(".safetensors.index.json") || name.ends_with(".bin.index.json");
}

ShardIndex parseShardIndex(std::string_view json) {
  IndexReader reader;
  nlohmann::json::sax_parse(json, &reader);
  return reader.take();
}

ShardIndex readShardIndex(const fs::path &index) {
  const auto source = ByteSource::file(index);
  if (source->size() > kLongestIndex)
    throw Error(index.string() + ": the index has " + std::to_string(source->size()) +
                " bytes, expected at most " + std::to_string(kLongestIndex));
  std::string text(std::size_t(source->size()), '\0');
  source->read(0, std::as_writable_bytes(std::span(text)));
  try {
    return parseShardIndex(text);
  } catch (const Error &error) {
    throw Error(index.string() + ": " + error.what());
  }
}

std::vector<fs::path> shardsOf(const ShardIndex &shards, const fs::path &index) {
  std::vector<fs::path> files;
  for (const auto &[file, tensors] : shards.tensorsOf)
    files.push_back(index.parent_path() / file);
  return files;
}

FileInspection inspectShards(const fs::path &index) {
  const auto source = ByteSource::file(index);
  if (source->size() == 0)
    return {FileState::Growing, "the index is empty"};
  std::array<std::byte, 1> last{};
  source->read(source->size() - 1, last);
  try {
    for (const fs::path &file : shardsOf(readShardIndex(index), index)) {
      std::error_code error;
      if (!fs::exists(file, error))
        return {FileState::Growing, "its part " + shown(file.filename().string()) + " is not there yet"};
      FileInspection inspection = inspectCheckpoint(*ByteSource::file(file));
      if (inspection.state != FileState::Complete)
        return {inspection.state, shown(file.filename().string()) + ": " + inspection.problem};
    }
  } catch (const Error &error) {
    const std::string name = index.string() + ": ", sentence = error.what();
    // A JSON document ends with its bracket; one that does not is taken to be on its way.
    const bool ends = last[0] == std::byte{'}'} || last[0] == std::byte{'\n'};
    return {ends ? FileState::Foreign : FileState::Growing,
            sentence.starts_with(name) ? sentence.substr(name.size()) : sentence};
  }
  return {FileState::Complete, {}};
}

ParsedCheckpoint parseShards(const fs::path &index) {
  const ShardIndex shards = readShardIndex(index);
  ParsedCheckpoint all;
  std::vector<std::shared_ptr<const ArrayBytes>> bytes;
  std::vector<ShardedBytes::Place> places;
  for (const auto &[file, tensors] : shards.tensorsOf) {
    const fs::path path = index.parent_path() / file;
    ParsedCheckpoint part = parseCheckpoint(ByteSource::file(path));
    const std::set<std::string_view> wanted(tensors.begin(), tensors.end());
    std::size_t taken = 0;
    for (std::size_t i = 0; i < part.arrays.size(); ++i) {
      if (!wanted.contains(part.arrays[i].name))
        continue;
      ++taken;
      all.arrays.push_back(part.arrays[i]);
      places.push_back({bytes.size(), i});
    }
    if (taken < tensors.size()) {
      const auto missing = std::find_if(tensors.begin(), tensors.end(), [&](const std::string &tensor) {
        return std::none_of(part.arrays.begin(), part.arrays.end(),
                            [&](const ArrayInfo &array) { return array.name == tensor; });
      });
      throw Error(index.string() + ": tensor \"" + shown(*missing) + "\" should lie in " + shown(file) +
                  ", found none of that name there");
    }
    if (taken < part.arrays.size())
      all.notes.push_back(shown(file) + ": " + std::to_string(part.arrays.size() - taken) +
                          " tensors that the index does not name are left unread");
    all.format = part.format;
    all.notes.insert(all.notes.end(), part.notes.begin(), part.notes.end());
    if (all.metadata.empty())
      all.metadata = part.metadata;
    if (!all.step)
      all.step = part.step;
    if (!all.epoch)
      all.epoch = part.epoch;
    bytes.push_back(std::move(part.bytes));
  }
  all.notes.insert(all.notes.begin(), "read from " + std::to_string(bytes.size()) + " files by their index");
  all.bytes = std::make_shared<ShardedBytes>(std::move(bytes), std::move(places));
  return all;
}

} // namespace evolute::core
