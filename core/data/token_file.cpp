// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/token_file.h"

#include <cassert>

#include "core/error.h"

namespace evolute::core {

namespace {

std::filesystem::path pathIn(const DescriptionTable &table) {
  const std::string path = textOr(table, "path", "");
  if (path.empty())
    throw Error("run.toml, [data.*] path: expected a file of token ids (.npy, .safetensors, .pt, or raw with dtype), "
                "found none");
  return path;
}

} // namespace

TokenFile::TokenFile(const std::filesystem::path &path, std::int64_t context)
    : TokenFile(path, TokenArray::open(path), context, "") {}

TokenFile::TokenFile(const DescriptionTable &table, std::int64_t context, std::int64_t modelVocabulary)
    : TokenFile(pathIn(table), TokenArray::open(pathIn(table), textOr(table, "dtype", ""), textOr(table, "tensor", "")),
                context, textOr(table, "sequences", "")) {
  const std::int64_t vocabulary = integerOr(table, "vocabulary", modelVocabulary);
  if (vocabulary != modelVocabulary)
    throw Error(m_path.string() + ": expected token ids of the model's vocabulary of " +
                std::to_string(modelVocabulary) + ", they are of one of " + std::to_string(vocabulary));
}

TokenFile::TokenFile(const std::filesystem::path &path, std::unique_ptr<TokenArray> tokens, std::int64_t context,
                     const std::string &sequences)
    : m_path(path), m_tokens(std::move(tokens)), m_context(context),
      m_choice(sequences, sequencesIn(context), path.parent_path()) {
  m_stride = m_tokens->shape().size() == 2 ? m_tokens->shape()[1] : context;
}

std::int64_t TokenFile::sequencesIn(std::int64_t context) const {
  const std::string name = m_path.string();
  const std::vector<std::int64_t> &shape = m_tokens->shape();
  if (context < 2)
    throw Error("context: expected 2 tokens or more, found " + std::to_string(context));
  if (shape.empty() || shape.size() > 2)
    throw Error(name + ": expected a flat stream or rows of tokens, found " + std::to_string(shape.size()) +
                " dimensions");
  if (shape.size() == 2 && shape[1] < context)
    throw Error(name + ": expected rows of " + std::to_string(context) + " tokens or more, found " +
                std::to_string(shape[1]));
  const std::int64_t sequences = shape.size() == 2 ? shape[0] : shape[0] / context;
  if (sequences < 1)
    throw Error(name + ": expected at least one sequence of " + std::to_string(context) + " tokens, found " +
                std::to_string(shape.size() == 2 ? shape[0] * shape[1] : shape[0]) + " tokens");
  return sequences;
}

void TokenFile::read(std::int64_t first, std::int64_t vocabulary, std::span<std::int64_t> out) const {
  const auto context = std::size_t(m_context);
  assert(out.size() % context == 0 && first >= 0 &&
         first + std::int64_t(out.size() / context) <= sequenceCount());
  for (std::size_t s = 0; s < out.size() / context; ++s) {
    const std::int64_t sequence = m_choice.at(first + std::int64_t(s));
    const auto row = out.subspan(s * context, context);
    m_tokens->read(sequence * m_stride, row);
    for (std::size_t t = 0; t < context; ++t)
      if (row[t] < 0 || row[t] >= vocabulary)
        throw Error(m_path.string() + ": sequence " + std::to_string(sequence) + ", token " + std::to_string(t) +
                    ": expected an id from 0 to " + std::to_string(vocabulary - 1) + ", found " +
                    std::to_string(row[t]));
  }
}

} // namespace evolute::core
