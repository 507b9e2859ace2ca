// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace evolute::core {

// Layers over a replica axis. Activations are [R, N, width]; R is 1 where nothing below depends on the replica.
// A parameter has its own shape (shared) or [R, ...] (one a replica). Results broadcast to the larger R.

/// x W^T + b. x [R, N, in]; weight [out, in] or [R, out, in]; bias [out], [R, out] or undefined.
torch::Tensor affine(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias = {});

/// Normalises the last axis (eps 1e-5), then gain and shift, each [width] or [R, width].
torch::Tensor layerNorm(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift);

/// Causal self-attention with softmax(q k / sqrt(headWidth)) v.
/// qkv [N, T, 3 C] with per-head [q|k|v] blocks of C / heads each; returns [N, T, C], heads side by side.
/// On the CPU one fused pass a head, made for short sequences: matrix products of a few dozen rows spend
/// their time in dispatch (a third to a half of a step). Elsewhere ordinary tensor operations. Differentiable once.
torch::Tensor causalAttention(const torch::Tensor &qkv, std::int64_t heads);
/// The same by ordinary tensor operations, on any device; the reference for the fused one.
torch::Tensor causalAttentionReference(const torch::Tensor &qkv, std::int64_t heads);

} // namespace evolute::core
