// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

namespace {

/// The same bytes behind a header length that fits: else nearly every mutation ends at the length.
std::vector<std::byte> withFittingLength(std::vector<std::byte> bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 8, depth = 0; i < bytes.size(); ++i) {
    depth += bytes[i] == std::byte{'{'};
    if (bytes[i] == std::byte{'}'} && depth > 0 && --depth == 0) {
      length = i - 7;
      break;
    }
  }
  if (bytes.size() >= 8)
    std::memcpy(bytes.data(), &length, sizeof length);
  return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::vector<std::byte> bytes = copyOf(data, size);
  openAndReadEverything(bytes);
  openAndReadEverything(withFittingLength(bytes));
  return 0;
}
