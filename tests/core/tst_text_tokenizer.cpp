// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <fstream>

#include "checkpoint_reference.h"
#include "core/data/piece_vocabulary.h"
#include "core/data/text_encoding.h"
#include "core/data/text_lines.h"
#include "core/data/token_file.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

/// Sentences with enough variety for a small vocabulary: every word of a made-up lexicon in every place.
std::string story(int sentences) {
  static const std::vector<std::string> words{"kernel",  "gradient", "descent", "valley",
                                              "saddle",  "basin",    "lattice", "mirror",
                                              "harbour", "lantern",  "orchard", "thimble"};
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    const auto word = [&](int k) { return words[std::size_t((i * 7 + k * k * 5 + i / 3) % 12)]; };
    text +=
        "The " + word(1) + " of the " + word(2) + " meets\ta " + word(3) + "  near the " + word(4) + ".\n";
  }
  return text;
}

std::string decoded(const TextTokenizer &tokenizer, const std::vector<std::int32_t> &ids) {
  std::string text;
  for (const std::int32_t id : ids)
    text += tokenizer.tokenText(id);
  return text;
}

} // namespace

class TestTextTokenizer : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_root = m_folder->path().toStdString();
  }

  void linesComeWholeOrInPieces() {
    const std::string longLine(10000, 'x'), wide = std::string(4095, 'y') + "\xC3\xA9" + "z";
    put("a/1.txt", "one\n\ntwo");
    put("a/2.txt", "");
    put("a/3.txt", longLine + "\n" + wide);
    put("a/.hidden", "no");
    TextLines lines(textFilesOf({m_root / "a"}));
    std::vector<std::string> pieces;
    std::vector<bool> begins;
    for (std::string piece; lines.next(piece);) {
      pieces.push_back(piece);
      begins.push_back(lines.beginsFile());
    }
    QCOMPARE(pieces.size(), std::size_t(8));
    QVERIFY(pieces[0] == "one\n" && pieces[1] == "\n" && pieces[2] == "two");
    QVERIFY(pieces[3].size() == 4096 && pieces[3] + pieces[4] + pieces[5] == longLine + "\n");
    QVERIFY(pieces[6] == std::string(4095, 'y') && pieces[7] == "\xC3\xA9z"); // not within a character
    QVERIFY(begins == (std::vector<bool>{true, false, false, true, false, false, false, false}));
    QCOMPARE(lines.bytesRead(), std::uint64_t(8 + 10001 + 4098));
  }

  void filesThatAreNoTextGetOneSentence() {
    put("bad.txt", "good\nb\xFF" "d\n");
    TextLines lines({m_root / "bad.txt"});
    std::string piece;
    QVERIFY(lines.next(piece));
    QVERIFY(sentenceOf([&] {
              lines.next(piece);
            }).endsWith("bad.txt, line 2: expected UTF-8 text, found other bytes"));
    QVERIFY(sentenceOf([&] { textFilesOf({m_root / "none"}); }).contains("found neither"));
    fs::create_directories(m_root / "empty");
    QVERIFY(sentenceOf([&] { textFilesOf({m_root / "empty"}); }).contains("found an empty folder"));
  }

  void textSurvivesThereAndBack() {
    const TextTokenizer tokenizer = learned(400);
    QCOMPARE(tokenizer.vocabularySize(), std::int64_t(400));
    for (const std::string &text : {std::string("  The basin\tof the saddle.  "), std::string("a\nb\r\n"),
                                    std::string("1 + 1 == 2;"), std::string("no such Zebra!")})
      QCOMPARE(decoded(tokenizer, tokenizer.encode(text)), text);
    // Letters it has not seen become bytes, each shown by its number.
    QCOMPARE(decoded(tokenizer, tokenizer.encode("\xC3\xA9")), std::string("<0xC3><0xA9>"));
    QVERIFY(tokenizer.encode(story(1)).size() < story(1).size() / 2);
    QCOMPARE(tokenizer.tokenText(tokenizer.endOfText()), std::string("</s>"));
    QVERIFY(sentenceOf([&] { tokenizer.tokenText(400); }).contains("expected 0 to 399, found 400"));
  }

  /// Our own reader of the model, for programs that cannot have the library, says the same.
  void theReaderWithoutTheLibraryAgrees() {
    const TextTokenizer tokenizer = learned(400);
    const PieceVocabulary pieces = PieceVocabulary::open(m_root / "vocabulary.model");
    QCOMPARE(pieces.size(), std::int64_t(400));
    for (std::int64_t id = 0; id < 400; ++id)
      QCOMPARE(pieces.tokenText(id), tokenizer.tokenText(id));
    for (const std::string &text :
         {std::string(), std::string("  The basin\tof the saddle.  "), std::string("a\nb\r\n"), std::string("aaaaaaaaa"),
          std::string("no such Zebra! \xC3\xA9\xE2\x82\xAC\xF0\x9F\x8C\xB1 <0x41> </s>"), story(40)})
      QVERIFY2(pieces.encode(text) == tokenizer.encode(text), text.c_str());
    QVERIFY(sentenceOf([&] { pieces.tokenText(400); }).contains("expected 0 to 399, found 400"));
  }

  void theSameTextGivesTheSameVocabulary() {
    learned(400);
    const auto first = bytesOf(m_root / "vocabulary.model");
    learned(400);
    QVERIFY(bytesOf(m_root / "vocabulary.model") == first);
  }

  void encodedTextReadsBackAsTokens() {
    const TextTokenizer tokenizer = learned(400);
    put("other.txt", "The lantern.\n");
    const EncodedText encoded =
        encodeText(tokenizer, {m_root / "story.txt", m_root / "other.txt"}, m_root / "tokens.npy");
    QCOMPARE(encoded.dtype, std::string("uint16"));
    QVERIFY(!encoded.stopped);
    std::vector<std::int64_t> ids(std::size_t(encoded.tokens));
    TokenFile(m_root / "tokens.npy", encoded.tokens).read(0, 400, ids);
    QCOMPARE(decoded(tokenizer, {ids.begin(), ids.end()}), story(300) + "</s>The lantern.\n</s>");
  }

  void aStoppedEncodingLeavesNoFile() {
    const TextTokenizer tokenizer = learned(400);
    const auto stop = [](const Progress &) { return Flow::Stop; };
    QVERIFY(encodeText(tokenizer, {m_root / "story.txt"}, m_root / "tokens.npy", stop).stopped);
    QVERIFY(!fs::exists(m_root / "tokens.npy"));
    fs::remove(m_root / "vocabulary.model");
    put("long.txt", story(3000));
    QVERIFY(!trainVocabulary({m_root / "long.txt"}, {400, 1U << 30U, 1}, m_root / "vocabulary.model", stop));
    QVERIFY(!fs::exists(m_root / "vocabulary.model"));
  }

  void whatCannotBeLearnedGetsOneSentence() {
    put("short.txt", "a few words\n");
    const auto train = [&](std::int64_t size) {
      return sentenceOf([&] {
        trainVocabulary({m_root / "short.txt"}, {size, 1000, 1}, m_root / "v.model");
      });
    };
    QVERIFY(train(200).contains("expected 260 to 1000000 tokens"));
    QVERIFY2(train(5000).contains("no vocabulary of 5000 tokens can be learned"), qPrintable(train(5000)));
    put("bad.txt", "\xFF\n");
    QVERIFY(sentenceOf([&] {
              trainVocabulary({m_root / "bad.txt"}, {300, 1000, 1}, m_root / "v.model");
            }).contains("expected UTF-8"));
    QVERIFY(!fs::exists(m_root / "v.model"));
    put("no.model", "this is no model");
    QVERIFY(sentenceOf([&] {
              TextTokenizer::open(m_root / "no.model");
            }).contains("expected a SentencePiece model"));
  }

private:
  TextTokenizer learned(std::int64_t size) {
    put("story.txt", story(300));
    if (!trainVocabulary({m_root / "story.txt"}, {size, 1U << 30U, 1}, m_root / "vocabulary.model"))
      throw Error("nobody stopped it");
    return TextTokenizer::open(m_root / "vocabulary.model");
  }

  void put(const fs::path &name, const std::string &bytes) {
    fs::create_directories((m_root / name).parent_path());
    std::ofstream(m_root / name, std::ios::binary) << bytes;
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_root;
};

QTEST_GUILESS_MAIN(TestTextTokenizer)
#include "tst_text_tokenizer.moc"
