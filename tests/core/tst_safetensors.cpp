// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <bit>
#include <thread>

#include "checkpoint_reference.h"
#include "core/checkpoint/safetensors_writer.h"

#ifdef Q_OS_UNIX
#include <csignal>
#include <sys/resource.h>
#endif

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

std::vector<std::byte> fileBytes(const std::string &header, std::size_t dataBytes,
                                 std::optional<std::uint64_t> claimedLength = {}) {
  const std::uint64_t length = claimedLength.value_or(header.size());
  std::vector<std::byte> bytes(sizeof length + header.size() + dataBytes);
  std::memcpy(bytes.data(), &length, sizeof length);
  std::memcpy(bytes.data() + sizeof length, header.data(), header.size());
  return bytes;
}

template <class T> std::span<const std::byte> raw(const std::vector<T> &values) {
  return std::as_bytes(std::span(values));
}

void writeBytes(const fs::path &path, const std::vector<std::byte> &bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

} // namespace

class TestSafetensors : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void readsWhatTheReferenceLibraryWrote_data() {
    QTest::addColumn<QString>("name");
    QTest::newRow("a small model") << "small.safetensors";
    QTest::newRow("every dtype with its extreme values") << "dtypes.safetensors";
  }
  void readsWhatTheReferenceLibraryWrote() {
    QFETCH(QString, name);
    const auto file = CheckpointFile::open(referenceFile(name.toStdString()));
    QCOMPARE(file.format(), std::string_view("safetensors"));
    compareWithReference(file, expectedArrays(name.toStdString()));
  }

  void givesTheMetadataAsWritten() {
    auto metadata = CheckpointFile::open(referenceFile("small.safetensors")).metadata();
    std::sort(metadata.begin(), metadata.end());
    QCOMPARE(metadata, (std::vector<std::pair<std::string, std::string>>{{"format", "pt"}, {"step", "100"}}));
  }

  void whatIsWrittenReadsBackBitForBit() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "w.safetensors";
    const std::vector<float> a{0.1F, -0.0F, std::numeric_limits<float>::denorm_min(), 4, 5, 6};
    const std::vector<double> b{0.1};
    const std::vector<ArrayToWrite> arrays{{{"z.weight", DType::F32, {2, 3}}, raw(a)},
                                           {{"scalar \"quoted\" é", DType::F64, {}}, raw(b)},
                                           {{"none", DType::F32, {0, 4}}, {}}};
    writeSafetensors(path, arrays, {{"step", "7"}, {"note", "a \"b\""}});
    const auto file = CheckpointFile::open(path);
    QCOMPARE(file.arrays().size(), std::size_t(3));
    QCOMPARE(file.find("z.weight")->shape, (std::vector<std::int64_t>{2, 3}));
    const auto back = file.readFloat32("z.weight");
    for (std::size_t i = 0; i < a.size(); ++i)
      QCOMPARE(std::bit_cast<std::uint32_t>(back[i]), std::bit_cast<std::uint32_t>(a[i]));
    QCOMPARE(file.readFloat64("scalar \"quoted\" é"), b);
    QVERIFY(file.readFloat32("none").empty());
    QCOMPARE(file.metadata(),
             (std::vector<std::pair<std::string, std::string>>{{"step", "7"}, {"note", "a \"b\""}}));

    const auto first = bytesOf(path);
    writeSafetensors(path, arrays, {{"step", "7"}, {"note", "a \"b\""}});
    QCOMPARE(bytesOf(path), first);
    QCOMPARE(std::distance(fs::directory_iterator(folder.path().toStdString()), {}), std::ptrdiff_t(1));
    std::uint64_t headerLength = 0;
    std::memcpy(&headerLength, first.data(), 8);
    QCOMPARE(headerLength % 8, std::uint64_t(0));
  }

  void theWriterRefusesWhatNoReaderWouldTake() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "w.safetensors";
    const std::vector<float> four(4);
    const ArrayToWrite good{{"a", DType::F32, {4}}, raw(four)};
    QVERIFY(sentenceOf([&] { writeSafetensors(path, {good, good}); }).contains("twice"));
    QVERIFY(sentenceOf([&] {
              writeSafetensors(path, {{{"a", DType::F32, {5}}, raw(four)}});
            }).contains("need 20 bytes, found 16"));
    QVERIFY(sentenceOf([&] {
              writeSafetensors(path, {{{"\xff", DType::F32, {4}}, raw(four)}});
            }).contains("UTF-8"));
    const fs::path missing = fs::path(folder.path().toStdString()) / "no" / "such.safetensors";
    QVERIFY(sentenceOf([&] { writeSafetensors(missing, {good}); }).contains("cannot write"));
    QVERIFY(fs::is_empty(folder.path().toStdString()));
  }

