// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>
#include <sstream>

#include "core/checkpoint/metrics_log.h"
#include "core/checkpoint/run_description.h"
#include "core/error.h"
#include "core/training/trainer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

TrainSettings tiny() {
  TrainSettings s;
  s.taskDimension = 2;
  s.contextPairs = 3;
  s.modelWidth = 8;
  s.heads = 2;
  s.layers = 1;
  s.batchSize = 100; // a whole shard and a part of one
  s.steps = 40;
  s.linearCheckpoints = 4;
  s.logarithmicCheckpoints = 4;
  s.logEvery = 5;
  return s;
}

std::string contents(const fs::path &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Every checkpoint and the log of two runs, byte by byte.
void compareRuns(const fs::path &a, const fs::path &b) {
  const Run first = openRun(a), second = openRun(b);
  QCOMPARE(first.index.checkpoints.size(), second.index.checkpoints.size());
  for (std::size_t i = 0; i < first.index.checkpoints.size(); ++i) {
    QCOMPARE(first.index.checkpoints[i].step, second.index.checkpoints[i].step);
    QVERIFY(contents(first.index.checkpoints[i].path) == contents(second.index.checkpoints[i].path));
  }
  QCOMPARE(contents(a / "metrics.jsonl"), contents(b / "metrics.jsonl"));
}

} // namespace

class TestTrainer : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  fs::path folder(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }

