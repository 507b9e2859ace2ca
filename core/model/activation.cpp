// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/activation.h"

#include "core/torch/batched_ops.h"

namespace evolute::core {

torch::Tensor activated(Activation activation, const torch::Tensor &x, const torch::Tensor &weight,
                        const torch::Tensor &bias) {
  switch (activation) {
  case Activation::Identity:
    return affine(x, weight, bias);
  case Activation::Relu:
    return affineRelu(x, weight, bias);
  case Activation::Gelu:
    return torch::gelu(affine(x, weight, bias), "none");
  case Activation::GeluTanh:
    return torch::gelu(affine(x, weight, bias), "tanh");
  case Activation::Tanh:
    return torch::tanh(affine(x, weight, bias));
  case Activation::Sigmoid:
    break;
  }
  return torch::sigmoid(affine(x, weight, bias));
}

} // namespace evolute::core
