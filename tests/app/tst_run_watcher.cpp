// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>

#include <QSignalSpy>
#include <QTest>

#include "app/jobs/load_job.h"
#include "app/jobs/run_watcher.h"
#include "core/checkpoint/run_description.h"
#include "tests/support/synthetic_run.h"

using namespace evolute;
using namespace evolute::app;
using namespace evolute::test;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure

/// A watched run and all that was told of it.
struct Watched {
  explicit Watched(const SyntheticRun &run, RunWatcher::Options options = {100ms, 100ms, 50ms}) {
    QObject::connect(&watcher, &RunWatcher::changed, [this](const RunChange &change) {
      ++changes;
      added.insert(added.end(), change.added.begin(), change.added.end());
      replaced.insert(replaced.end(), change.replaced.begin(), change.replaced.end());
      removed.insert(removed.end(), change.removed.begin(), change.removed.end());
      index = change.index;
      if (change.metrics)
        metrics = change.metrics;
    });
    const core::Run opened = core::openRun(run.folder());
    index = opened.index;
    const auto log = logOf(opened);
    if (log)
      log->refresh();
    metrics = snapshotOf(log.get());
    watcher.watch(opened, log, options);
  }
  std::vector<std::int64_t> steps() const {
    std::vector<std::int64_t> list;
    for (const auto &checkpoint : index.checkpoints)
      list.push_back(checkpoint.step);
    return list;
  }
  std::vector<std::int64_t> loggedSteps() const {
    const auto found = metrics->series.find("loss");
    return found == metrics->series.end() ? std::vector<std::int64_t>() : found->second.steps;
  }

  int changes = 0;
  std::vector<std::int64_t> added, replaced, removed;
  core::RunIndex index;
  std::shared_ptr<const MetricsSnapshot> metrics;
  RunWatcher watcher; // last: gone before what it tells to
};

using Steps = std::vector<std::int64_t>;

} // namespace

