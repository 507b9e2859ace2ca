// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  openAndReadEverything(copyOf(data, size));
  return 0;
}
