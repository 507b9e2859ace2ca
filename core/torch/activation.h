// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

#include "core/model/decoder_config.h"

namespace evolute::core {

/// activation(x W^T + b); shapes as of affine().
torch::Tensor activated(Activation activation, const torch::Tensor &x, const torch::Tensor &weight,
                        const torch::Tensor &bias);

} // namespace evolute::core
