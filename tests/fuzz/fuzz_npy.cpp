// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

#include "core/data/npy_array.h"

namespace {

void read(const std::vector<std::byte> &bytes) {
  using namespace evolute::core;
  try {
    const NpyArray array = npyFromBytes(bytes, "fuzzed");
    std::size_t count = 1;
    for (const std::int64_t size : array.shape)
      count *= static_cast<std::size_t>(size);
    require(array.values.size() == count, "an array has as many values as its shape says");
    require(array.values.size() <= bytes.size(), "memory is bounded by the file");
  } catch (const Error &error) {
    require(std::strncmp(error.what(), "fuzzed: ", 8) == 0, "an error names the file");
    require(std::strlen(error.what()) < 600 && isUtf8(error.what()), "an error is a sentence");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  read(copyOf(data, size));
  return 0;
}
