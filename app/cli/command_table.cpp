// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <nlohmann/json.hpp>

#include "core/checkpoint/run_description.h"
#include "core/results/result_store.h"
#include "core/results/result_tables.h"

namespace evolute::app::cli {

ExitCode runCommand(const TableArguments &arguments, const GlobalArguments &, Console &console) {
  const core::Run run = core::openRun(arguments.run);
  const core::ResultStore store(run.index.root, core::ResultStore::Access::ReadOnly);
  nlohmann::json files = nlohmann::json::array();
  for (const auto &file : core::writeTables(store, arguments.out)) {
    files.push_back(file.string());
    console.print(file.string() + "\n");
  }
  if (files.empty())
    console.note(run.index.root.string() + " has no stored results yet");
  console.document({{"files", files}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
