// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/built_in_models.h"

#include "core/torch/activation.h"
#include "core/torch/batched_ops.h"
#include "core/torch/initial_weights.h"
#include "core/torch/model_module.h"

namespace evolute::core {

namespace {

/// Targets that are numbers [R, B, out]: squared error averaged over output coordinates. Targets that are class ids
/// [R, B]: cross-entropy of softmax(outputs), in nats.
class MlpNetwork : public ModelModule {
public:
  explicit MlpNetwork(MlpConfig config) : m_config(std::move(config)) {}

  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    const torch::Tensor y = forward(weights, inputs);
    if (targets.is_floating_point())
      return (y - targets).square().mean(-1);
    const torch::Tensor wanted = targets.expand({y.size(0), targets.size(1)}).unsqueeze(2);
    return -torch::log_softmax(y, 2).gather(2, wanted).squeeze(2);
  }
  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    return forward(weights, inputs.unsqueeze(0)).squeeze(0);
  }
  std::int64_t activationsPerSample(const torch::Tensor & /*inputs*/) const override {
    std::int64_t count = 0;
    for (const std::int64_t width : m_config.widths)
      count += 3 * width;
    return count;
  }
  Weights initialWeights(std::uint64_t seed) const override {
    Weights weights;
    std::int64_t fanIn = 1;
    for (const ParameterShape &p : parametersOf(m_config)) {
      fanIn = p.shape.size() == 2 ? p.shape[1] : fanIn; // a bias follows its matrix
      weights.push_back(uniformParameter(p, fanIn, seed));
    }
    return weights;
  }

private:
  torch::Tensor forward(const Weights &weights, torch::Tensor x) const {
    const std::size_t perLayer = m_config.biases ? 2 : 1;
    for (std::size_t i = 0; i < weights.size(); i += perLayer) {
      const torch::Tensor bias = m_config.biases ? weights[i + 1] : torch::Tensor();
      const bool last = i + perLayer == weights.size();
      x = activated(last ? Activation::Identity : m_config.activation, x, weights[i], bias);
    }
    return x;
  }
  MlpConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const MlpConfig &config) {
  return std::make_unique<MlpNetwork>(config);
}

} // namespace evolute::core
