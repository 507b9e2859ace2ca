// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>

#include "core/checkpoint/metrics_log.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

using Steps = std::vector<std::int64_t>;
using Values = std::vector<double>;

} // namespace

class TestMetricsLog : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_file = fs::path(m_folder->path().toStdString()) / "metrics.jsonl";
  }

  void rowsOfBothFormatsAreRead_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("jsonl") << QByteArray(
        "{\"step\": 0, \"loss\": 2.5, \"eval\": {\"acc\": 0.5}, \"note\": \"NaN\\\"\"}\n"
        "{\"step\": 10, \"loss\": NaN, \"list\": [1]}\n"
        "{\"step\": 20.0, \"loss\": -Infinity, \"eval\": {\"acc\": 0.75}}");
    QTest::newRow("csv") << QByteArray(
        "\xEF\xBB\xBFstep,loss,\"eval/acc\",note\r\n0,2.5,0.5,\"a, \"\"b\"\"\"\r\n"
        "10,NaN,,\r\n20,-Infinity, 0.75 ,\r\n");
    QTest::newRow("csv with another step column")
        << QByteArray("loss,eval/acc,global_step\n2.5,0.5,0\nnan,,10\n-inf,0.75,20\n");
  }
  void rowsOfBothFormatsAreRead() {
    QFETCH(QByteArray, text);
    append(text);
    MetricsLog log(m_file);
    QVERIFY(log.refresh());
    QCOMPARE(log.rowCount(), std::int64_t(3));
    QCOMPARE(log.badLineCount(), std::int64_t(0));
    QCOMPARE(log.series().size(), std::size_t(2));
    const MetricSeries &loss = log.series().at("loss");
    QCOMPARE(loss.steps, (Steps{0, 10, 20}));
    QVERIFY(loss.values[0] == 2.5 && std::isnan(loss.values[1]) && loss.values[2] == -HUGE_VAL);
    QCOMPARE(log.series().at("eval/acc").steps, (Steps{0, 20}));
    QCOMPARE(log.series().at("eval/acc").values, (Values{0.5, 0.75}));
    QVERIFY(!log.refresh());
  }

  void aLogWrittenByteByByteEndsAsWhole_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("jsonl") << QByteArray("{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25,\"acc\":1}\n");
    QTest::newRow("csv") << QByteArray("step,loss,acc\n1,0.5,\n2,0.25,1\n");
  }
  void aLogWrittenByteByByteEndsAsWhole() {
    QFETCH(QByteArray, text);
    MetricsLog log(m_file);
    QVERIFY(!log.refresh()); // a missing file is an empty log
    for (const char c : text) {
      append(QByteArray(1, c));
      log.refresh();
    }
    QCOMPARE(log.rowCount(), std::int64_t(2));
    QCOMPARE(log.badLineCount(), std::int64_t(0));
    QCOMPARE(log.series().at("loss").values, (Values{0.5, 0.25}));
    QCOMPARE(log.series().at("acc").steps, Steps{2});
  }

  void onlyWhatWasAppendedIsRead() {
    append("{\"step\":1,\"loss\":0.5}\n");
    MetricsLog log(m_file);
    log.refresh();
    append("{\"step\":2,\"loss\":0.25}\n");
    QVERIFY(log.refresh());
    QCOMPARE(log.rowCount(), std::int64_t(2)); // reading it whole again would count three
    QCOMPARE(log.series().at("loss").steps, (Steps{1, 2}));
  }

  void aRestartReplacesTheRowsFromThereOn() {
    append("step,loss,acc\n0,5,\n10,4,0.1\n20,3,0.2\n30,2,0.3\n");
    append("step,loss,acc\n20,2.5,\n30,1.5,\n");
    MetricsLog log(m_file);
    log.refresh();
    QCOMPARE(log.series().at("loss").steps, (Steps{0, 10, 20, 30}));
    QCOMPARE(log.series().at("loss").values, (Values{5, 4, 2.5, 1.5}));
    QCOMPARE(log.series().at("acc").steps, Steps{10});
  }

  void rowsOfOneStepAreMerged() {
    append("{\"step\":1,\"loss\":0.5}\n{\"step\":1,\"acc\":0.1}\n{\"step\":1,\"loss\":0.4}\n");
    MetricsLog log(m_file);
    log.refresh();
    QCOMPARE(log.series().at("loss").values, Values{0.4});
    QCOMPARE(log.series().at("acc").values, Values{0.1});
  }

  void aReplacedShrunkOrRemovedFileIsReadAnew() {
    append("{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":0.25}\n");
    MetricsLog log(m_file);
    log.refresh();
    // as long as before, other beginning, same inode
    overwrite("{\"step\":3,\"loss\":0.5}\n{\"step\":4,\"loss\":0.25}\n");
    QVERIFY(log.refresh());
    QCOMPARE(log.series().at("loss").steps, (Steps{3, 4}));
    overwrite("{\"step\":3,\"loss\":0.5}\n");
    QVERIFY(log.refresh());
    QCOMPARE(log.series().at("loss").steps, Steps{3});
    const fs::path other = m_file.parent_path() / "other";
    std::ofstream(other) << "{\"step\":3,\"loss\":0.5}\n{\"step\":5,\"loss\":1}\n";
    fs::rename(other, m_file);
    QVERIFY(log.refresh());
    QCOMPARE(log.series().at("loss").steps, (Steps{3, 5}));
    fs::remove(m_file);
    QVERIFY(log.refresh());
    QVERIFY(log.series().empty());
    QCOMPARE(log.rowCount(), std::int64_t(0));
  }

  void linesThatAreNoRowAreCounted() {
    append("{\"step\":1,\"loss\":0.5}\n{\"loss\":1}\n{\"step\":1.5,\"loss\":1}\n{\"step\":2,\n[1]\nhello\n");
    append("\n{\"step\":1e300,\"loss\":1}\n{\"step\":\"x\"}\n{\"step\":2,\"loss\":0.25}\n");
    MetricsLog log(m_file);
    log.refresh();
    QCOMPARE(log.badLineCount(), std::int64_t(7));
    QCOMPARE(log.series().at("loss").steps, (Steps{1, 2}));
  }

  void aTornCsvLineIsNoRow() {
    append("step,loss\n1,0.5\n2,0.4533,0.2\n4,0.1\n");
    MetricsLog log(m_file);
    log.refresh();
    QCOMPARE(log.badLineCount(), std::int64_t(1));
    QCOMPARE(log.series().at("loss").steps, (Steps{1, 4}));
  }

  void anEndlessLineIsDropped() {
    append(QByteArray("{\"step\":1,\"loss\":\"") + QByteArray(20 << 20, 'x'));
    MetricsLog log(m_file);
    log.refresh();
    append("\"}\n{\"step\":2,\"loss\":0.25}\n");
    log.refresh();
    QCOMPARE(log.badLineCount(), std::int64_t(1));
    QCOMPARE(log.series().at("loss").steps, Steps{2});
  }

  void deepNestingIsNoTrouble() {
    append(QByteArray("{\"step\":1,\"loss\":0.5,\"x\":") + QByteArray("{\"x\":").repeated(100'000) + "1" +
           QByteArray(100'001, '}') + "\n");
    MetricsLog log(m_file);
    log.refresh();
    QCOMPARE(log.series().size(), std::size_t(1));
  }

  void theStepColumnCanBeNamed() {
    append("{\"step\":1,\"tokens\":1000,\"loss\":0.5}\n");
    MetricsLog log(m_file, "tokens");
    log.refresh();
    QCOMPARE(log.series().at("loss").steps, Steps{1000});
    QCOMPARE(log.series().at("step").values, Values{1});
  }

  void theFileIsFoundBesideTheCheckpointsOrAsDescribed() {
    const fs::path folder = m_file.parent_path();
    QVERIFY(!findMetricsFile(folder));
    std::ofstream(folder / "metrics.csv").flush();
    QCOMPARE(*findMetricsFile(folder), folder / "metrics.csv");
    append("");
    QCOMPARE(*findMetricsFile(folder), m_file);
    std::ofstream(folder / "run.toml") << "[log]\nfile = \"logs/train.csv\"\n";
    QCOMPARE(*findMetricsFile(folder), folder / "logs/train.csv");
  }

private:
  void append(const QByteArray &text) {
    std::ofstream(m_file, std::ios::binary | std::ios::app).write(text.constData(), text.size());
  }
  void overwrite(const QByteArray &text) {
    std::ofstream(m_file, std::ios::binary).write(text.constData(), text.size());
  }
  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_file;
};

QTEST_GUILESS_MAIN(TestMetricsLog)
#include "tst_metrics_log.moc"
