// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <torch/torch.h>

#include "core/model/architectures.h"

namespace evolute::core {

// Fresh values of one parameter, float32 on the CPU, from the seed and the parameter's name alone.

/// U(-bound, bound), bound = 1 / sqrt(fan in): what PyTorch's Linear gives weights and biases.
torch::Tensor uniformParameter(const ParameterShape &shape, std::int64_t fanIn, std::uint64_t seed);
/// N(0, deviation^2).
torch::Tensor normalParameter(const ParameterShape &shape, double deviation, std::uint64_t seed);

} // namespace evolute::core
