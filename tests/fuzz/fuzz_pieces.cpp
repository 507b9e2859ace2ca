// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

#include "core/data/piece_vocabulary.h"

namespace {

void read(const std::vector<std::byte> &bytes) {
  using namespace evolute::core;
  try {
    const PieceVocabulary pieces = PieceVocabulary::fromBytes(bytes, "fuzzed");
    require(pieces.size() >= 1 && std::size_t(pieces.size()) <= bytes.size(), "memory is bounded by the file");
    for (std::int64_t id = 0; id < pieces.size(); ++id)
      require(!pieces.tokenText(id).empty(), "every token has a text");
    for (const std::int32_t id : pieces.encode("the t\xC3\xA9 then\n"))
      require(id >= 0 && id < pieces.size(), "an id is one of the vocabulary");
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
