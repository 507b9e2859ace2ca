// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace evolute::core {

// What trainers keep beside the weights of a checkpoint: Hugging Face's "checkpoint-500" folders,
// Lightning's, DeepSpeed's. Nothing here throws for a file that is missing or cannot be read.

/// What a trainer needs to go on and no model has: "optimizer.pt", "rng_state_0.pth",
/// "zero_..._optim_states.pt".
bool isTrainerState(const std::filesystem::path &file);

/// Names of such files in the folder, sorted, one for a numbered group ("rng_state_*.pth").
std::vector<std::string> trainerStateIn(const std::filesystem::path &folder);

/// The text of config.json in the folder, or in the one above when this one's name says a step.
std::optional<std::string> configTextFor(const std::filesystem::path &folder);

/// "global_step" of trainer_state.json in the folder.
std::optional<std::int64_t> trainerStepIn(const std::filesystem::path &folder);

} // namespace evolute::core