#ifdef Q_OS_UNIX
  /// A limit on the file size stands for the full disk: the write fails half-way in the same way.
  void aFailedWriteKeepsTheOldFileAndLeavesNothingBehind() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "w.safetensors";
    const std::vector<float> old{1};
    writeSafetensors(path, {{{"a", DType::F32, {1}}, raw(old)}});
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit tight = before;
    tight.rlim_cur = 100'000;
    setrlimit(RLIMIT_FSIZE, &tight);
    const std::vector<float> large(1'000'000);
    const QString sentence = sentenceOf([&] {
      writeSafetensors(path, {{{"a", DType::F32, {1'000'000}}, raw(large)}});
    });
    setrlimit(RLIMIT_FSIZE, &before);
    QVERIFY2(sentence.contains("cannot write"), qPrintable(sentence));
    QCOMPARE(CheckpointFile::open(path).readFloat32("a"), old);
    QCOMPARE(std::distance(fs::directory_iterator(folder.path().toStdString()), {}), std::ptrdiff_t(1));
  }
#endif

  void theHashIsOfTheWeightsAndNotOfTheFile() {
    const std::vector<float> a{1, 2}, b{3, 4};
    const auto hashOfFile = [&](const std::vector<ArrayToWrite> &arrays, const char *metadata) {
      const QTemporaryDir folder;
      const fs::path path = fs::path(folder.path().toStdString()) / "w.safetensors";
      writeSafetensors(path, arrays, {{"note", metadata}});
      return CheckpointFile::open(path).contentHash();
    };
    const ArrayToWrite arrayA{{"a", DType::F32, {2}}, raw(a)}, arrayB{{"b", DType::F32, {2}}, raw(b)};
    const std::string hash = hashOfFile({arrayA, arrayB}, "x");
    QCOMPARE(hashOfFile({arrayB, arrayA}, "y"), hash);
    QVERIFY(hashOfFile({arrayA, {{"b", DType::F32, {2}}, raw(a)}}, "x") != hash);
    QVERIFY(hashOfFile({arrayA, {{"b", DType::F32, {2, 1}}, raw(b)}}, "x") != hash);
    QVERIFY(hashOfFile({arrayA, {{"c", DType::F32, {2}}, raw(b)}}, "x") != hash);
  }

  void prefixesThatAllNamesShareAreStripped() {
    const std::string tensor = R"({"dtype":"U8","shape":[1],"data_offsets":[)";
    const auto all = fileBytes(
        R"({"module._orig_mod.a":)" + tensor + R"(0,1]},"module._orig_mod.model.b":)" + tensor + "1,2]}}", 2);
    const auto file = CheckpointFile::fromBytes(all, "all");
    QVERIFY(file.find("a") != nullptr && file.find("model.b") != nullptr);
    QCOMPARE(file.notes().size(), std::size_t(1));
    const auto some = fileBytes(R"({"module.a":)" + tensor + R"(0,1]},"b":)" + tensor + "1,2]}}", 2);
    QVERIFY(CheckpointFile::fromBytes(some, "some").find("module.a") != nullptr);
    QVERIFY(CheckpointFile::fromBytes(some, "some").notes().empty());
  }

  void everyBadFileGetsOneSentence_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const std::vector<std::byte> &bytes, const char *sentence) {
      QTest::newRow(name) << QByteArray(reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size()))
                          << sentence;
    };
    const auto json = [&](const char *name, const std::string &header, const char *sentence,
                          std::size_t dataBytes = 8) { row(name, fileBytes(header, dataBytes), sentence); };
    const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    row("empty", {}, "the file is empty");
    row("too short for a length", std::vector<std::byte>(5), "found neither");
    row("wrong magic", std::vector<std::byte>(64, std::byte{0x41}), "found neither");
    row("header length beyond the file", fileBytes(good, 8, 5000), "the file ends after");
    row("header length beyond any file", fileBytes(good, 8, 0xFFFFFFFFFFFFFFF0U),
        "header length at offset 0");
    row("header length zero", fileBytes(good, 8, 0), "header length at offset 0");
    row("truncated data", fileBytes(good, 7), "truncated or still being written");
    row("trailing bytes", fileBytes(good, 9), "1 more bytes");
    json("no JSON", "{\"a\":", "no valid JSON at byte");
    json("text after the JSON", good + "x", "no valid JSON at byte");
    json("invalid UTF-8", "{\"\xff\":1}", "no valid JSON at byte");
    json("a number for a tensor", R"({"a":1})", "tensor \"a\": expected an object, found the number 1");
    json("a tensor without a dtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", "only some of them");
    json("an unknown dtype", R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,8]}})",
         "dtype \"F4\" is not supported");
    json("an unknown key", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", "found \"x\"");
    json("a negative size", R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
         "a whole number of 0 or more, found the number -2");
    json("a fraction", R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", "found the number 2.0");
    json("an offset above 2^63",
         R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551608]}})", "out of range");
    json("a shape that overflows",
         R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", "64 bits");
    json("one offset", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})",
         "two data_offsets, found 1");
    json("offsets backwards", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
         "end before they begin");
    json("offsets that do not fit the shape", R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
         "need 12 bytes, data_offsets span 8");
    json(
        "a name twice",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        "tensor \"a\": the name stands twice");
    json(
        "overlapping tensors",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        "tensor \"b\" begins at data offset 4, expected 8: it overlaps");
    json(
        "a hole",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
        "there is a hole before it", 12);
    json("metadata that is no text", R"({"__metadata__":{"a":1}})", "__metadata__, a: expected a text", 0);
    json("a list nested in a shape", R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})",
         "found a list");
    json("deep nesting", "{\"a\":" + std::string(1'000'000, '['), "expected an object, found a list");
    json("deep nesting in a tensor", "{\"a\":{\"shape\":" + std::string(1'000'000, '['), "found a list");
  }
  void everyBadFileGetsOneSentence() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sentence);
    const auto span = std::as_bytes(std::span(bytes.constData(), std::size_t(bytes.size())));
    const QString found = sentenceOf([&] {
      CheckpointFile::fromBytes({span.begin(), span.end()}, "run/step_3.safetensors");
    });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
    QVERIFY2(found.startsWith("run/step_3.safetensors: ") && found.size() < 400, qPrintable(found));
  }

  void anUnknownArrayIsNamed() {
    const auto file = CheckpointFile::open(referenceFile("small.safetensors"));
    QVERIFY(file.find("nobody") == nullptr);
    QVERIFY(sentenceOf([&] { file.readFloat32("nobody"); }).contains("no array \"nobody\""));
  }

  void aGrowingFileIsToldFromABrokenOne() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "g.safetensors";
    const auto whole = bytesOf(referenceFile("small.safetensors"));
    std::ofstream growing(path, std::ios::binary);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      QVERIFY2(checkpointFileState(path) == FileState::Growing, QByteArray::number(qulonglong(length)));
      QVERIFY(!sentenceOf([&] { CheckpointFile::open(path); }).isEmpty());
      growing.put(char(whole[length])).flush();
    }
    QVERIFY(checkpointFileState(path) == FileState::Complete);
    auto longer = whole;
    longer.push_back({});
    writeBytes(path, longer);
    QVERIFY(checkpointFileState(path) == FileState::Foreign);
    writeBytes(path, std::vector<std::byte>(100, std::byte{'x'}));
    QVERIFY(checkpointFileState(path) == FileState::Foreign);
  }

  void aFileRenamedOverStaysReadableAndOneCutShortIsAnError() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "w.safetensors";
    const std::vector<float> first{1, 2}, second{3, 4};
    writeSafetensors(path, {{{"a", DType::F32, {2}}, raw(first)}});
    const auto file = CheckpointFile::open(path);
    writeSafetensors(path, {{{"a", DType::F32, {2}}, raw(second)}});
    QCOMPARE(file.readFloat32("a"), first);
    const auto newer = CheckpointFile::open(path);
    fs::resize_file(path, 12);
    QVERIFY(sentenceOf([&] { newer.readFloat32("a"); }).contains("while it was being read"));
  }

  void threadsShareOneFile() {
    const auto file = CheckpointFile::open(referenceFile("dtypes.safetensors"));
    const std::string expected = file.contentHash();
    std::vector<std::string> hashes(4);
    {
      std::vector<std::jthread> threads;
      for (std::string &hash : hashes)
        threads.emplace_back([&] { hash = file.contentHash(); });
    }
    QCOMPARE(hashes, std::vector<std::string>(4, expected));
  }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
