// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/run_description.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// What the checkpoints of a run say of its model, and which of them said it.
struct RecognizedRun {
  CheckpointEntry checkpoint;
  CheckpointFile file;
  Architecture architecture;
};

/// From the newest checkpoint that can be read and recognised: a damaged one fails alone and takes no other with it.
/// Looks at the newest sixteen at most, so that a run of a foreign model is told at once. Cost: the headers of those.
/// \throws Error when the run has no checkpoint, and what the newest one is refused for when all of them are.
RecognizedRun recognizeRun(const Run &run);

} // namespace evolute::core
