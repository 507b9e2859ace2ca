// SPDX-License-Identifier: GPL-3.0-or-later
// The real program from text to token arrays that a run.toml can name.
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/checkpoint/run_description.h"
#include "core/data/piece_vocabulary.h"
#include "core/data/token_file.h"
#include "tests/support/cli_program.h"

using evolute::test::Outcome;
using namespace evolute::core;

class TestCliTokenize : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString path(const QString &name) const { return m_folder.filePath(name); }
  void write(const QString &name, const QByteArray &text) const {
    QDir().mkpath(QFileInfo(path(name)).path());
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(text) == text.size());
  }
  static QByteArray prose(int lines, const QByteArray &word) {
    QByteArray text;
    for (int i = 0; i < lines; ++i)
      text += "The " + word + " of line " + QByteArray::number(i) + " meets the valley and the basin.\n";
    return text;
  }

private Q_SLOTS:
  void initTestCase() {
    write("prose/one.txt", prose(80, "kernel"));
    write("prose/two.txt", prose(80, "saddle"));
    write("code.txt", "int main(void) {\n\treturn 0;\n}\n");
  }

  void textBecomesSlicesOfOneVocabulary() {
    const QStringList words = {"tokenize", "train=" + path("prose"), "code=" + path("code.txt"), "--vocabulary-size",
                               "340", "--out", path("data"), "--json"};
    const Outcome told = evolute::test::run(words);
    QVERIFY2(told.code == 0, told.err);
    QCOMPARE(told.json()["vocabulary"].toObject()["size"].toInt(), 340);
    QVERIFY(told.json()["vocabulary"].toObject()["learned"].toBool());
    const QJsonArray slices = told.json()["slices"].toArray();
    QCOMPARE(slices.size(), 2);
    QCOMPARE(slices[0].toObject()["name"].toString(), QString("train"));
    QCOMPARE(slices[0].toObject()["files"].toInt(), 2);
    // what it wrote is what run.toml names, and reads back as the text
    const RunDescription description = readRunDescription(path("data/data.toml").toStdString());
    QCOMPARE(textOr(description.data.at("code"), "path", ""), std::string("code.npy"));
    QCOMPARE(integerOr(description.data.at("code"), "vocabulary", 0), 340);
    const auto tokens = slices[1].toObject()["tokens"].toInt();
    std::vector<std::int64_t> ids(std::size_t(tokens), 0);
    TokenFile(path("data/code.npy").toStdString(), tokens).read(0, 340, ids);
    const PieceVocabulary pieces = PieceVocabulary::open(path("data/vocabulary.model").toStdString());
    std::string text;
    for (const std::int64_t id : ids)
      text += pieces.tokenText(id);
    QCOMPARE(text, std::string("int main(void) {\n\treturn 0;\n}\n</s>"));
    // the same vocabulary serves other text
    const Outcome more = evolute::test::run({"tokenize", "later=" + path("code.txt"), "--vocabulary",
                                             path("data/vocabulary.model"), "--out", path("more"), "--json"});
    QVERIFY2(more.code == 0, more.err);
    QVERIFY(!more.json()["vocabulary"].toObject()["learned"].toBool());
    QCOMPARE(more.json()["slices"].toArray()[0].toObject()["tokens"].toInt(), tokens);
  }

  void whatCannotBeReadIsSaidInOneSentence_data() {
    QTest::addColumn<QStringList>("words");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    QTest::newRow("no such file") << QStringList{"train=" + path("none.txt")} << 3 << "none.txt";
    QTest::newRow("no name") << QStringList{path("code.txt")} << 2 << "NAME=PATH";
    QTest::newRow("vocabulary too small")
        << QStringList{"train=" + path("prose"), "--vocabulary-size", "100"} << 3 << "100";
    QTest::newRow("not a vocabulary")
        << QStringList{"train=" + path("prose"), "--vocabulary", path("code.txt")} << 3 << "SentencePiece model";
  }
  void whatCannotBeReadIsSaidInOneSentence() {
    QFETCH(QStringList, words);
    QFETCH(int, code);
    QFETCH(QString, says);
    const Outcome told = evolute::test::run(QStringList{"tokenize"} + words + QStringList{"--out", path("nothing")});
    QCOMPARE(told.code, code);
    QVERIFY2(told.err.contains(says.toUtf8()), told.err);
    QVERIFY2(told.err.trimmed().count('\n') <= 1, told.err);
  }
};

QTEST_GUILESS_MAIN(TestCliTokenize)
#include "tst_cli_tokenize.moc"
