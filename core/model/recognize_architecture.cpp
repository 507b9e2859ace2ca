// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <map>

#include "core/error.h"
#include "core/model/model_facts.h"

namespace evolute::core {

namespace {

std::string blockName(std::int64_t layer, const char *rest) {
  return "blocks." + std::to_string(layer) + "." + rest;
}

bool looksLikeLinearNetwork(const ModelFacts &facts) {
  return facts.has("layers.0.weight") && !facts.has("layers.0.bias") && !facts.text("activation");
}

LinearNetworkConfig recognizeLinearNetwork(const ModelFacts &facts) {
  LinearNetworkConfig config;
  for (std::size_t s = 0; facts.has("layers." + std::to_string(s) + ".weight"); ++s) {
    const ArrayInfo &layer = facts.tensor("layers." + std::to_string(s) + ".weight", 2);
    if (s == 0)
      config.widths.push_back(layer.shape[1]);
    config.widths.push_back(layer.shape[0]);
  }
  return config;
}

IclTransformerConfig recognizeIclTransformer(const ModelFacts &facts) {
  IclTransformerConfig config;
  const ArrayInfo &embed = facts.tensor("embed.weight", 2);
  config.width = embed.shape[0];
  config.taskDimension = embed.shape[1] - 1;
  config.contextPairs = facts.tensor("pos.weight", 2).shape[0] / 2;
  config.mlpWidth = facts.tensor(blockName(0, "mlp.in.weight"), 2).shape[0];
  config.layers = facts.layersWith([](std::int64_t l) { return blockName(l, "attn.qkv.weight"); });
  config.heads = facts.integer("heads").value_or(4); // fused: shapes do not say
  config.doubledResidual = facts.boolean("doubled_residual").value_or(false);
  if (config.heads < 1 || config.width % config.heads != 0)
    throw Error("run.toml, [model] heads: expected a divisor of the width " + std::to_string(config.width) +
                ", found " + std::to_string(config.heads));
  return config;
}

/// Layers by the number that their names end with ("0", "net.2", "fc1"), where all names are alike but for it and all
/// tensors are theirs; else none.
std::map<int, std::string> numberedLayers(const CheckpointFile &file) {
  std::map<int, std::string> layers;
  std::string shared;
  for (const ArrayInfo &array : file.arrays()) {
    const std::string name = array.name.substr(0, array.name.rfind('.'));
    const std::size_t digits = name.find_last_not_of("0123456789") + 1; // 0 where all are digits
    int number = 0;
    if (std::from_chars(name.data() + digits, name.data() + name.size(), number).ec != std::errc() ||
        (!layers.empty() && name.substr(0, digits) != shared) ||
        (array.name != name + ".weight" && array.name != name + ".bias"))
      return {};
    shared = name.substr(0, digits);
    layers.emplace(number, name);
  }
  return layers;
}

bool looksLikeMlp(const ModelFacts &facts) {
  return !numberedLayers(facts.file()).empty();
}

MlpConfig recognizeMlp(const ModelFacts &facts) {
  MlpConfig config;
  for (const auto &[number, name] : numberedLayers(facts.file())) {
    const ArrayInfo &weight = facts.tensor(name + ".weight", 2);
    if (config.widths.empty()) {
      config.widths.push_back(weight.shape[1]);
      config.biases = facts.has(name + ".bias");
    }
    if (weight.shape[1] != config.widths.back())
      facts.refuse(name + ".weight: expected " + std::to_string(config.widths.back()) +
                   " inputs, as many as the layer before has outputs, found " + compactShape(weight.shape));
    config.widths.push_back(weight.shape[0]);
    config.layerNames.push_back(name);
  }
  const auto activation = facts.activation();
  if (!activation && config.widths.size() > 2)
    facts.cannotTell("the activation between the layers", "activation");
  config.activation = activation.value_or(Activation::Identity);
  return config;
}

bool isFloatingPoint(DType dtype) {
  return dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

ScriptConfig recognizeScript(const ModelFacts &facts) {
  const auto script = facts.text("script");
  if (!script)
    facts.refuse("[model] script: expected the file of a module that was compiled to TorchScript, found none");
  ScriptConfig config;
  // Beside the checkpoint or in the folder above, as a config.json is.
  const std::filesystem::path folder = facts.file().path().parent_path();
  std::error_code ignored;
  for (const std::filesystem::path &base : {folder, folder.parent_path()}) {
    config.script = base / *script;
    if (std::filesystem::exists(config.script, ignored))
      break;
  }
  if (!std::filesystem::exists(config.script, ignored))
    facts.refuse("[model] script: expected a file " + *script + " beside it or in the folder above, found none");
  for (const ArrayInfo &array : facts.file().arrays())
    if (isFloatingPoint(array.dtype)) // counters of batches are not
      config.parameters.push_back({array.name, array.shape});
  return config;
}

} // namespace

Architecture recognizeArchitecture(const DescriptionTable &model, const CheckpointFile &checkpoint) {
  const ModelFacts facts(model, checkpoint);
  Architecture found;
  if (facts.text("family") == "torchscript")
    found = recognizeScript(facts);
  else if (looksLikeLinearNetwork(facts))
    found = recognizeLinearNetwork(facts);
  else if (facts.has("embed.weight") && facts.has(blockName(0, "attn.qkv.weight")))
    found = recognizeIclTransformer(facts);
  else if (looksLikeTransformerLens(facts))
    found = recognizeTransformerLens(facts);
  else if (looksLikeGpt2(facts))
    found = recognizeGpt2(facts);
  else if (looksLikeGptNeoX(facts))
    found = recognizeGptNeoX(facts);
  else if (looksLikeMlp(facts))
    found = recognizeMlp(facts);
  else {
    std::string keys;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, checkpoint.arrays().size()); ++i)
      keys += (i == 0 ? "" : ", ") + checkpoint.arrays()[i].name;
    facts.refuse("expected the tensors of a linear network (layers.0.weight), of a regression transformer "
                 "(embed.weight, blocks.0.attn.qkv.weight), of TransformerLens (embed.W_E, blocks.0.attn.W_Q), of GPT-2 "
                 "(wte.weight, h.0.attn.c_attn.weight), of GPT-NeoX (embed_in.weight, "
                 "layers.0.attention.query_key_value.weight) or of an MLP (0.weight, 0.bias), or family = "
                 "\"torchscript\" in [model] of run.toml, found " +
                 (keys.empty() ? "no tensors" : keys));
  }
  for (const StoredView &view : storedViewsOf(found)) {
    const ArrayInfo *info = checkpoint.find(view.tensor);
    if (info == nullptr)
      facts.refuse("expected a tensor " + view.tensor + " " + compactShape(view.shape) + ", found none of that name");
    if (info->shape != view.shape)
      facts.refuse(view.tensor + ": expected " + compactShape(view.shape) + ", found " + compactShape(info->shape));
  }
  return found;
}

} // namespace evolute::core
