// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <sstream>
#include <utility>

#include "core/model/model_facts.h"

// A decoder's parameters, where they lie in each library's files, and the components they make up.
namespace evolute::core {

namespace {

std::string blockName(std::int64_t layer, const std::string &rest) {
  return "blocks." + std::to_string(layer) + "." + rest;
}

std::vector<std::int64_t> rowByRow(const std::vector<std::int64_t> &shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

/// Names of what both libraries hold as one tensor, without transposing: our name, GPT-2's, GPT-NeoX's.
constexpr std::array<std::array<const char *, 3>, 7> kSame = {{{"ln1.w", "ln_1.weight", "input_layernorm.weight"},
                                                               {"ln1.b", "ln_1.bias", "input_layernorm.bias"},
                                                               {"ln2.w", "ln_2.weight", "post_attention_layernorm.weight"},
                                                               {"ln2.b", "ln_2.bias", "post_attention_layernorm.bias"},
                                                               {"attn.b_O", "attn.c_proj.bias", "attention.dense.bias"},
                                                               {"mlp.b_in", "mlp.c_fc.bias", "mlp.dense_h_to_4h.bias"},
                                                               {"mlp.b_out", "mlp.c_proj.bias", "mlp.dense_4h_to_h.bias"}}};
constexpr std::array<std::array<const char *, 3>, 5> kSameOutside = {
    {{"embed.W_E", "wte.weight", "embed_in.weight"},
     {"pos_embed.W_pos", "wpe.weight", ""},
     {"ln_final.w", "ln_f.weight", "final_layer_norm.weight"},
     {"ln_final.b", "ln_f.bias", "final_layer_norm.bias"},
     {"unembed.W_U", "lm_head.weight", "embed_out.weight"}}};

template <std::size_t N>
std::string foreignName(const std::array<std::array<const char *, 3>, N> &names, const std::string &own, std::size_t column) {
  for (const auto &row : names)
    if (own == row[0])
      return row[column];
  return {};
}

/// 0, 1, 2 for queries, keys and values; -1 for anything else.
int whichOfThree(const std::string &part, const char *const (&names)[3]) {
  for (int i = 0; i < 3; ++i)
    if (part == names[i])
      return i;
  return -1;
}
int whichMatrix(const std::string &part) {
  return whichOfThree(part, {"attn.W_Q", "attn.W_K", "attn.W_V"});
}
int whichBias(const std::string &part) {
  return whichOfThree(part, {"attn.b_Q", "attn.b_K", "attn.b_V"});
}

/// GPT-2 keeps matrices as [in, out] (Conv1D) and q, k and v one beside the other, heads within each.
StoredView gpt2View(const DecoderConfig &c, const std::string &layer, const std::string &part, const ParameterShape &own) {
  const std::int64_t all = c.heads * c.headWidth;
  if (const int which = whichMatrix(part); which >= 0)
    return {layer + "attn.c_attn.weight", {c.width, 3 * all}, which * all, {c.headWidth, 3 * all, 1}};
  if (const int which = whichBias(part); which >= 0)
    return {layer + "attn.c_attn.bias", {3 * all}, which * all, {c.headWidth, 1}};
  if (part == "attn.W_O")
    return {layer + "attn.c_proj.weight", {all, c.width}, 0, {c.headWidth * c.width, c.width, 1}};
  if (part == "mlp.W_in" || part == "mlp.W_out")
    return {layer + (part == "mlp.W_in" ? "mlp.c_fc.weight" : "mlp.c_proj.weight"), own.shape, 0, rowByRow(own.shape)};
  return {layer + foreignName(kSame, part, 1), own.shape, 0, rowByRow(own.shape)};
}

/// GPT-NeoX keeps matrices as [out, in] (Linear) and q, k and v of one head beside each other, head after head.
StoredView gptNeoXView(const DecoderConfig &c, const std::string &layer, const std::string &part, const ParameterShape &own) {
  const std::int64_t all = c.heads * c.headWidth;
  if (const int which = whichMatrix(part); which >= 0)
    return {layer + "attention.query_key_value.weight", {3 * all, c.width}, which * c.headWidth * c.width,
            {3 * c.headWidth * c.width, 1, c.width}};
  if (const int which = whichBias(part); which >= 0)
    return {layer + "attention.query_key_value.bias", {3 * all}, which * c.headWidth, {3 * c.headWidth, 1}};
  if (part == "attn.W_O")
    return {layer + "attention.dense.weight", {c.width, all}, 0, {c.headWidth, 1, all}};
  if (part == "mlp.W_in")
    return {layer + "mlp.dense_h_to_4h.weight", {c.mlpWidth, c.width}, 0, {1, c.width}};
  if (part == "mlp.W_out")
    return {layer + "mlp.dense_4h_to_h.weight", {c.width, c.mlpWidth}, 0, {1, c.mlpWidth}};
  return {layer + foreignName(kSame, part, 2), own.shape, 0, rowByRow(own.shape)};
}

StoredView viewOf(const DecoderConfig &c, const ParameterShape &own) {
  if (c.layout == TensorLayout::TransformerLens)
    return {own.name, own.shape, 0, rowByRow(own.shape)};
  const bool gpt2 = c.layout == TensorLayout::Gpt2;
  const std::string start = "blocks.";
  if (own.name.starts_with(start)) {
    const std::size_t dot = own.name.find('.', start.size());
    const std::string layer =
        c.prefix + (gpt2 ? "h." : "layers.") + own.name.substr(start.size(), dot + 1 - start.size());
    const std::string part = own.name.substr(dot + 1);
    return gpt2 ? gpt2View(c, layer, part, own) : gptNeoXView(c, layer, part, own);
  }
  const std::string name = foreignName(kSameOutside, own.name, gpt2 ? 1 : 2);
  if (own.name == "unembed.W_U")
    return {name, {c.vocabulary, c.width}, 0, {1, c.width}};
  return {c.prefix + name, own.shape, 0, rowByRow(own.shape)};
}

} // namespace

std::vector<ParameterShape> parametersOf(const DecoderConfig &c) {
  std::vector<ParameterShape> list = {{"embed.W_E", {c.vocabulary, c.width}}};
  if (c.positions == PositionKind::Learned || c.positions == PositionKind::Shortformer)
    list.push_back({"pos_embed.W_pos", {c.context, c.width}});
  const auto addNorm = [&](const std::string &name) {
    if (c.norm == NormKind::Affine) {
      list.push_back({name + ".w", {c.width}});
      list.push_back({name + ".b", {c.width}});
    }
  };
  for (std::int64_t l = 0; l < c.layers; ++l) {
    addNorm(blockName(l, "ln1"));
    for (const char *name : {"attn.W_Q", "attn.W_K", "attn.W_V"})
      list.push_back({blockName(l, name), {c.heads, c.width, c.headWidth}});
    list.push_back({blockName(l, "attn.W_O"), {c.heads, c.headWidth, c.width}});
    if (c.attentionBias) {
      for (const char *name : {"attn.b_Q", "attn.b_K", "attn.b_V"})
        list.push_back({blockName(l, name), {c.heads, c.headWidth}});
      list.push_back({blockName(l, "attn.b_O"), {c.width}});
    }
    if (c.mlpWidth == 0)
      continue;
    addNorm(blockName(l, "ln2"));
    list.push_back({blockName(l, "mlp.W_in"), {c.width, c.mlpWidth}});
    list.push_back({blockName(l, "mlp.b_in"), {c.mlpWidth}});
    list.push_back({blockName(l, "mlp.W_out"), {c.mlpWidth, c.width}});
    list.push_back({blockName(l, "mlp.b_out"), {c.width}});
  }
  addNorm("ln_final");
  if (!c.tied)
    list.push_back({"unembed.W_U", {c.width, c.vocabulary}});
  if (c.unembedBias)
    list.push_back({"unembed.b_U", {c.vocabulary}});
  return list;
}

std::vector<StoredView> storedViewsOf(const DecoderConfig &config, const std::vector<ParameterShape> &parameters) {
  std::vector<StoredView> views;
  for (const ParameterShape &p : parameters)
    views.push_back(viewOf(config, p));
  return views;
}

/// A head is its slices of the four matrices; biases belong to the layer ("L1.attn"), or to "L1.H0+bias": see
/// componentNamed().
std::vector<Component> componentsOf(const DecoderConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, anyName())};
  const auto add = [&](const std::string &name, auto keep) {
    Component component = wholeParameters(name, parameters, keep);
    if (component.weightCount > 0)
      list.push_back(std::move(component));
  };
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const std::string layer = "L" + std::to_string(l);
    for (std::int64_t h = 0; h < c.heads; ++h) {
      Component head{layer + ".H" + std::to_string(h), {}, 4 * c.width * c.headWidth};
      for (const char *name : {"attn.W_Q", "attn.W_K", "attn.W_V", "attn.W_O"})
        head.slices.push_back({blockName(l, name), 0, h, h + 1});
      list.push_back(std::move(head));
    }
    add(layer + ".attn", startsWith(blockName(l, "attn.")));
    add(layer + ".mlp", startsWith(blockName(l, "mlp.")));
    add(layer, startsWith(blockName(l, "")));
  }
  add("embed", startsWith("embed."));
  add("pos", startsWith("pos_embed."));
  add("unembed", startsWith("unembed."));
  add("ln", [](const std::string &name) { return name.find("ln") != std::string::npos; });
  return list;
}

