// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/llc/preset_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include <nlohmann/json.hpp>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "core/error.h"
#include "core/results/result_tables.h"
#include "core/results/writer_place.h"

namespace evolute::core {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<fs::path> presetFoldersOf(const fs::path &runFolder) {
  const ResultFolders folders = resultFoldersOf(runFolder);
  std::vector<fs::path> list{folders.own / "presets"};
  if (!folders.fallback.empty())
    list.push_back(folders.fallback / "presets");
  return list;
}

struct IntoTable {
  toml::table &table;
  const std::string &key;
  template <class Value> void operator()(Value &&value) const {
    table.insert_or_assign(key, std::forward<Value>(value));
  }
};

struct IntoArray {
  toml::array &array;
  template <class Value> void operator()(Value &&value) const { array.push_back(std::forward<Value>(value)); }
};

/// What settings are made of: numbers, text, flags, and lists or tables of them.
template <class Into> void put(const Into &into, const std::string &key, const json &value) {
  if (value.is_object()) {
    toml::table inner;
    for (const auto &[name, entry] : value.items())
      put(IntoTable{inner, name}, name, entry);
    into(std::move(inner));
  } else if (value.is_array()) {
    toml::array inner;
    for (const json &entry : value)
      put(IntoArray{inner}, key, entry);
    into(std::move(inner));
  } else if (value.is_boolean()) {
    into(value.get<bool>());
  } else if (value.is_number_float()) {
    into(value.get<double>());
  } else if (value.is_number_unsigned() &&
             value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
    throw Error("preset: " + key + ": expected a number below 2^63, which is what TOML can hold, found " +
                value.dump());
  } else if (value.is_number_integer()) {
    into(value.get<std::int64_t>());
  } else if (value.is_string()) {
    into(value.get<std::string>());
  } else {
    throw Error("preset: " + key + ": expected a number, text or a flag, found " + value.dump());
  }
}

bool isPlainName(const std::string &name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

} // namespace

LlcPreset readPresetFile(const fs::path &file) {
  try {
    const toml::table document = toml::parse_file(file.string());
    LlcPreset preset;
    preset.name = document["name"].value_or(file.stem().string());
    preset.source = document["source"].value_or(std::string());
    const toml::table *settings = document["settings"].as_table();
    if (settings == nullptr)
      throw Error("expected a table [settings], found none");
    std::ostringstream text;
    text << toml::json_formatter(*settings);
    const json given = json::parse(text.str()), known = toJson(LlcSettings());
    for (const auto &[key, value] : given.items())
      if (!known.contains(key))
        throw Error("settings: " + key + " is no setting of the sampler");
    preset.settings = llcSettingsFromJson(given);
    for (const LlcSettings::Problem &problem : preset.settings.problems())
      if (problem.fatal)
        throw Error(problem.sentence);
    return preset;
  } catch (const toml::parse_error &error) {
    throw Error(file.string() + ": line " + std::to_string(error.source().begin.line) +
                ": expected TOML: " + std::string(error.description()));
  } catch (const Error &error) {
    throw Error(file.string() + ": " + error.what());
  }
}

std::vector<LlcPreset> llcPresetsOf(const fs::path &runFolder, std::vector<std::string> *problems) {
  std::vector<LlcPreset> presets = llcPresets();
  std::vector<LlcPreset> own;
  for (const fs::path &folder : presetFoldersOf(runFolder)) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (it->path().extension() != ".toml")
        continue;
      try {
        LlcPreset preset = readPresetFile(it->path());
        if (std::none_of(own.begin(), own.end(), [&](const LlcPreset &p) { return p.name == preset.name; }))
          own.push_back(std::move(preset)); // the run's own folder comes first
      } catch (const Error &unreadable) {
        if (problems != nullptr)
          problems->push_back(unreadable.what());
      }
    }
  }
  std::sort(own.begin(), own.end(), [](const LlcPreset &a, const LlcPreset &b) { return a.name < b.name; });
  for (LlcPreset &preset : own) {
    std::erase_if(presets, [&](const LlcPreset &p) { return p.name == preset.name; });
    presets.push_back(std::move(preset));
  }
  return presets;
}

std::optional<double> curvatureOfPresetFile(const fs::path &file) {
  try {
    const std::optional<double> kept = toml::parse_file(file.string())["curvature"].value<double>();
    return kept && std::isfinite(*kept) && *kept > 0 ? kept : std::nullopt;
  } catch (const toml::parse_error &) {
    return std::nullopt; // reading the preset itself says what is wrong
  }
}

std::optional<double> curvatureOfPreset(const fs::path &runFolder, const std::string &name) {
  for (const fs::path &folder : presetFoldersOf(runFolder))
    if (const fs::path file = folder / (name + ".toml"); fs::exists(file))
      return curvatureOfPresetFile(file);
  return std::nullopt;
}

fs::path savePreset(const fs::path &runFolder, const LlcPreset &preset, double curvature) {
  if (!isPlainName(preset.name))
    throw Error("preset: expected a name of letters, digits, '.', '-' and '_', found \"" + preset.name +
                "\"");
  toml::table document;
  document.insert_or_assign("name", preset.name);
  document.insert_or_assign("source", preset.source);
  if (curvature > 0)
    document.insert_or_assign("curvature", curvature);
  const std::string key = "settings";
  put(IntoTable{document, key}, key, toJson(preset.settings));
  std::ostringstream text;
  text << toml::toml_formatter(document) << '\n';
  std::string refusal;
  for (const fs::path &folder : presetFoldersOf(runFolder)) {
    std::error_code error;
    fs::create_directories(folder, error);
    try {
      const fs::path file = folder / (preset.name + ".toml");
      writeTextFile(file, text.str());
      return file;
    } catch (const Error &unwritable) {
      refusal = unwritable.what();
    }
  }
  throw Error(refusal);
}

} // namespace evolute::core
