// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/piece_vocabulary.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "core/checkpoint/byte_source.h"
#include "core/checkpoint/utf8.h"
#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::uint64_t kLargestModel = 256'000'000;
constexpr std::string_view kSpace = "\xE2\x96\x81"; // U+2581, by which pieces show a space

/// A message of protocol buffers, field after field (https://protobuf.dev/programming-guides/encoding).
class MessageReader {
public:
  explicit MessageReader(std::span<const std::byte> message) : m_rest(message) {}

  /// False at the end. \throws Error for bytes that are no message.
  bool next() {
    if (m_rest.empty())
      return false;
    const std::uint64_t key = varint();
    field = key >> 3;
    number = 0;
    bytes = {};
    switch (key & 7) {
    case 0: number = varint(); return true;
    case 1: bytes = take(8); return true;
    case 2: bytes = take(varint()); return true;
    case 5: bytes = take(4); return true;
    default: throw Error("a field of unknown kind " + std::to_string(key & 7));
    }
  }
  std::string text() const { return {reinterpret_cast<const char *>(bytes.data()), bytes.size()}; }
  float real() const {
    float value = 0;
    if (bytes.size() == sizeof value)
      std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  std::uint64_t field = 0, number = 0;
  std::span<const std::byte> bytes;

private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(take(1).front());
      value |= (byte & 0x7F) << shift;
      if ((byte & 0x80) == 0)
        return value;
    }
    throw Error("a number of more than 64 bits");
  }
  std::span<const std::byte> take(std::uint64_t count) {
    if (count > m_rest.size())
      throw Error("it ends within a field");
    const auto taken = m_rest.first(std::size_t(count));
    m_rest = m_rest.subspan(std::size_t(count));
    return taken;
  }
  std::span<const std::byte> m_rest;
};

/// Length of the character that begins here; 1 for bytes that are none.
std::size_t characterLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
  return std::min(length, text.size());
}

/// Of "<0x0A>"; -1 for anything else.
int byteOf(const std::string &piece) {
  int value = -1;
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>')
    return -1;
  const auto end = std::from_chars(piece.data() + 3, piece.data() + 5, value, 16).ptr;
  return end == piece.data() + 5 ? value : -1;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const bool found = text.compare(at, what.size(), what) == 0;
    out += found ? with : text.substr(at, 1);
    at += found ? what.size() : 1;
  }
  return out;
}

} // namespace

PieceVocabulary PieceVocabulary::open(const std::filesystem::path &model) {
  const auto source = ByteSource::file(model);
  if (source->size() > kLargestModel)
    throw Error(model.string() + ": expected a SentencePiece model, found " + std::to_string(source->size()) + " bytes");
  std::vector<std::byte> bytes(std::size_t(source->size()));
  source->read(0, bytes);
  return fromBytes(bytes, model.string());
}

PieceVocabulary PieceVocabulary::fromBytes(std::span<const std::byte> bytes, const std::string &name) {
  PieceVocabulary vocabulary;
  vocabulary.m_name = name;
  try {
    MessageReader model(bytes);
    while (model.next()) // of ModelProto
      if (model.field == 1)
        vocabulary.takePiece(model.bytes);
      else if (model.field == 2)
        vocabulary.takeTrainer(model.bytes);
      else if (model.field == 3)
        vocabulary.takeNormalizer(model.bytes);
  } catch (const Error &error) {
    throw Error(name + ": expected a SentencePiece model, found something else: " + error.what());
  }
  if (vocabulary.m_pieces.empty())
    throw Error(name + ": expected a SentencePiece model, found no pieces in it");
  return vocabulary;
}

void PieceVocabulary::takePiece(std::span<const std::byte> message) {
  Piece piece;
  MessageReader reader(message);
  while (reader.next())
    if (reader.field == 1)
      piece.text = reader.text();
    else if (reader.field == 2)
      piece.score = reader.real();
    else if (reader.field == 3 && reader.number >= 1 && reader.number <= 6)
      piece.kind = Kind(reader.number);
  if (piece.text.empty() || !isUtf8(piece.text))
    throw Error("a piece that is no text");
  const auto id = std::int32_t(m_pieces.size());
  if (piece.kind == Kind::Byte) {
    const int byte = byteOf(piece.text);
    if (byte < 0)
      throw Error("a byte that is none");
    m_bytes.emplace(unsigned(byte), id);
  } else if (piece.kind == Kind::Unknown) {
    m_unknown = id;
  } else if (piece.kind == Kind::Normal || piece.kind == Kind::UserDefined) {
    m_ids.emplace(piece.text, id);
  }
  m_pieces.push_back(std::move(piece));
}

