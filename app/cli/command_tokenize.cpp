// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "app/cli/interruption.h"
#include "app/cli/number_text.h"
#include "app/cli/text_table.h"
#include "core/checkpoint/run_description.h"
#include "core/data/text_encoding.h"
#include "core/data/text_lines.h"
#include "core/error.h"

namespace evolute::app::cli {

namespace fs = std::filesystem;

namespace {

struct Slice {
  std::string name;
  std::vector<fs::path> files;
};

bool isPlainName(const std::string &name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

/// NAME=PATH words in order of their names' first coming.
std::vector<Slice> slicesOf(const std::vector<std::string> &words) {
  std::vector<Slice> slices;
  for (const std::string &word : words) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (equals == std::string::npos || !isPlainName(name) || equals + 1 == word.size())
      throw UsageError("expected NAME=PATH with a name of letters, digits, '-' and '_', found " + word);
    auto slice = std::find_if(slices.begin(), slices.end(), [&](const Slice &s) { return s.name == name; });
    if (slice == slices.end())
      slice = slices.insert(slices.end(), Slice{name, {}});
    for (fs::path &file : core::textFilesOf({word.substr(equals + 1)}))
      slice->files.push_back(std::move(file));
  }
  return slices;
}

core::Observer observerOf(Console &console) {
  return [&console](const core::Progress &progress) {
    console.progress().report(double(progress.done), double(progress.total), progress.what);
    return Interruption::flow();
  };
}

} // namespace

ExitCode runCommand(const TokenizeArguments &arguments, const GlobalArguments &global, Console &console) {
  const std::vector<Slice> slices = slicesOf(arguments.slices);
  std::error_code error;
  fs::create_directories(arguments.out, error);
  const bool learns = arguments.vocabulary.empty();
  const fs::path model = arguments.out / "vocabulary.model";
  nlohmann::json written = nlohmann::json::array();
  const auto finish = [&](bool stopped, std::int64_t size) {
    console.document({{"vocabulary", {{"file", model.string()}, {"size", size}, {"learned", learns}}},
                      {"slices", written},
                      {"description", (arguments.out / "data.toml").string()},
                      {"stopped", stopped}});
    return stopped ? ExitCode::Interrupted : ExitCode::Done;
  };

  if (learns) {
    std::vector<fs::path> all;
    for (const Slice &slice : slices)
      all.insert(all.end(), slice.files.begin(), slice.files.end());
    core::VocabularySettings settings;
    settings.size = arguments.vocabularySize;
    settings.mostBytes = std::uint64_t(arguments.trainingMegabytes * 1e6);
    settings.threads = std::max(global.threads, 1);
    if (!core::trainVocabulary(all, settings, model, observerOf(console)))
      return finish(true, 0);
  } else {
    core::TextTokenizer::open(arguments.vocabulary); // a wrong file is said before anything is written
    if (!fs::equivalent(arguments.vocabulary, model, error))
      fs::copy_file(arguments.vocabulary, model, fs::copy_options::overwrite_existing, error);
    if (error && !fs::exists(model))
      throw core::Error(model.string() + ": cannot write the file: " + error.message());
  }
  const core::TextTokenizer tokenizer = core::TextTokenizer::open(model);

  core::RunDescription description;
  TextTable table({"slice", "tokens", "bytes of text", "bytes a token", "file"});
  for (const Slice &slice : slices) {
    const fs::path file = arguments.out / (slice.name + ".npy");
    const core::EncodedText encoded = core::encodeText(tokenizer, slice.files, file, observerOf(console));
    if (encoded.stopped)
      return finish(true, tokenizer.vocabularySize());
    description.data[slice.name] = {{"kind", std::string("tokens")},
                                    {"path", file.filename().string()},
                                    {"vocabulary", tokenizer.vocabularySize()},
                                    {"tokenizer", model.filename().string()}};
    written.push_back({{"name", slice.name},
                       {"file", file.string()},
                       {"tokens", encoded.tokens},
                       {"bytes", encoded.bytes},
                       {"files", slice.files.size()},
                       {"dtype", encoded.dtype}});
    table.addRow({slice.name, countText(encoded.tokens), countText(std::int64_t(encoded.bytes)),
                  numberText(double(encoded.bytes) / double(std::max<std::int64_t>(encoded.tokens, 1))),
                  file.string()});
  }
  core::writeRunDescription(arguments.out / "data.toml", description);
  console.print(table.text() + "\nVocabulary of " + countText(tokenizer.vocabularySize()) + " tokens in " +
                model.string() + "; the slices for run.toml are in " +
                (arguments.out / "data.toml").string() + "\n");
  return finish(false, tokenizer.vocabularySize());
}

} // namespace evolute::app::cli
