// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

#include "core/checkpoint/checkpoint_file.h"

namespace evolute::core {

/// Whether values of this type convert to a real number (all but complex ones).
bool isReal(DType dtype);

/// Converts out.size() little-endian elements to floats. Exact where the target holds the value, else rounded
/// to nearest. `bytes` holds out.size() * byteSize(dtype); isReal(dtype).
void convertTo(std::span<float> out, DType dtype, std::span<const std::byte> bytes);
void convertTo(std::span<double> out, DType dtype, std::span<const std::byte> bytes);

} // namespace evolute::core
