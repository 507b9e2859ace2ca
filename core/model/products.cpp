// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/products.h"

namespace evolute::core {

namespace {

thread_local ProductPrecision current = ProductPrecision::Full;

/// A global of LibTorch's: set where it changes alone, for threads read it.
void allowTf32(bool allow) {
  if (at::globalContext().allowTF32CuBLAS() != allow)
    at::globalContext().setAllowTF32CuBLAS(allow);
}

} // namespace

ProductScope::ProductScope(ProductPrecision precision, const torch::Device &device) : m_before(current) {
  current = precision;
  if (device.is_cuda())
    allowTf32(precision == ProductPrecision::Tf32);
}

ProductScope::~ProductScope() {
  current = m_before;
}

torch::Tensor operand(const torch::Tensor &t) {
  return current == ProductPrecision::Bfloat16 && t.scalar_type() == torch::kFloat32 ? t.to(torch::kBFloat16) : t;
}

void multiplyInto(torch::Tensor out, const torch::Tensor &a, const torch::Tensor &b, bool add) {
  if (a.scalar_type() == out.scalar_type()) {
    if (add)
      out.addmm_(a, b);
    else
      torch::mm_out(out, a, b);
    return;
  }
  const torch::Tensor product = torch::mm(a, b); // rounded to bfloat16: LibTorch has no product of mixed types
  if (add)
    out.add_(product);
  else
    out.copy_(product);
}

torch::Tensor biasedProduct(const torch::Tensor &bias, const torch::Tensor &a, const torch::Tensor &b) {
  return a.scalar_type() == bias.scalar_type() ? torch::addmm(bias, a, b)
                                               : torch::mm(a, b).to(bias.scalar_type()).add_(bias);
}

} // namespace evolute::core