private Q_SLOTS:
  void theGridIsTheUnionOfBoth() {
    QCOMPARE(checkpointGrid(100, 2, 3), (std::vector<std::int64_t>{0, 1, 10, 50, 100}));
    QCOMPARE(checkpointGrid(10, 0, 0), (std::vector<std::int64_t>{0, 10}));
  }

  void writesARunThatOpens() {
    const TrainReport report = train(tiny(), folder("run"), {"cpu", 1});
    QCOMPARE(report.steps, 40);
    const Run run = openRun(folder("run"));
    std::vector<std::int64_t> steps;
    for (const CheckpointEntry &c : run.index.checkpoints)
      steps.push_back(c.step);
    QCOMPARE(steps, checkpointGrid(40, 4, 4));
    QCOMPARE(report.checkpoints, std::int64_t(steps.size()));
    QVERIFY(run.index.skipped.empty());
    MetricsLog log(folder("run") / "metrics.jsonl");
    QVERIFY(log.refresh());
    QCOMPARE(log.series().at("eval_loss").steps, steps);
    QVERIFY(log.series().contains("icl_score") && log.series().contains("prediction_square"));
    QCOMPARE(log.series().at("eval_loss").values.back(), report.finalLoss);
  }

  void theSameSeedGivesTheSameBitsOnAnyNumberOfThreads() {
    train(tiny(), folder("one"), {"cpu", 1});
    train(tiny(), folder("two"), {"cpu", 2});
    compareRuns(folder("one"), folder("two"));
    TrainSettings other = tiny();
    other.seed = 2;
    train(other, folder("other seed"), {"cpu", 1});
    QVERIFY(contents(openRun(folder("other seed")).index.checkpoints.back().path) !=
            contents(openRun(folder("one")).index.checkpoints.back().path));
  }

  /// What runs of earlier versions say and what they train on must not change.
  void fixedTasksAreWrittenAndFreshOnesAreNot() {
    train(tiny(), folder("fresh"), {"cpu", 1});
    QVERIFY(!openRun(folder("fresh")).description.data.at("train").contains("tasks"));
    TrainSettings s = tiny();
    s.taskCount = 2;
    s.taskSeed = 5;
    train(s, folder("two tasks"), {"cpu", 1});
    const DescriptionTable table = openRun(folder("two tasks")).description.data.at("train");
    QCOMPARE(integerOr(table, "tasks", 0), 2);
    QCOMPARE(integerOr(table, "task_seed", 0), 5);
    QVERIFY(contents(openRun(folder("fresh")).index.checkpoints.back().path) !=
            contents(openRun(folder("two tasks")).index.checkpoints.back().path));
    MetricsLog log(folder("two tasks") / "metrics.jsonl");
    QVERIFY(log.refresh());
    QCOMPARE(log.series().at("ood_loss").steps, checkpointGrid(40, 4, 4));
    s.taskSeed = 6; // another run
    QVERIFY_EXCEPTION_THROWN(train(s, folder("two tasks"), {"cpu", 1}), Error);
  }

  /// Stopped between two checkpoints, so that steps and log rows have to be made again.
  void aResumedRunEqualsAnUninterruptedOne() {
    train(tiny(), folder("whole"), {"cpu", 1});
    const auto stopAt = [](std::int64_t step) {
      return [step](const Progress &p) { return p.done >= step ? Flow::Stop : Flow::Continue; };
    };
    QVERIFY(train(tiny(), folder("parts"), {"cpu", 1}, stopAt(17)).stopped);
    QVERIFY(train(tiny(), folder("parts"), {"cpu", 1}, stopAt(26)).resumed);
    const TrainReport last = train(tiny(), folder("parts"), {"cpu", 1});
    QVERIFY(last.resumed && !last.stopped);
    compareRuns(folder("whole"), folder("parts"));
    const TrainReport again = train(tiny(), folder("parts"), {"cpu", 1}); // nothing left to do
    QCOMPARE(again.steps, 40);
    QCOMPARE(again.finalLoss, last.finalLoss);
  }

  void aFolderWithAnotherRunIsLeftAlone() {
    train(tiny(), folder("kept"), {"cpu", 1});
    const std::string before = contents(folder("kept") / "run.toml");
    TrainSettings other = tiny();
    other.learningRate = 1e-4;
    QVERIFY_EXCEPTION_THROWN(train(other, folder("kept"), {"cpu", 1}), Error);
    QCOMPARE(contents(folder("kept") / "run.toml"), before);
    fs::create_directories(folder("papers"));
    std::ofstream(folder("papers") / "thesis.txt") << "do not touch";
    QVERIFY_EXCEPTION_THROWN(train(tiny(), folder("papers"), {"cpu", 1}), Error);
    QCOMPARE(std::distance(fs::directory_iterator(folder("papers")), fs::directory_iterator()), 1);
  }

  /// Noiseless targets of rank 2 can be fitted exactly: the loss goes to 0.
  void aLinearNetworkLearnsItsTeacher() {
    TrainSettings s = tiny();
    s.task = "linear-network";
    s.widths = {4, 5, 3};
    s.rank = 2;
    s.steps = 1500;
    s.learningRate = 1e-2;
    s.schedule = "constant";
    s.trainingSamples = 1000;
    const TrainReport report = train(s, folder("linear"), {"cpu", 1});
    QVERIFY2(report.finalLoss < 1e-4, qPrintable(QString::number(report.finalLoss)));
  }

  /// Steps of size 1e30 leave the range of float32 at once. The run stays: its last good checkpoint is on disk.
  void aTrainingThatDivergesSaysSo() {
    TrainSettings s = tiny();
    s.learningRate = 1e30;
    const TrainReport report = train(s, folder("diverged"), {"cpu", 1});
    QVERIFY(!report.failure.empty() && !report.stopped);
    QVERIFY(std::isnan(report.finalLoss));
    QVERIFY(report.steps < 40 && report.checkpoints >= 1);
    QVERIFY(openRun(folder("diverged")).index.checkpoints.front().step == 0);
  }

  void aModelThatMemoryCannotHoldIsRefusedBeforeAnythingIsWritten() {
    TrainSettings s = tiny();
    s.modelWidth = 400'000;
    s.heads = 2;
    s.layers = 2;
    try {
      train(s, folder("huge"), {"cpu", 1});
      QFAIL("no error");
    } catch (const Error &error) {
      QVERIFY2(std::string(error.what()).find("e+12 weights need") != std::string::npos, error.what());
    }
    QVERIFY(!fs::exists(folder("huge")));
  }

  void badSettingsAreNamed_data() {
    QTest::addColumn<QString>("field");
    for (const char *field : {"steps", "batchSize", "learningRate", "modelWidth", "task", "schedule", "layers",
                              "linearCheckpoints", "gradientClip"})
      QTest::newRow(field) << field;
  }
  void badSettingsAreNamed() {
    QFETCH(QString, field);
    TrainSettings s = tiny();
    if (field == "steps") s.steps = 0;
    if (field == "batchSize") s.batchSize = 0;
    if (field == "learningRate") s.learningRate = -1;
    if (field == "modelWidth") s.modelWidth = 9;
    if (field == "task") s.task = "chess";
    if (field == "layers") s.layers = 100'000'000;
    if (field == "linearCheckpoints") s.linearCheckpoints = 1'000'000'000;
    if (field == "gradientClip") s.gradientClip = 1e300;
    if (field == "schedule") s.schedule = "cosine";
    QCOMPARE(s.problems().size(), std::size_t(1));
    QCOMPARE(QString::fromStdString(s.problems().front().field), field);
    QVERIFY_EXCEPTION_THROWN(train(s, folder("bad"), {"cpu", 1}), Error);
    QVERIFY(!fs::exists(folder("bad")));
  }
};

QTEST_GUILESS_MAIN(TestTrainer)
#include "tst_trainer.moc"
