// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/recognized_run.h"

#include <ranges>
#include <string>

#include "core/error.h"

namespace evolute::core {

RecognizedRun recognizeRun(const Run &run) {
  constexpr int kMost = 16;
  if (run.index.checkpoints.empty())
    throw Error(run.index.root.string() + ": expected checkpoints, found none");
  std::string problem; // of the newest, which is the one that users look for
  for (const CheckpointEntry &entry : run.index.checkpoints | std::views::reverse | std::views::take(kMost)) {
    try {
      CheckpointFile file = CheckpointFile::open(entry);
      Architecture architecture = recognizeArchitecture(run.description.model, file);
      return {entry, std::move(file), std::move(architecture)};
    } catch (const Error &error) {
      if (problem.empty())
        problem = error.what();
    }
  }
  throw Error(problem);
}

} // namespace evolute::core
