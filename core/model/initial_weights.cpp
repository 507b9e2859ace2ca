// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/initial_weights.h"

#include <cmath>
#include <span>
#include <vector>

#include "core/sampling/philox.h"

namespace evolute::core {

namespace {

RandomStream streamOf(const ParameterShape &shape, std::uint64_t seed) {
  return {streamKey(seed, "init", {}, shape.name)};
}

} // namespace

torch::Tensor uniformParameter(const ParameterShape &shape, std::int64_t fanIn, std::uint64_t seed) {
  std::vector<double> values(std::size_t(shape.elementCount()));
  streamOf(shape, seed).uniforms(0, values);
  torch::Tensor tensor = torch::empty(shape.shape, torch::kFloat32);
  const double bound = 1.0 / std::sqrt(double(fanIn));
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.data_ptr<float>()[i] = float(bound * (2 * values[i] - 1));
  return tensor;
}

torch::Tensor normalParameter(const ParameterShape &shape, double deviation, std::uint64_t seed) {
  torch::Tensor tensor = torch::empty(shape.shape, torch::kFloat32);
  streamOf(shape, seed).normals(0, std::span(tensor.data_ptr<float>(), std::size_t(tensor.numel())));
  return tensor.mul_(deviation);
}

} // namespace evolute::core
