// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/results/result_tables.h"
#include "core/results/validation_table.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

LlcEstimate sample() {
  LlcEstimate e;
  e.step = 400;
  e.checkpointHash = "c";
  e.dataHash = "d";
  e.settingsHash = LlcSettings().hash();
  e.llc = 0.1;
  e.sdOverChains = -std::numeric_limits<double>::quiet_NaN();
  e.verdict = {"not-settled", "moved by 2, more than \"1\"\nis allowed"};
  e.chains.resize(2);
  e.chains[1].llcPaired = 1.0 / 3.0;
  e.chains[1].end = ChainEnd::Diverged;
  return e;
}

QString readAll(const fs::path &path) {
  QFile file(QString::fromStdString(path.string()));
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

} // namespace

class TestResultTables : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void quotesOnlyWhatNeedsIt() {
    CsvTable table({"plain", "with, comma", "n"});
    table.cell(std::string("say \"hi\"")).cell(std::string("a\nb")).cell(std::int64_t(-7));
    table.endRow();
    QCOMPARE(table.text(), std::string("plain,\"with, comma\",n\r\n\"say \"\"hi\"\"\",\"a\nb\",-7\r\n"));
  }

  void numbersReadBackExactly() {
    for (const double value : {0.1, 1.0 / 3.0, 1e-300, -12345678.9, 5e-324, 0.0}) {
      CsvTable table({"x"});
      table.cell(value);
      table.endRow();
      QCOMPARE(QString::fromStdString(table.text()).mid(3).trimmed().toDouble(), value);
    }
    CsvTable table({"x", "y"});
    table.cell(-std::nan("")).cell(std::numeric_limits<double>::infinity());
    table.endRow();
    QCOMPARE(table.text(), std::string("x,y\r\nnan,inf\r\n"));
  }

  void validationRowsReadBack() {
    ValidationRow row;
    row.model = "linear network 5-3-5, rank 0";
    row.checks = "finite n*beta";
    row.exactLambda = 7.5;
    row.target = 1.0 / 3.0;
    row.llc = std::nan("");
    row.standardError = 0.25;
    row.inverseTemperature = 1e4;
    row.localization = 400;
    row.stepSize = 2e-5;
    row.ok = true;
    ValidationRow out = row;
    out.leftOut = "this sampler has no noise";
    QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "validation.csv";
    writeTextFile(file, validationTable({row, out, row}).text());
    const std::vector<ValidationRow> read = readValidationTable(file);
    QCOMPARE(read.size(), std::size_t(2)); // what was left out has no numbers
    QCOMPARE(read[0].model, row.model);
    QCOMPARE(read[0].checks, row.checks);
    QCOMPARE(read[0].target, row.target);
    QVERIFY(std::isnan(read[0].llc) && read[0].ok);
    QCOMPARE(read[1].stepSize, row.stepSize);

    const auto sentence = [&](const std::string &text) {
      writeTextFile(file, text);
      try {
        readValidationTable(file);
      } catch (const Error &error) {
        return QString::fromStdString(error.what());
      }
      return QString();
    };
    const std::string head = "model,checks,exact,target,llc,se,ok,nbeta,gamma,epsilon\n";
    QVERIFY(sentence("").contains("nothing to read"));
    QVERIFY(sentence("step,loss\n0,1\n").contains("no column model"));
    QVERIFY(sentence(head).contains("found none"));
    QVERIFY(sentence(head + "a,b,1,1\n").contains("line 2: expected 10 cells, found 4"));
    QVERIFY(sentence(head + "a,b,1,1,x,1,1,1,1,1\n").contains("line 2: llc: expected a number, found \"x\""));
  }

  void estimatesBearTheNamesOfTheCommandLine() {
    const std::string text = estimateTable({sample()}).text();
    QVERIFY(
        text.starts_with("step,component,slice,llc,se,sd,rhat,ess,acceptance,init_loss,verdict,seconds,"));
    QVERIFY(text.find("\r\n400,all,train,0.1,0,nan,") != std::string::npos);
    QVERIFY(text.find("\"moved by 2, more than \"\"1\"\"\nis allowed\"") != std::string::npos);
  }

  void chainsAreOneRowEach() {
    const QStringList lines = QString::fromStdString(chainTable({sample(), sample()}).text()).split("\r\n");
    QCOMPARE(lines.size(), 6); // head, four chains, the end
    QVERIFY(lines[2].startsWith("400,all,train," + QString::fromStdString(LlcSettings().hash()) +
                                ",1,diverged,0.333333333333333"));
  }

  void trajectoriesHaveOneColumnAComponent() {
    Trajectory t;
    t.steps = {0, 10};
    t.points = (Eigen::MatrixXd(2, 2) << 1, 2, 3, 4.5).finished();
    QCOMPARE(trajectoryTable(t).text(), std::string("step,pc1,pc2\r\n0,1,2\r\n10,3,4.5\r\n"));
    QCOMPARE(trajectoryTable({}).text(), std::string("step\r\n"));
  }

  void everyStoredResultIsWritten() {
    const QTemporaryDir folder;
    const fs::path run = folder.path().toStdString(), out = run / "tables" / "new";
    ResultStore store(run);
    store.put(sample(), LlcSettings());
    Trajectory t;
    t.steps = {5};
    t.points = Eigen::MatrixXd::Ones(1, 1);
    t.explained = Eigen::VectorXd::Ones(1);
    store.putTrajectory("a", t);
    QCOMPARE(writeTables(store, out),
             (std::vector<fs::path>{out / "estimates.csv", out / "chains.csv", out / "trajectory.csv"}));
    QCOMPARE(readAll(out / "estimates.csv").toStdString(), estimateTable(store.estimates()).text());
    QCOMPARE(readAll(out / "trajectory.csv"), QString("step,pc1\r\n5,1\r\n"));
    MetricValue metric;
    metric.step = 5;
    metric.name = "prefix-matching";
    metric.component = "L1.H0";
    metric.value = 0.5;
    store.putMetrics({metric});
    writeTables(store, out);
    QCOMPARE(readAll(out / "metrics.csv"),
             QString("name,component,slice,step,value,se\r\nprefix-matching,L1.H0,,5,0.5,nan\r\n"));
    store.putTrajectory("b", t);
    QCOMPARE(writeTables(store, out).back(), out / "trajectory-2.csv");
  }

  void aFolderThatCannotBeMadeIsAnError() {
    const QTemporaryDir folder;
    const fs::path run = folder.path().toStdString();
    std::ofstream(run / "file") << "in the way";
    const ResultStore store(run, ResultStore::Access::ReadOnly);
    QVERIFY_EXCEPTION_THROWN(writeTables(store, run / "file" / "tables"), Error);
    QVERIFY_EXCEPTION_THROWN(writeTextFile(run / "missing" / "x.csv", "x"), Error);
  }
};

QTEST_GUILESS_MAIN(TestResultTables)
#include "tst_result_tables.moc"
