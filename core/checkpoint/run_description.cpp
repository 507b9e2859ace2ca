// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/run_description.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

#include <toml++/toml.h>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/tensor_mapping_file.h"
#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

/// Turns a parsed file into a description; every error names file, line and column.
class DescriptionReader {
public:
  explicit DescriptionReader(const fs::path &file) : m_file(file) {}

  RunDescription read(toml::table &document) const {
    RunDescription description;
    description.run = takeSection(document, "run");
    description.name = takeText(description.run, document, "name");
    description.scan.glob = takeText(description.run, document, "checkpoints");
    description.scan.stepRegex = takeText(description.run, document, "step");
    description.model = takeSection(document, "model");
    description.loss = takeSection(document, "loss");
    description.log = takeSection(document, "log");
    description.training = takeSection(document, "training");
    if (const toml::node *data = document.get("data"))
      for (const auto &[name, slice] : tableIn(*data, "data"))
        description.data[std::string(name.str())] = scalars(slice, "data." + std::string(name.str()));
    if (const toml::node *tensors = document.get("tensors"))
      takeNames(tableIn(*tensors, "tensors"), "", description.tensors);
    for (const char *known : {"run", "model", "data", "loss", "log", "training", "tensors"})
      document.erase(known);
    if (!document.empty()) {
      std::ostringstream text;
      text << toml::toml_formatter(document) << '\n';
      description.otherSections = text.str();
    }
    return description;
  }

  [[noreturn]] void fail(const toml::source_region &where, const std::string &problem) const {
    throw Error(m_file.string() + ", line " + std::to_string(where.begin.line) + ", column " +
                std::to_string(where.begin.column) + ": " + problem);
  }

private:
  const toml::table &tableIn(const toml::node &node, const std::string &section) const {
    if (!node.is_table())
      fail(node.source(), "\"" + section + "\" should be a section [" + section + "]");
    return *node.as_table();
  }

  DescriptionTable scalars(const toml::node &node, const std::string &section) const {
    DescriptionTable table;
    for (const auto &[key, value] : tableIn(node, section)) {
      DescriptionValue &slot = table[std::string(key.str())];
      if (const auto *boolean = value.as_boolean())
        slot = boolean->get();
      else if (const auto *integer = value.as_integer())
        slot = integer->get();
      else if (const auto *number = value.as_floating_point())
        slot = number->get();
      else if (const auto *text = value.as_string())
        slot = text->get();
      else
        fail(value.source(),
             "[" + section + "] " + std::string(key.str()) + " should be a boolean, a number or a text");
    }
    return table;
  }

  /// A name with dots that was not quoted is a table in a table.
  void takeNames(const toml::table &table, const std::string &before, TensorMapping &mapping) const {
    for (const auto &[key, value] : table) {
      const std::string name = before + std::string(key.str());
      if (const auto *inner = value.as_table())
        takeNames(*inner, name + ".", mapping);
      else if (const auto *text = value.as_string())
        mapping[name] = text->get();
      else
        fail(value.source(), "[tensors] " + name + " should be a text, the name of a tensor in the files");
    }
  }

  DescriptionTable takeSection(const toml::table &document, const char *section) const {
    const toml::node *node = document.get(section);
    return node == nullptr ? DescriptionTable{} : scalars(*node, section);
  }

  std::string takeText(DescriptionTable &table, const toml::table &document, const char *key) const {
    const auto found = table.find(key);
    if (found == table.end())
      return {};
    if (!std::holds_alternative<std::string>(found->second))
      fail(document["run"][key].node()->source(), std::string("[run] ") + key + " should be a text");
    std::string text = std::get<std::string>(std::move(found->second));
    table.erase(found);
    return text;
  }

  fs::path m_file;
};

std::string quoted(const std::string &text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += std::string("\\u00") + kDigits[byte >> 4U] + kDigits[byte & 15U];
    else
      out += c;
  }
  return out + "\"";
}

std::string keyText(const std::string &key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? key : quoted(key);
}

