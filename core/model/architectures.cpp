// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/architectures.h"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "core/error.h"

namespace evolute::core {

namespace {

std::string shapeText(const std::vector<std::int64_t> &shape) {
  std::string text;
  for (const std::int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "a scalar" : text;
}

std::string blockName(std::int64_t layer, const char *rest) {
  return "blocks." + std::to_string(layer) + "." + rest;
}

std::vector<ParameterShape> parametersOf(const LinearNetworkConfig &config) {
  std::vector<ParameterShape> list;
  for (std::size_t s = 0; s + 1 < config.widths.size(); ++s)
    list.push_back({"layers." + std::to_string(s) + ".weight", {config.widths[s + 1], config.widths[s]}});
  return list;
}

std::vector<ParameterShape> parametersOf(const IclTransformerConfig &c) {
  const std::int64_t token = c.taskDimension + 1;
  std::vector<ParameterShape> list = {{"embed.weight", {c.width, token}}, {"pos.weight", {c.tokenCount(), c.width}}};
  for (std::int64_t l = 0; l < c.layers; ++l) {
    list.push_back({blockName(l, "ln1.weight"), {c.width}});
    list.push_back({blockName(l, "ln1.bias"), {c.width}});
    list.push_back({blockName(l, "attn.qkv.weight"), {3 * c.width, c.width}});
    list.push_back({blockName(l, "attn.out.weight"), {c.width, c.width}});
    list.push_back({blockName(l, "ln2.weight"), {c.width}});
    list.push_back({blockName(l, "ln2.bias"), {c.width}});
    list.push_back({blockName(l, "mlp.in.weight"), {c.mlpWidth, c.width}});
    list.push_back({blockName(l, "mlp.in.bias"), {c.mlpWidth}});
    list.push_back({blockName(l, "mlp.out.weight"), {c.width, c.mlpWidth}});
    list.push_back({blockName(l, "mlp.out.bias"), {c.width}});
  }
  list.push_back({"ln_final.weight", {c.width}});
  list.push_back({"ln_final.bias", {c.width}});
  list.push_back({"unembed.weight", {token, c.width}});
  list.push_back({"unembed.bias", {token}});
  return list;
}

std::vector<ParameterShape> parametersOf(const AttentionOnlyConfig &c) {
  std::vector<ParameterShape> list = {{"embed.W_E", {c.vocabulary, c.width}},
                                      {"pos_embed.W_pos", {c.context, c.width}}};
  for (std::int64_t l = 0; l < c.layers; ++l) {
    list.push_back({blockName(l, "ln1.w"), {c.width}});
    list.push_back({blockName(l, "ln1.b"), {c.width}});
    for (const char *name : {"attn.W_Q", "attn.W_K", "attn.W_V"})
      list.push_back({blockName(l, name), {c.heads, c.width, c.headWidth}});
    list.push_back({blockName(l, "attn.W_O"), {c.heads, c.headWidth, c.width}});
    for (const char *name : {"attn.b_Q", "attn.b_K", "attn.b_V"})
      list.push_back({blockName(l, name), {c.heads, c.headWidth}});
    list.push_back({blockName(l, "attn.b_O"), {c.width}});
  }
  list.push_back({"ln_final.w", {c.width}});
  list.push_back({"ln_final.b", {c.width}});
  list.push_back({"unembed.W_U", {c.width, c.vocabulary}});
  list.push_back({"unembed.b_U", {c.vocabulary}});
  return list;
}

/// Adds to a component every parameter whose name passes `keep`.
template <typename Keep>
Component wholeParameters(const std::string &name, const std::vector<ParameterShape> &parameters, Keep keep) {
  Component component{name, {}, 0};
  for (const ParameterShape &p : parameters)
    if (keep(p.name)) {
      component.slices.push_back({p.name, -1, 0, 0});
      component.weightCount += p.elementCount();
    }
  return component;
}

auto startsWith(const std::string &start) {
  return [start](const std::string &name) { return name.starts_with(start); };
}

std::vector<Component> componentsOf(const IclTransformerConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, [](const std::string &) { return true; })};
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const std::string layer = "L" + std::to_string(l);
    for (std::int64_t h = 0; h < c.heads; ++h) {
      const std::int64_t w = c.headWidth();
      list.push_back({layer + ".H" + std::to_string(h),
                      {{blockName(l, "attn.qkv.weight"), 0, 3 * w * h, 3 * w * (h + 1)},
                       {blockName(l, "attn.out.weight"), 1, w * h, w * (h + 1)}},
                      4 * w * c.width});
    }
    list.push_back(wholeParameters(layer + ".attn", parameters, startsWith(blockName(l, "attn."))));
    list.push_back(wholeParameters(layer + ".mlp", parameters, startsWith(blockName(l, "mlp."))));
  }
  list.push_back(wholeParameters("embed", parameters, startsWith("embed.")));
  list.push_back(wholeParameters("pos", parameters, startsWith("pos.")));
  list.push_back(wholeParameters("unembed", parameters, startsWith("unembed.")));
  list.push_back(wholeParameters(
      "ln", parameters, [](const std::string &name) { return name.find("ln") != std::string::npos; }));
  return list;
}

