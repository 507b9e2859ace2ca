// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/option_kinds.h"

namespace evolute::app::cli {

CLI::Validator atLeast(std::int64_t least) {
  return CLI::Validator(
      [least](const std::string &text) -> std::string {
        std::int64_t value = 0;
        if (!CLI::detail::lexical_cast(text, value) || value < least)
          return "expected a whole number of " + std::to_string(least) + " or more, found " + text;
        return {};
      },
      "INT>=" + std::to_string(least));
}

CLI::Validator isNotNegative() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        return text.starts_with('-') ? "expected a whole number of 0 or more, found " + text : std::string();
      },
      "");
}

CLI::Validator isTaskCount() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        std::int64_t value = 0;
        if (text != "inf" && (!CLI::detail::lexical_cast(text, value) || value < 1 || value > 4294967295))
          return "expected a whole number from 1 to 4294967295, or inf, found " + text;
        return {};
      },
      "");
}

CLI::Option *addPresetFlag(CLI::App &command, const char *names, std::optional<bool> &value, const char *what) {
  return command.add_flag_function(
      names,
      [&value](std::int64_t count) {
        if (count != 0)
          value = count > 0;
      },
      what);
}

void addRunOption(CLI::App &command, std::filesystem::path &run) {
  command.add_option("RUN", run, "Folder of checkpoints")->required();
}

void addCheckpointsOption(CLI::App &command, std::string &checkpoints) {
  command
      .add_option("--checkpoints", checkpoints,
                  "Steps (0,100,200), first, last, log:N (N of them evenly in log time) or all")
      ->type_name("LIST")
      ->capture_default_str();
}

} // namespace evolute::app::cli
