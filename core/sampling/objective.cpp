// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/objective.h"

#include <algorithm>

#include "core/torch/products.h"
#include "core/torch/runtime.h"

namespace evolute::core {

DataObjective::DataObjective(const ModelModule &model, torch::Tensor inputs, torch::Tensor targets,
                             ProductPrecision products)
    : m_model(model), m_inputs(std::move(inputs)), m_targets(std::move(targets)), m_products(products) {}

torch::Tensor DataObjective::gather(const torch::Tensor &all, const torch::Tensor &indices) {
  std::vector<std::int64_t> shape = all.sizes().vec();
  shape[0] = indices.size(1);
  shape.insert(shape.begin(), indices.size(0));
  return all.index_select(0, indices.reshape({-1})).view(shape);
}

torch::Tensor DataObjective::losses(const Weights &weights, const torch::Tensor &indices) const {
  const ProductScope scope(m_products, m_inputs.device());
  return m_model.losses(weights, gather(m_inputs, indices), gather(m_targets, indices));
}

FrozenPass DataObjective::frozenPass(const Weights &start, const torch::Tensor &indices) const {
  const ProductScope scope(m_products, m_inputs.device());
  return m_model.frozenPass(start, gather(m_inputs, indices), gather(m_targets, indices));
}

torch::Tensor DataObjective::losses(const MovingWeights &moving, const FrozenPass &frozen) const {
  const ProductScope scope(m_products, m_inputs.device());
  return m_model.losses(moving, frozen);
}

torch::Tensor lossTable(const Objective &objective, const Weights &weights, int threads) {
  // About 10 million activations at once: 256 short samples, or a few texts of a language model.
  const std::int64_t kChunk = std::clamp<std::int64_t>(10'000'000 / std::max<std::int64_t>(objective.activationsPerSample(), 1), 1, 256);
  const std::int64_t n = objective.sampleCount(), chunks = (n + kChunk - 1) / kChunk;
  std::vector<torch::Tensor> parts(static_cast<std::size_t>(chunks));
  const auto options = torch::TensorOptions().dtype(torch::kInt64).device(weights.front().device());
  parallelTensorWork(chunks, threads, [&](std::int64_t c) {
    torch::NoGradGuard noGrad; // a property of the thread
    const torch::Tensor indices = torch::arange(c * kChunk, std::min(n, (c + 1) * kChunk), options);
    parts[std::size_t(c)] = objective.losses(weights, indices.unsqueeze(0)).squeeze(0);
  });
  return torch::cat(parts);
}

} // namespace evolute::core
