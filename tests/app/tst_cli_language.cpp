// SPDX-License-Identifier: GPL-3.0-or-later
// The real program from token arrays to groups of heads.
#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/data/token_writer.h"
#include "core/sampling/philox.h"
#include "tests/support/cli_program.h"

using evolute::test::Outcome;
using namespace evolute::core;

class TestCliLanguage : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString path(const char *name) const { return m_folder.filePath(name); }

  QStringList training(const char *out) const {
    return {"train", "language-model", "--out", path(out), "--data", path("tokens.npy"), "--vocabulary-size", "16",
            "--context", "16", "--width", "8", "--heads", "2", "--layers", "2", "--steps", "12", "--batch", "8",
            "--linear-checkpoints", "3", "--log-checkpoints", "0", "--evaluation-sequences", "8", "--threads", "1",
            "--json"};
  }

private Q_SLOTS:
  void initTestCase() {
    std::vector<std::int64_t> drawn(4096);
    RandomStream{5}.integers(0, 16, drawn);
    TokenWriter writer(path("tokens.npy").toStdString(), 16);
    writer.add(std::vector<std::int32_t>(drawn.begin(), drawn.end()));
    writer.commit();
  }

  void trainsOnOneTokenArray() {
    const Outcome told = evolute::test::run(training("run"));
    QVERIFY2(told.code == 0, told.err);
    QCOMPARE(told.json()["steps"].toInt(), 12);
    QCOMPARE(told.json()["checkpoints"].toInt(), 4);
    const Outcome info = evolute::test::run({"info", path("run"), "--json"});
    QCOMPARE(info.json()["problem"].toString(), QString());
    QCOMPARE(info.json()["slices"].toArray(), QJsonArray({"train", "held-out"}));
    // what was trained goes on being measured by everything else
    const Outcome again = evolute::test::run(training("run"));
    QVERIFY(again.json()["resumed"].toBool());
    QCOMPARE(again.json()["final_loss"].toDouble(), told.json()["final_loss"].toDouble());
  }

  void oneLogitOfEachSampleMakesATrajectory() {
    const QStringList words{"ed", path("run"), "--probe", "8",      "--threads",
                            "1",  "--walks",   "0",       "--json", "--outputs"};
    const auto features = [&](const char *outputs) {
      const Outcome told = evolute::test::run(words + QStringList{outputs});
      return told.code == 0 ? told.json()["spaces"].toArray()[0].toObject()["features"].toInt() : -told.code;
    };
    QCOMPARE(features("all"), 8 * 14); // of 15 tokens that the model reads all but the first were predicted
    QCOMPARE(features("one-position"), 8);
    QCOMPARE(features("0,13"), 8 * 2);
    QCOMPARE(features("14"), -3);
    QCOMPARE(features("last"), -2);
  }

  void headsOfTheRunAreScoredEstimatedAndGrouped() {
    QVERIFY(QDir(path("run")).exists());
    const Outcome early = evolute::test::run({"clusters", path("run")});
    QCOMPARE(early.code, 3);
    QVERIFY2(early.err.contains("--components heads"), early.err);
    const Outcome scored = evolute::test::run({"metrics", path("run"), "--metrics", "attention", "--probes", "8",
                                               "--samples", "4", "--threads", "1", "--json"});
    QVERIFY2(scored.code == 0, scored.err);
    const Outcome estimated = evolute::test::run(
        {"llc", path("run"), "--components", "heads", "--slice", "held-out", "--preset", "wang2024-rllc", "--samples", "8",
         "--batch", "4", "--chains", "2", "--draws", "4", "--threads", "1", "--json"});
    QVERIFY2(estimated.code == 0, estimated.err);
    QCOMPARE(estimated.json()["estimates"].toArray().size(), 4 * 4);
    const Outcome grouped =
        evolute::test::run({"clusters", path("run"), "--count", "2", "--include-suspect", "--permutations", "99", "--json"});
    QVERIFY2(grouped.code == 0, grouped.err);
    const QJsonArray clusters = grouped.json()["clusters"].toArray();
    QCOMPARE(clusters.size(), 2);
    QStringList members;
    for (const auto &cluster : clusters) {
      QCOMPARE(cluster.toObject()["centre"].toArray().size(), 4);
      for (const auto &member : cluster.toObject()["members"].toArray())
        members << member.toString();
    }
    members.sort();
    QCOMPARE(members, QStringList({"L0.H0", "L0.H1", "L1.H0", "L1.H1"}));
    QCOMPARE(grouped.json()["types"].toObject().size(), 4);
    const QJsonObject agreement = grouped.json()["agreement"].toObject();
    QVERIFY(agreement["chance"].toDouble() > 0 && agreement["chance"].toDouble() <= 1);
    int heads = 0;
    for (const auto &row : agreement["counts"].toArray())
      for (const auto &count : row.toArray())
        heads += count.toInt();
    QCOMPARE(heads, 4);
    const Outcome byMetric =
        evolute::test::run({"clusters", path("run"), "--of", "prefix-matching", "--count", "2", "--json"});
    QVERIFY2(byMetric.code == 0, byMetric.err);
    QCOMPARE(byMetric.json()["of"].toString(), QString("prefix-matching"));
  }

  void whatIsMissingIsSaid() {
    QStringList words = training("nothing");
    const int data = words.indexOf("--data");
    words.remove(data, 2);
    QCOMPARE(evolute::test::run(words).code, 2);
    QStringList wide = training("wide");
    wide[wide.indexOf("--context") + 1] = "4097";
    const Outcome told = evolute::test::run(wide);
    QCOMPARE(told.code, 3);
    QVERIFY2(told.err.contains("tokens.npy"), told.err);
    QVERIFY(!QDir(path("wide")).exists());
    const Outcome regression =
        evolute::test::run({"train", "icl-regression", "--out", path("icl"), "--data", path("tokens.npy")});
    QCOMPARE(regression.code, 2);
  }

  void aRequestTakesSeveralSlices() {
    QVERIFY(QDir(path("run")).exists());
    const auto onSlices = [&](const QString &slices) {
      return evolute::test::run({"llc", path("run"), "--components", "L0.H1,L1.H0", "--slice", slices,
                                 "--preset", "wang2024-rllc", "--samples", "8", "--batch", "4", "--chains",
                                 "2", "--draws", "4", "--threads", "1", "--json"});
    };
    const Outcome both = onSlices("held-out,train");
    QVERIFY2(both.code == 0, both.err);
    QCOMPARE(both.json()["reused"].toInt(), 2 * 4); // those of held-out
    QCOMPARE(both.json()["computed"].toInt(), 2 * 4);
    const QJsonArray rows = both.json()["estimates"].toArray();
    QCOMPARE(rows.size(), 2 * 4 * 2);
    QCOMPARE(rows[0].toObject()["slice"].toString(), QString("held-out"));
    QCOMPARE(rows[1].toObject()["slice"].toString(), QString("train"));
    QCOMPARE(rows[1].toObject()["component"].toString(), QString("L0.H1"));
    QCOMPARE(onSlices("all").json()["reused"].toInt(), 2 * 4 * 2);
    const Outcome nowhere = onSlices("train,nowhere");
    QCOMPARE(nowhere.code, 3);
    QVERIFY2(nowhere.err.contains("expected some of train, held-out, found nowhere"), nowhere.err);
  }
};

QTEST_GUILESS_MAIN(TestCliLanguage)
#include "tst_cli_language.moc"
