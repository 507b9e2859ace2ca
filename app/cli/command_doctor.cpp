// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <cstdlib>
#include <fstream>

#include <nlohmann/json.hpp>

#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/model/device.h"

namespace evolute::app::cli {

namespace {

constexpr std::int64_t kFewWatches = 65536; // each folder that is followed live takes one
constexpr double kLittleDiskGiB = 1.0;

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

struct Surroundings {
  std::filesystem::path folder;
  double freeGiB = 0;
  bool writable = false;
  std::int64_t fileWatches = -1; ///< -1: this system sets no limit that we know of
  std::string display;           ///< "wayland wayland-0", "x11 :0", "none"
};

Surroundings inspectSurroundings() {
  Surroundings found;
  std::error_code error;
  found.folder = std::filesystem::current_path(error);
  const auto space = std::filesystem::space(found.folder, error);
  found.freeGiB = error ? 0 : double(space.available) / (1024.0 * 1024.0 * 1024.0);
  const auto trial = found.folder / ".evolute-doctor";
  found.writable = bool(std::ofstream(trial));
  std::filesystem::remove(trial, error);
  std::ifstream("/proc/sys/fs/inotify/max_user_watches") >> found.fileWatches;
  const std::string wayland = environment("WAYLAND_DISPLAY"), x11 = environment("DISPLAY");
  found.display = !wayland.empty() ? "wayland " + wayland : !x11.empty() ? "x11 " + x11 : "none";
  return found;
}

void addWarnings(const Surroundings &found, std::vector<std::string> &warnings) {
  if (!found.writable)
    warnings.push_back("The current folder cannot be written: runs and tables need another --out.");
  else if (found.freeGiB < kLittleDiskGiB)
    warnings.push_back("The disk of the current folder has " + numberText(found.freeGiB, 2) +
                       " GiB left: checkpoints may not fit.");
  if (found.fileWatches >= 0 && found.fileWatches < kFewWatches)
    warnings.push_back("The system lets a user watch " + countText(found.fileWatches) +
                       " files; raise fs.inotify.max_user_watches to follow large live runs.");
}

} // namespace

ExitCode runCommand(const DoctorArguments &, const GlobalArguments &global, Console &console) {
  core::checkDevice({global.device, global.threads});
  const core::NumericsReport numerics = core::inspectNumerics({global.device, global.threads});
  const Surroundings around = inspectSurroundings();
  std::vector<std::string> warnings = numerics.warnings;
  addWarnings(around, warnings);

  nlohmann::json devices = nlohmann::json::array();
  TextTable table({"", ""});
  table.addRow({"Evolute", EVOLUTE_VERSION});
  table.addRow({"LibTorch", numerics.torchVersion});
  table.addRow({"BLAS", numerics.blas + ", " + numberText(numerics.singleGflops, 3) +
                            " GFLOP/s in float32 on " + pluralText(numerics.threads, "thread")});
  for (const auto &device : numerics.devices) {
    devices.push_back(
        {{"name", device.name},
         {"description", device.description},
         {"memory_gib", device.memoryGiB > 0 ? nlohmann::json(device.memoryGiB) : nlohmann::json()}});
    table.addRow(
        {device.name,
         device.description + (device.memoryGiB > 0 ? ", " + numberText(device.memoryGiB, 3) + " GiB" : "")});
  }
  table.addRow({"Folder", around.folder.string() + ", " + numberText(around.freeGiB, 3) + " GiB free" +
                              (around.writable ? "" : ", read-only")});
  table.addRow({"Display", around.display});
  std::string text = table.text();
  text.erase(0, text.find('\n') + 1); // headings say nothing here
  console.print(text);
  console.print(warnings.empty() ? "\nNothing to warn of.\n" : "\n");
  for (const std::string &warning : warnings)
    console.print("Warning: " + warning + "\n");

  console.document(
      {{"evolute", EVOLUTE_VERSION},
       {"torch", numerics.torchVersion},
       {"blas", numerics.blas},
       {"gflops", numerics.singleGflops},
       {"threads", numerics.threads},
       {"devices", devices},
       {"folder",
        {{"path", around.folder.string()}, {"free_gib", around.freeGiB}, {"writable", around.writable}}},
       {"file_watches", around.fileWatches >= 0 ? nlohmann::json(around.fileWatches) : nlohmann::json()},
       {"display", around.display},
       {"warnings", warnings}});
  return ExitCode::Done;
}

} // namespace evolute::app::cli
