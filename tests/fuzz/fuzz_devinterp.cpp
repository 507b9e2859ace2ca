// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

#include "core/results/devinterp_import.h"

namespace {

void read(std::string_view text) {
  using namespace evolute::core;
  try {
    for (const LlcEstimate &e : devinterpFromJson(text, "fuzzed", {.step = 1})) {
      require(e.step >= 0, "a step is not negative");
      require(e.chains.size() <= 4096, "no more chains than anybody runs");
      require(std::size_t(e.loss.size()) <= text.size(), "memory is bounded by the file");
      require(e.verdict.code == "imported", "what is imported says so");
    }
  } catch (const Error &error) {
    require(std::strncmp(error.what(), "fuzzed: ", 8) == 0, "an error names the file");
    require(std::strlen(error.what()) < 600 && isUtf8(error.what()), "an error is a sentence");
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  read({reinterpret_cast<const char *>(data), size});
  return 0;
}
