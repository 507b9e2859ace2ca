// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace evolute::core {

/// Cross-entropy of the token `target` under softmax(x W + b), for every token: [R, N].
/// x [R, N, width] (R may be 1); W [width, V] or [R, width, V]; b [V] or [R, V]; target [R, N] or [1, N]
/// int64.
///
/// The logits are never held for more than a few hundred tokens: with x's gradient wanted, it is taken in the
/// same pass, up to the factor that comes from above. Only where W or b moves are the logits made a second
/// time. Differentiable once, in x, W and b.
torch::Tensor nextTokenLosses(const torch::Tensor &x, const torch::Tensor &W, const torch::Tensor &b,
                              const torch::Tensor &target);

} // namespace evolute::core
