// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/batched_ops.h"

#include <cmath>
#include <limits>

#include "core/torch/products.h"

namespace evolute::core {

torch::Tensor affineReference(const torch::Tensor &input, const torch::Tensor &matrix, const torch::Tensor &bias) {
  const torch::Tensor x = operand(input), weight = operand(matrix);
  torch::Tensor y;
  if (weight.dim() == 2)
    y = torch::matmul(x, weight.t());
  else if (weight.size(0) == 1)
    y = torch::matmul(x, weight.squeeze(0).t());
  else
    y = torch::bmm(x.expand({weight.size(0), x.size(1), x.size(2)}), weight.transpose(1, 2));
  y = y.to(input.scalar_type());
  if (!bias.defined())
    return y;
  return y + (bias.dim() == 1 ? bias : bias.unsqueeze(1));
}

torch::Tensor layerNormReference(const torch::Tensor &x, const torch::Tensor &gain, const torch::Tensor &shift) {
  const std::vector<std::int64_t> width = {x.size(-1)};
  const auto single = [](const torch::Tensor &p) { return p.dim() == 1 || p.size(0) == 1; };
  if (single(gain) && single(shift))
    return torch::layer_norm(x, width, gain.reshape({-1}), shift.reshape({-1}));
  const auto spread = [](const torch::Tensor &p) { return p.dim() == 1 ? p : p.unsqueeze(1); };
  return torch::layer_norm(x, width) * spread(gain) + spread(shift);
}

torch::Tensor causalAttentionReference(const torch::Tensor &qkv, std::int64_t heads, std::int64_t queryStride) {
  const std::int64_t n = qkv.size(0), length = qkv.size(1), c = qkv.size(2) / (3 * heads);
  const torch::Tensor parts = qkv.reshape({n, length, heads, 3 * c}).transpose(1, 2); // [N, H, T, 3c]
  const auto everyQuery = [&](const torch::Tensor &t) { return t.slice(2, 0, length, queryStride); }; // [N, H, queries, c]
  const torch::Tensor q = everyQuery(parts.narrow(3, 0, c)), k = parts.narrow(3, c, c), v = parts.narrow(3, 2 * c, c);
  const torch::Tensor future = torch::ones({length, length}, qkv.options().dtype(torch::kBool)).triu(1).slice(0, 0, length, queryStride);
  const torch::Tensor scores = torch::matmul(q, k.transpose(2, 3)) / std::sqrt(double(c));
  const torch::Tensor weights =
      torch::softmax(scores.masked_fill(future, -std::numeric_limits<double>::infinity()), 3);
  return torch::matmul(weights, v).transpose(1, 2).reshape({n, q.size(2), heads * c});
}

} // namespace evolute::core
