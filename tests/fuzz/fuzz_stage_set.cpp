// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>

#include "fuzz_checkpoint.h"

#include "core/stages/stage_set.h"

namespace {

using namespace evolute::core;

bool isWhole(const StageSet &set) {
  std::int64_t before = set.first;
  for (const StageEdge &edge : set.edges) {
    if (edge.step <= before || edge.step >= set.last)
      return false;
    before = edge.step;
  }
  return set.first >= 0 && set.first <= set.last && set.stages.size() == set.edges.size() + 1;
}

} // namespace

/// Any text is a set that survives writing, reading and editing, or one sentence that says where it is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  try {
    StageSet set = stageSetFromToml(text, "fuzzed");
    require(isWhole(set), "edges ascend within the set, and there is one stage more than edges");
    require(stageSetFromToml(toToml(set), "written") == set, "a set that is written reads as the same");
    split(set, set.first + (set.last - set.first) / 2);
    require(isWhole(set), "a split leaves a set");
    if (!set.edges.empty()) {
      moveEdge(set, 0, set.first + 1);
      require(isWhole(set), "a moved edge leaves a set");
      merge(set, set.edges.size() - 1);
      require(isWhole(set), "a merge leaves a set");
    }
  } catch (const Error &error) {
    require(std::strncmp(error.what(), "fuzzed, line ", 13) == 0, "an error names the file and the line");
    require(std::strlen(error.what()) < 600 && isUtf8(error.what()), "an error is a sentence");
  }
  return 0;
}
