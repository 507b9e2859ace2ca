// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_facts.h"

// TransformerLens' HookedTransformer: its state_dict's names and shapes are those of our own parameters.
namespace evolute::core {

namespace {

std::string blockName(std::int64_t layer, const char *rest) {
  return "blocks." + std::to_string(layer) + "." + rest;
}

NormKind normOf(const ModelFacts &facts) {
  if (facts.has(blockName(0, "ln1.w")))
    return NormKind::Affine;
  const auto told = facts.text("normalization");
  if (!told)
    facts.cannotTell("whether layers without ln1.w normalise their input", "normalization = \"LNPre\" or \"none\"");
  if (*told != "LNPre" && *told != "none")
    facts.refuse("[model] normalization: expected LNPre or none where there is no " + blockName(0, "ln1.w") + ", found " +
                 *told);
  return *told == "LNPre" ? NormKind::Plain : NormKind::None;
}

void recognizePositions(const ModelFacts &facts, DecoderConfig &config) {
  const auto told = facts.text("positions");
  if (facts.has("pos_embed.W_pos")) {
    config.context = facts.tensor("pos_embed.W_pos", 2).shape[0];
    if (!told)
      facts.cannotTell("how positions enter (positional_embedding_type)", "positions = \"standard\" or \"shortformer\"");
    if (*told != "shortformer" && *told != "standard")
      facts.refuse("[model] positions: expected standard or shortformer where there is pos_embed.W_pos, found " + *told);
    config.positions = *told == "shortformer" ? PositionKind::Shortformer : PositionKind::Learned;
    return;
  }
  const std::string table = blockName(0, "attn.rotary_sin"); // [context, rotary width]
  if (facts.has(table)) {
    if (told && *told != "rotary")
      facts.refuse("[model] positions: expected rotary where there is " + table + ", found " + *told);
    config.positions = PositionKind::Rotary;
    config.context = facts.tensor(table, 2).shape[0];
    config.rotaryWidth = facts.tensor(table, 2).shape[1];
    const auto base = facts.number("rotary_base");
    if (!base)
      facts.cannotTell("the base of the rotary positions", "rotary_base");
    config.rotaryBase = *base;
    return;
  }
  if (told != "none")
    facts.refuse("expected a tensor pos_embed.W_pos or " + table + ", or positions = \"none\" in [model] of run.toml, found " +
                 (told ? "positions = \"" + *told + "\"" : "none of them"));
  config.positions = PositionKind::None;
  const auto context = facts.integer("context");
  if (!context)
    facts.cannotTell("the longest text", "context");
  config.context = *context;
}

} // namespace

bool looksLikeTransformerLens(const ModelFacts &facts) {
  return facts.has("embed.W_E") && facts.has(blockName(0, "attn.W_Q"));
}

DecoderConfig recognizeTransformerLens(const ModelFacts &facts) {
  DecoderConfig config;
  const ArrayInfo &embed = facts.tensor("embed.W_E", 2), &query = facts.tensor(blockName(0, "attn.W_Q"), 3);
  config.vocabulary = embed.shape[0];
  config.width = embed.shape[1];
  config.heads = query.shape[0];
  config.headWidth = query.shape[2];
  config.layers = facts.layersWith([](std::int64_t l) { return blockName(l, "attn.W_Q"); });
  config.norm = normOf(facts);
  recognizePositions(facts, config);
  if (facts.has(blockName(0, "mlp.W_in"))) {
    config.mlpWidth = facts.tensor(blockName(0, "mlp.W_in"), 2).shape[1];
    const auto activation = facts.activation();
    if (!activation)
      facts.cannotTell("the activation of the MLPs (act_fn)", "activation");
    config.activation = *activation;
    config.parallel = facts.boolean("parallel").value_or(false);
  }
  config.attentionScale = facts.number("attention_scale").value_or(0);
  return config;
}

} // namespace evolute::core