/// The shortest text that reads back as the same number, and reads as a float ("1.0", never "1").
std::string numberText(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string valueText(const DescriptionValue &value) {
  if (const auto *boolean = std::get_if<bool>(&value))
    return *boolean ? "true" : "false";
  if (const auto *integer = std::get_if<std::int64_t>(&value))
    return std::to_string(*integer);
  if (const auto *number = std::get_if<double>(&value))
    return numberText(*number);
  return quoted(std::get<std::string>(value));
}

void appendSection(std::string &out, const std::string &header, const DescriptionTable &table) {
  out += (out.empty() ? "[" : "\n[") + header + "]\n";
  for (const auto &[key, value] : table)
    out += keyText(key) + " = " + valueText(value) + "\n";
}

template <class Wanted>
Wanted lookUp(const DescriptionTable &table, const std::string &key, Wanted fallback, const char *expected) {
  const auto found = table.find(key);
  if (found == table.end())
    return fallback;
  if (const auto *value = std::get_if<Wanted>(&found->second))
    return *value;
  throw Error(key + " should be " + expected + ", found " + valueText(found->second));
}

} // namespace

RunDescription readRunDescription(const fs::path &tomlFile) {
  std::ifstream stream(tomlFile, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf() || stream.peek() == std::ifstream::traits_type::eof()))
    throw Error(tomlFile.string() + ": cannot read the file");
  const DescriptionReader reader(tomlFile);
  try {
    toml::table document = toml::parse(text.str());
    return reader.read(document);
  } catch (const toml::parse_error &error) {
    reader.fail(error.source(), std::string(error.description()));
  }
}

void writeRunDescription(const fs::path &tomlFile, const RunDescription &description) {
  DescriptionTable run = description.run;
  for (const auto &[key, text] : {std::pair("name", description.name),
                                  {"checkpoints", description.scan.glob},
                                  {"step", description.scan.stepRegex}})
    if (!text.empty())
      run[key] = text;
  std::string out;
  const auto appendFilled = [&](const char *header, const DescriptionTable &table) {
    if (!table.empty())
      appendSection(out, header, table);
  };
  appendFilled("run", run);
  appendFilled("model", description.model);
  for (const auto &[slice, table] : description.data)
    appendSection(out, "data." + keyText(slice), table); // an empty one too: it names a slice
  appendFilled("loss", description.loss);
  appendFilled("log", description.log);
  appendFilled("training", description.training);
  if (!description.tensors.empty())
    appendSection(out, "tensors", DescriptionTable(description.tensors.begin(), description.tensors.end()));
  if (!description.otherSections.empty())
    out += (out.empty() ? "" : "\n") + description.otherSections;
  AtomicFile file(tomlFile);
  file.write(out);
  file.commit();
}

std::int64_t integerOr(const DescriptionTable &table, const std::string &key, std::int64_t fallback) {
  return lookUp(table, key, fallback, "a whole number");
}

double numberOr(const DescriptionTable &table, const std::string &key, double fallback) {
  const auto found = table.find(key);
  if (found != table.end())
    if (const auto *integer = std::get_if<std::int64_t>(&found->second))
      return static_cast<double>(*integer);
  return lookUp(table, key, fallback, "a number");
}

bool booleanOr(const DescriptionTable &table, const std::string &key, bool fallback) {
  return lookUp(table, key, fallback, "true or false");
}

std::string textOr(const DescriptionTable &table, const std::string &key, const std::string &fallback) {
  return lookUp(table, key, fallback, "a text");
}

namespace {

/// The one thing that a folder holds, where this is a described run: a sweep of which the first run is there. Opened
/// as the run itself its checkpoints would be found, but not the description that they are to be read by.
std::optional<fs::path> onlyRunIn(const fs::path &folder) {
  std::error_code error;
  std::optional<fs::path> only;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with('.'))
      continue;
    if (only)
      return std::nullopt;
    only = entry->path();
  }
  return only && fs::is_regular_file(*only / "run.toml", error) ? only : std::nullopt;
}

/// The folder to open for a path: itself, the one run in it, or for a file one of the three folders above it.
fs::path runFolderOf(const fs::path &path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return onlyRunIn(path).value_or(path);
  const fs::path own = fs::absolute(path).parent_path();
  fs::path folder = own;
  for (int level = 0; level < 3 && folder.has_parent_path(); ++level, folder = folder.parent_path())
    if (fs::is_regular_file(folder / "run.toml", error))
      return folder;
  return own;
}

} // namespace

Run openRun(const fs::path &path) {
  const fs::path folder = runFolderOf(path);
  Run run;
  std::error_code error;
  if (fs::is_regular_file(folder / "run.toml", error))
    run.description = readRunDescription(folder / "run.toml");
  if (TensorMapping mapping = mappingInForce(folder, run.description.tensors); !mapping.empty())
    run.description.scan.tensors = std::make_shared<const TensorMapping>(std::move(mapping));
  run.index = scanRun(folder, run.description.scan);
  if (run.description.name.empty())
    run.description.name = run.index.root.filename().string();
  return run;
}

} // namespace evolute::core
