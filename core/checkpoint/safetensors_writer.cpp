// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/safetensors_writer.h"

#include <array>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/error.h"

namespace evolute::core {

namespace {

std::string headerText(const std::vector<ArrayToWrite> &arrays,
                       const std::vector<std::pair<std::string, std::string>> &metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  for (const auto &[key, text] : metadata)
    header["__metadata__"][key] = text;
  std::set<std::string> names{"__metadata__"};
  std::uint64_t offset = 0;
  for (const ArrayToWrite &array : arrays) {
    const ArrayInfo &info = array.info;
    const std::string label = "cannot write tensor \"" + shown(info.name) + "\": ";
    if (!names.insert(info.name).second)
      throw Error(label + "the name stands twice or is reserved");
    const auto expected = std::uint64_t(info.elementCount()) * byteSize(info.dtype);
    if (array.bytes.size() != expected)
      throw Error(label + "dtype and shape need " + std::to_string(expected) + " bytes, found " +
                  std::to_string(array.bytes.size()));
    header[info.name] = {{"dtype", safetensorsNameOf(info.dtype)},
                         {"shape", info.shape},
                         {"data_offsets", {offset, offset + expected}}};
    offset += expected;
  }
  try {
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' '); // the data begins aligned for any dtype
    return text;
  } catch (const nlohmann::json::type_error &) {
    throw Error("cannot write safetensors: a name or a metadata text is no valid UTF-8");
  }
}

} // namespace

void writeSafetensors(const std::filesystem::path &path, const std::vector<ArrayToWrite> &arrays,
                      const std::vector<std::pair<std::string, std::string>> &metadata) {
  const std::string header = headerText(arrays, metadata);
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const ArrayToWrite &array : arrays)
    file.write(array.bytes);
  file.commit();
}

} // namespace evolute::core