/// A head is its slices of the four matrices; biases belong to the layer.
std::vector<Component> componentsOf(const AttentionOnlyConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, [](const std::string &) { return true; })};
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const std::string layer = "L" + std::to_string(l);
    for (std::int64_t h = 0; h < c.heads; ++h) {
      Component head{layer + ".H" + std::to_string(h), {}, 4 * c.width * c.headWidth};
      for (const char *name : {"attn.W_Q", "attn.W_K", "attn.W_V", "attn.W_O"})
        head.slices.push_back({blockName(l, name), 0, h, h + 1});
      list.push_back(std::move(head));
    }
    list.push_back(wholeParameters(layer + ".attn", parameters, startsWith(blockName(l, "attn."))));
  }
  list.push_back(wholeParameters("embed", parameters, startsWith("embed.")));
  list.push_back(wholeParameters("pos", parameters, startsWith("pos_embed.")));
  list.push_back(wholeParameters("unembed", parameters, startsWith("unembed.")));
  list.push_back(wholeParameters(
      "ln", parameters, [](const std::string &name) { return name.find("ln") != std::string::npos; }));
  return list;
}

std::vector<Component> componentsOf(const LinearNetworkConfig &, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, [](const std::string &) { return true; })};
  for (std::size_t s = 0; s < parameters.size(); ++s)
    list.push_back(wholeParameters("L" + std::to_string(s), parameters,
                                   [&](const std::string &name) { return name == parameters[s].name; }));
  return list;
}

const ArrayInfo &require(const CheckpointFile &file, const std::string &name, std::size_t dims) {
  const ArrayInfo *info = file.find(name);
  if (info == nullptr)
    throw Error(file.path().string() + ": expected a tensor " + name + ", found none of that name");
  if (info->shape.size() != dims)
    throw Error(file.path().string() + ": " + name + ": expected " + std::to_string(dims) +
                " dimensions, found " + shapeText(info->shape));
  return *info;
}

LinearNetworkConfig recognizeLinearNetwork(const CheckpointFile &file) {
  LinearNetworkConfig config;
  for (std::size_t s = 0; file.find("layers." + std::to_string(s) + ".weight") != nullptr; ++s) {
    const ArrayInfo &layer = require(file, "layers." + std::to_string(s) + ".weight", 2);
    if (s == 0)
      config.widths.push_back(layer.shape[1]);
    config.widths.push_back(layer.shape[0]);
  }
  return config;
}

IclTransformerConfig recognizeIclTransformer(const DescriptionTable &model, const CheckpointFile &file) {
  IclTransformerConfig config;
  const ArrayInfo &embed = require(file, "embed.weight", 2);
  config.width = embed.shape[0];
  config.taskDimension = embed.shape[1] - 1;
  config.contextPairs = require(file, "pos.weight", 2).shape[0] / 2;
  config.mlpWidth = require(file, blockName(0, "mlp.in.weight"), 2).shape[0];
  config.layers = 0;
  while (file.find(blockName(config.layers, "attn.qkv.weight")) != nullptr)
    ++config.layers;
  config.heads = integerOr(model, "heads", 4); // fused: shapes do not say
  config.doubledResidual = booleanOr(model, "doubled_residual", false);
  if (config.heads < 1 || config.width % config.heads != 0)
    throw Error("run.toml, [model] heads: expected a divisor of the width " + std::to_string(config.width) +
                ", found " + std::to_string(config.heads));
  return config;
}

