// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"
#include "app/cli/opened_run.h"
#include "app/cli/selection.h"
#include "core/results/devinterp_import.h"

namespace evolute::app::cli {

ExitCode runCommand(const ImportArguments &arguments, const GlobalArguments &, Console &console) {
  const core::Run run = openRunWithCheckpoints(arguments.run);
  const core::ModelSummary model = core::summarizeModel(run);
  core::ImportOptions options;
  options.step = arguments.step;
  options.inverseTemperature = arguments.nbeta;
  options.slice = !arguments.slice.empty() ? arguments.slice : model.slices.front();
  options.component = arguments.component;
  if (model.problem.empty()) // of an unknown model every component may be
    options.component = selectComponents({arguments.component}, componentNamesOf(model)).front();
  const std::vector<core::LlcEstimate> estimates = core::readDevinterpResults(arguments.file, options);
  core::ResultStore store(run.index.root);
  if (const std::string elsewhere = store.location(); !elsewhere.empty())
    console.note(elsewhere);
  const std::int64_t count = core::storeImported(store, run, estimates);
  nlohmann::json list = nlohmann::json::array();
  for (const core::LlcEstimate &estimate : estimates)
    list.push_back({{"step", estimate.step},
                    {"component", estimate.component},
                    {"llc", std::isfinite(estimate.llc) ? nlohmann::json(estimate.llc) : nlohmann::json()}});
  console.print(pluralText(count, "estimate") + " imported from " + arguments.file.string() + "\n");
  console.document({{"imported", list}, {"stored_in", store.files().front().string()}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
