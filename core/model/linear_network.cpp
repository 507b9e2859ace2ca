// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/built_in_models.h"

#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"
#include "core/torch/model_module.h"

namespace evolute::core {

namespace {

/// Squared error averaged over output coordinates.
class LinearNetwork : public ModelModule {
public:
  explicit LinearNetwork(LinearNetworkConfig config) : m_config(std::move(config)) {}

  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    return (forward(weights, inputs) - targets).square().mean(-1);
  }
  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    return forward(weights, inputs.unsqueeze(0)).squeeze(0);
  }
  std::int64_t activationsPerSample(const torch::Tensor & /*inputs*/) const override {
    std::int64_t count = 0;
    for (const std::int64_t width : m_config.widths)
      count += 2 * width;
    return count;
  }
  Weights initialWeights(std::uint64_t seed) const override {
    Weights weights;
    for (const ParameterShape &p : parametersOf(m_config))
      weights.push_back(uniformParameter(p, p.shape[1], seed));
    return weights;
  }

private:
  static torch::Tensor forward(const Weights &weights, torch::Tensor x) {
    for (const torch::Tensor &weight : weights)
      x = affine(x, weight);
    return x;
  }
  LinearNetworkConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const LinearNetworkConfig &config) {
  return std::make_unique<LinearNetwork>(config);
}

} // namespace evolute::core
