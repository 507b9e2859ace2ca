// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz_checkpoint.h"

#include "core/checkpoint/shard_index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  using namespace evolute::core;
  try {
    const ShardIndex index = parseShardIndex({reinterpret_cast<const char *>(data), size});
    std::set<std::string> names;
    require(!index.tensorsOf.empty(), "an index names a file");
    for (const auto &[file, tensors] : index.tensorsOf) {
      require(file.find('/') == std::string::npos && file != "..", "a file lies in the index's folder");
      for (const std::string &tensor : tensors)
        require(names.insert(tensor).second, "a tensor stands once");
    }
  } catch (const Error &error) {
    require(std::strlen(error.what()) < 600, "an error is a sentence");
  }
  return 0;
}
