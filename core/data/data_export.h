// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/run_description.h"

namespace evolute::core {

struct ExportedData {
  std::vector<std::filesystem::path> files; ///< inputs.npy, targets.npy
  std::vector<std::int64_t> inputShape, targetShape; ///< samples first
  std::string dataHash; ///< as in estimates that were made with as many samples
};

/// Writes the samples that an estimate of `samples` samples measures its loss on, as float32 .npy files into a
/// folder, which is made: for programs that are to see the very same data. A data set of fewer samples is the
/// beginning of one of more. The last checkpoint says what the model is.
/// \throws Error for a run without checkpoints, an unknown model or slice, a folder that cannot be written.
ExportedData exportData(const Run &run, const std::string &slice, std::int64_t samples,
                        const std::filesystem::path &folder);

} // namespace evolute::core