class TestRunWatcher : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void anUnchangedFolderIsNothingToTell() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1, 2});
    run.appendLog(SyntheticRun::row(0));
    Watched watched(run);
    QTest::qWait(400);
    QCOMPARE(watched.changes, 0);
  }

  void newCheckpointsAreToldOnceEach() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1});
    Watched watched(run);
    run.writeCheckpoint(2);
    QTRY_COMPARE_WITH_TIMEOUT(watched.steps(), (Steps{0, 1, 2}), kPatience);
    run.writeCheckpoints({8, 4});
    QTRY_COMPARE_WITH_TIMEOUT(watched.steps(), (Steps{0, 1, 2, 4, 8}), kPatience);
    std::sort(watched.added.begin(), watched.added.end());
    QCOMPARE(watched.added, (Steps{2, 4, 8}));
    QVERIFY(watched.replaced.empty());
  }

  void aHalfWrittenCheckpointWaitsUntilItIsWhole() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1});
    Watched watched(run);
    run.writeHalf(2, 0.3);
    QTRY_COMPARE_WITH_TIMEOUT(watched.index.growing.size(), 1u, kPatience);
    QTest::qWait(300);
    QVERIFY(watched.added.empty());
    run.writeHalf(2, 0.9);
    QTest::qWait(300);
    QVERIFY(watched.added.empty());
    run.writeHalf(2, 1.0);
    QTRY_COMPARE_WITH_TIMEOUT(watched.added, (Steps{2}), kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(watched.index.growing.empty(), kPatience);
  }

  void aReplacedCheckpointIsTold() { // rsync without --inplace: another file under the old name
    SyntheticRun run;
    run.writeCheckpoints({0, 1, 2});
    Watched watched(run);
    QTest::qWait(200);
    run.writeCheckpoint(1, 7);
    QTRY_COMPARE_WITH_TIMEOUT(watched.replaced, (Steps{1}), kPatience);
    QCOMPARE(watched.steps(), (Steps{0, 1, 2}));
    QVERIFY(watched.added.empty());
  }

  void aCheckpointThatIsGoneIsTold() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1, 2});
    Watched watched(run);
    std::filesystem::remove(run.file(1));
    QTRY_COMPARE_WITH_TIMEOUT(watched.removed, (Steps{1}), kPatience);
    QCOMPARE(watched.steps(), (Steps{0, 2}));
  }

  void aFolderThatComesLateIsLookedInto() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1});
    Watched watched(run);
    const auto late = run.folder() / "more" / "step_50.safetensors";
    std::filesystem::create_directories(late.parent_path());
    QTest::qWait(250); // seen while empty
    SyntheticRun::writeWeights(late, SyntheticRun::weights(50, 0));
    QTRY_COMPARE_WITH_TIMEOUT(watched.added, (Steps{50}), kPatience);
  }

  void aLogThatGrowsIsRead() {
    SyntheticRun run;
    run.writeCheckpoint(0);
    run.appendLog(SyntheticRun::row(0));
    Watched watched(run);
    for (std::int64_t step = 1; step < 100; ++step)
      run.appendLog(SyntheticRun::row(step));
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps().size(), 100u, kPatience);
    run.appendLog("{\"step\": 100, \"lo"); // half a line is no row
    QTest::qWait(300);
    QCOMPARE(watched.loggedSteps().size(), 100u);
    run.appendLog("ss\": 0.5}\n");
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps().size(), 101u, kPatience);
  }

  void aLogThatIsCutOrReplacedIsReadAgain() {
    SyntheticRun run;
    run.writeCheckpoint(0);
    run.appendLog(SyntheticRun::row(0) + SyntheticRun::row(1) + SyntheticRun::row(2));
    Watched watched(run);
    run.replaceLog(SyntheticRun::row(10) + SyntheticRun::row(20));
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps(), (Steps{10, 20}), kPatience);
    run.appendLog(SyntheticRun::row(30)); // of the new file, which a watch on the old one would miss
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps(), (Steps{10, 20, 30}), kPatience);
    std::ofstream(run.log(), std::ios::binary | std::ios::trunc) << SyntheticRun::row(5);
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps(), (Steps{5}), kPatience);
  }

  void aLogThatComesLateIsFound() {
    SyntheticRun run;
    run.writeCheckpoint(0);
    Watched watched(run);
    QVERIFY(watched.metrics->fileName.isEmpty());
    run.appendLog(SyntheticRun::row(0));
    QTRY_COMPARE_WITH_TIMEOUT(watched.loggedSteps(), (Steps{0}), kPatience);
    QCOMPARE(watched.metrics->fileName, QStringLiteral("metrics.jsonl"));
  }

  void aFolderThatGoesAwayAndComesBackIsSurvived() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1});
    Watched watched(run);
    QSignalSpy lost(&watched.watcher, &RunWatcher::lost), found(&watched.watcher, &RunWatcher::found);
    const auto away = run.folder().parent_path() / "elsewhere";
    std::filesystem::rename(run.folder(), away);
    QTRY_COMPARE_WITH_TIMEOUT(lost.size(), 1, kPatience);
    QVERIFY(!lost[0][0].toString().isEmpty());
    QTest::qWait(250);
    QCOMPARE(lost.size(), 1); // said once
    std::filesystem::rename(away, run.folder());
    QTRY_COMPARE_WITH_TIMEOUT(found.size(), 1, kPatience);
    run.writeCheckpoint(2);
    QTRY_COMPARE_WITH_TIMEOUT(watched.added, (Steps{2}), kPatience);
    QVERIFY(watched.removed.empty());
  }

  void noticesOfTheSystemComeBeforeTheInterval() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1});
    Watched watched(run, {1h, 1h, 50ms}); // the interval alone would take an hour
    QTest::qWait(200);
    run.writeCheckpoint(2);
    QTRY_COMPARE_WITH_TIMEOUT(watched.added, (Steps{2}), kPatience);
  }

  void watchingSomethingElseDropsTheFirst() {
    SyntheticRun first, second;
    first.writeCheckpoints({0, 1});
    second.writeCheckpoints({0, 1});
    Watched watched(first);
    watched.watcher.watch(core::openRun(second.folder()), nullptr, {100ms, 100ms, 50ms});
    first.writeCheckpoint(2);
    second.writeCheckpoint(3);
    QTRY_COMPARE_WITH_TIMEOUT(watched.added, (Steps{3}), kPatience);
    watched.watcher.stop();
    second.writeCheckpoint(4);
    QTest::qWait(300);
    QCOMPARE(watched.added, (Steps{3}));
  }
};

QTEST_GUILESS_MAIN(TestRunWatcher)
#include "tst_run_watcher.moc"
