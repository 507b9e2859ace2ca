// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"
#include "tests/support/torch_zip.h"

/// Whole archives as they are; anything else is taken for a pickle stream and put into an archive, since a
/// fuzzer that has to get a zip right first never reaches the stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size >= 2 && data[0] == 'P' && data[1] == 'K')
    openAndReadEverything(copyOf(data, size));
  else
    openAndReadEverything(torchZip({reinterpret_cast<const char *>(data), size}));
  return 0;
}
