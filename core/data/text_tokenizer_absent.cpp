// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_tokenizer.h"
#include "core/error.h"

namespace evolute::core {

namespace {

[[noreturn]] void fail() {
  throw Error("This build has no SentencePiece: install libsentencepiece-dev and build again.");
}

} // namespace

struct TextTokenizer::Impl {};

bool textTokenizerAvailable() {
  return false;
}

TextTokenizer::TextTokenizer(std::shared_ptr<const Impl> impl) : m_impl(std::move(impl)) {}
TextTokenizer TextTokenizer::open(const std::filesystem::path &) {
  fail();
}
std::int64_t TextTokenizer::vocabularySize() const {
  fail();
}
std::int32_t TextTokenizer::endOfText() const {
  fail();
}
std::vector<std::int32_t> TextTokenizer::encode(std::string_view) const {
  fail();
}
std::string TextTokenizer::tokenText(std::int64_t) const {
  fail();
}
bool trainVocabulary(const std::vector<std::filesystem::path> &, const VocabularySettings &,
                     const std::filesystem::path &, const Observer &) {
  fail();
}

} // namespace evolute::core
