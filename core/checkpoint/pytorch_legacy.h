// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/file_state.h"
#include "core/checkpoint/parsed_checkpoint.h"

namespace evolute::core {

// The format of torch.save before PyTorch 1.6, and of _use_new_zipfile_serialization=False since: five pickle
// streams one after another (a magic number, the format's number 1001, what wrote it, the values, the keys of
// the storages), then for each key the number of its elements in eight bytes and the elements. Source:
// _legacy_save() of PyTorch's torch/serialization.py.

/// Whether the file begins as one; also one of so few bytes that it may still become one.
bool beginsLikeLegacy(const ByteSource &source);

FileInspection inspectLegacy(const ByteSource &source); ///< \throws Error: cannot be read
ParsedCheckpoint parseLegacy(const std::shared_ptr<const ByteSource> &source); ///< \throws Error

} // namespace evolute::core
