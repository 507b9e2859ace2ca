// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <thread>

#include "checkpoint_reference.h"
#include "core/checkpoint/pickle_stream.h"
#include "core/checkpoint/utf8.h"
#include "tests/support/torch_zip.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

QString openError(const std::vector<std::byte> &bytes) {
  return sentenceOf([&] { CheckpointFile::fromBytes(bytes, "run/step_3.pt"); });
}

QString notesOf(const CheckpointFile &file) {
  QStringList notes;
  for (const std::string &note : file.notes())
    notes << QString::fromStdString(note);
  return notes.join("\n");
}

} // namespace

class TestPytorchCheckpoint : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void readsWhatPytorchWrote_data() {
    QTest::addColumn<QString>("name");
    for (const char *name : {"bare.pt", "parameters.pt", "strided.pt", "dtypes.pt", "tied.pt", "training.pt",
                             "ddp_compiled.pt", "lightning.ckpt", "nested.pt", "protocol4.pt", "old_bare.pt",
                             "old_parameters.pt", "old_strided.pt", "old_training.ckpt", "legacy.pt", "torchscript.pt"})
      QTest::newRow(name) << name;
  }
  void readsWhatPytorchWrote() {
    QFETCH(QString, name);
    const auto file = CheckpointFile::open(referenceFile(name.toStdString()));
    QCOMPARE(file.format(), std::string_view("pytorch"));
    compareWithReference(file, expectedArrays(name.toStdString()));
    QVERIFY(checkpointFileState(referenceFile(name.toStdString())) == FileState::Complete);
  }

  void theSameWeightsHashAlikeInBothFormats() {
    QCOMPARE(CheckpointFile::open(referenceFile("bare.pt")).contentHash(),
             CheckpointFile::open(referenceFile("small.safetensors")).contentHash());
    QCOMPARE(CheckpointFile::open(referenceFile("lightning.ckpt")).contentHash(),
             CheckpointFile::open(referenceFile("ddp_compiled.pt")).contentHash());
    QCOMPARE(CheckpointFile::open(referenceFile("torchscript.pt")).contentHash(),
             CheckpointFile::open(referenceFile("nested.pt")).contentHash());
  }

  void modulesOfAScriptGiveTheNamesOfAStateDict() {
    const auto text = [](const std::string &t) { return "X" + littleEndian(t.size(), 4) + t; };
    const std::string module = "c__torch__\nNet\n)\x81", tensor = tensorCall("2", 0, {2}, {1});
    // Net{inner: Net{w: tensor, training: True}, w: tensor, scale: 1}
    const auto file = CheckpointFile::fromBytes(
        torchZip("\x80\x02" + module + "}(" + text("inner") + module + "}(" + text("w") + tensor + text("training") + "\x88" +
                 "ub" + text("w") + tensor + text("scale") + "K\x01" + "ub."),
        "made");
    QStringList names;
    for (const auto &array : file.arrays())
      names << QString::fromStdString(array.name);
    names.sort();
    QCOMPARE(names, QStringList({"inner.w", "w"}));
    QCOMPARE(file.readFloat32("inner.w"), (std::vector<float>{1, 2}));
    QVERIFY2(notesOf(file).contains("TorchScript module"), qPrintable(notesOf(file)));
  }

  void modulesThatHoldEachOtherGetOneSentence() {
    const auto text = [](const std::string &t) { return "X" + littleEndian(t.size(), 4) + t; };
    const std::string module = "c__torch__\nNet\n)\x81";
    // A module that is its own attribute.
    const QString circle = openError(torchZip("\x80\x02" + module + "q" + std::string(1, '\0') + "}" + text("m") + "h" +
                                              std::string(1, '\0') + "sb."));
    QVERIFY2(circle.contains("nested more than 100 deep"), qPrintable("found: " + circle));
    // Each holds the next twice: 2^60 paths in a file of 2 kB.
    std::string stream = "\x80\x02" + module + "}b";
    for (int level = 1; level < 60; ++level)
      stream += "q" + std::string(1, char(level)) + "0" + module + "}(" + text("a") + "h" + std::string(1, char(level)) +
                text("b") + "h" + std::string(1, char(level)) + "ub";
    const QString shared = openError(torchZip(stream + "."));
    QVERIFY2(shared.contains("more than 4000000 attributes"), qPrintable("found: " + shared));
    const QString empty = openError(torchZip("\x80\x02" + module + "}b."));
    QVERIFY2(empty.contains("no tensor that can be read in its modules"), qPrintable("found: " + empty));
  }

  void notesSayWhatWasLeftOutAndRenamed() {
    const QString training = notesOf(CheckpointFile::open(referenceFile("training.pt")));
    QVERIFY2(training.contains("the model is read from \"model_state_dict\""), qPrintable(training));
    QVERIFY(
        training.contains("optimizer_state_dict: 9 tensors left unread")); // step and two moments of three
    QVERIFY(training.contains("args: 1 tensor left unread"));
    QVERIFY(training.contains("scheduler, rng_state, step, loss"));
    const QString compiled = notesOf(CheckpointFile::open(referenceFile("ddp_compiled.pt")));
    QVERIFY2(compiled.contains("the prefix \"module._orig_mod.\""), qPrintable(compiled));
    QVERIFY(notesOf(CheckpointFile::open(referenceFile("nested.pt"))).contains("\"checkpoint.net\""));
    QVERIFY(CheckpointFile::open(referenceFile("bare.pt")).notes().empty());
  }

  void filesOfOtherKindsGetOneSentence_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("a whole module") << "bad_whole_module.pt"
                                    << "holds a Python object of class __main__.Tiny, expected a state_dict";
    QTest::newRow("no tensors") << "bad_no_tensors.pt"
                                << "it holds step (a number), loss (a list)";
  }
  void filesOfOtherKindsGetOneSentence() {
    QFETCH(QString, name);
    QFETCH(QString, sentence);
    const fs::path path = referenceFile(name.toStdString());
    const QString found = sentenceOf([&] { CheckpointFile::open(path); });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
    QVERIFY(found.startsWith(QString::fromStdString(path.string()) + ": "));
  }

  void everyTruncationIsAnErrorAndGrowing() {
    const QTemporaryDir folder;
    const fs::path path = fs::path(folder.path().toStdString()) / "g.pt";
    const auto whole = bytesOf(referenceFile("bare.pt"));
    std::ofstream growing(path, std::ios::binary);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const QByteArray label = QByteArray::number(qulonglong(length));
      QVERIFY2(!openError({whole.begin(), whole.begin() + std::ptrdiff_t(length)}).isEmpty(), label);
      QVERIFY2(checkpointFileState(path) == FileState::Growing, label);
      growing.put(char(whole[length])).flush();
    }
    QVERIFY(checkpointFileState(path) == FileState::Complete);
  }

  void aHandMadeTensorReads() {
    const auto file = CheckpointFile::fromBytes(torchZip(stateDict(tensorCall("2", 0, {2}, {1}))), "made");
    QCOMPARE(file.readFloat32("w"), (std::vector<float>{1, 2}));
  }

  void lyingTensorsGetOneSentence_data() {
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const std::string &tensor, const char *sentence) {
      const std::string pickle = stateDict(tensor);
      QTest::newRow(name) << QByteArray(pickle.data(), qsizetype(pickle.size())) << sentence;
    };
    const std::int64_t large = std::numeric_limits<std::int64_t>::max();
    row("storage of another size", tensorCall("3", 0, {2}, {1}),
        "should have 12 bytes, \"archive/data/0\" has 8");
    row("a storage that is not there", tensorCall("2", 0, {2}, {1}, "9"),
        "\"archive/data/9\" is not in the file");
    row("shape beyond the storage", tensorCall("2", 0, {3}, {1}), "reach beyond the 2 elements");
    row("stride beyond the storage", tensorCall("2", 0, {2}, {2}), "reach beyond the 2 elements");
    row("offset beyond the storage", tensorCall("2", 2, {1}, {1}), "reach beyond the 2 elements");
    row("offset that overflows", tensorCall("2", large, {2}, {large}), "reach beyond the 2 elements");
    row("stride that overflows", tensorCall("2", 0, {3}, {large}), "reach beyond the 2 elements");
    row("shape that overflows", tensorCall("2", 0, {large, large}, {0, 0}),
        "more elements than the file has room");
    row("expanded without bound", tensorCall("2", 0, {1 << 20}, {0}), "more elements than the file has room");
    row("a negative size", tensorCall("2", 0, {-1}, {1}),
        "the shape should be a whole number of 0 or more, found -1");
    row("a negative stride", tensorCall("2", 1, {2}, {-1}), "the strides should be");
    row("dimensions that differ", tensorCall("2", 0, {2}, {1, 1}),
        "the shape has 1 dimensions, the strides 2");
    row("a storage that is no storage",
        "ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x01K\x01K\x01K\x01K\x01tR", "should have a storage");
    row("no arguments", "ctorch._utils\n_rebuild_tensor_v2\n)R", "should have a storage");
    row("arguments that are no tuple", "ctorch._utils\n_rebuild_tensor_v2\nNR", "malformed");
  }
  void lyingTensorsGetOneSentence() {
    QFETCH(QByteArray, pickle);
    QFETCH(QString, sentence);
    const QString found = openError(torchZip(pickle.toStdString()));
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
    QVERIFY2(found.startsWith("run/step_3.pt: tensor \"w\"") && found.size() < 400, qPrintable(found));
  }

  void brokenPickleStreamsNameTheByte_data() {
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char *name, const std::string &pickle, const char *sentence) {
      QTest::newRow(name) << QByteArray(pickle.data(), qsizetype(pickle.size())) << sentence;
    };
    using namespace std::string_literals;
    row("empty", "", "byte 0: expected 1 more bytes, found 0");
    row("no stop", "\x80\x02}", "byte 3: expected 1 more bytes");
    row("stop with nothing", "\x80\x02.", "takes a value from an empty stack");
    row("a text that is longer than the stream", "\x80\x02X\xff\xff\xff\xff.",
        "expected 4294967295 more bytes");
    row("an eight-byte length", "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "more bytes, found 1");
    row("a name without an end", "\x80\x02"s + "cos", "expected a line of text");
    row("a tuple without a mark", "\x80\x02t.", "there is no mark");
    row("below a mark", "\x80\x02K\x01(\x85.", "empty stack");
    row("an unknown memo", "\x80\x02h\x05.", "recalls value 5");
    row("a list of a number", "\x80\x02K\x01K\x02"s + "a.", "adds to a value that is no list");
    row("a key without a value", "\x80\x02}(K\x01u.", "a key without a value");
    row("a text opcode of protocol 0", "\x80\x02I5\n.", "opcode 0x49");
    row("an extension", "\x80\x02\x82\x01.", "opcode 0x82");
    row("protocol 9", "\x80\x09N.", "expected pickle protocol 2 to 5, found 9");
  }
  void brokenPickleStreamsNameTheByte() {
    QFETCH(QByteArray, pickle);
    QFETCH(QString, sentence);
    const QString found = openError(torchZip(pickle.toStdString()));
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
    QVERIFY2(found.startsWith("run/step_3.pt: the pickle stream, byte "), qPrintable(found));
  }

  /// The values of a pickle may be a command; here it would leave a file. It is an opaque value instead.
  void nothingInAPickleIsExecuted() {
    const QTemporaryDir folder;
    const std::string command = "touch " + (fs::path(folder.path().toStdString()) / "executed").string();
    std::string pickle = "\x80\x02}(X";
    pickle +=
        littleEndian(4, 4) + "argscposix\nsystem\nX" + littleEndian(command.size(), 4) + command + "\x85R";
    pickle += "X" + littleEndian(5, 4) + "modelcbuiltins\neval\nX" + littleEndian(3, 4) + "1+1\x85Ru.";
    const QString found = openError(torchZip(pickle));
    QVERIFY2(found.contains("args (a Python object of class posix.system), model (a Python object of class "
                            "builtins.eval)"),
             qPrintable(found));
    QVERIFY(fs::is_empty(folder.path().toStdString()));
  }

  void deepNestingCirclesAndDoublingEndQuickly() {
    const std::string deep = "\x80\x02" + std::string(2'000'000, '(') + ".";
    QVERIFY(!openError(torchZip(deep)).isEmpty());
    std::string nested = "\x80\x02K\x01";
    for (int i = 0; i < 1'000'000; ++i)
      nested += '\x85';
    QVERIFY(openError(torchZip(nested + ".")).contains("holds a tuple"));
    // {"model": <itself>}
    QVERIFY(openError(torchZip("\x80\x02}q" + std::string(1, '\0') + "X" + littleEndian(5, 4) + "modelh" +
                               std::string(1, '\0') + "s."))
                .contains("no tensors"));
    // each tuple holds the one before twice: 2^100 values when walked as a tree
    std::string doubling = "\x80\x02}(X" + littleEndian(5, 4) + "other)";
    for (int i = 0; i < 100; ++i)
      doubling += "2\x86";
    doubling += "X" + littleEndian(5, 4) + "model}X" + littleEndian(1, 4) + "w" +
                tensorCall("2", 0, {2}, {1}) + "su.";
    const auto file = CheckpointFile::fromBytes(torchZip(doubling), "doubling");
    QCOMPARE(file.readFloat32("w"), (std::vector<float>{1, 2}));
    QVERIFY(notesOf(file).contains("no weights: other"));
  }

  void moreValuesThanTheLimitAreRefused() {
    const std::string many(PickleDocument::kMostValues + 1, 'N');
    QVERIFY(openError(torchZip("\x80\x02" + many + ".")).contains("more than 4000000 values"));
  }

  void unusualEntriesOfAStateDictAreNotedOrRefused() {
    const std::string tensor = tensorCall("2", 0, {2}, {1});
    const auto entry = [](const std::string &name, const std::string &value) {
      return "X" + littleEndian(name.size(), 4) + name + value;
    };
    const auto open = [](const std::string &entries) {
      return CheckpointFile::fromBytes(torchZip("\x80\x02}(" + entries + "u."), "made");
    };
    const auto file = open(entry("w", tensor) + entry("count", "K\x05") +
                           entry("sparse", "ctorch._utils\n_rebuild_sparse_tensor\n)R") + "K\x01" + tensor);
    QCOMPARE(file.arrays().size(), std::size_t(1));
    QVERIFY(notesOf(file).contains("count is left unread: it is a number"));
    QVERIFY(
        notesOf(file).contains("sparse is left unread: it is built by torch._utils._rebuild_sparse_tensor"));
    QVERIFY(notesOf(file).contains("whose key is a number"));
    QVERIFY(
        sentenceOf([&] { open(entry("w", tensor) + entry("w", tensor)); }).contains("\"w\" stands twice"));
    QVERIFY(sentenceOf([&] { open(entry("\xff", tensor)); }).contains("UTF-8"));
    QVERIFY(sentenceOf([&] {
              open(entry("s", "ctorch._utils\n_rebuild_sparse_tensor\n)R"));
            }).contains("no tensor of a kind that can be read"));
  }

  void zipsThatLieGetOneSentence() {
    const std::string pickle = stateDict(tensorCall("2", 0, {2}, {1}));
    TorchZipOptions deflated;
    deflated.deflate = true;
    QCOMPARE(CheckpointFile::fromBytes(torchZip(pickle, deflated), "deflated").readFloat32("w"),
             (std::vector<float>{1, 2}));
    TorchZipOptions bomb = deflated;
    bomb.extraEntry = std::string(10'000'000, '\0');
    const QString found = openError(torchZip(pickle, bomb));
    QVERIFY2(found.contains("claims to unfold from") && found.contains("at most 100 times"),
             qPrintable(found));
    TorchZipOptions bigEndian;
    bigEndian.byteOrder = "big";
    QVERIFY(openError(torchZip(pickle, bigEndian)).contains("the byte order is \"big\""));
    TorchZipOptions noPickle;
    noPickle.pickleName = "archive/other";
    QVERIFY(openError(torchZip(pickle, noPickle)).contains("found 0; it was not written by torch.save"));
  }

  void threadsShareOneFile() {
    const auto file = CheckpointFile::open(referenceFile("strided.pt"));
    const std::string expected = file.contentHash();
    std::vector<std::string> hashes(4);
    {
      std::vector<std::jthread> threads;
      for (std::string &hash : hashes)
        threads.emplace_back([&] { hash = file.contentHash(); });
    }
    QCOMPARE(hashes, std::vector<std::string>(4, expected));
  }

  void utf8IsTold_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("ASCII") << QByteArray("w.0") << true;
    QTest::newRow("two to four bytes") << QByteArray("é€😀") << true;
    QTest::newRow("last code point") << QByteArray("\xF4\x8F\xBF\xBF") << true;
    QTest::newRow("beyond it") << QByteArray("\xF4\x90\x80\x80") << false;
    QTest::newRow("overlong") << QByteArray("\xC0\x80") << false;
    QTest::newRow("overlong of three") << QByteArray("\xE0\x80\x80") << false;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
    QTest::newRow("cut") << QByteArray("\xE2\x82") << false;
    QTest::newRow("bare continuation") << QByteArray("\x80") << false;
  }
  void utf8IsTold() {
    QFETCH(QByteArray, text);
    QTEST(isUtf8(text.toStdString()), "valid");
  }
};

QTEST_GUILESS_MAIN(TestPytorchCheckpoint)
#include "tst_pytorch_checkpoint.moc"
