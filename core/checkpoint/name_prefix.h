// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/parsed_checkpoint.h"

namespace evolute::core {

/// Removes what wrappers put before the names of a model's tensors, and notes it: "module."
/// (DistributedDataParallel), "_orig_mod." (torch.compile) and "model." where all names share it; in a file
/// of PyTorch Lightning also the name under which its module holds nearly all weights ("net.").
void stripPrefixes(ParsedCheckpoint &parsed);

} // namespace evolute::core
