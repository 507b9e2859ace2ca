// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/model_facts.h"

#include <array>
#include <utility>

#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::array<std::pair<const char *, Activation>, 11> kActivations = {{{"identity", Activation::Identity},
                                                                               {"relu", Activation::Relu},
                                                                               {"gelu", Activation::Gelu},
                                                                               {"gelu-tanh", Activation::GeluTanh},
                                                                               {"tanh", Activation::Tanh},
                                                                               {"sigmoid", Activation::Sigmoid},
                                                                               // other libraries' names
                                                                               {"linear", Activation::Identity},
                                                                               {"gelu_new", Activation::GeluTanh},
                                                                               {"gelu_fast", Activation::GeluTanh},
                                                                               {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                                               {"gelu_python", Activation::Gelu}}};

nlohmann::json readConfig(const CheckpointFile &file) {
  if (!file.configText())
    return nlohmann::json::object();
  nlohmann::json config = nlohmann::json::parse(*file.configText(), nullptr, /*allow_exceptions=*/false);
  if (!config.is_object())
    throw Error(file.path().string() + ", config.json beside it: expected a JSON object, found something else");
  return config;
}

} // namespace

const char *nameOf(Activation activation) {
  for (const auto &[name, known] : kActivations)
    if (known == activation)
      return name;
  return "";
}

std::string compactShape(const std::vector<std::int64_t> &shape) {
  std::string text;
  for (const std::int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "a scalar" : text;
}

ModelFacts::ModelFacts(const DescriptionTable &model, const CheckpointFile &file)
    : m_model(model), m_file(file), m_config(readConfig(file)) {}

const ArrayInfo &ModelFacts::tensor(const std::string &name, std::size_t dimensions) const {
  const ArrayInfo *info = m_file.find(name);
  if (info == nullptr)
    refuse("expected a tensor " + name + ", found none of that name");
  if (info->shape.size() != dimensions)
    refuse(name + ": expected " + std::to_string(dimensions) + " dimensions, found " + compactShape(info->shape));
  return *info;
}

const nlohmann::json *ModelFacts::inConfig(std::initializer_list<const char *> pointers) const {
  for (const char *text : pointers) {
    const nlohmann::json::json_pointer pointer(text);
    if (m_config.contains(pointer) && !m_config.at(pointer).is_null())
      return &m_config.at(pointer);
  }
  return nullptr;
}

std::optional<std::int64_t> ModelFacts::integer(const std::string &key,
                                                std::initializer_list<const char *> pointers) const {
  if (m_model.contains(key))
    return integerOr(m_model, key, 0);
  const nlohmann::json *value = inConfig(pointers);
  if (value == nullptr)
    return std::nullopt;
  if (!value->is_number_integer())
    throw Error("config.json, " + std::string(*pointers.begin()) + ": expected a whole number, found " + value->dump());
  return value->get<std::int64_t>();
}

std::optional<double> ModelFacts::number(const std::string &key, std::initializer_list<const char *> pointers) const {
  if (m_model.contains(key))
    return numberOr(m_model, key, 0);
  const nlohmann::json *value = inConfig(pointers);
  if (value == nullptr)
    return std::nullopt;
  if (!value->is_number())
    throw Error("config.json, " + std::string(*pointers.begin()) + ": expected a number, found " + value->dump());
  return value->get<double>();
}

std::optional<bool> ModelFacts::boolean(const std::string &key, std::initializer_list<const char *> pointers) const {
  if (m_model.contains(key))
    return booleanOr(m_model, key, false);
  const nlohmann::json *value = inConfig(pointers);
  if (value == nullptr)
    return std::nullopt;
  if (!value->is_boolean())
    throw Error("config.json, " + std::string(*pointers.begin()) + ": expected true or false, found " + value->dump());
  return value->get<bool>();
}

std::optional<std::string> ModelFacts::text(const std::string &key, std::initializer_list<const char *> pointers) const {
  if (m_model.contains(key))
    return textOr(m_model, key, "");
  const nlohmann::json *value = inConfig(pointers);
  if (value == nullptr)
    return std::nullopt;
  if (!value->is_string())
    throw Error("config.json, " + std::string(*pointers.begin()) + ": expected a text, found " + value->dump());
  return value->get<std::string>();
}

std::optional<Activation> ModelFacts::activation(std::initializer_list<const char *> pointers) const {
  const std::optional<std::string> name = text("activation", pointers);
  if (!name)
    return std::nullopt;
  std::string names;
  for (const auto &[known, activation] : kActivations) {
    if (*name == known)
      return activation;
    names += (names.empty() ? "" : ", ") + std::string(known);
  }
  refuse("activation: expected one of " + names + ", found " + *name);
}

void ModelFacts::cannotTell(const std::string &what, const std::string &key, const std::string &inConfig) const {
  const bool there = !m_config.empty();
  refuse("shapes do not tell " + what + ": expected " +
         (inConfig.empty() ? "" : inConfig + " in a config.json beside the checkpoints or ") + key +
         " in [model] of run.toml, found " +
         (inConfig.empty() || !there ? "no such value" : "neither, though there is a config.json"));
}

void ModelFacts::refuse(const std::string &sentence) const {
  throw Error(m_file.path().string() + ": " + sentence);
}

} // namespace evolute::core
