// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/language_data.h"

#include "core/data/token_file.h"
#include "core/error.h"

namespace evolute::core {

namespace fs = std::filesystem;

namespace {

constexpr const char *kPathKeys[] = {"path", "tokenizer"};

template <typename Change> void changePaths(DescriptionTable &table, Change change) {
  for (const char *key : kPathKeys)
    if (const auto found = table.find(key); found != table.end())
      if (const auto *path = std::get_if<std::string>(&found->second))
        found->second = change(fs::path(*path)).generic_string();
}

std::map<std::string, DescriptionTable> slicesOf(const fs::path &path) {
  const fs::path absolute = fs::absolute(path).lexically_normal();
  if (path.extension() != ".toml")
    return {{"train", {{"kind", std::string("tokens")}, {"path", absolute.generic_string()}}}};
  std::map<std::string, DescriptionTable> slices = readRunDescription(path).data;
  for (auto &[name, table] : slices)
    changePaths(table, [&](const fs::path &p) { return (absolute.parent_path() / p).lexically_normal(); });
  return slices;
}

} // namespace

LanguageData readLanguageData(const fs::path &path, std::int64_t vocabulary, std::int64_t context,
                              std::int64_t heldOut) {
  LanguageData data;
  data.slices = slicesOf(path);
  const auto train = data.slices.find("train");
  if (train == data.slices.end())
    throw Error(path.string() + ": expected a section [data.train] with the tokens to train on, found none");
  const std::int64_t told = integerOr(train->second, "vocabulary", 0);
  data.vocabulary = vocabulary > 0 ? vocabulary : told;
  if (data.vocabulary == 0)
    throw Error(path.string() + ": expected the size of the vocabulary, as vocabulary in [data.train] or asked for with "
                                "--vocabulary-size, found neither");
  for (auto &[name, table] : data.slices) {
    table.try_emplace("vocabulary", data.vocabulary);
    const TokenFile file(table, context, data.vocabulary); // says what is wrong before anything is trained
    if (data.slices.size() > 1)
      continue;
    if (table.contains("sequences") || file.sequenceCount() <= heldOut)
      throw Error(path.string() + ": expected a second slice to measure the loss on, or more than " +
                  std::to_string(heldOut) + " sequences of " + std::to_string(context) +
                  " tokens to hold the last of them out, found " + std::to_string(file.sequenceCount()) +
                  (table.contains("sequences") ? " chosen ones" : ""));
    const std::string edge = std::to_string(file.sequenceCount() - heldOut);
    DescriptionTable rest = table;
    rest["sequences"] = edge + ":";
    table["sequences"] = "0:" + edge;
    table["context"] = rest["context"] = context; // sequences count in these
    data.slices.emplace("held-out", std::move(rest));
    break;
  }
  return data;
}

std::map<std::string, DescriptionTable> relativeTo(const fs::path &folder,
                                                   std::map<std::string, DescriptionTable> slices) {
  const fs::path from = fs::absolute(folder).lexically_normal();
  for (auto &[name, table] : slices)
    changePaths(table, [&](const fs::path &p) { return p.is_absolute() ? p.lexically_proximate(from) : p; });
  return slices;
}

} // namespace evolute::core
