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

std::vector<Component> componentsOf(const IclTransformerConfig &c, const std::vector<ParameterShape> &parameters) {
  const auto startsWith = [](const std::string &start) {
    return [start](const std::string &name) { return name.starts_with(start); };
  };
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
  return std::holds_alternative<LinearNetworkConfig>(architecture) ? "linear-network" : "icl-regression-transformer";
}

std::string describe(const Architecture &architecture) {
  std::ostringstream text;
  if (const auto *network = std::get_if<LinearNetworkConfig>(&architecture)) {
    text << "deep linear network ";
    for (std::size_t i = 0; i < network->widths.size(); ++i)
      text << (i == 0 ? "" : "-") << network->widths[i];
  } else {
    const auto &c = std::get<IclTransformerConfig>(architecture);
    text << "regression transformer, D = " << c.taskDimension << ", K = " << c.contextPairs << ", " << c.layers
         << " layers, " << c.heads << " heads, width " << c.width << (c.doubledResidual ? ", doubled residual" : "");
  }
  return text.str();
}

Architecture recognizeArchitecture(const DescriptionTable &model, const CheckpointFile &checkpoint) {
  Architecture found;
  if (checkpoint.find("layers.0.weight") != nullptr)
    found = recognizeLinearNetwork(checkpoint);
  else if (checkpoint.find("embed.weight") != nullptr && checkpoint.find(blockName(0, "attn.qkv.weight")) != nullptr)
    found = recognizeIclTransformer(model, checkpoint);
  else {
    std::string keys;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, checkpoint.arrays().size()); ++i)
      keys += (i == 0 ? "" : ", ") + checkpoint.arrays()[i].name;
    throw Error(checkpoint.path().string() + ": expected the tensors of a linear network (layers.0.weight) or of a "
                "regression transformer (embed.weight, blocks.0.attn.qkv.weight), found " +
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
