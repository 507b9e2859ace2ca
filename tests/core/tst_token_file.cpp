// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <fstream>
#include <numeric>

#include "checkpoint_reference.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/data/npy_header.h"
#include "core/data/token_file.h"
#include "core/data/token_writer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

template <class Id> std::string bytesOfIds(const std::vector<Id> &ids) {
  return {reinterpret_cast<const char *>(ids.data()), ids.size() * sizeof(Id)};
}

using Ids = std::vector<std::int64_t>;

Ids allOf(const TokenFile &file, std::int64_t context, std::int64_t vocabulary = 1000) {
  Ids ids(std::size_t(file.sequenceCount() * context));
  file.read(0, vocabulary, ids);
  return ids;
}

} // namespace

class TestTokenFile : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_root = m_folder->path().toStdString();
  }

  void everyFormatGivesTheSameTokens() {
    const std::vector<std::uint16_t> ids{5, 6, 7, 8, 9, 10, 11};
    const Ids expected{5, 6, 7, 8, 9, 10};
    DescriptionTable raw{{"path", put("ids.bin", bytesOfIds(ids))}, {"dtype", std::string("uint16")}};
    QCOMPARE(allOf(TokenFile(raw, 3, 1000), 3), expected);
    const std::vector<std::uint32_t> wide(ids.begin(), ids.end());
    raw = {{"path", put("wide.bin", bytesOfIds(wide))}, {"dtype", std::string("uint32")}};
    QCOMPARE(allOf(TokenFile(raw, 3, 1000), 3), expected);
    const fs::path npy = put("ids.npy", npyHeaderText("<u2", {7}) + bytesOfIds(ids));
    QCOMPARE(allOf(TokenFile(npy, 3), 3), expected);
    const fs::path safe = m_root / "ids.safetensors";
    const std::vector<std::int64_t> other{0};
    const std::vector<std::int32_t> rows{5, 6, 7, 8, 9, 10};
    writeSafetensors(safe, {{{"other", DType::I64, {1}}, std::as_bytes(std::span(other))},
                            {{"tokens", DType::I32, {2, 3}}, std::as_bytes(std::span(rows))}});
    DescriptionTable named{{"path", safe.string()}, {"tensor", std::string("tokens")}};
    QCOMPARE(allOf(TokenFile(named, 3, 1000), 3), expected);
    named["tensor"] = std::string("none");
    QVERIFY(sentenceOf([&] {
              TokenFile(named, 3, 1000);
            }).contains("expected one of its 2 tensors, found \"none\""));
    QVERIFY(sentenceOf([&] { TokenFile(safe, 3); }).contains("holds 2 tensors, expected one or tensor = "));
  }

  /// torch.save(torch.arange(5)) is in the reference file beside numbers that are no ids.
  void tokensInAPytorchFileAreReadInPlace() {
    const fs::path file = fs::path(EVOLUTE_TEST_DATA) / "folders" / "legacy" / "step_4.pt";
    DescriptionTable table{{"path", file.string()}, {"tensor", std::string("ids")}};
    QCOMPARE(allOf(TokenFile(table, 2, 5), 2, 5), (Ids{0, 1, 2, 3}));
    table["tensor"] = std::string("half");
    QVERIFY(sentenceOf([&] { TokenFile(table, 2, 5); }).contains("expected token ids"));
    QVERIFY(sentenceOf([&] { TokenFile(table, 2, 5); }).contains("found float16"));
  }

  void wrongFilesGetOneSentence_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("a type of another kind") << "dtype"
                                            << "float32"
                                            << "dtype: expected uint8, uint16";
    QTest::newRow("half a number") << "dtype"
                                   << "uint32"
                                   << "expected a multiple of 4 bytes (uint32), found 6";
    QTest::newRow("no format") << "tensor"
                               << "w"
                               << "with dtype = \"uint16\" from raw numbers";
    QTest::newRow("no path") << "path"
                             << ""
                             << "[data.*] path: expected a file of token ids";
  }
  void wrongFilesGetOneSentence() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, sentence);
    DescriptionTable table{{"path", put("raw", "abcdef")}};
    table[key.toStdString()] = value.toStdString();
    const QString found = sentenceOf([&] { TokenFile(table, 2, 5); });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
  }

  void aVocabularyOfAnotherSizeIsSaid() {
    const DescriptionTable table{{"path", put("ids.bin", "abcdef")},
                                 {"dtype", std::string("uint8")},
                                 {"vocabulary", std::int64_t(5000)}};
    QVERIFY(sentenceOf([&] {
              TokenFile(table, 2, 4000);
            }).contains("the model's vocabulary of 4000, they are of one of 5000"));
    QVERIFY(sentenceOf([&] { TokenFile(table, 2, 5000); }).isEmpty());
  }

  void aSliceIsSomeOfTheSequences_data() {
    QTest::addColumn<QString>("sequences");
    QTest::addColumn<QList<qint64>>("expected");
    QTest::newRow("all") << "" << QList<qint64>{0, 1, 2, 3, 4};
    QTest::newRow("a range") << "1:3" << QList<qint64>{1, 2};
    QTest::newRow("open ranges") << ":2, 4:" << QList<qint64>{0, 1, 4};
    QTest::newRow("indices in any order, twice") << "3, 0:2,3" << QList<qint64>{3, 0, 1, 3};
    QTest::newRow("ranges that join") << "0:2, 2:3, 3" << QList<qint64>{0, 1, 2, 3};
    QTest::newRow("a file") << "chosen.npy" << QList<qint64>{4, 2, 3};
  }
  void aSliceIsSomeOfTheSequences() {
    QFETCH(QString, sequences);
    QFETCH(QList<qint64>, expected);
    put("chosen.npy", npyHeaderText("<i8", {3}) + bytesOfIds(Ids{4, 2, 3}));
    const SequenceChoice choice(sequences.toStdString(), 5, m_root);
    QList<qint64> found;
    for (std::int64_t i = 0; i < choice.size(); ++i)
      found << choice.at(i);
    QCOMPARE(found, expected);
    const DescriptionTable table{
        {"path", put("ids.bin", bytesOfIds<std::uint8_t>({0, 0, 1, 1, 2, 2, 3, 3, 4, 4}))},
        {"dtype", std::string("uint8")},
        {"sequences", sequences.toStdString()}};
    const Ids ids = allOf(TokenFile(table, 2, 5), 2);
    QCOMPARE(ids.size(), std::size_t(2 * expected.size()));
    for (qsizetype i = 0; i < expected.size(); ++i)
      QVERIFY(ids[std::size_t(2 * i)] == expected[i] && ids[std::size_t(2 * i + 1)] == expected[i]);
  }

  void aChoiceThatCannotBeGetsOneSentence_data() {
    QTest::addColumn<QString>("sequences");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("nothing") << "2:2"
                             << "chooses no sequence of the 5";
    QTest::newRow("beyond") << "3, 5"
                            << "expected indices from 0 to 4, found 5";
    QTest::newRow("a range beyond") << "3:7"
                                    << "expected indices from 0 to 4, found 6";
    QTest::newRow("backwards") << "3:1"
                               << "found \"3:1\"";
    QTest::newRow("negative") << "-1"
                              << "found \"-1\"";
    QTest::newRow("words") << "first"
                           << "found \"first\"";
    QTest::newRow("nothing between commas") << "1,,2"
                                            << "expected indices and ranges";
    QTest::newRow("too large a number") << "99999999999999999999"
                                        << "expected indices and ranges";
  }
  void aChoiceThatCannotBeGetsOneSentence() {
    QFETCH(QString, sequences);
    QFETCH(QString, sentence);
    const QString found = sentenceOf([&] { SequenceChoice(sequences.toStdString(), 5, m_root); });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
  }

  void whatTheWriterWritesReadsBack_data() {
    QTest::addColumn<qint64>("vocabulary");
    QTest::newRow("narrow") << qint64(65536);
    QTest::newRow("wide") << qint64(65537);
  }
  void whatTheWriterWritesReadsBack() {
    QFETCH(qint64, vocabulary);
    const fs::path file = m_root / "written.npy";
    std::vector<std::int32_t> ids(1000);
    std::iota(ids.begin(), ids.end(), 0);
    ids.push_back(std::int32_t(vocabulary - 1));
    {
      TokenWriter writer(file, vocabulary);
      writer.add(ids);
      QVERIFY(!fs::exists(file)); // whole or not at all
      writer.add({});
      writer.commit();
      QCOMPARE(writer.count(), std::int64_t(1001));
    }
    QCOMPARE(allOf(TokenFile(file, 1001), 1001, vocabulary), Ids(ids.begin(), ids.end()));
    QCOMPARE(fs::file_size(file), std::uintmax_t(128 + 1001 * (vocabulary > 65536 ? 4 : 2)));
  }

private:
  std::string put(const std::string &name, const std::string &bytes) {
    std::ofstream(m_root / name, std::ios::binary) << bytes;
    return (m_root / name).string();
  }

  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_root;
};

QTEST_GUILESS_MAIN(TestTokenFile)
#include "tst_token_file.moc"
