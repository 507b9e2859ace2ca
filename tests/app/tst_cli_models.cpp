// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on models that other libraries saved: tests/reference/make_model_files.py.
#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/cli_program.h"

using evolute::test::Outcome;

namespace {

QStringList llcOf(const QString &run, const QString &components) {
  return {"llc", run, "--components", components, "--chains", "2", "--draws", "4", "--burn-in", "1", "--batch", "2",
          "--samples", "4", "--nbeta", "10", "--threads", "1", "--json"};
}

} // namespace

class TestCliModels : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;

  /// Results are kept inside a run: each test works on a copy.
  QString copied(const QString &name) const {
    const QDir from(QStringLiteral(EVOLUTE_TEST_DATA "/models/") + name);
    const QString to = m_folder.filePath(name);
    const QStringList folders = {".", "checkpoint-3", "checkpoints"};
    for (const QString &folder : folders) {
      if (!from.exists(folder))
        continue;
      QDir().mkpath(to + '/' + folder);
      const QStringList files = QDir(from.filePath(folder)).entryList(QDir::Files);
      for (const QString &file : files)
        QFile::copy(from.filePath(folder + '/' + file), to + '/' + folder + '/' + file);
    }
    return to;
  }

private Q_SLOTS:
  void headsOfEveryFamilyAreEstimated_data() {
    QTest::addColumn<QString>("components");
    QTest::addColumn<int>("count");
    for (const char *name : {"lens_attention_shortformer", "lens_mlp", "lens_lnpre", "lens_shortformer_without_norm",
                             "lens_rotary", "gpt2_tied", "gpt2_state_dict", "neox_parallel", "neox_sequential"})
      QTest::newRow(name) << "heads,L1.attn,embed" << 6;
    QTest::newRow("gpt2_tied ") << "heads+bias,L0.mlp,L1,ln,/W_Q/@0=0:1" << 8;
    QTest::newRow("mlp_regression") << "all,L0,L2" << 3;
    QTest::newRow("mlp_classes") << "all" << 1;
    QTest::newRow("torchscript") << "all,conv,/^norm\\.weight$/" << 3;
  }
  void headsOfEveryFamilyAreEstimated() {
    QFETCH(QString, components);
    QFETCH(int, count);
    const QString run = copied(QString(QTest::currentDataTag()).trimmed());
    const Outcome told = evolute::test::run(llcOf(run, components));
    QVERIFY2(told.code == 0, told.err);
    const QJsonArray estimates = told.json()["estimates"].toArray();
    QCOMPARE(estimates.size(), count);
    for (const auto &estimate : estimates)
      QVERIFY2(estimate.toObject()["llc"].isDouble(), told.out);
    const Outcome info = evolute::test::run({"info", run, "--json"});
    QCOMPARE(info.json()["problem"].toString(), QString());
  }

  /// The module as torch.jit.save wrote it is a checkpoint too: the same weights, the same numbers.
  void aFileOfTorchJitSaveIsACheckpoint() {
    const QString run = copied("torchscript");
    QVERIFY(QFile::copy(run + "/loss.pt", run + "/checkpoints/step_7.pt"));
    const Outcome info = evolute::test::run({"info", run, "--json"});
    QCOMPARE(info.json()["checkpoints"].toArray().size(), 2);
    QCOMPARE(info.json()["skipped"].toArray().size(), 0);
    const Outcome told = evolute::test::run(llcOf(run, "all,conv") + QStringList{"--checkpoints", "all"});
    QVERIFY2(told.code == 0, told.err);
    const QJsonArray estimates = told.json()["estimates"].toArray();
    QCOMPARE(estimates.size(), 4);
    double losses[2] = {};
    for (const auto &estimate : estimates)
      losses[estimate.toObject()["step"].toInt() == 7] = estimate.toObject()["init_loss"].toDouble();
    QVERIFY(losses[0] > 0 && losses[1] > 0 && losses[0] != losses[1]);
  }

  void aReferenceModelChangesTheLoss() {
    const QString run = copied("lens_mlp"), reference = copied("lens_attention_standard");
    const auto lossOf = [&](const QStringList &more) {
      const Outcome told = evolute::test::run(llcOf(run, "L0.H0") + more);
      return told.json()["estimates"][0].toObject()["init_loss"].toDouble();
    };
    const double own = lossOf({}), kl = lossOf({"--reference-model", reference});
    QVERIFY(kl > 0 && own > 0 && std::abs(own - kl) > 1e-3);
    const Outcome nowhere = evolute::test::run(llcOf(run, "L0.H0") + QStringList{"--reference-model", run + "/none"});
    QCOMPARE(nowhere.code, 3);
    const Outcome empty = evolute::test::run(llcOf(run, "/W_Q/@0=1:1"));
    QCOMPARE(empty.code, 3);
    QVERIFY2(empty.err.contains("expected a slice of one entry or more"), empty.err);
  }
};

QTEST_GUILESS_MAIN(TestCliModels)
#include "tst_cli_models.moc"