void PieceVocabulary::takeTrainer(std::span<const std::byte> message) {
  MessageReader reader(message);
  while (reader.next())
    if (reader.field == 3) // model_type: 1 is unigram, 2 byte pairs
      m_isBytePair = reader.number == 2;
}

void PieceVocabulary::takeNormalizer(std::span<const std::byte> message) {
  bool charsMap = false, dummyPrefix = true, extraSpacesGo = true, spacesEscaped = true; // as where nothing is said
  MessageReader reader(message);
  while (reader.next())
    switch (reader.field) {
    case 2: charsMap = !reader.bytes.empty(); break;
    case 3: dummyPrefix = reader.number != 0; break;
    case 4: extraSpacesGo = reader.number != 0; break;
    case 5: spacesEscaped = reader.number != 0; break;
    default: break;
    }
  m_isPlain = !charsMap && !dummyPrefix && !extraSpacesGo && spacesEscaped;
}

std::string PieceVocabulary::tokenText(std::int64_t id) const {
  if (id < 0 || id >= size())
    throw Error("token id: expected 0 to " + std::to_string(size() - 1) + ", found " + std::to_string(id));
  const Piece &piece = m_pieces[std::size_t(id)];
  if (piece.kind == Kind::Byte) {
    const int byte = byteOf(piece.text);
    return byte < 0x80 ? std::string(1, char(byte)) : piece.text;
  }
  if (piece.kind == Kind::Control || piece.kind == Kind::Unknown)
    return piece.text;
  return replaced(piece.text, kSpace, " ");
}

std::vector<std::int32_t> PieceVocabulary::encode(std::string_view text) const {
  const bool userDefined = std::any_of(m_pieces.begin(), m_pieces.end(), [](const Piece &piece) {
    return piece.kind == Kind::UserDefined || piece.kind == Kind::Unused;
  });
  if (!m_isBytePair || !m_isPlain || userDefined)
    throw Error(m_name + ": expected a vocabulary of byte pairs without normalisation, as `evolute-cli tokenize` learns it, "
                         "to cut words into tokens, found another kind; token ids can be given instead");
  std::vector<std::string> symbols;
  const std::string escaped = replaced(text, " ", kSpace);
  for (std::string_view rest = escaped; !rest.empty(); rest.remove_prefix(symbols.back().size()))
    symbols.emplace_back(rest.substr(0, characterLength(rest)));
  // Of all neighbours that are a piece together those of the highest score become one, the leftmost first.
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const auto scoreAt = [&](std::size_t i) {
    if (i + 1 >= symbols.size())
      return kNever;
    const auto found = m_ids.find(symbols[i] + symbols[i + 1]);
    return found == m_ids.end() ? kNever : m_pieces[std::size_t(found->second)].score;
  };
  std::vector<float> scores(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i)
    scores[i] = scoreAt(i);
  while (!scores.empty()) {
    const auto best = std::size_t(std::max_element(scores.begin(), scores.end()) - scores.begin());
    if (scores[best] == kNever)
      break;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + std::ptrdiff_t(best) + 1);
    scores.erase(scores.begin() + std::ptrdiff_t(best) + 1);
    scores[best] = scoreAt(best);
    if (best > 0)
      scores[best - 1] = scoreAt(best - 1);
  }
  std::vector<std::int32_t> ids;
  for (const std::string &symbol : symbols) {
    if (const auto found = m_ids.find(symbol); found != m_ids.end()) {
      ids.push_back(found->second);
      continue;
    }
    if (m_bytes.size() < 256) {
      ids.push_back(std::max(m_unknown, 0));
      continue;
    }
    for (const char byte : symbol)
      ids.push_back(m_bytes.at(static_cast<unsigned char>(byte)));
  }
  return ids;
}

} // namespace evolute::core
