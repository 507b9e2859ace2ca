// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/torch/model_module.h"

#include <cmath>

#include "core/sampling/philox.h"
#include "core/torch/batched_ops.h"

namespace evolute::core {

namespace {

/// U(-bound, bound), bound = 1 / sqrt(fan in): what PyTorch's Linear gives weights and biases.
torch::Tensor uniformParameter(const ParameterShape &shape, std::int64_t fanIn, std::uint64_t seed) {
  std::vector<double> values(std::size_t(shape.elementCount()));
  RandomStream{streamKey(seed, "init", {}, shape.name)}.uniforms(0, values);
  torch::Tensor tensor = torch::empty(shape.shape, torch::kFloat32);
  const double bound = 1.0 / std::sqrt(double(fanIn));
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor.data_ptr<float>()[i] = float(bound * (2 * values[i] - 1));
  return tensor;
}

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
  std::int64_t activationsPerSample() const override {
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

class IclTransformer : public ModelModule {
public:
  explicit IclTransformer(IclTransformerConfig config) : m_config(config) {}

  /// (1/K) sum_k (y_k - prediction_k)^2; a prediction is coordinate 0 at the token of x_k.
  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    const torch::Tensor stream = residualStream(weights, inputs, /*predictionsOnly=*/true);
    const torch::Tensor &unembed = weights[weights.size() - 2], &bias = weights.back();
    const std::int64_t last = unembed.dim() - 2;
    const torch::Tensor predicted =
        affine(stream, unembed.narrow(last, 0, 1), bias.narrow(bias.dim() - 1, 0, 1)); // [R, B K, 1]
    return (predicted.reshape({predicted.size(0), -1, m_config.contextPairs}) - targets).square().mean(-1);
  }
  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    const torch::Tensor stream = residualStream(weights, inputs.unsqueeze(0), /*predictionsOnly=*/false);
    return affine(stream, weights[weights.size() - 2], weights.back()).reshape({inputs.size(0), -1});
  }
  std::int64_t activationsPerSample() const override {
    return m_config.tokenCount() * (m_config.layers * (12 * m_config.width + 2 * m_config.mlpWidth));
  }
  Weights initialWeights(std::uint64_t seed) const override {
    Weights weights;
    for (const ParameterShape &p : parametersOf(m_config)) {
      if (p.name.find("ln") != std::string::npos)
        weights.push_back(p.name.ends_with("weight") ? torch::ones(p.shape) : torch::zeros(p.shape));
      else if (p.name == "pos.weight") // kept as the transpose of a Linear(2K -> width)
        weights.push_back(uniformParameter(p, p.shape[0], seed));
      else if (p.name.ends_with("mlp.out.bias"))
        weights.push_back(uniformParameter(p, m_config.mlpWidth, seed));
      else
        weights.push_back(uniformParameter(p, p.shape.size() == 2 ? p.shape[1] : m_config.width, seed));
    }
    return weights;
  }

private:
  static constexpr std::size_t kFirstBlock = 2, kPerBlock = 10; // order of parametersOf()

  /// Normalised residual stream before the unembedding, [R, B tokens, width]. Only tokens that hold a
  /// prediction (those of x) are asked of the last attention and go through the last MLP when `predictionsOnly`: same numbers, less work.
  torch::Tensor residualStream(const Weights &w, const torch::Tensor &inputs, bool predictionsOnly) const {
    const std::int64_t batch = inputs.size(1), length = m_config.tokenCount(), width = m_config.width;
    torch::Tensor x = affine(inputs.reshape({inputs.size(0), batch * length, inputs.size(3)}), w[0]);
    const torch::Tensor position = w[1].dim() == 2 ? w[1].view({1, 1, length, width}) : w[1].unsqueeze(1);
    x = x.view({x.size(0), batch, length, width}) + position;
    x = x.reshape({x.size(0), batch * length, width});
    for (std::int64_t l = 0; l < m_config.layers; ++l) {
      const torch::Tensor *p = &w[kFirstBlock + kPerBlock * std::size_t(l)];
      const torch::Tensor qkv = affine(layerNorm(x, p[0], p[1]), p[2]);
      const bool atPredictions = predictionsOnly && l + 1 == m_config.layers;
      const torch::Tensor mixed = causalAttention(qkv.reshape({qkv.size(0) * batch, length, 3 * width}), m_config.heads,
                                                  atPredictions ? 2 : 1).view({qkv.size(0), -1, width});
      if (atPredictions)
        x = everyOtherToken(x);
      const torch::Tensor middle = addAffine(x, mixed, p[3]);
      const torch::Tensor hidden = affineRelu(layerNorm(middle, p[4], p[5]), p[6], p[7]);
      const torch::Tensor block = addAffine(middle, hidden, p[8], p[9]);
      x = m_config.doubledResidual ? x + block : block;
    }
    return layerNorm(x, w[w.size() - 4], w[w.size() - 3]);
  }

  torch::Tensor everyOtherToken(const torch::Tensor &x) const {
    return x.reshape({x.size(0), -1, 2 * x.size(2)}).narrow(2, 0, x.size(2)); // tokens come in pairs x, y
  }

  IclTransformerConfig m_config;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const Architecture &architecture) {
  if (const auto *network = std::get_if<LinearNetworkConfig>(&architecture))
    return std::make_unique<LinearNetwork>(*network);
  return std::make_unique<IclTransformer>(std::get<IclTransformerConfig>(architecture));
}

} // namespace evolute::core
