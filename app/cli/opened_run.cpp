// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/opened_run.h"

#include "app/cli/number_text.h"
#include "core/error.h"

namespace evolute::app::cli {

core::Run openRunWithCheckpoints(const std::filesystem::path &folder) {
  core::Run run = core::openRun(folder);
  if (!run.index.checkpoints.empty())
    return run;
  std::string found = "none";
  if (!run.index.growing.empty())
    found = pluralText(std::int64_t(run.index.growing.size()), "file") + " still being written";
  else if (!run.index.skipped.empty())
    found = pluralText(std::int64_t(run.index.skipped.size()), "file") + " that could not be used (" +
            run.index.skipped.front().path.filename().string() + ": " + run.index.skipped.front().reason +
            ")";
  throw core::Error(folder.string() +
                    ": expected checkpoints (.safetensors, .pt, .pth, .bin, .ckpt), found " + found);
}

std::vector<std::int64_t> stepsOf(const core::Run &run) {
  std::vector<std::int64_t> steps;
  for (const auto &checkpoint : run.index.checkpoints)
    steps.push_back(checkpoint.step);
  return steps;
}

std::vector<std::string> componentNamesOf(const core::ModelSummary &model) {
  std::vector<std::string> names;
  for (const auto &component : model.components)
    names.push_back(component.name);
  return names;
}

} // namespace evolute::app::cli
