// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/checkpoint/run_description.h"
#include "core/data/sequence_choice.h"
#include "core/data/token_array.h"

namespace evolute::core {

/// Sequences of token ids in a file of whole numbers (see TokenArray): [n, context or longer], each row cut to
/// `context` tokens, or one flat stream cut into sequences of `context` tokens, the incomplete last one left out.
/// A slice may be made of some of them (see SequenceChoice).
/// Opening reads the header alone; sequences are read where they lie (a corpus can be larger than memory).
/// Safe to read from several threads at once.
class TokenFile {
public:
  /// \throws Error when the file holds no token ids, has rows shorter than `context`, or holds no sequence.
  TokenFile(const std::filesystem::path &path, std::int64_t context);
  /// From a [data.NAME] table: path, dtype (of a raw file), tensor (one of several), sequences, and vocabulary (how
  /// many tokens the ids were made for). \throws Error also when that is not the model's.
  TokenFile(const DescriptionTable &table, std::int64_t context, std::int64_t modelVocabulary);

  std::int64_t sequenceCount() const { return m_choice.size(); }
  /// Writes sequences first ... to `out`, a whole number of them, row after row.
  /// \throws Error for an id outside 0 ... vocabulary - 1, naming its sequence and position in the file.
  void read(std::int64_t first, std::int64_t vocabulary, std::span<std::int64_t> out) const;

private:
  TokenFile(const std::filesystem::path &path, std::unique_ptr<TokenArray> tokens, std::int64_t context,
            const std::string &sequences);
  std::int64_t sequencesIn(std::int64_t context) const; // checks the shape

  std::filesystem::path m_path;
  std::shared_ptr<const TokenArray> m_tokens;
  std::int64_t m_context, m_stride = 0;
  SequenceChoice m_choice;
};

} // namespace evolute::core
