// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/settings_from_arguments.h"
#include "core/training/trainer.h"

namespace evolute::app::cli {

ExitCode runCommand(const TrainArguments &arguments, const GlobalArguments &global, Console &console) {
  const core::TrainSettings settings = settingsFromArguments(arguments, global, core::trainPresets());
  for (const auto &problem : settings.problems()) {
    if (problem.fatal)
      throw UsageError(problem.sentence);
    console.note("Warning: " + problem.sentence);
  }
  const core::DeviceOptions device{global.device, global.threads};
  core::checkDevice(device);

  const core::TrainReport report =
      core::train(settings, arguments.out, device, [&](const core::Progress &progress) {
        console.progress().report(double(progress.done), double(progress.total), progress.what);
        return Interruption::flow();
      });

  console.print((report.stopped ? "Stopped at step " : "Trained to step ") + countText(report.steps) +
                " of " + countText(settings.steps) + ", loss " + numberText(report.finalLoss) + ", " +
                pluralText(report.checkpoints, "checkpoint") + " in " + arguments.out.string() +
                (report.stopped ? "; the same command goes on from here" : "") + "\n");
  console.document({{"out", arguments.out.string()},
                    {"steps", report.steps},
                    {"checkpoints", report.checkpoints},
                    {"final_loss", report.finalLoss},
                    {"resumed", report.resumed},
                    {"stopped", report.stopped}});
  if (!report.failure.empty()) {
    console.error(report.failure);
    return ExitCode::NumericalFailure;
  }
  return report.stopped ? ExitCode::Interrupted : ExitCode::Done;
}

} // namespace evolute::app::cli
