// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/progress.h"

namespace evolute::core {

/// A SentencePiece vocabulary: text to token ids and back. Safe to use from several threads at once.
/// In the library core_text, for programs without LibTorch: see core/CMakeLists.txt.
class TextTokenizer {
public:
  /// \throws Error for a file that is no SentencePiece model.
  static TextTokenizer open(const std::filesystem::path &model);

  std::int64_t vocabularySize() const;
  std::int32_t endOfText() const; ///< the id that stands between texts; -1 when the vocabulary has none
  /// The tokens of a text, no begin or end added. \throws Error when the library cannot encode it.
  std::vector<std::int32_t> encode(std::string_view text) const;
  /// What a token stands for, for display: the text itself, a byte that is no character as "<0xE2>", a
  /// control token by its name ("</s>"). \throws Error for an id outside the vocabulary.
  std::string tokenText(std::int64_t id) const;

private:
  struct Impl;
  explicit TextTokenizer(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> m_impl;
};

struct VocabularySettings {
  std::int64_t size = 5000; ///< tokens, the 256 bytes and three control tokens among them
  /// Lines are left out evenly beyond this much text: pieces change little after some tens of megabytes,
  /// while time grows with it.
  std::uint64_t mostBytes = 32'000'000;
  int threads = 1;
};

/// Learns byte-pair pieces from text files and writes a SentencePiece model, whole or not at all. Every text
/// can be encoded and decoded without loss (bytes stand in for characters it has not seen; nothing is
/// normalised). The same files and settings give the same vocabulary. \return false when the observer stopped
/// it, which it can while text is read; the learning itself is one step. \throws Error
bool trainVocabulary(const std::vector<std::filesystem::path> &files, const VocabularySettings &settings,
                     const std::filesystem::path &model, const Observer &observe = {});

} // namespace evolute::core
