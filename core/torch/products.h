// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/torch.h>

#include "core/llc/llc_settings.h"

namespace evolute::core {

// The few large matrix products of a model (layers, unembedding, their gradients) may take operands of fewer bits than
// the weights have: they are most of the arithmetic, and processors with matrix units (AMX, tensor cores) are several
// times faster at it. Weights, sums of gradients, attention, normalisation and losses keep their own type.

/// What products of this thread take as operands while the scope lives. Not for float64, where products stay full.
/// Tf32 is a mode of NVIDIA GPUs and holds for the process, so only work on a GPU sets it: jobs on the CPU, where it is
/// full precision, run beside such work.
class ProductScope {
public:
  ProductScope(ProductPrecision precision, const torch::Device &device);
  ~ProductScope();
  ProductScope(const ProductScope &) = delete;
  ProductScope &operator=(const ProductScope &) = delete;

private:
  ProductPrecision m_before;
};

/// t as this thread's products take it: itself, or rounded to bfloat16 (7 stored bits of mantissa). Differentiable.
torch::Tensor operand(const torch::Tensor &t);

/// t in the type of another operand. A backward pass may run elsewhere: it follows what forward kept.
inline torch::Tensor operandLike(const torch::Tensor &t, const torch::Tensor &other) { return t.to(other.scalar_type()); }

/// out = a b, or out += a b; a and b two operands of one type, whose product's sums are at least of float32.
void multiplyInto(torch::Tensor out, const torch::Tensor &a, const torch::Tensor &b, bool add = false);

/// bias + a b in the bias's type; bias [columns].
torch::Tensor biasedProduct(const torch::Tensor &bias, const torch::Tensor &a, const torch::Tensor &b);

} // namespace evolute::core