std::string familyOf(const DecoderConfig &c) {
  if (c.layout == TensorLayout::Gpt2)
    return "gpt2";
  if (c.layout == TensorLayout::GptNeoX)
    return "gpt-neox";
  return c.mlpWidth == 0 ? "attention-only-transformer" : "transformer-lens";
}

std::string describe(const DecoderConfig &c) {
  std::ostringstream text;
  text << (c.layout == TensorLayout::Gpt2      ? "GPT-2"
           : c.layout == TensorLayout::GptNeoX ? "GPT-NeoX"
           : c.mlpWidth == 0                   ? "attention-only transformer"
                                               : "TransformerLens transformer")
       << ", " << c.layers << (c.layers == 1 ? " layer, " : " layers, ") << c.heads << " heads, width " << c.width;
  if (c.mlpWidth > 0)
    text << ", MLPs of " << c.mlpWidth << " (" << nameOf(c.activation) << (c.parallel ? ", beside the attention)" : ")");
  text << ", vocabulary " << c.vocabulary << ", context " << c.context;
  switch (c.positions) {
  case PositionKind::None:
    text << ", no positions";
    break;
  case PositionKind::Learned:
    text << ", standard positions";
    break;
  case PositionKind::Shortformer:
    text << ", shortformer positions";
    break;
  case PositionKind::Rotary:
    text << ", rotary positions (" << c.rotaryWidth << " of " << c.headWidth << ", base " << c.rotaryBase << ")";
    break;
  }
  if (c.norm != NormKind::Affine)
    text << (c.norm == NormKind::Plain ? ", LayerNorm without weights" : ", no LayerNorm");
  if (c.tied)
    text << ", tied embeddings";
  return text.str();
}

} // namespace evolute::core
