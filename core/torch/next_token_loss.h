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

/// The last LayerNorm and the unembedding of a frozen stream x* with all that a small change of it leaves as it is.
struct FrozenReadout {
  torch::Tensor map;    ///< diag(gain) W, its columns centred: [width, V]. Centring x is centring the map.
  torch::Tensor bias;   ///< shift W + b, [V]
  torch::Tensor scores; ///< x* map, [R or 1, N, V]: logits before they are divided by x's deviation
};

/// x* [R or 1, N, width], gain and shift of the LayerNorm, W and b as above without replica axis.
FrozenReadout frozenReadout(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift,
                            const torch::Tensor &W, const torch::Tensor &b);

/// A stream x = x* + z A - z* A* that differs from the frozen one by what one head adds: z, z* [R or 1, N, c], A [R, c,
/// width], A* [c, width].
struct HeadUpdate {
  torch::Tensor x, z, output, frozenZ, frozenOutput;
};

/// nextTokenLosses() of the normalised x, from products with c instead of width columns: an eighth of the work at the
/// published sizes. Differentiable once, in x (its deviation), z and A.
torch::Tensor nextTokenLosses(const FrozenReadout &readout, const HeadUpdate &update, const torch::Tensor &target);

} // namespace evolute::core
