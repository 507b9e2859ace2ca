// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "checkpoint_reference.h"
#include "core/checkpoint/run_description.h"
#include "core/checkpoint/safetensors_writer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

std::string textIn(const fs::path &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

} // namespace

class TestRunDescription : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_root = fs::canonical(m_folder->path().toStdString());
    m_file = m_root / "run.toml";
  }

  void everySectionIsRead() {
    std::ofstream(m_file)
        << "[run]\nname = \"seed 1\"\ncheckpoints = \"w/*.pt\"\nstep = \"s([0-9]+)\"\nowner = \"me\"\n"
           "[model]\nfamily = \"icl\"\nn_heads = 4\n"
           "[data.train]\nkind = \"icl-regression\"\nnoise = 0.125\n[data.github]\npath = \"g.bin\"\n"
           "[loss]\nkind = \"mse\"\n[log]\nfile = \"m.csv\"\nstep = \"it\"\n"
           "[training]\nsteps = 20000\nnoisy = true\n"
           "[lab]\nplace = \"here\"\ncolours = [1, 2]\n";
    const RunDescription d = readRunDescription(m_file);
    QCOMPARE(d.name, std::string("seed 1"));
    QCOMPARE(d.scan.glob, std::string("w/*.pt"));
    QCOMPARE(d.scan.stepRegex, std::string("s([0-9]+)"));
    QCOMPARE(textOr(d.run, "owner", ""), std::string("me"));
    QCOMPARE(integerOr(d.model, "n_heads", 0), std::int64_t(4));
    QCOMPARE(d.data.size(), std::size_t(2));
    QCOMPARE(numberOr(d.data.at("train"), "noise", 0), 0.125);
    QCOMPARE(textOr(d.data.at("github"), "path", ""), std::string("g.bin"));
    QCOMPARE(textOr(d.loss, "kind", ""), std::string("mse"));
    QCOMPARE(textOr(d.log, "file", ""), std::string("m.csv"));
    QCOMPARE(booleanOr(d.training, "noisy", false), true);
    QCOMPARE(numberOr(d.training, "steps", 0), 20000.0);
    QVERIFY(QString::fromStdString(d.otherSections).contains("colours"));
  }

  void whatIsWrittenReadsBackAndIsWrittenAlike() {
    RunDescription d;
    d.name = "a \"quoted\" näme\n\x01";
    d.scan = {"**/*.pt", R"(step\d+_([0-9]+))"};
    d.model = {{"family", std::string("x")}, {"a key with spaces", true}};
    d.data["train"] = {{"noise", 0.1}, {"size", std::int64_t(-5)}, {"whole", 2.0}, {"large", 1e300}};
    d.data["empty.slice"] = {};
    d.training = {
        {"seed", std::numeric_limits<std::int64_t>::min()}, {"nan", std::nan("")}, {"inf", -HUGE_VAL}};
    d.otherSections = "[lab]\nplace = 'here'\n";
    writeRunDescription(m_file, d);
    const std::string first = textIn(m_file);
    const RunDescription back = readRunDescription(m_file);
    QCOMPARE(back.name, d.name);
    QCOMPARE(back.scan.glob, d.scan.glob);
    QCOMPARE(back.scan.stepRegex, d.scan.stepRegex);
    QVERIFY(back.model == d.model && back.data == d.data && back.loss == d.loss);
    QCOMPARE(integerOr(back.training, "seed", 0), std::numeric_limits<std::int64_t>::min());
    QVERIFY(std::isnan(numberOr(back.training, "nan", 0)));
    QCOMPARE(numberOr(back.training, "inf", 0), -HUGE_VAL);
    writeRunDescription(m_file, back);
    QCOMPARE(textIn(m_file), first);
    QVERIFY(QString::fromStdString(first).contains("noise = 0.1\n") &&
            QString::fromStdString(first).contains("whole = 2.0\n"));
    QCOMPARE(std::distance(fs::directory_iterator(m_root), {}), std::ptrdiff_t(1));
  }

  void brokenFilesNameLineAndColumn_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("broken TOML") << QByteArray("[run]\nname = = 3\n") << "run.toml, line 2, column 8: ";
    QTest::newRow("a key twice") << QByteArray("[run]\nname = \"a\"\nname = \"b\"\n") << "run.toml, line 3, ";
    QTest::newRow("a number for a name")
        << QByteArray("[run]\nname = 3\n") << "line 2, column 8: [run] name should be a text";
    QTest::newRow("a list in a section")
        << QByteArray("[model]\n\nwidths = [1, 2]\n") << "line 3, column 10: [model] widths should be";
    QTest::newRow("a value for a section")
        << QByteArray("loss = 3\n") << "line 1, column 8: \"loss\" should be a section";
    QTest::newRow("a value for a slice")
        << QByteArray("[data]\ntrain = 3\n") << "line 2, column 9: \"data.train\"";
    QTest::newRow("deep nesting") << QByteArray("[model]\na = ") + QByteArray(100'000, '[')
                                  << "run.toml, line 2, ";
    QTest::newRow("not UTF-8") << QByteArray("[run]\nname = \"\xff\xff\"\n") << "run.toml, line 2, ";
  }
  void brokenFilesNameLineAndColumn() {
    QFETCH(QByteArray, text);
    QFETCH(QString, sentence);
    std::ofstream(m_file, std::ios::binary).write(text.constData(), text.size());
    const QString found = sentenceOf([&] { readRunDescription(m_file); });
    QVERIFY2(found.contains(sentence), qPrintable("found: " + found));
  }

  void aMissingFileIsAnErrorAndAnEmptyOneIsNot() {
    QVERIFY(sentenceOf([&] { readRunDescription(m_file); }).contains("cannot read"));
    std::ofstream(m_file).flush();
    QCOMPARE(readRunDescription(m_file).name, std::string());
  }

  void lookUpsNameTheKeyOfAWrongType() {
    const DescriptionTable table{{"steps", std::string("many")}, {"rate", 0.5}};
    QCOMPARE(sentenceOf([&] { integerOr(table, "steps", 0); }),
             QString("steps should be a whole number, found \"many\""));
    QVERIFY(sentenceOf([&] { integerOr(table, "rate", 0); }).contains("found 0.5"));
    QVERIFY(!sentenceOf([&] { booleanOr(table, "rate", false); }).isEmpty());
    QVERIFY(!sentenceOf([&] { textOr(table, "rate", ""); }).isEmpty());
    QCOMPARE(integerOr(table, "absent", 7), std::int64_t(7));
  }

  void aRunOpensFromItsFolderACheckpointOrItsDescription() {
    const float value = 1;
    fs::create_directories(m_root / "checkpoints");
    const fs::path checkpoint = m_root / "checkpoints" / "step_3.safetensors";
    writeSafetensors(checkpoint, {{{"w", DType::F32, {1}}, std::as_bytes(std::span(&value, 1))}});
    QCOMPARE(openRun(m_root).description.name, m_root.filename().string());
    QCOMPARE(openRun(checkpoint).index.root, m_root / "checkpoints");
    std::ofstream(m_file) << "[run]\nname = \"described\"\n";
    for (const fs::path &path : {m_root, checkpoint, m_file}) {
      const Run run = openRun(path);
      QCOMPARE(run.description.name, std::string("described"));
      QCOMPARE(run.index.root, m_root);
      QCOMPARE(run.index.checkpoints.size(), std::size_t(1));
    }
    QVERIFY(sentenceOf([&] { openRun(m_root / "missing"); }).contains("no such folder"));
  }

  /// A sweep of which one run is there: the run, not the folder around it with checkpoints of unknown make.
  void aFolderThatHoldsOneRunOpensAsThatRun() {
    const float value = 1;
    const fs::path sweep = m_root / "sweep", own = sweep / "tasks-2";
    fs::create_directories(own);
    fs::create_directories(sweep / ".hidden");
    writeSafetensors(own / "step_3.safetensors", {{{"w", DType::F32, {1}}, std::as_bytes(std::span(&value, 1))}});
    QCOMPARE(openRun(sweep).index.root, sweep); // nothing says that it is a run of its own
    std::ofstream(own / "run.toml") << "[run]\nname = \"described\"\n";
    QCOMPARE(openRun(sweep).index.root, own);
    QCOMPARE(openRun(sweep).description.name, std::string("described"));
    std::ofstream(sweep / "step_5.safetensors") << "not alone any more";
    QCOMPARE(openRun(sweep).index.root, sweep);
  }

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_root, m_file;
};

QTEST_GUILESS_MAIN(TestRunDescription)
#include "tst_run_description.moc"
