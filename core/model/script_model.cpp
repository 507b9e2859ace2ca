// SPDX-License-Identifier: GPL-3.0-or-later
#include <map>
#include <mutex>

#include <torch/script.h>

#include "core/error.h"
#include "core/model/built_in_models.h"
#include "core/torch/model_module.h"
#include "core/torch/runtime.h"

namespace evolute::core {

namespace {

/// A module (inputs [B, ...], targets [B, ...]) -> losses [B], one replica after another. A copy of the module is one
/// caller's at a time: a replica's weights are put into its slots.
class ScriptModel : public ModelModule {
public:
  explicit ScriptModel(ScriptConfig config) : m_config(std::move(config)) {
    m_module = translatingTorchErrors(m_config.script.string(), [&] { return torch::jit::load(m_config.script.string()); });
    m_module.eval();
    std::map<std::string, std::vector<std::int64_t>> slots;
    for (const auto &parameter : m_module.named_parameters())
      slots.emplace(parameter.name, parameter.value.sizes().vec());
    for (const auto &buffer : m_module.named_buffers())
      if (buffer.name.ends_with("running_mean") || buffer.name.ends_with("running_var"))
        slots.emplace(buffer.name, buffer.value.sizes().vec());
    for (const ParameterShape &p : m_config.parameters) {
      // A prefix that all names share was taken off them when the checkpoint was read.
      auto slot = slots.find(p.name);
      for (auto other = slots.begin(); slot == slots.end() && other != slots.end(); ++other)
        if (other->first.ends_with('.' + p.name))
          slot = other;
      if (slot == slots.end() || slot->second != p.shape)
        throw Error(m_config.script.string() + ": expected a parameter " + p.name + " as in the checkpoints, found " +
                    (slot == slots.end() ? "none of that name" : "one of another shape"));
      m_slots.push_back(slot->first);
    }
  }

  torch::Tensor losses(const Weights &weights, const torch::Tensor &inputs,
                       const torch::Tensor &targets) const override {
    std::int64_t replicas = std::max(inputs.size(0), targets.size(0));
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (hasReplicas(weights, i))
        replicas = std::max(replicas, weights[i].size(0));
    const Borrowed module(*this, inputs.device());
    const auto of = [](const torch::Tensor &t, std::int64_t r) { return t.select(0, t.size(0) == 1 ? 0 : r); };
    std::vector<torch::Tensor> rows;
    for (std::int64_t r = 0; r < replicas; ++r) {
      for (std::size_t i = 0; i < weights.size(); ++i)
        module.put(m_slots[i], hasReplicas(weights, i) ? weights[i].select(0, r) : weights[i]);
      rows.push_back(module.losses(of(inputs, r), of(targets, r)));
    }
    return torch::stack(rows);
  }
  /// The module's method `outputs`, where it has one; it is asked for nothing but inputs.
  torch::Tensor outputs(const Weights &weights, const torch::Tensor &inputs) const override {
    if (!m_module.find_method("outputs"))
      throw Error(m_config.script.string() + ": expected a method outputs(inputs), which essential dynamics needs, found none");
    const Borrowed module(*this, inputs.device());
    for (std::size_t i = 0; i < weights.size(); ++i)
      module.put(m_slots[i], weights[i]);
    return module.outputs(inputs).reshape({inputs.size(0), -1});
  }
  std::int64_t activationsPerSample(const torch::Tensor &inputs) const override {
    std::int64_t widest = 0; // what is between its layers cannot be seen
    for (const ParameterShape &p : m_config.parameters)
      widest += p.shape.empty() ? 1 : p.shape.front();
    return 4 * (widest + inputs.numel() / std::max<std::int64_t>(inputs.size(0), 1));
  }
  Weights initialWeights(std::uint64_t /*seed*/) const override {
    throw Error(m_config.script.string() + ": a TorchScript module cannot be trained here");
  }

private:
  bool hasReplicas(const Weights &weights, std::size_t i) const {
    return weights[i].dim() > std::int64_t(m_config.parameters[i].shape.size());
  }

  /// A copy of the module, given back at the end.
  class Borrowed {
  public:
    Borrowed(const ScriptModel &owner, const torch::Device &device) : m_owner(owner) {
      const std::lock_guard lock(owner.m_mutex);
      if (owner.m_idle.empty()) {
        m_module = owner.m_module.deepcopy();
        m_module.to(device);
      } else {
        m_module = owner.m_idle.back();
        owner.m_idle.pop_back();
      }
    }
    ~Borrowed() {
      const std::lock_guard lock(m_owner.m_mutex);
      m_owner.m_idle.push_back(m_module);
    }
    Borrowed(const Borrowed &) = delete;
    Borrowed &operator=(const Borrowed &) = delete;

    void put(const std::string &name, const torch::Tensor &value) const {
      torch::jit::Module module = m_module;
      std::size_t begin = 0;
      for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
        module = module.attr(name.substr(begin, dot - begin)).toModule();
        begin = dot + 1;
      }
      module.setattr(name.substr(begin), value);
    }
    torch::Tensor losses(const torch::Tensor &inputs, const torch::Tensor &targets) const {
      const torch::Tensor losses = m_module.forward({inputs, targets}).toTensor();
      if (losses.dim() != 1 || losses.size(0) != inputs.size(0))
        throw Error(m_owner.m_config.script.string() + ": expected a loss for each of " + std::to_string(inputs.size(0)) +
                    " samples, found " + std::to_string(losses.numel()) + " numbers in " + std::to_string(losses.dim()) +
                    " dimensions");
      return losses;
    }
    torch::Tensor outputs(const torch::Tensor &inputs) const { return m_module.get_method("outputs")({inputs}).toTensor(); }

  private:
    const ScriptModel &m_owner;
    mutable torch::jit::Module m_module;
  };

  ScriptConfig m_config;
  std::vector<std::string> m_slots; ///< paths of the parameters in the module
  torch::jit::Module m_module;
  mutable std::mutex m_mutex;
  mutable std::vector<torch::jit::Module> m_idle;
};

} // namespace

std::unique_ptr<ModelModule> makeModel(const ScriptConfig &config) {
  return std::make_unique<ScriptModel>(config);
}

} // namespace evolute::core
