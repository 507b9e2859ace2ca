// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "checkpoint_reference.h"
#include "core/checkpoint/run_description.h"
#include "core/checkpoint/shard_index.h"
#include "core/checkpoint/tensor_mapping_file.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

/// Written by the libraries; see tests/reference/make_checkpoint_folders.py.
fs::path written(const fs::path &name) {
  return fs::path(EVOLUTE_TEST_DATA) / "folders" / name;
}

nlohmann::json expectedOf(const std::string &name) {
  std::ifstream stream(written("expected.json"));
  return nlohmann::json::parse(stream).at(name).at("arrays");
}

QString notesOf(const CheckpointFile &file) {
  QStringList notes;
  for (const std::string &note : file.notes())
    notes << QString::fromStdString(note);
  return notes.join("\n");
}

void replaceText(const fs::path &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

} // namespace

class TestCheckpointFolders : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_root = fs::canonical(m_folder->path().toStdString());
  }

  void readsWhatTheLibrariesWrote_data() {
    QTest::addColumn<QString>("name");
    for (const char *name : {"hf/checkpoint-10/model.safetensors.index.json",
                             "hf-bin/checkpoint-10/pytorch_model.bin.index.json", "lightning/last.ckpt",
                             "legacy/step_1.pt", "legacy/step_2.pt", "legacy/step_3.pt", "legacy/step_4.pt",
                             "legacy/step_5.pt", "legacy/step_6.pt", "legacy/step_7.pt"})
      QTest::newRow(name) << name;
  }
  void readsWhatTheLibrariesWrote() {
    QFETCH(QString, name);
    compareWithReference(CheckpointFile::open(written(name.toStdString())), expectedOf(name.toStdString()));
  }

  void theSameWeightsHashAlikeHoweverTheyAreSplit() {
    const std::string hash = CheckpointFile::open(written("legacy/step_1.pt")).contentHash();
    for (const char *name : {"hf/checkpoint-10/model.safetensors.index.json",
                             "hf-bin/checkpoint-10/pytorch_model.bin.index.json", "legacy/step_5.pt"})
      QCOMPARE(CheckpointFile::open(written(name)).contentHash(), hash);
  }

  void notesSayWhatIsBesideAndWhatWasStripped() {
    const auto file = CheckpointFile::open(written("hf/checkpoint-10/model.safetensors.index.json"));
    const QString notes = notesOf(file);
    QVERIFY2(notes.contains("read from 3 files"), qPrintable(notes));
    QVERIFY2(notes.contains("the prefix \"model.\""), qPrintable(notes));
    QVERIFY2(notes.contains("left unread beside it: optimizer.pt, rng_state_*.pth, scheduler.pt"),
             qPrintable(notes));
    QCOMPARE(file.configText().value(), std::string(R"({"architectures": ["Net"], "model_type": "net"})"));
    const auto lightning = CheckpointFile::open(written("lightning/last.ckpt"));
    QVERIFY2(
        notesOf(lightning).contains("the prefix \"net.\" of Lightning's module is stripped; 1 other name"),
        qPrintable(notesOf(lightning)));
    QCOMPARE(lightning.storedStep().value(), std::int64_t(4));
    QCOMPARE(lightning.storedEpoch().value(), std::int64_t(0));
    QVERIFY(!lightning.configText());
  }

  void aFolderOfPartsIsOneCheckpoint_data() {
    QTest::addColumn<QString>("run");
    QTest::addColumn<QString>("glob");
    QTest::newRow("safetensors") << "hf"
                                 << "";
    QTest::newRow("bin") << "hf-bin"
                         << "";
    QTest::newRow("a pattern of the parts") << "hf"
                                            << "checkpoint-*/*.safetensors";
    QTest::newRow("the folder itself") << "hf/checkpoint-10"
                                       << "";
  }
  void aFolderOfPartsIsOneCheckpoint() {
    QFETCH(QString, run);
    QFETCH(QString, glob);
    RunScanOptions options;
    options.glob = glob.toStdString();
    const RunIndex index = scanRun(written(run.toStdString()), options);
    QCOMPARE(index.checkpoints.size(), std::size_t(1));
    QVERIFY(index.skipped.empty() && index.growing.empty());
    const CheckpointEntry &entry = index.checkpoints.front();
    QCOMPARE(entry.step, std::int64_t(10));
    QCOMPARE(entry.parts.size(), std::size_t(3));
    std::uintmax_t bytes = fs::file_size(entry.path);
    for (const fs::path &part : entry.parts)
      bytes += fs::file_size(part);
    QCOMPARE(entry.bytes, bytes);
  }

  void partsThatAreOnTheirWayAreWaitedFor() {
    fs::copy(written("hf"), m_root, fs::copy_options::recursive);
    const fs::path folder = m_root / "checkpoint-10", index = folder / "model.safetensors.index.json",
                   second = folder / "model-00002-of-00003.safetensors";
    const auto wholePart = bytesOf(second);
    const auto wholeIndex = bytesOf(index);
    const auto isWaitedFor = [&] {
      const RunIndex scanned = scanRun(m_root);
      return scanned.checkpoints.empty() && scanned.skipped.empty() &&
             scanned.growing == std::vector<fs::path>{index};
    };
    fs::resize_file(second, wholePart.size() - 1);
    QVERIFY(isWaitedFor());
    QVERIFY(inspectShards(index).problem.find("model-00002-of-00003.safetensors: its header promises") == 0);
    fs::remove(second);
    QVERIFY(isWaitedFor());
    QVERIFY(inspectShards(index).problem.find("is not there yet") != std::string::npos);
    fs::remove(index); // the parts come first
    QVERIFY(isWaitedFor());
    const auto put = [](const fs::path &path, const std::vector<std::byte> &bytes) {
      replaceText(path, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    };
    put(second, wholePart);
    const RunIndex withoutIndex = scanRun(m_root);
    QCOMPARE(withoutIndex.skipped.size(), std::size_t(1));
    QVERIFY(withoutIndex.skipped.front().reason.find(
                "whose index model.safetensors.index.json is not there") != std::string::npos);
    put(index, {wholeIndex.begin(), wholeIndex.begin() + 100});
    QVERIFY(isWaitedFor());
    put(index, wholeIndex);
    QCOMPARE(scanRun(m_root).checkpoints.size(), std::size_t(1));
  }

  void ofTwoFormatsInAFolderSafetensorsWins() {
    fs::copy(written("hf"), m_root, fs::copy_options::recursive);
    fs::copy(written("hf-bin"), m_root, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    const RunIndex index = scanRun(m_root);
    QCOMPARE(index.checkpoints.front().path.filename(), fs::path("model.safetensors.index.json"));
    QCOMPARE(index.skipped.size(), std::size_t(1));
  }

  void aFileWithoutAStepInItsNameIsAskedForIt() {
    const RunIndex lightning = scanRun(written("lightning"));
    QCOMPARE(lightning.checkpoints.size(), std::size_t(2));
    QCOMPARE(lightning.checkpoints.back().path.filename(), fs::path("epoch=0-step=4.ckpt"));
    QCOMPARE(lightning.skipped.size(), std::size_t(1));
    QVERIFY(lightning.skipped.front().reason.find("step 4 is taken from epoch=0-step=4.ckpt") == 0);
    fs::copy_file(written("lightning/last.ckpt"), m_root / "last.ckpt");
    QCOMPARE(scanRun(m_root).checkpoints.front().step, std::int64_t(4));
    fs::copy_file(written("lightning/last.ckpt"), m_root / "model-epoch=7.ckpt"); // now epochs are counted
    const RunIndex epochs = scanRun(m_root);
    QCOMPARE(epochs.checkpoints.size(), std::size_t(2));
    QCOMPARE(epochs.checkpoints.front().step, std::int64_t(0));
    QCOMPARE(epochs.checkpoints.back().step, std::int64_t(7));
  }

  void aDistributedCheckpointIsNamed() {
    fs::create_directories(m_root / "step_5");
    replaceText(m_root / "step_5" / "__0_0.distcp", "x");
    replaceText(m_root / "step_5" / "__1_0.distcp", "x");
    const RunIndex index = scanRun(m_root);
    QCOMPARE(index.skipped.size(), std::size_t(1));
    QVERIFY(index.skipped.front().reason.find("dcp_to_torch_save") != std::string::npos);
  }

  void anIndexThatLiesGetsOneSentence_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const char *json, const char *sentence) {
      QTest::newRow(name) << QByteArray(json) << sentence;
    };
    row("no JSON", "{\"weight_map\": {", "it is no valid JSON");
    row("a list", "[]", "found a list");
    row("a number", "5", "expected a JSON object");
    row("no map", "{\"metadata\": {}}", "expected a \"weight_map\"");
    row("an empty map", "{\"weight_map\": {}}", "names no tensor");
    row("a map of numbers", "{\"weight_map\": {\"w\": 5}}", "should hold texts");
    row("a map in a map", "{\"weight_map\": {\"w\": {}}}", "should hold texts");
    row("a map that is a text", "{\"weight_map\": \"x\"}", "should hold texts");
    row("another folder", "{\"weight_map\": {\"w\": \"../secret\"}}",
        "a file of the same folder, found \"../secret\"");
    row("an absolute path", "{\"weight_map\": {\"w\": \"/dev/zero\"}}", "a file of the same folder");
    row("the folder itself", "{\"weight_map\": {\"w\": \"..\"}}", "a file of the same folder");
    row("a tensor twice", "{\"weight_map\": {\"w\": \"a\", \"w\": \"b\"}}", "\"w\" stands twice");
    row("two maps", "{\"weight_map\": {\"w\": \"a\"}, \"weight_map\": {\"v\": \"b\"}}",
        "\"weight_map\" stands twice");
  }
  void anIndexThatLiesGetsOneSentence() {
    QFETCH(QByteArray, json);
    QFETCH(QString, sentence);
    const QString found = sentenceOf([&] { parseShardIndex(json.toStdString()); });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
  }

  void aTensorThatItsPartLacksIsNamed() {
    fs::copy(written("hf"), m_root, fs::copy_options::recursive);
    const fs::path index = m_root / "checkpoint-10" / "model.safetensors.index.json";
    replaceText(index, R"({"weight_map": {"model.first.weight": "model-00001-of-00003.safetensors",
                                           "model.other": "model-00002-of-00003.safetensors"}})");
    const QString found = sentenceOf([&] { CheckpointFile::open(index); });
    QVERIFY2(found.contains("\"model.other\" should lie in model-00002-of-00003.safetensors"),
             qPrintable(found));
  }

  void everyTruncationOfTheOldFormatIsAnErrorAndGrowing() {
    const auto whole = bytesOf(written("legacy/step_3.pt"));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + std::ptrdiff_t(length));
      const QByteArray label = QByteArray::number(qulonglong(length));
      QVERIFY2(!sentenceOf([&] { CheckpointFile::fromBytes(cut, "run/step_3.pt"); }).isEmpty(), label);
      QVERIFY2(inspectCheckpoint(*ByteSource::memory(cut, "run/step_3.pt")).state == FileState::Growing,
               label);
    }
    QVERIFY(inspectCheckpoint(*ByteSource::memory(whole, "run/step_3.pt")).state == FileState::Complete);
  }

  void aMappingRenamesTensors() {
    const auto file = CheckpointFile::open(written("legacy/step_1.pt"));
    const auto renamed =
        file.renamed({{"in.weight", "first.weight"}, {"second.weight", "first.bias"}, {"x", "none"}});
    QCOMPARE(renamed.arrays().size(), std::size_t(2)); // the file's own second.weight is hidden
    QCOMPARE(renamed.readFloat32("in.weight"), file.readFloat32("first.weight"));
    QCOMPARE(renamed.readFloat32("second.weight"), file.readFloat32("first.bias"));
    QVERIFY(renamed.find("first.weight") == nullptr);
    QVERIFY2(notesOf(renamed).contains("names none, which is not in the file"), qPrintable(notesOf(renamed)));
    QVERIFY(renamed.contentHash() != file.contentHash());
    QCOMPARE(renamed.contentHash(),
             mappedHash(file.contentHash(),
                        {{"in.weight", "first.weight"}, {"second.weight", "first.bias"}, {"x", "none"}}));
    QCOMPARE(file.renamed({}).contentHash(), file.contentHash());
  }

  void theMappingOfARunComesFromItsFilesAndReachesItsCheckpoints() {
    fs::copy(written("hf"), m_root, fs::copy_options::recursive);
    const auto names = [&] {
      QStringList list;
      const CheckpointFile file = CheckpointFile::open(openRun(m_root).index.checkpoints.front());
      for (const ArrayInfo &info : file.arrays())
        list << QString::fromStdString(info.name);
      list.sort();
      return list.join(" ");
    };
    QCOMPARE(names(), "first.bias first.weight second.weight");
    replaceText(m_root / "run.toml",
                "[tensors]\nin.weight = \"first.weight\"\n\"in.bias\" = \"first.bias\"\n");
    QCOMPARE(names(), "in.bias in.weight second.weight");
    const TensorMapping stored{{"out", "second.weight"}};
    const fs::path place = storeTensorMapping(m_root, stored);
    QCOMPARE(place, m_root / ".evolute" / "tensors.toml");
    QVERIFY(storedTensorMapping(m_root).value() == stored);
    QCOMPARE(names(), "first.bias first.weight out");
    storeTensorMapping(m_root, TensorMapping());
    QCOMPARE(names(), "first.bias first.weight second.weight");
    storeTensorMapping(m_root, std::nullopt);
    QVERIFY(!storedTensorMapping(m_root));
    QCOMPARE(names(), "in.bias in.weight second.weight");
    replaceText(m_root / "run.toml", "[tensors]\nin = 5\n");
    QVERIFY(sentenceOf([&] { openRun(m_root); }).contains("[tensors] in should be a text"));
  }

  void partsOfAnArrayReadAsTheWhole() {
    for (const char *name : {"hf/checkpoint-10/model.safetensors.index.json", "legacy/step_1.pt",
                             "legacy/step_5.pt", "lightning/last.ckpt"}) {
      const auto file = CheckpointFile::open(written(name));
      const std::vector<float> whole = file.readFloat32("first.weight");
      std::vector<float> part(7);
      file.readBytes("first.weight", 5 * sizeof(float), std::as_writable_bytes(std::span(part)));
      QCOMPARE(part, std::vector<float>(whole.begin() + 5, whole.begin() + 12));
      QVERIFY(!sentenceOf([&] {
                 file.readBytes("first.weight", (whole.size() - 6) * sizeof(float),
                                std::as_writable_bytes(std::span(part)));
               }).isEmpty());
    }
    std::vector<float> part(2);
    const QString found = sentenceOf([&] {
      CheckpointFile::open(written("legacy/step_2.pt"))
          .readBytes("transposed", 0, std::as_writable_bytes(std::span(part)));
    });
    QVERIFY2(found.contains("save tensor.contiguous()"), qPrintable(found));
  }

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_root;
};

QTEST_GUILESS_MAIN(TestCheckpointFolders)
#include "tst_checkpoint_folders.moc"
