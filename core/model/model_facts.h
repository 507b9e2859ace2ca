// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "core/checkpoint/checkpoint_file.h"
#include "core/checkpoint/run_description.h"
#include "core/model/architectures.h"

namespace evolute::core {

/// All that tells what a checkpoint's model is: keys and shapes, the [model] table of run.toml, and Hugging Face's
/// config.json where one lies beside the checkpoint or in the folder above.
class ModelFacts {
public:
  /// \throws Error for a config.json that is no JSON object.
  ModelFacts(const DescriptionTable &model, const CheckpointFile &file);

  const CheckpointFile &file() const { return m_file; }
  bool has(const std::string &tensor) const { return m_file.find(tensor) != nullptr; }
  /// \throws Error when there is none of that name or it has another number of dimensions.
  const ArrayInfo &tensor(const std::string &name, std::size_t dimensions) const;
  /// Layers for which `name` of layer l is there, from 0 on.
  template <class NameOf> std::int64_t layersWith(NameOf nameOf) const {
    std::int64_t layers = 0;
    while (has(nameOf(layers)))
      ++layers;
    return layers;
  }

  // What run.toml says under `key`, else config.json under the first of `pointers` ("/n_head") that is there.
  // \throws Error for a value of the wrong type.
  std::optional<std::int64_t> integer(const std::string &key, std::initializer_list<const char *> pointers = {}) const;
  std::optional<double> number(const std::string &key, std::initializer_list<const char *> pointers = {}) const;
  std::optional<bool> boolean(const std::string &key, std::initializer_list<const char *> pointers = {}) const;
  std::optional<std::string> text(const std::string &key, std::initializer_list<const char *> pointers = {}) const;
  /// \throws Error for a name that no activation has; nullopt where nothing is said.
  std::optional<Activation> activation(std::initializer_list<const char *> pointers = {}) const;

  /// Throws the Error that `what` cannot be told from shapes and has to be in run.toml or config.json.
  [[noreturn]] void cannotTell(const std::string &what, const std::string &key, const std::string &inConfig = {}) const;
  [[noreturn]] void refuse(const std::string &sentence) const; ///< Error with the file's name in front

private:
  const nlohmann::json *inConfig(std::initializer_list<const char *> pointers) const;

  const DescriptionTable &m_model;
  const CheckpointFile &m_file;
  nlohmann::json m_config;
};

const char *nameOf(Activation activation);

// One a library; the last check of names and shapes is recognizeArchitecture()'s.
bool looksLikeTransformerLens(const ModelFacts &facts);
bool looksLikeGpt2(const ModelFacts &facts);
bool looksLikeGptNeoX(const ModelFacts &facts);
DecoderConfig recognizeTransformerLens(const ModelFacts &facts);
DecoderConfig recognizeGpt2(const ModelFacts &facts);
DecoderConfig recognizeGptNeoX(const ModelFacts &facts);

// Of one kind of architecture each; the ones for any architecture choose.
std::vector<ParameterShape> parametersOf(const DecoderConfig &config);
std::vector<StoredView> storedViewsOf(const DecoderConfig &config, const std::vector<ParameterShape> &parameters);
std::vector<Component> componentsOf(const DecoderConfig &config, const std::vector<ParameterShape> &parameters);
std::string familyOf(const DecoderConfig &config);
std::string describe(const DecoderConfig &config);

std::string compactShape(const std::vector<std::int64_t> &shape); ///< "256x64"

/// A component of every parameter whose name passes `keep`.
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
inline auto startsWith(const std::string &start) {
  return [start](const std::string &name) { return name.starts_with(start); };
}
inline auto anyName() {
  return [](const std::string &) { return true; };
}

} // namespace evolute::core
