// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_tokenizer.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include "core/checkpoint/atomic_file.h"
#include "core/checkpoint/byte_source.h"
#include "core/data/text_lines.h"
#include "core/error.h"

namespace evolute::core {

namespace {

constexpr std::uint64_t kLargestModel = 256'000'000;
constexpr std::string_view kSpace = "\xE2\x96\x81"; // U+2581, by which pieces show a space

std::string sentenceOf(const sentencepiece::util::Status &status) {
  std::string text(status.message());
  // The library begins with its own file and line.
  if (const std::size_t end = text.rfind("] "); end != std::string::npos)
    text.erase(0, end + 2);
  return shown(text);
}

/// Text lines without their newlines (those stand for themselves as bytes), as the trainer asks for them.
class TrainingLines final : public sentencepiece::SentenceIterator {
public:
  TrainingLines(std::vector<std::filesystem::path> files, const VocabularySettings &settings,
                const Observer &observe)
      : m_total(bytesOf(files)), m_stride(1 + m_total / std::max<std::uint64_t>(settings.mostBytes, 1)),
        m_lines(std::move(files)), m_observe(observe) {
    Next();
  }

  bool done() const override { return m_done; }
  const std::string &value() const override { return m_line; }
  sentencepiece::util::Status status() const override { return {}; }
  bool stopped() const { return m_stopped; }
  const std::string &problem() const { return m_problem; }

  void Next() override {
    try { // an exception must not pass through the library
      do {
        m_done = !m_lines.next(m_line);
        if (!m_done && m_line.back() == '\n')
          m_line.pop_back();
      } while (!m_done && (m_line.empty() || m_seen++ % m_stride != 0));
    } catch (const Error &error) {
      m_problem = error.what();
      m_done = true;
    }
    if (m_observe && m_seen % 1000 == 0 &&
        m_observe({std::int64_t(m_lines.bytesRead()), std::int64_t(m_total), "reading text"}) == Flow::Stop)
      m_stopped = m_done = true;
  }

private:
  std::uint64_t m_total, m_stride, m_seen = 0;
  TextLines m_lines;
  const Observer &m_observe;
  std::string m_line, m_problem;
  bool m_done = false, m_stopped = false;
};

} // namespace

struct TextTokenizer::Impl {
  sentencepiece::SentencePieceProcessor processor;
};

TextTokenizer::TextTokenizer(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}

TextTokenizer TextTokenizer::open(const std::filesystem::path &model) {
  const auto source = ByteSource::file(model);
  if (source->size() == 0 || source->size() > kLargestModel)
    throw Error(model.string() + ": expected a SentencePiece model, found " + std::to_string(source->size()) +
                " bytes");
  std::string bytes(std::size_t(source->size()), '\0');
  source->read(0, std::as_writable_bytes(std::span(bytes)));
  auto impl = std::make_shared<Impl>();
  const auto status = impl->processor.LoadFromSerializedProto(bytes);
  if (!status.ok() || impl->processor.GetPieceSize() < 1)
    throw Error(model.string() + ": expected a SentencePiece model, found something else" +
                (status.ok() ? "" : " (" + sentenceOf(status) + ")"));
  return TextTokenizer(std::move(impl));
}

std::int64_t TextTokenizer::vocabularySize() const {
  return m_impl->processor.GetPieceSize();
}

std::int32_t TextTokenizer::endOfText() const {
  return m_impl->processor.eos_id();
}

std::vector<std::int32_t> TextTokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  const auto status = m_impl->processor.Encode({text.data(), text.size()}, &ids);
  if (!status.ok())
    throw Error("the text cannot be encoded: " + sentenceOf(status));
  return {ids.begin(), ids.end()};
}

std::string TextTokenizer::tokenText(std::int64_t id) const {
  if (id < 0 || id >= vocabularySize())
    throw Error("token id: expected 0 to " + std::to_string(vocabularySize() - 1) + ", found " +
                std::to_string(id));
  const std::string &piece = m_impl->processor.IdToPiece(int(id));
  if (m_impl->processor.IsByte(int(id))) { // "<0x0A>"
    const auto byte = static_cast<unsigned char>(std::stoul(piece.substr(3, 2), nullptr, 16));
    return byte < 0x80 ? std::string(1, char(byte)) : piece;
  }
  if (m_impl->processor.IsControl(int(id)) || m_impl->processor.IsUnknown(int(id)))
    return piece;
  std::string text;
  for (std::size_t at = 0; at < piece.size();) {
    const bool space = piece.compare(at, kSpace.size(), kSpace) == 0;
    text += space ? ' ' : piece[at];
    at += space ? kSpace.size() : 1;
  }
  return text;
}

bool trainVocabulary(const std::vector<std::filesystem::path> &files, const VocabularySettings &settings,
                     const std::filesystem::path &model, const Observer &observe) {
  constexpr std::int64_t kLeast = 256 + 3 + 1, kMost = 1'000'000;
  if (settings.size < kLeast || settings.size > kMost)
    throw Error("vocabulary size: expected " + std::to_string(kLeast) + " to " + std::to_string(kMost) +
                " tokens (256 bytes, 3 control tokens and pieces), found " + std::to_string(settings.size));
  TrainingLines lines(files, settings, observe);
  std::string bytes;
  const std::unordered_map<std::string, std::string> options{
      {"model_type", "bpe"},
      {"vocab_size", std::to_string(settings.size)},
      {"byte_fallback", "true"},
      {"character_coverage", "0.9995"},
      {"normalization_rule_name", "identity"},
      {"add_dummy_prefix", "false"},
      {"remove_extra_whitespaces", "false"},
      {"num_threads", std::to_string(std::max(settings.threads, 1))},
      {"max_sentence_length", std::to_string(TextLines::kLongest)},
      {"minloglevel", "2"}};
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &lines, &bytes);
  if (lines.stopped())
    return false;
  if (!lines.problem().empty())
    throw Error(lines.problem());
  if (!status.ok())
    throw Error("no vocabulary of " + std::to_string(settings.size) +
                " tokens can be learned from this text: " + sentenceOf(status));
  AtomicFile file(model);
  file.write(bytes);
  file.commit();
  return true;
}

} // namespace evolute::core
