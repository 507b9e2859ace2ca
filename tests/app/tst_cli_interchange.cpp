// SPDX-License-Identifier: GPL-3.0-or-later
// What the real program hands to other programs and takes from them.
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "core/data/npy_array.h"
#include "tests/support/cli_program.h"

using namespace evolute;
using namespace evolute::test;

class TestCliInterchange : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString m_run;

  QString path(const QString &name) const { return m_folder.filePath(name); }
  QJsonObject estimate(const QStringList &more = {}) {
    const Outcome told = run(QStringList{"llc", m_run, "--checkpoints", "last", "--chains", "2", "--draws", "30",
                                         "--burn-in", "2", "--batch", "16", "--samples", "64", "--json"} +
                             more);
    return told.json()["estimates"][0].toObject();
  }

private Q_SLOTS:
  void initTestCase();
  void exportedDataIsWhatAnEstimateSees();
  void resultsOfThePythonPackageComeInAndGoOut();
};

void TestCliInterchange::initTestCase() {
  m_run = path("run");
  const Outcome trained = run({"train", "linear-network", "--out", m_run, "--steps", "40", "--widths", "3,2,2", "--rank",
                               "1", "--log-checkpoints", "2", "--linear-checkpoints", "2"});
  QVERIFY2(trained.code == 0, trained.err);
}

void TestCliInterchange::exportedDataIsWhatAnEstimateSees() {
  const Outcome told = run({"export-data", m_run, "--samples", "64", "--out", path("data"), "--json"});
  QVERIFY2(told.code == 0, told.err);
  QCOMPARE(told.json()["data_hash"].toString(), estimate()["data_hash"].toString());
  const auto read = [&](const char *name) { return core::readNpy(path(QString("data/") + name).toStdString()); };
  const core::NpyArray inputs = read("inputs.npy"), targets = read("targets.npy");
  QCOMPARE(inputs.shape, (std::vector<std::int64_t>{64, 3}));
  QCOMPARE(targets.shape, (std::vector<std::int64_t>{64, 2}));
  // Targets are a linear map of rank 1 of the inputs: their 2 x 2 minors vanish, and they do not.
  for (std::size_t i = 0; i < 63; ++i) {
    const double *y = &targets.values[2 * i];
    QVERIFY(std::abs(y[0] * y[3] - y[1] * y[2]) < 1e-5);
    QVERIFY(std::abs(y[0]) + std::abs(y[1]) > 0);
  }
  const Outcome nowhere = run({"export-data", m_run, "--samples", "4", "--slice", "github", "--out", path("data")});
  QCOMPARE(nowhere.code, 3);
  QVERIFY2(nowhere.err.contains("github"), nowhere.err);
}

void TestCliInterchange::resultsOfThePythonPackageComeInAndGoOut() {
  QFile file(path("results.json"));
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(R"({"0": {"llc/mean": 1.5, "llc/std": 0.5, "llc-chain/0": 1, "llc-chain/1": 2,
                       "loss/trace": [[1, 2, 3, 2], [2, 3, 4, 3]]}})");
  file.close();
  const Outcome told = run({"import", file.fileName(), "--run", m_run, "--nbeta", "4", "--json"});
  QVERIFY2(told.code == 0, told.err);
  QCOMPARE(told.json()["imported"][0]["llc"].toDouble(), 1.5);
  const Outcome tables = run({"table", m_run, "--out", path("tables"), "--format", "json", "--json"});
  QVERIFY2(tables.code == 0, tables.err);
  QFile results(path("tables/results.json"));
  QVERIFY(results.open(QIODevice::ReadOnly));
  const QJsonObject document = QJsonDocument::fromJson(results.readAll()).object();
  bool found = false;
  for (const QJsonValue &value : document["estimates"].toArray())
    if (value["verdict"].toString() == "imported") {
      found = true;
      QCOMPARE(value["llc"].toDouble(), 1.5);
      QCOMPARE(value["init_loss"].toDouble(), 2.5 - 1.5 / 4); // mean of the losses - lambda-hat / n*beta
      QVERIFY(value["verdict_reason"].toString().contains("results.json"));
      QVERIFY(!document["settings"].toObject().contains(value["settings_hash"].toString())); // not known
    }
  QVERIFY(found);
  const Outcome elsewhere = run({"import", file.fileName(), "--run", m_run, "--component", "L7.H3"});
  QCOMPARE(elsewhere.code, 3);
}

QTEST_GUILESS_MAIN(TestCliInterchange)
#include "tst_cli_interchange.moc"
