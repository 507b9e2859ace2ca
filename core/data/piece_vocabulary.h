// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace evolute::core {

/// The pieces of a SentencePiece model, read without that library: Debian's brings a protobuf of its own, which
/// cannot live in one process with LibTorch. For showing tokens and for short texts that people type; text files
/// are for TextTokenizer, which a test holds this against.
class PieceVocabulary {
public:
  /// \throws Error for a file that is no SentencePiece model.
  static PieceVocabulary open(const std::filesystem::path &model);
  static PieceVocabulary fromBytes(std::span<const std::byte> bytes, const std::string &name);

  std::int64_t size() const { return std::int64_t(m_pieces.size()); }
  /// As TextTokenizer::tokenText(). \throws Error for an id outside the vocabulary.
  std::string tokenText(std::int64_t id) const;
  /// The tokens of a text, no begin or end added. Cost: the square of its length. \throws Error for a model other
  /// than byte-pair encoding without normalisation, which is what trainVocabulary() makes.
  std::vector<std::int32_t> encode(std::string_view text) const;

private:
  enum class Kind { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };
  struct Piece {
    std::string text;
    float score = 0;
    Kind kind = Kind::Normal;
  };
  void takePiece(std::span<const std::byte> message);
  void takeTrainer(std::span<const std::byte> message);
  void takeNormalizer(std::span<const std::byte> message);

  std::string m_name;
  std::vector<Piece> m_pieces;
  std::map<std::string, std::int32_t, std::less<>> m_ids; ///< of pieces that text can consist of
  std::map<unsigned, std::int32_t> m_bytes;
  std::int32_t m_unknown = -1;
  bool m_isBytePair = false, m_isPlain = false;
};

} // namespace evolute::core
