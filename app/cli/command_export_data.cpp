// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <nlohmann/json.hpp>

#include "app/cli/opened_run.h"
#include "core/data/data_export.h"

namespace evolute::app::cli {

ExitCode runCommand(const ExportDataArguments &arguments, const GlobalArguments &, Console &console) {
  const core::Run run = openRunWithCheckpoints(arguments.run);
  const core::ModelSummary model = core::summarizeModel(run);
  const std::string slice = !arguments.slice.empty() ? arguments.slice : model.slices.front();
  const core::ExportedData exported = core::exportData(run, slice, arguments.samples, arguments.out);
  nlohmann::json files = nlohmann::json::array();
  for (const auto &file : exported.files) {
    files.push_back(file.string());
    console.print(file.string() + "\n");
  }
  console.document({{"files", files},
                    {"slice", slice},
                    {"input_shape", exported.inputShape},
                    {"target_shape", exported.targetShape},
                    {"data_hash", exported.dataHash}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
