// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/llc/speed.h"

namespace evolute::app::cli {

ExitCode runCommand(const BenchArguments &arguments, const GlobalArguments &global, Console &console) {
  core::SpeedOptions options;
  options.quick = arguments.quick;
  options.relativeError = arguments.relativeError;
  options.device = {global.device, global.threads};
  if (global.seed)
    options.seed = *global.seed;
  const core::SpeedReport report = core::measureSpeed(options, [&](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    return Interruption::requested() ? core::Flow::Stop : core::Flow::Continue;
  });

  const std::string percent = numberText(100 * report.relativeError, 3) + " %";
  TextTable table({"case", "weights", "batch", "chain-steps/s", "GFLOP/s", "share of the machine", "MiB a chain", "s to " + percent});
  nlohmann::json rows = nlohmann::json::array();
  for (const core::SpeedRow &row : report.rows) {
    table.addRow({row.name, countText(row.weights), std::to_string(row.batchSize), numberText(row.chainStepsPerSecond),
                  numberText(row.matrixGflops, 3), std::isnan(row.share) ? "-" : numberText(100 * row.share, 3) + " %",
                  numberText((row.replicaBytes + row.passBytes) / (1 << 20), 3), numberText(row.secondsToError, 2)});
    rows.push_back({{"case", row.name},
                    {"model", row.model},
                    {"weights", row.weights},
                    {"batch", row.batchSize},
                    {"chains", row.chains},
                    {"chain_steps", row.chainSteps},
                    {"chain_steps_per_s", row.chainStepsPerSecond},
                    {"matrix_gflops", row.matrixGflops},
                    {"share", row.share},
                    {"replica_bytes", row.replicaBytes},
                    {"pass_bytes", row.passBytes},
                    {"llc", row.llc},
                    {"se", row.standardError},
                    {"seconds_to_error", row.secondsToError},
                    {"seconds", row.seconds}});
  }
  console.print(table.text());
  console.print("\n" + numberText(report.machineGflops, 3) + " GFLOP/s in float32 matrix products on " +
                pluralText(report.threads, "thread") +
                ", measured. The last column is the time until the standard error is " + percent +
                " of the estimate, sampling error alone. A chain-step of language-heads is one of one head; a chain takes the "
                "memory while its step is made.\n");
  console.document({{"device", report.device},
                    {"threads", report.threads},
                    {"machine_gflops", report.machineGflops},
                    {"relative_error", report.relativeError},
                    {"quick", arguments.quick},
                    {"rows", rows},
                    {"stopped", report.stopped}});
  return report.stopped ? ExitCode::Interrupted : ExitCode::Done;
}

} // namespace evolute::app::cli
