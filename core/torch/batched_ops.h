// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

namespace evolute::core {

// Layers over a replica axis. Activations are [R, N, width]; R is 1 where nothing below depends on the replica.
// A parameter has its own shape (shared) or [R, ...] (one a replica). Results broadcast to the larger R.

// On the CPU each is one differentiable piece with a hand-written backward pass: at our sizes a third of a step
// went into element-wise passes, broadcasting and their temporaries. Elsewhere, and for comparison, the reference
// form of ordinary tensor operations. The fused pieces are differentiable once, in float32 and float64.

/// x W^T + b. x [R, N, in]; weight [out, in] or [R, out, in]; bias [out], [R, out] or undefined.
torch::Tensor affine(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias = {});
/// max(x W^T + b, 0)
torch::Tensor affineRelu(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias = {});
/// residual + x W^T + b; residual [R, N, out]
torch::Tensor addAffine(const torch::Tensor &residual, const torch::Tensor &x, const torch::Tensor &weight,
                        const torch::Tensor &bias = {});
torch::Tensor affineReference(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias = {});

/// Normalises the last axis (eps 1e-5), then gain and shift, each [width] or [R, width].
torch::Tensor layerNorm(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift);
torch::Tensor layerNormReference(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift);

/// Causal self-attention with softmax(q k / sqrt(headWidth)) v.
/// qkv [N, T, 3 C] with per-head [q|k|v] blocks of C / heads each; returns [N, T / queryStride (up), C], heads side
/// by side, for the queries 0, queryStride, 2 queryStride ...: a last layer need not answer for other tokens.
/// On the CPU one fused pass a head, made for short sequences: matrix products of a few dozen rows spend
/// their time in dispatch (a third to a half of a step). Elsewhere ordinary tensor operations. Differentiable once.
torch::Tensor causalAttention(const torch::Tensor &qkv, std::int64_t heads, std::int64_t queryStride = 1);
/// The same by ordinary tensor operations, on any device; the reference for the fused one.
torch::Tensor causalAttentionReference(const torch::Tensor &qkv, std::int64_t heads, std::int64_t queryStride = 1);

} // namespace evolute::core
