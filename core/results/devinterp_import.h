// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/run_description.h"
#include "core/results/result_store.h"

namespace evolute::core {

/// What a file of results does not say about itself.
struct ImportOptions {
  std::optional<std::int64_t> step = {}; ///< of a dictionary that has no "step"
  std::string component = "all";
  std::string slice = "train";
  std::optional<double> inverseTemperature = {}; ///< n*beta; with it the traces give L(w*) and the MCSE
};

/// Estimates of the Python package devinterp 1.x: its dictionary ("llc/mean", "llc/std", "llc-chain/0" ...,
/// "loss/trace"; or "llc/trace" of its online estimator), alone, in an array of dictionaries with a key
/// "step", or in an object of step -> dictionary. A step's own key wins over the option. Keys that mean
/// nothing here are left. The standard error is the spread of the chain means over the square root of their
/// number, NaN for one chain; R-hat and ESS are of the loss traces. The verdict is "imported": what made
/// these numbers was not observed. The settings' hash is one of the file's content and of n*beta: a file that
/// changed is a curve of its own. `name` stands for the file in errors. Not yet filled in: the checkpoint's
/// hash. Bare NaN, as Python writes it, is read. \throws Error for broken JSON, no dictionary, a missing or
/// repeated step, numbers that are none, ragged traces.
std::vector<LlcEstimate> devinterpFromJson(std::string_view text, const std::string &name,
                                           const ImportOptions &options = {});

/// The same of a file: .json, or .csv with a row a step and the dictionary's keys as columns (traces cannot
/// be in it). \throws Error also for a Zarr store of devinterp 2.x, saying how to convert it.
std::vector<LlcEstimate> readDevinterpResults(const std::filesystem::path &file,
                                              const ImportOptions &options = {});

/// Stores imported estimates with the checkpoints of a run, as a curve of their own; of its settings only
/// chains, draws and n*beta are known. What was imported before stays as it is. Returns how many steps were
/// stored. \throws Error when the run has no checkpoint at a step; nothing is stored then.
std::int64_t storeImported(ResultStore &store, const Run &run, std::vector<LlcEstimate> estimates);

} // namespace evolute::core
