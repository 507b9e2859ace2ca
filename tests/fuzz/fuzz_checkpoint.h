// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <vector>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/file_state.h"
#include "core/checkpoint/utf8.h"
#include "core/error.h"

/// What must hold for any bytes; a breach ends the process, which is how a fuzzer hears of it.
inline void require(bool holds, const char *what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// Opens bytes as a checkpoint and reads all of it. Either there is one Error with a short sentence that
/// names the file, or every array reads in full and the names are unique UTF-8.
inline void openAndReadEverything(const std::vector<std::byte> &bytes) {
  using namespace evolute::core;
  inspectCheckpoint(*ByteSource::memory(bytes, "fuzzed"));
  try {
    const CheckpointFile file = CheckpointFile::fromBytes(bytes, "fuzzed");
    std::set<std::string> names;
    for (const ArrayInfo &info : file.arrays()) {
      require(names.insert(info.name).second, "a name stands once");
      require(isUtf8(info.name), "names are UTF-8");
      if (info.dtype != DType::C64)
        require(file.readFloat32(info.name).size() == static_cast<std::size_t>(info.elementCount()),
                "an array has as many values as its shape says");
    }
    require(file.contentHash().size() == 32, "a hash has 32 digits");
  } catch (const Error &error) {
    require(std::strncmp(error.what(), "fuzzed: ", 8) == 0, "an error names the file");
    require(std::strlen(error.what()) < 600, "an error is a sentence");
  }
}

inline std::vector<std::byte> copyOf(const std::uint8_t *data, std::size_t size) {
  const auto *bytes = reinterpret_cast<const std::byte *>(data);
  return {bytes, bytes + size};
}
