// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include <zip.h>

/// Archives in torch.save's layout around a pickle stream made by hand, for streams that PyTorch never
/// writes.
struct TorchZipOptions {
  bool deflate = false;
  std::string extraEntry; ///< bytes of one more entry; none when empty
  std::string byteOrder = "little";
  std::string pickleName = "archive/data.pkl";
};

/// data/0 is the storage of the floats 1 and 2.
inline std::vector<std::byte> torchZip(const std::string &pickle, const TorchZipOptions &options = {}) {
  const std::array<float, 2> storage{1, 2};
  std::vector<std::pair<std::string, std::string>> files{
      {options.pickleName, pickle},
      {"archive/byteorder", options.byteOrder},
      {"archive/data/0", std::string(reinterpret_cast<const char *>(storage.data()), sizeof storage)}};
  if (!options.extraEntry.empty())
    files.emplace_back("archive/data/1", options.extraEntry);
  zip_source_t *target = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  zip_source_keep(target);
  zip_t *archive = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto &[name, text] : files) {
    const zip_int64_t index =
        zip_file_add(archive, name.c_str(), zip_source_buffer(archive, text.data(), text.size(), 0), 0);
    zip_set_file_compression(archive, zip_uint64_t(index), options.deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
                             0);
  }
  if (zip_close(archive) != 0)
    throw std::runtime_error("the test could not make its archive");
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  std::vector<std::byte> bytes(std::size_t(zip_source_tell(target)));
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

inline std::string littleEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i)
    text += char(value >> unsigned(8 * i) & 0xFFU);
  return text;
}

inline std::string pickledInteger(std::int64_t value) {
  return "\x8a\x08" + littleEndian(std::uint64_t(value), 8);
}

inline std::string pickledTuple(std::initializer_list<std::int64_t> values) {
  std::string text = "(";
  for (const std::int64_t value : values)
    text += pickledInteger(value);
  return text + "t";
}

/// The call that rebuilds a float tensor; `elements` is the storage's stated size.
inline std::string tensorCall(const std::string &elements, std::int64_t offset,
                              std::initializer_list<std::int64_t> shape,
                              std::initializer_list<std::int64_t> strides, const std::string &key = "0") {
  const auto text = [](const std::string &t) { return "X" + littleEndian(t.size(), 4) + t; };
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text(key) +
         text("cpu") + pickledInteger(std::stoll(elements)) + "tQ" + pickledInteger(offset) +
         pickledTuple(shape) + pickledTuple(strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

/// {"w": tensor}
inline std::string stateDict(const std::string &tensor) {
  return "\x80\x02}X" + littleEndian(1, 4) + "w" + tensor + "s.";
}
