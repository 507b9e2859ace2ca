// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/model_facts.h"

// GPT-2 and GPT-NeoX as Hugging Face's transformers saves them. The keys of config.json are those of GPT2Config and
// GPTNeoXConfig; releases from 5.0 on keep what concerns rotary positions in an object of its own.
namespace evolute::core {

namespace {

std::int64_t headCount(const ModelFacts &facts, const char *pointer, std::int64_t width) {
  const auto told = facts.integer("heads", {pointer});
  if (!told)
    facts.cannotTell("the number of heads", "heads", pointer + 1);
  if (*told < 1 || width % *told != 0)
    facts.refuse("heads: expected a divisor of the width " + std::to_string(width) + ", found " + std::to_string(*told));
  return *told;
}

Activation activationOf(const ModelFacts &facts, const char *pointer) {
  const auto told = facts.activation({pointer});
  if (!told)
    facts.cannotTell("the activation of the MLPs", "activation", pointer + 1);
  return *told;
}

void requireUsualEpsilon(const ModelFacts &facts, const char *pointer) {
  const double epsilon = facts.number("norm_epsilon", {pointer}).value_or(1e-5);
  if (std::abs(epsilon - 1e-5) > 1e-12)
    facts.refuse(std::string(pointer + 1) + ": expected 1e-05, the only one supported, found " + std::to_string(epsilon));
}

/// Whether two tensors of one shape hold the same numbers. Reads both.
bool equal(const CheckpointFile &file, const std::string &a, const std::string &b) {
  return file.find(a)->shape == file.find(b)->shape && file.readFloat32(a) == file.readFloat32(b);
}

std::string prefixOf(const ModelFacts &facts, const std::string &prefix, const std::string &tensor) {
  return facts.has(prefix + tensor) ? prefix : "";
}

} // namespace

bool looksLikeGpt2(const ModelFacts &facts) {
  const std::string prefix = prefixOf(facts, "transformer.", "wte.weight");
  return facts.has(prefix + "wte.weight") && facts.has(prefix + "h.0.attn.c_attn.weight");
}

DecoderConfig recognizeGpt2(const ModelFacts &facts) {
  DecoderConfig config;
  config.layout = TensorLayout::Gpt2;
  config.prefix = prefixOf(facts, "transformer.", "wte.weight");
  const std::string embedding = config.prefix + "wte.weight";
  config.vocabulary = facts.tensor(embedding, 2).shape[0];
  config.width = facts.tensor(embedding, 2).shape[1];
  config.context = facts.tensor(config.prefix + "wpe.weight", 2).shape[0];
  config.positions = PositionKind::Learned;
  const auto layerName = [&](std::int64_t l, const char *rest) {
    return config.prefix + "h." + std::to_string(l) + "." + rest;
  };
  config.layers = facts.layersWith([&](std::int64_t l) { return layerName(l, "attn.c_attn.weight"); });
  config.mlpWidth = facts.tensor(layerName(0, "mlp.c_fc.weight"), 2).shape[1];
  config.heads = headCount(facts, "/n_head", config.width);
  config.headWidth = config.width / config.heads;
  config.activation = activationOf(facts, "/activation_function");
  requireUsualEpsilon(facts, "/layer_norm_epsilon");
  if (facts.boolean("scores_by_layer", {"/scale_attn_by_inverse_layer_idx"}).value_or(false))
    facts.refuse("scale_attn_by_inverse_layer_idx: expected false, the only one supported, found true");
  config.attentionScale = facts.boolean("scaled_scores", {"/scale_attn_weights"}).value_or(true) ? 0 : 1;
  config.unembedBias = false;
  const auto tied = facts.boolean("tied", {"/tie_word_embeddings"});
  config.tied = !facts.has("lm_head.weight") || (tied ? *tied : equal(facts.file(), "lm_head.weight", embedding));
  return config;
}

bool looksLikeGptNeoX(const ModelFacts &facts) {
  const std::string prefix = prefixOf(facts, "gpt_neox.", "embed_in.weight");
  return facts.has(prefix + "embed_in.weight") && facts.has(prefix + "layers.0.attention.query_key_value.weight");
}

DecoderConfig recognizeGptNeoX(const ModelFacts &facts) {
  DecoderConfig config;
  config.layout = TensorLayout::GptNeoX;
  config.prefix = prefixOf(facts, "gpt_neox.", "embed_in.weight");
  config.vocabulary = facts.tensor(config.prefix + "embed_in.weight", 2).shape[0];
  config.width = facts.tensor(config.prefix + "embed_in.weight", 2).shape[1];
  const auto layerName = [&](std::int64_t l, const char *rest) {
    return config.prefix + "layers." + std::to_string(l) + "." + rest;
  };
  config.layers = facts.layersWith([&](std::int64_t l) { return layerName(l, "attention.query_key_value.weight"); });
  config.mlpWidth = facts.tensor(layerName(0, "mlp.dense_h_to_4h.weight"), 2).shape[0];
  config.attentionBias = facts.has(layerName(0, "attention.query_key_value.bias"));
  config.heads = headCount(facts, "/num_attention_heads", config.width);
  config.headWidth = config.width / config.heads;
  config.activation = activationOf(facts, "/hidden_act");
  requireUsualEpsilon(facts, "/layer_norm_eps");

  config.positions = PositionKind::Rotary;
  const auto context = facts.integer("context", {"/max_position_embeddings"});
  if (!context)
    facts.cannotTell("the longest text", "context", "max_position_embeddings");
  config.context = *context;
  const auto base = facts.number("rotary_base", {"/rope_parameters/rope_theta", "/rope_theta", "/rotary_emb_base"});
  if (!base)
    facts.cannotTell("the base of the rotary positions", "rotary_base", "rope_theta or rotary_emb_base");
  config.rotaryBase = *base;
  const auto fraction = facts.number(
      "rotary_fraction", {"/rope_parameters/partial_rotary_factor", "/partial_rotary_factor", "/rotary_pct"});
  if (!fraction)
    facts.cannotTell("how much of a head rotary positions turn", "rotary_fraction", "rotary_pct");
  config.rotaryWidth = std::int64_t(double(config.headWidth) * *fraction);
  if (config.rotaryWidth % 2 != 0 || *fraction < 0 || *fraction > 1)
    facts.refuse("rotary_fraction: expected an even number of a head's " + std::to_string(config.headWidth) +
                 " coordinates, found " + std::to_string(config.rotaryWidth));
  const auto scaling = facts.text("rotary_scaling", {"/rope_parameters/rope_type", "/rope_scaling/rope_type"});
  if (scaling && *scaling != "default")
    facts.refuse("rope_type: expected default, the only one supported, found " + *scaling);
  const auto parallel = facts.boolean("parallel", {"/use_parallel_residual"});
  if (!parallel)
    facts.cannotTell("whether the MLP stands beside the attention or behind it", "parallel", "use_parallel_residual");
  config.parallel = *parallel;
  config.unembedBias = false;
  config.tied = !facts.has("embed_out.weight") && facts.boolean("tied", {"/tie_word_embeddings"}).value_or(false);
  return config;
}

} // namespace evolute::core
