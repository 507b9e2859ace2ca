// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/llc/validation.h"

namespace evolute::app::cli {

ExitCode runCommand(const ValidateArguments &, const GlobalArguments &global, Console &console) {
  core::ValidationOptions options;
  options.device = {global.device, global.threads};
  core::checkDevice(options.device);
  if (global.seed)
    options.seed = *global.seed;
  bool stopped = false;
  const std::vector<core::ValidationRow> found =
      core::validateSampler(options, [&](const core::Progress &progress) {
        console.progress().report(double(progress.done), double(progress.total), progress.what);
        stopped = Interruption::requested();
        return stopped ? core::Flow::Stop : core::Flow::Continue;
      });

  TextTable table({"model", "checks", "exact", "target", "llc", "se", "off by se", "ok", "seconds"});
  nlohmann::json rows = nlohmann::json::array();
  for (const auto &row : found) {
    table.addRow({row.model, row.checks, numberText(row.exactLambda), numberText(row.target),
                  numberText(row.llc), numberText(row.standardError, 2),
                  numberText((row.llc - row.target) / row.standardError, 2), row.ok ? "yes" : "NO",
                  numberText(row.seconds, 2)});
    rows.push_back({{"model", row.model},
                    {"checks", row.checks},
                    {"exact", row.exactLambda},
                    {"target", row.target},
                    {"llc", row.llc},
                    {"se", row.standardError},
                    {"ok", row.ok},
                    {"nbeta", row.inverseTemperature},
                    {"gamma", row.localization},
                    {"epsilon", row.stepSize},
                    {"seconds", row.seconds}});
  }
  const auto good = std::count_if(found.begin(), found.end(), [](const auto &row) { return row.ok; });
  console.print(table.text());
  console.print(
      "\n" + std::to_string(good) + " of " + std::to_string(found.size()) +
      " within four standard errors of the target. \"exact\" is the learning coefficient itself; \"target\" "
      "is what a perfect sampler returns at this temperature and localization.\n");
  console.document({{"rows", rows}, {"stopped", stopped}});
  if (stopped)
    return ExitCode::Interrupted;
  return good == std::ptrdiff_t(found.size()) ? ExitCode::Done : ExitCode::NumericalFailure;
}

} // namespace evolute::app::cli
