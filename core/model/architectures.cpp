// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/architectures.h"

#include <numeric>
#include <sstream>

#include "core/model/model_facts.h"

namespace evolute::core {

namespace {

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

std::vector<ParameterShape> parametersOf(const MlpConfig &c) {
  std::vector<ParameterShape> list;
  for (std::size_t s = 0; s + 1 < c.widths.size(); ++s) {
    const std::string layer = "layers." + std::to_string(s);
    list.push_back({layer + ".weight", {c.widths[s + 1], c.widths[s]}});
    if (c.biases)
      list.push_back({layer + ".bias", {c.widths[s + 1]}});
  }
  return list;
}

std::vector<ParameterShape> parametersOf(const ScriptConfig &c) {
  return c.parameters;
}

/// The parameter is a tensor of the same shape in the file.
StoredView sameTensor(const std::string &name, const std::vector<std::int64_t> &shape) {
  StoredView view{name, shape, 0, std::vector<std::int64_t>(shape.size(), 1)};
  for (std::size_t d = shape.size(); d-- > 1;)
    view.strides[d - 1] = view.strides[d] * shape[d];
  return view;
}

/// Families whose parameters are named and shaped as the tensors of their files.
template <class Config>
std::vector<StoredView> storedViewsOf(const Config &, const std::vector<ParameterShape> &parameters) {
  std::vector<StoredView> views;
  for (const ParameterShape &p : parameters)
    views.push_back(sameTensor(p.name, p.shape));
  return views;
}

std::vector<StoredView> storedViewsOf(const MlpConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<StoredView> views;
  for (const ParameterShape &p : parameters) {
    const std::size_t perLayer = c.biases ? 2 : 1;
    views.push_back(sameTensor(c.layerNames[views.size() / perLayer] + p.name.substr(p.name.rfind('.')), p.shape));
  }
  return views;
}

std::vector<Component> componentsOf(const IclTransformerConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, anyName())};
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
  std::vector<Component> list = {wholeParameters("all", parameters, anyName())};
  for (std::size_t s = 0; s < parameters.size(); ++s)
    list.push_back(wholeParameters("L" + std::to_string(s), parameters,
                                   [&](const std::string &name) { return name == parameters[s].name; }));
  return list;
}

std::vector<Component> componentsOf(const MlpConfig &c, const std::vector<ParameterShape> &parameters) {
  std::vector<Component> list = {wholeParameters("all", parameters, anyName())};
  for (std::size_t s = 0; s + 1 < c.widths.size(); ++s)
    list.push_back(
        wholeParameters("L" + std::to_string(s), parameters, startsWith("layers." + std::to_string(s) + ".")));
  return list;
}

/// One a module that has parameters, named as the module. Running statistics of batch norm are read but never move.
std::vector<Component> componentsOf(const ScriptConfig &, const std::vector<ParameterShape> &parameters) {
  const auto isStatistic = [](const std::string &name) {
    return name.ends_with("running_mean") || name.ends_with("running_var");
  };
  std::vector<Component> list = {
      wholeParameters("all", parameters, [&](const std::string &name) { return !isStatistic(name); })};
  const auto moduleOf = [](const std::string &name) { return name.substr(0, name.rfind('.')); };
  for (const ParameterShape &p : parameters) {
    const std::string module = moduleOf(p.name);
    if (isStatistic(p.name))
      continue;
    bool known = false;
    for (const Component &component : list)
      known = known || component.name == module;
    if (!known)
      list.push_back(
          wholeParameters(module, parameters, [&](const std::string &name) {
        return moduleOf(name) == module && !isStatistic(name);
      }));
  }
  return list;
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
  std::string operator()(const DecoderConfig &c) const { return describe(c); }
  std::string operator()(const MlpConfig &c) const {
    std::string text = "multilayer perceptron ";
    for (std::size_t i = 0; i < c.widths.size(); ++i)
      text += (i == 0 ? "" : "-") + std::to_string(c.widths[i]);
    return text + (c.widths.size() > 2 ? std::string(", ") + nameOf(c.activation) : "") +
           (c.biases ? "" : ", without biases");
  }
  std::string operator()(const ScriptConfig &c) const {
    return "TorchScript module " + c.script.filename().string() + ", " + std::to_string(c.parameters.size()) +
           " parameters";
  }
};

struct FamilyName {
  std::string operator()(const LinearNetworkConfig &) const { return "linear-network"; }
  std::string operator()(const IclTransformerConfig &) const { return "icl-regression-transformer"; }
  std::string operator()(const DecoderConfig &c) const { return familyOf(c); }
  std::string operator()(const MlpConfig &) const { return "mlp"; }
  std::string operator()(const ScriptConfig &) const { return "torchscript"; }
};

} // namespace

std::int64_t ParameterShape::elementCount() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t(1), std::multiplies<>());
}

std::vector<ParameterShape> parametersOf(const Architecture &architecture) {
  return std::visit([](const auto &config) { return parametersOf(config); }, architecture);
}

std::vector<StoredView> storedViewsOf(const Architecture &architecture) {
  return std::visit([](const auto &config) { return storedViewsOf(config, parametersOf(config)); }, architecture);
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

} // namespace evolute::core
