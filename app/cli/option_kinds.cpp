// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/option_kinds.h"

#include <charconv>
#include <limits>

namespace evolute::app::cli {

namespace {

/// CLI11's own reading takes numbers that are too large for the largest there is.
template <typename Integer> std::optional<Integer> wholeNumber(const std::string &text) {
  Integer value = 0;
  const char *end = text.data() + text.size();
  const auto [last, problem] = std::from_chars(text.data(), end, value);
  return problem == std::errc() && last == end ? std::optional(value) : std::nullopt;
}

template <typename Integer>
CLI::Validator between(Integer least, Integer most, const std::string &type, const std::string &word = "") {
  return CLI::Validator(
      [=](const std::string &text) -> std::string {
        const std::optional<Integer> value = wholeNumber<Integer>(text);
        if ((!word.empty() && text == word) || (value && *value >= least && *value <= most))
          return {};
        return "expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
               (word.empty() ? "" : ", or " + word) + ", found " + text;
      },
      type);
}

} // namespace

CLI::Validator atLeast(std::int64_t least) {
  return between<std::int64_t>(least, std::numeric_limits<int>::max(), "INT>=" + std::to_string(least));
}

CLI::Validator isSeed() {
  return between<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max(), "");
}

CLI::Validator isTaskCount() {
  return between<std::int64_t>(1, 4294967295, "", "inf");
}

CLI::Validator isMemory() {
  return CLI::Validator(
      [](const std::string &text) -> std::string {
        double value = 0;
        if (!CLI::detail::lexical_cast(text, value) || !(value >= 0 && value <= 1e6))
          return "expected GiB from 0 to 1e6, found " + text;
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
