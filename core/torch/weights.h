// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <torch/torch.h>

#include "core/checkpoint/checkpoint_file.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// Parameters in the order of parametersOf(). Each has its own shape [...] (shared by all replicas) or
/// [R, ...] (one copy a replica); the model's forward pass takes both.
using Weights = std::vector<torch::Tensor>;

/// Reads the parameters of a model from a checkpoint, from wherever in it they lie (storedViewsOf()). \throws Error when
/// a tensor is missing or of another shape.
Weights readWeights(const CheckpointFile &file, const Architecture &architecture, torch::ScalarType dtype,
                    const torch::Device &device);

/// R copies of a component's weights in one flat buffer [R, P], and the model's parameters as seen by the
/// replicas. What does not move is shared and is not differentiated.
class MovingWeights {
public:
  /// \param start parameters without replica axis. \throws Error for a slice outside its parameter.
  MovingWeights(const Weights &start, const std::vector<ParameterShape> &parameters, const Component &component,
                std::int64_t replicas);

  torch::Tensor &flat() { return m_flat; }                 ///< [R, P]; change it in place, under NoGradGuard
  const torch::Tensor &flat() const { return m_flat; }
  const torch::Tensor &anchor() const { return m_anchor; } ///< [P], w*
  std::int64_t count() const { return m_anchor.size(0); }  ///< P

  const Weights &start() const { return m_start; }         ///< w*, without replica axis

  /// A moving block of one parameter: entries [begin, end) along `dim` (without replica axis), all where dim is -1.
  struct Part {
    std::size_t parameter; ///< index
    int dim;
    std::int64_t begin, end;
    std::int64_t offset, count; ///< in a row of flat()
    torch::Tensor leaf;         ///< view of flat(), [R, ...], differentiable
  };
  const std::vector<Part> &parts() const { return m_parts; }

  /// Parameters for a forward pass: moving ones [R, ...] and differentiable.
  Weights parameters() const;
  /// d(sum of losses)/d flat, [R, P]: each replica gets its own gradient. Frees the graph of `losses`.
  torch::Tensor gradient(const torch::Tensor &losses) const;

private:
  Weights m_start;
  torch::Tensor m_flat, m_anchor;
  std::vector<Part> m_parts;
};

} // namespace evolute::core
