// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint_folder.h"

#include <regex>
#include <set>

#include <nlohmann/json.hpp>

#include "core/checkpoint/byte_source.h"
#include "core/checkpoint/step_name.h"
#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

/// Trainer states hold a line for every logged step: megabytes, never more than this.
constexpr std::uint64_t kLongestText = 64'000'000;

std::optional<std::string> textOfFile(const fs::path &path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return {};
  try {
    const auto source = ByteSource::file(path);
    if (source->size() > kLongestText)
      return {};
    std::string text(std::size_t(source->size()), '\0');
    source->read(0, std::as_writable_bytes(std::span(text)));
    return text;
  } catch (const Error &) {
    return {}; // it went away, or is being written
  }
}

} // namespace

bool isTrainerState(const fs::path &file) {
  static const std::regex words(
      "(.*[_.-])?(optimizer|optim_states?|scheduler|scaler|rng_states?|random_states|"
      "training_args)([_.-]?[0-9]+)*",
      std::regex::ECMAScript | std::regex::icase);
  return std::regex_match(file.stem().string(), words);
}

std::vector<std::string> trainerStateIn(const fs::path &folder) {
  static const std::regex number("[0-9]+");
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entries(folder, error), end; !error && entries != end; entries.increment(error))
    if (isTrainerState(entries->path()))
      names.insert(std::regex_replace(entries->path().filename().string(), number, "*"));
  return {names.begin(), names.end()};
}

std::optional<std::string> configTextFor(const fs::path &folder) {
  if (auto text = textOfFile(folder / "config.json"))
    return text;
  const fs::path name = folder.filename();
  return !name.empty() && stepInPath((name / "model").generic_string())
             ? textOfFile(folder.parent_path() / "config.json")
             : std::nullopt;
}

std::optional<std::int64_t> trainerStepIn(const fs::path &folder) {
  const auto text = textOfFile(folder / "trainer_state.json");
  if (!text)
    return {};
  const nlohmann::json state = nlohmann::json::parse(*text, nullptr, false);
  if (!state.is_object() || !state.contains("global_step") || !state["global_step"].is_number_integer())
    return {};
  const auto step = state["global_step"].get<std::int64_t>();
  return step >= 0 ? std::optional(step) : std::nullopt;
}

} // namespace evolute::core
