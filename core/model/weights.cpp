// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/weights.h"

#include <algorithm>

#include "core/error.h"

namespace evolute::core {

Weights readWeights(const CheckpointFile &file, const Architecture &architecture, torch::ScalarType dtype,
                    const torch::Device &device) {
  const std::vector<ParameterShape> parameters = parametersOf(architecture);
  const std::vector<StoredView> views = storedViewsOf(architecture);
  Weights weights;
  std::string tensor;
  std::vector<double> values; ///< of the tensor; fused ones are several parameters in a row
  for (std::size_t i = 0; i < views.size(); ++i) {
    const StoredView &view = views[i];
    if (i == 0 || view.tensor != tensor) {
      const ArrayInfo *info = file.find(view.tensor);
      if (info == nullptr || info->shape != view.shape)
        throw Error(file.path().string() + ": " + view.tensor + ": " +
                    (info == nullptr ? "expected this tensor, found none of that name"
                                     : "its shape differs from the other checkpoints of the run"));
      values = file.readFloat64(view.tensor);
      tensor = view.tensor;
    }
    const torch::Tensor stored =
        torch::from_blob(values.data(), {std::int64_t(values.size())}, torch::kFloat64)
            .as_strided(parameters[i].shape, view.strides, view.offset);
    // to() alone would keep pointing into the values where nothing is converted
    weights.push_back(stored.contiguous().clone().to(device, dtype));
  }
  return weights;
}

MovingWeights::MovingWeights(const Weights &start, const std::vector<ParameterShape> &parameters,
                             const Component &component, std::int64_t replicas)
    : m_start(start) {
  torch::NoGradGuard noGrad;
  std::vector<torch::Tensor> pieces;
  std::int64_t offset = 0;
  for (const ParameterSlice &slice : component.slices) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const ParameterShape &p) { return p.name == slice.parameter; });
    if (found == parameters.end())
      throw Error("component " + component.name + ": the model has no parameter " + slice.parameter);
    const auto index = std::size_t(found - parameters.begin());
    torch::Tensor piece = start[index];
    if (slice.dim >= 0) {
      if (slice.dim >= piece.dim() || slice.begin < 0 || slice.begin >= slice.end ||
          slice.end > piece.size(slice.dim))
        throw Error("component " + component.name + ": slice " + std::to_string(slice.begin) + ".." +
                    std::to_string(slice.end) + " lies outside " + slice.parameter);
      piece = piece.narrow(slice.dim, slice.begin, slice.end - slice.begin);
    }
    m_parts.push_back({index, slice.dim, slice.begin, slice.end, offset, piece.numel(), {}});
    pieces.push_back(piece.reshape({-1}));
    offset += piece.numel();
  }
  m_anchor = torch::cat(pieces);
  m_flat = m_anchor.unsqueeze(0).repeat({replicas, 1});
  for (Part &part : m_parts) {
    std::vector<std::int64_t> shape = start[part.parameter].sizes().vec();
    if (part.dim >= 0)
      shape[std::size_t(part.dim)] = part.end - part.begin;
    shape.insert(shape.begin(), replicas);
    // A leaf of its own for each parameter: backward through narrow() would fill a zeroed [R, P] for each.
    // as_strided, not view: the columns of one parameter are a strided block of the flat buffer.
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t d = shape.size() - 1; d-- > 1;)
      strides[d] = strides[d + 1] * shape[d + 1];
    strides[0] = m_flat.size(1);
    part.leaf = m_flat.as_strided(shape, strides, part.offset).detach().requires_grad_(true);
  }
}

Weights MovingWeights::parameters() const {
  Weights weights = m_start;
  const std::int64_t replicas = m_flat.size(0);
  for (const Part &part : m_parts) {
    torch::Tensor &target = weights[part.parameter];
    if (part.dim < 0) {
      target = part.leaf;
      continue;
    }
    if (target.dim() == m_start[part.parameter].dim()) { // not yet given a replica axis by another slice
      std::vector<std::int64_t> shape = target.sizes().vec();
      shape.insert(shape.begin(), replicas);
      target = target.unsqueeze(0).expand(shape);
    }
    const std::int64_t dim = part.dim + 1;
    target = torch::cat({target.narrow(dim, 0, part.begin), part.leaf,
                         target.narrow(dim, part.end, target.size(dim) - part.end)},
                        dim);
  }
  return weights;
}

torch::Tensor MovingWeights::gradient(const torch::Tensor &losses) const {
  std::vector<torch::Tensor> leaves;
  leaves.reserve(m_parts.size());
  for (const Part &part : m_parts)
    leaves.push_back(part.leaf);
  const auto gradients = torch::autograd::grad({losses.sum()}, leaves, {}, false, false, /*allow_unused=*/true);
  torch::NoGradGuard noGrad;
  torch::Tensor flat = torch::zeros_like(m_flat);
  for (std::size_t i = 0; i < m_parts.size(); ++i)
    if (gradients[i].defined())
      flat.narrow(1, m_parts[i].offset, m_parts[i].count).copy_(gradients[i].reshape({m_flat.size(0), -1}));
  return flat;
}

} // namespace evolute::core
