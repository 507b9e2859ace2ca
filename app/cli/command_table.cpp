// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <nlohmann/json.hpp>

#include "core/checkpoint/run_description.h"
#include "core/results/netcdf_tables.h"
#include "core/results/result_store.h"
#include "core/results/result_tables.h"

namespace evolute::app::cli {

ExitCode runCommand(const TableArguments &arguments, const GlobalArguments &, Console &console) {
  const core::Run run = core::openRun(arguments.run);
  const core::ResultStore store(run.index.root, core::ResultStore::Access::ReadOnly);
  std::vector<std::filesystem::path> written;
  const auto add = [&](const std::vector<std::filesystem::path> &paths) {
    written.insert(written.end(), paths.begin(), paths.end());
  };
  for (const std::string &format : arguments.formats)
    if (format == "csv")
      add(core::writeTables(store, arguments.out));
    else if (format == "json")
      add({core::writeResultsJson(store, arguments.out)});
    else
      add(core::writeDraws(store, arguments.out));
  nlohmann::json files = nlohmann::json::array();
  for (const auto &file : written) {
    files.push_back(file.string());
    console.print(file.string() + "\n");
  }
  if (files.empty())
    console.note(run.index.root.string() + " has no stored results yet");
  console.document({{"files", files}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