AttentionOnlyConfig recognizeAttentionOnly(const DescriptionTable &model, const CheckpointFile &file) {
  if (file.find(blockName(0, "mlp.W_in")) != nullptr)
    throw Error(file.path().string() + ": expected a transformer of attention layers alone, found an MLP (" +
                blockName(0, "mlp.W_in") + ")");
  AttentionOnlyConfig config;
  const ArrayInfo &embed = require(file, "embed.W_E", 2), &query = require(file, blockName(0, "attn.W_Q"), 3);
  config.vocabulary = embed.shape[0];
  config.width = embed.shape[1];
  config.context = require(file, "pos_embed.W_pos", 2).shape[0];
  config.heads = query.shape[0];
  config.headWidth = query.shape[2];
  config.layers = 0;
  while (file.find(blockName(config.layers, "attn.W_Q")) != nullptr)
    ++config.layers;
  const std::string positions = textOr(model, "positions", "shortformer"); // shapes do not say
  if (positions != "shortformer" && positions != "standard")
    throw Error("run.toml, [model] positions: expected shortformer or standard, found " + positions);
  config.shortformer = positions == "shortformer";
  return config;
}

struct DescribeModel {
  std::string operator()(const LinearNetworkConfig &c) const {
    std::string text = "deep linear network ";
    for (std::size_t i = 0; i < c.widths.size(); ++i)
      text += (i == 0 ? "" : "-") + std::to_string(c.widths[i]);
    return text;
  }
  std::string operator()(const IclTransformerConfig &c) const {
    std::ostringstream text;
    text << "regression transformer, D = " << c.taskDimension << ", K = " << c.contextPairs << ", " << c.layers
         << " layers, " << c.heads << " heads, width " << c.width << (c.doubledResidual ? ", doubled residual" : "");
    return text.str();
  }
  std::string operator()(const AttentionOnlyConfig &c) const {
    std::ostringstream text;
    text << "attention-only transformer, " << c.layers << (c.layers == 1 ? " layer, " : " layers, ") << c.heads
         << " heads, width " << c.width << ", vocabulary " << c.vocabulary << ", context " << c.context
         << (c.shortformer ? ", shortformer positions" : ", standard positions");
    return text.str();
  }
};

struct FamilyName {
  std::string operator()(const LinearNetworkConfig &) const { return "linear-network"; }
  std::string operator()(const IclTransformerConfig &) const { return "icl-regression-transformer"; }
  std::string operator()(const AttentionOnlyConfig &) const { return "attention-only-transformer"; }
};

} // namespace

std::int64_t ParameterShape::elementCount() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t(1), std::multiplies<>());
}

std::vector<ParameterShape> parametersOf(const Architecture &architecture) {
  return std::visit([](const auto &config) { return parametersOf(config); }, architecture);
}

std::vector<Component> componentsOf(const Architecture &architecture) {
  return std::visit([](const auto &config) { return componentsOf(config, parametersOf(config)); }, architecture);
}

std::string familyOf(const Architecture &architecture) {
  return std::visit(FamilyName{}, architecture);
}

std::string describe(const Architecture &architecture) {
  return std::visit(DescribeModel{}, architecture);
}

Architecture recognizeArchitecture(const DescriptionTable &model, const CheckpointFile &checkpoint) {
  Architecture found;
  if (checkpoint.find("layers.0.weight") != nullptr)
    found = recognizeLinearNetwork(checkpoint);
  else if (checkpoint.find("embed.weight") != nullptr && checkpoint.find(blockName(0, "attn.qkv.weight")) != nullptr)
    found = recognizeIclTransformer(model, checkpoint);
  else if (checkpoint.find("embed.W_E") != nullptr && checkpoint.find(blockName(0, "attn.W_Q")) != nullptr)
    found = recognizeAttentionOnly(model, checkpoint);
  else {
    std::string keys;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, checkpoint.arrays().size()); ++i)
      keys += (i == 0 ? "" : ", ") + checkpoint.arrays()[i].name;
    throw Error(checkpoint.path().string() + ": expected the tensors of a linear network (layers.0.weight), of a "
                "regression transformer (embed.weight, blocks.0.attn.qkv.weight) or of an attention-only transformer "
                "(embed.W_E, blocks.0.attn.W_Q), found " +
                (keys.empty() ? "no tensors" : keys));
  }
  for (const ParameterShape &p : parametersOf(found)) {
    const ArrayInfo *info = checkpoint.find(p.name);
    if (info == nullptr)
      throw Error(checkpoint.path().string() + ": expected a tensor " + p.name + " " + shapeText(p.shape) +
                  ", found none of that name");
    if (info->shape != p.shape)
      throw Error(checkpoint.path().string() + ": " + p.name + ": expected " + shapeText(p.shape) + ", found " +
                  shapeText(info->shape));
  }
  return found;
}

} // namespace evolute::core
