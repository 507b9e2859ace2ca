// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_mapping.h"

namespace evolute::core {

struct CheckpointEntry {
  std::int64_t step = 0;
  std::filesystem::path path; ///< absolute; of a checkpoint in several files their index
  std::uintmax_t bytes = 0;   ///< of all its files
  std::vector<std::filesystem::path> parts = {};            ///< the files that an index names; else empty
  std::shared_ptr<const TensorMapping> tensors = nullptr;   ///< of the scan options
  bool operator==(const CheckpointEntry &) const = default;
};

struct SkippedFile {
  std::filesystem::path path;
  std::string reason; ///< one sentence
};

/// What a folder holds, in order of steps. A value.
struct RunIndex {
  std::filesystem::path root;                 ///< absolute folder
  std::vector<CheckpointEntry> checkpoints;   ///< by step, no step twice
  std::vector<SkippedFile> skipped;           ///< files that look like checkpoints but were not taken
  std::vector<std::filesystem::path> growing; ///< half-written within the last minute; scan again later
};

struct RunScanOptions {
  std::string glob; ///< relative to the root; "*", "?" and "**/" as in core/checkpoint/glob.h
                    ///< "" = every known ending in it and its sub-folders
  std::string
      stepRegex; ///< searched in the path below the root, first group is the step; "" = the rules below
  std::shared_ptr<const TensorMapping> tensors = nullptr; ///< given to every checkpoint; null: names as they are
};

/// Finds the checkpoints below a folder. The step comes from the file name, else from the nearest folder
/// name: "step_100", "checkpoint-100", "model_100.pt", "epoch=3-step=400.ckpt", "100.pt", ".../100/...";
/// "step" beats "epoch", the last number wins where there is no word (core/checkpoint/step_name.h). A file without
/// any ("last.ckpt") is asked for the step it states itself, then trainer_state.json beside it; such a one never
/// takes the place of one with a name.
/// Several files with an index ("model.safetensors.index.json") are one checkpoint, there when all files are.
/// Without a glob only .safetensors .pt .pth .bin .ckpt and such indices are looked at, and optimiser, scheduler
/// and random-state files are left out. ".tmp", ".part", "tmp-*" and hidden names never count. Files that are not
/// complete yet go to `growing`, those that nobody has written for a minute to `skipped`. Links to folders are
/// followed. Two files for one step: the safetensors one wins, the other is skipped with a reason. Cost: one
/// directory walk and a header look at each file; no weights are read. \throws Error when the folder does not exist or
/// cannot be read, or options hold a bad regex or glob.
RunIndex scanRun(const std::filesystem::path &folder, const RunScanOptions &options = {});

} // namespace evolute::core
