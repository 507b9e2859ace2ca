// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace evolute::core {

/// KL( softmax(y U + a) || softmax(x W + b) ) for every token, in nats: [R, N]. What one model loses by predicting
/// instead of another; 0 where both predict alike.
/// x [R, N, width] (R may be 1); W [width, V] or [R, width, V]; b [V] or [R, V]; the reference's y [R or 1, N, width'],
/// U [width', V], a [V]. Logits are held for a few hundred tokens at a time, as in nextTokenLosses(). Differentiable
/// once, in x, W and b.
torch::Tensor referenceKl(const torch::Tensor &x, const torch::Tensor &W, const torch::Tensor &b, const torch::Tensor &y,
                          const torch::Tensor &U, const torch::Tensor &a);

} // namespace evolute::core
