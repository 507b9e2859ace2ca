// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <memory>
#include <optional>

#include <QSignalSpy>
#include <QTest>

#include "app/jobs/job_queue.h"
#include "app/session/live_estimates.h"
#include "app/session/run_session.h"
#include "tests/support/fake_numerics.h"
#include "tests/support/gui_watchdog.h"
#include "tests/support/synthetic_run.h"

using namespace evolute;
using namespace evolute::app;
using namespace evolute::test;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure
using Steps = std::vector<std::int64_t>;
using State = CheckpointMark::State;

std::vector<std::int64_t> range(std::int64_t count) {
  Steps steps;
  for (std::int64_t step = 0; step < count; ++step)
    steps.push_back(step);
  return steps;
}

/// An open run with work that the test can steer.
struct Bench {
  explicit Bench(std::shared_ptr<FakeNumerics> numerics = std::make_shared<FakeNumerics>())
      : fake(std::move(numerics)), session(jobs, FakeNumerics::of(fake)) {
    session.setWatchOptions({100ms, 100ms, 50ms});
  }
  void open(const SyntheticRun &run) {
    QSignalSpy opened(&session, &RunSession::opened);
    session.open(run.path());
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, kPatience);
  }
  /// Open, and all that opening starts is done.
  void openAndSettle(const SyntheticRun &run) {
    open(run);
    QTRY_VERIFY_WITH_TIMEOUT(session.isModelKnown() && !jobs.isBusy(), kPatience);
  }
  State state(std::int64_t step) const {
    const CheckpointMark *mark = session.checkpoint(step);
    return mark ? mark->state : State::Missing;
  }
  Steps estimatedSteps() const {
    Steps steps;
    for (const auto &estimate : session.estimates())
      steps.push_back(estimate.step);
    return steps;
  }

  std::shared_ptr<FakeNumerics> fake;
  JobQueue jobs;
  RunSession session;
};

} // namespace

class TestRunSession : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void openingTellsWhatThereIs() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20});
    run.appendLog(SyntheticRun::row(0) + SyntheticRun::row(10));
    Bench bench;
    QSignalSpy opened(&bench.session, &RunSession::opened);
    QCOMPARE(bench.session.phase(), RunSession::Phase::Closed);
    bench.session.open(run.path());
    QCOMPARE(bench.session.phase(), RunSession::Phase::Opening);
    QVERIFY2(opened.empty(), "nothing is read in the caller's thread");
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, kPatience);

    const RunSummary &summary = bench.session.summary();
    QCOMPARE(summary.checkpointCount, 3);
    QCOMPARE(summary.firstStep, 0);
    QCOMPARE(summary.lastStep, 20);
    QVERIFY2(summary.sentence.contains(QLatin1String("metrics.jsonl")), qPrintable(summary.sentence));
    QCOMPARE(bench.session.metrics()->series.at("loss").steps, (Steps{0, 10}));
    QCOMPARE(bench.session.checkpoints().size(), 3u);
    QCOMPARE(bench.session.cursor(), 20);
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.isModelKnown(), kPatience);
    QCOMPARE(bench.session.model().family, std::string("synthetic"));
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.trajectory().steps, (Steps{0, 10, 20}), kPatience);
    QVERIFY(!bench.session.isLive());
  }

  void aPathThatIsNoRunIsOneSentence() {
    Bench bench;
    QSignalSpy failed(&bench.session, &RunSession::openFailed);
    bench.session.open(QStringLiteral("/nowhere/at/all"));
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
    QVERIFY2(failed[0][0].toString().contains(QLatin1String("/nowhere/at/all")),
             qPrintable(failed[0][0].toString()));
    QCOMPARE(bench.session.phase(), RunSession::Phase::Closed);
    QCOMPARE(bench.session.computeLlc({}), nullptr);
  }

  void estimatesArriveAndTheMarksFollow() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20, 30});
    Bench bench;
    bench.openAndSettle(run);
    bench.fake->microsecondsPerStep = 20'000; // 0.2 s an estimate: longer than a batch
    QSignalSpy added(&bench.session, &RunSession::estimatesAdded);
    bool sawComputing = false;
    std::ptrdiff_t mostComputing = 0;
    connect(&bench.session, &RunSession::checkpointStateChanged, this, [&] {
      const auto &marks = bench.session.checkpoints();
      const auto count = std::count_if(marks.begin(), marks.end(), [](const CheckpointMark &mark) {
        return mark.state == State::Computing;
      });
      sawComputing = sawComputing || count > 0;
      mostComputing = std::max(mostComputing, count);
    });
    core::LlcRequest request;
    request.steps = {0, 10, 20};
    Job *job = bench.session.computeLlc(request);
    QCOMPARE(bench.state(10), State::Queued);
    QCOMPARE(bench.state(30), State::File);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QVERIFY(sawComputing);
    QCOMPARE(mostComputing, 1);
    QCOMPARE(bench.estimatedSteps(), (Steps{0, 10, 20}));
    QCOMPARE(bench.session.estimates()[1].llc, FakeNumerics::kSlope * 10);
    QCOMPARE(bench.session.estimates()[1].loss.size(), 0);
    for (const auto step : request.steps)
      QCOMPARE(bench.state(step), State::Done);
    QCOMPARE(bench.state(30), State::File);
    std::size_t told = 0;
    for (const auto &signal : added)
      told += signal[0].value<std::vector<core::LlcEstimate>>().size();
    QCOMPARE(told, 3u);
  }

  void whatIsStoredIsThereAfterReopeningAndCostsNothing() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20});
    core::LlcRequest request;
    {
      Bench first;
      first.openAndSettle(run);
      Job *job = first.session.computeLlc(request);
      QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    }
    Bench again;
    again.openAndSettle(run);
    QCOMPARE(again.estimatedSteps(), (Steps{0, 10, 20}));
    QCOMPARE(again.state(10), State::Done);
    QCOMPARE(again.session.trajectory().steps, (Steps{0, 10, 20}));
    QCOMPARE(again.fake->featuresMade.load(), 0);
    Job *job = again.session.computeLlc(request);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QCOMPARE(again.fake->samplerSteps.load(), 0);
    QCOMPARE(again.session.estimates().size(), 3u);
  }

  void chainsAreFetchedOnDemand() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10});
    Bench bench;
    bench.openAndSettle(run);
    Job *job = bench.session.computeLlc({});
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    std::optional<core::LlcEstimate> found;
    int answers = 0;
    const auto take = [&](const std::optional<core::LlcEstimate> &estimate) {
      found = estimate;
      ++answers;
    };
    bench.session.fetchEstimate(core::keyOf(bench.session.estimates().front()), this, take);
    QTRY_COMPARE_WITH_TIMEOUT(answers, 1, kPatience);
    QVERIFY(found.has_value());
    QCOMPARE(found->loss.rows(), 5);
    bench.session.fetchEstimate({}, this, take);
    QTRY_COMPARE_WITH_TIMEOUT(answers, 2, kPatience);
    QVERIFY(!found.has_value());
  }

  void cancellingKeepsWhatIsDone() {
    SyntheticRun run;
    run.writeCheckpoints(range(40));
    Bench bench;
    bench.openAndSettle(run);
    bench.fake->microsecondsPerStep = 5000;
    Job *job = bench.session.computeLlc({});
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.estimates().size() >= 2, kPatience);
    bench.session.cancelJob(job->id());
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Cancelled, kPatience);
    const auto done = bench.estimatedSteps();
    QVERIFY(done.size() >= 2 && done.size() < 40);
    for (const auto &mark : bench.session.checkpoints())
      QCOMPARE(mark.state,
               std::binary_search(done.begin(), done.end(), mark.step) ? State::Done : State::File);
  }

  void aPausedCurveStandsStillAndGoesOn() {
    SyntheticRun run;
    run.writeCheckpoints(range(10));
    Bench bench;
    bench.openAndSettle(run);
    bench.fake->microsecondsPerStep = 1000;
    Job *job = bench.session.computeLlc({});
    QTRY_VERIFY_WITH_TIMEOUT(bench.fake->samplerSteps > 5, kPatience);
    bench.session.pauseJob(job->id());
    const int before = bench.fake->samplerSteps;
    QTest::qWait(150);
    QVERIFY(bench.fake->samplerSteps <= before + 1);
    bench.session.resumeJob(job->id());
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QCOMPARE(bench.session.estimates().size(), 10u);
  }

  void aPromotedCheckpointComesNext() {
    SyntheticRun run;
    run.writeCheckpoints(range(60));
    Bench bench;
    bench.openAndSettle(run);
    bench.fake->microsecondsPerStep = 2000;
    Job *job = bench.session.computeLlc({});
    QTRY_VERIFY_WITH_TIMEOUT(bench.fake->order().size() >= 2, kPatience);
    bench.session.promote(37);
    const auto place = [&bench] {
      const auto order = bench.fake->order();
      return std::find(order.begin(), order.end(), 37) - order.begin();
    };
    const auto before = std::ptrdiff_t(bench.fake->order().size());
    QTRY_VERIFY_WITH_TIMEOUT(place() < std::ptrdiff_t(bench.fake->order().size()), kPatience);
    QVERIFY2(place() <= before + 1, qPrintable(QString::number(place()))); // after the one that was going on
    job->cancel();
  }

  void aCheckpointThatFailsIsMarkedAndTheOthersGoOn() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20});
    Bench bench;
    bench.openAndSettle(run);
    bench.fake->badStep = 10;
    Job *job = bench.session.computeLlc({});
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QCOMPARE(bench.estimatedSteps(), (Steps{0, 20}));
    QCOMPARE(bench.state(10), State::Failed);
    QVERIFY(bench.session.checkpoint(10)->reason.contains(QLatin1String("step 10")));
    core::LlcRequest only;
    only.steps = {10};
    Job *alone = bench.session.computeLlc(only);
    QTRY_COMPARE_WITH_TIMEOUT(alone->state(), JobState::Failed, kPatience);
    QVERIFY(alone->sentence().contains(QLatin1String("step 10")));
  }

  void theForecastKnowsWhatIsStored() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20, 30});
    Bench bench;
    bench.openAndSettle(run);
    core::LlcRequest request;
    request.steps = {0, 10};
    Job *job = bench.session.computeLlc(request);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    std::optional<LlcForecast> cost;
    bench.session.forecast({}, this, [&](const auto &answer, const QString &) { cost = answer; });
    QTRY_VERIFY_WITH_TIMEOUT(cost.has_value(), kPatience);
    QCOMPARE(cost->estimates, 4);
    QCOMPARE(cost->stored, 2);
    QCOMPARE(cost->seconds(), 0.5);
    core::LlcRequest other;
    other.settings.stepSize *= 2; // nothing stored with these
    QString problem = QStringLiteral("not asked");
    bench.session.forecast(other, this, [&](const auto &answer, const QString &sentence) {
      cost = answer;
      problem = sentence;
    });
    QTRY_COMPARE_WITH_TIMEOUT(problem, QString(), kPatience);
    QCOMPARE(cost->stored, 0);
  }

  void liveCheckpointsJoinWhileALongCurveRuns() {
    SyntheticRun run;
    run.writeCheckpoints(range(60));
    run.appendLog(SyntheticRun::row(0));
    Bench bench;
    bench.openAndSettle(run);
    bench.session.setFollow(true);
    bench.fake->microsecondsPerStep = 3000;
    Job *job = bench.session.computeLlc({});
    QTRY_VERIFY_WITH_TIMEOUT(bench.fake->samplerSteps > 5, kPatience);

    QSignalSpy added(&bench.session, &RunSession::checkpointsAdded);
    run.writeHalf(100);
    run.appendLog(SyntheticRun::row(100));
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.metrics()->rowCount, 2, kPatience);
    QVERIFY(added.empty());
    run.writeCheckpoint(100);
    QTRY_COMPARE_WITH_TIMEOUT(added.size(), 1, kPatience);
    QVERIFY(bench.session.isLive());
    QCOMPARE(bench.session.cursor(), 100); // followed
    QTRY_VERIFY_WITH_TIMEOUT(!bench.session.trajectory().steps.empty() &&
                                 bench.session.trajectory().steps.back() == 100,
                             kPatience);
    QVERIFY2(!job->hasEnded(), "the trajectory did not wait for the curve");
    QCOMPARE(bench.fake->featuresMade.load(), 61); // the new one alone was computed
    job->cancel();
  }

  void aReplacedCheckpointLosesItsEstimate() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20});
    Bench bench;
    bench.openAndSettle(run);
    Job *job = bench.session.computeLlc({});
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QSignalSpy replaced(&bench.session, &RunSession::checkpointsReplaced);
    run.writeCheckpoint(10, 5);
    QTRY_COMPARE_WITH_TIMEOUT(replaced.size(), 1, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(bench.estimatedSteps(), (Steps{0, 20}), kPatience);
    QCOMPARE(bench.state(10), State::File);
    QTRY_VERIFY_WITH_TIMEOUT(!bench.jobs.isBusy(), kPatience);
    Job *again = bench.session.computeLlc({});
    QTRY_COMPARE_WITH_TIMEOUT(again->state(), JobState::Finished, kPatience);
    QCOMPARE(bench.estimatedSteps(), (Steps{0, 10, 20}));
  }

  void aRunThatIsEmptyAtFirstFillsUp() {
    SyntheticRun run;
    run.appendLog(SyntheticRun::row(0));
    Bench bench;
    bench.openAndSettle(run);
    QCOMPARE(bench.session.checkpoints().size(), 0u);
    QString problem;
    bench.session.forecast({}, this, [&](const auto &, const QString &sentence) { problem = sentence; });
    QVERIFY(!problem.isEmpty());
    QVERIFY(!bench.session.trajectoryProblem().isEmpty());
    run.writeCheckpoints({0, 1, 2});
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.trajectory().steps, (Steps{0, 1, 2}), kPatience);
    QVERIFY(bench.session.trajectoryProblem().isEmpty());
    QVERIFY(bench.session.model().problem.empty());
  }

  void newCheckpointsAreEstimatedWhileTheRuleHolds() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10});
    Bench bench;
    LiveEstimates live(bench.session);
    QSignalSpy changed(&live, &LiveEstimates::onChanged);
    bench.openAndSettle(run);
    run.writeCheckpoint(20);
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.checkpoints().size(), 3u, kPatience);
    core::LlcRequest request;
    request.settings.seed = 7;
    request.steps = {0}; // not the rule's business
    live.start(request);
    run.writeCheckpoints({30, 40});
    QTRY_COMPARE_WITH_TIMEOUT(bench.estimatedSteps(), (Steps{30, 40}),
                              kPatience); // what was there before stays out
    QCOMPARE(bench.session.estimates().front().settingsHash, request.settings.hash());
    live.stop();
    run.writeCheckpoint(50);
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.checkpoints().size(), 6u, kPatience);
    QTest::qWait(50);
    QVERIFY(!bench.jobs.isBusy() || bench.state(50) == State::File);
    QCOMPARE(bench.state(50), State::File);
    QCOMPARE(changed.size(), 2);
  }

  void cancellingALiveEstimateEndsTheRule() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10});
    Bench bench;
    LiveEstimates live(bench.session);
    bench.openAndSettle(run);
    live.start({});
    bench.fake->microsecondsPerStep = 200'000;
    run.writeCheckpoint(20);
    QTRY_VERIFY_WITH_TIMEOUT(bench.state(20) == State::Computing, kPatience);
    run.writeCheckpoint(30); // waits for the job's end
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.checkpoints().size(), 4u, kPatience);
    bench.jobs.cancelAll();
    QTRY_VERIFY_WITH_TIMEOUT(!live.isOn() && !bench.jobs.isBusy(), kPatience);
    QCOMPARE(bench.state(30), State::File);
    live.start({});
    bench.session.close();
    QVERIFY(!live.isOn()); // another run has not been asked about
  }

  void aFolderThatGoesAwayIsTold() {
    SyntheticRun run;
    run.writeCheckpoints({0, 1, 2});
    Bench bench;
    bench.openAndSettle(run);
    QSignalSpy lost(&bench.session, &RunSession::folderLost);
    std::filesystem::remove_all(run.folder());
    QTRY_COMPARE_WITH_TIMEOUT(lost.size(), 1, kPatience);
    QCOMPARE(bench.session.checkpoints().size(), 3u); // what was seen stays to be looked at
    QVERIFY(!bench.session.lostSentence().isEmpty());
  }

  void theCursorStaysOnCheckpoints() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 20, 40});
    Bench bench;
    bench.openAndSettle(run);
    QSignalSpy moved(&bench.session, &RunSession::cursorMoved);
    bench.session.setCursor(14);
    QCOMPARE(bench.session.cursor(), 10);
    bench.session.moveCursorBy(2);
    QCOMPARE(bench.session.cursor(), 40);
    bench.session.moveCursorBy(5);
    QCOMPARE(bench.session.cursor(), 40);
    bench.session.moveCursorBy(-100);
    QCOMPARE(bench.session.cursor(), 0);
    QCOMPARE(moved.size(), 3); // none where nothing moved
  }

  void openingAnotherRunDropsTheFirst() {
    SyntheticRun first, second;
    first.writeCheckpoints(range(30));
    second.writeCheckpoints({5, 6});
    Bench bench;
    bench.openAndSettle(first);
    bench.fake->microsecondsPerStep = 3000;
    Job *job = bench.session.computeLlc({});
    QTRY_VERIFY_WITH_TIMEOUT(bench.fake->samplerSteps > 3, kPatience);
    bench.open(second);
    QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.trajectory().steps, (Steps{5, 6}), kPatience);
    QVERIFY(bench.session.estimates().empty());
    QCOMPARE(bench.session.checkpoints().size(), 2u);
  }

  void closingWithWorkInHandIsClean() {
    SyntheticRun run;
    run.writeCheckpoints(range(30));
    const auto fake = std::make_shared<FakeNumerics>();
    fake->microsecondsPerStep = 2000;
    {
      JobQueue jobs;
      {
        RunSession session(jobs, FakeNumerics::of(fake));
        QSignalSpy opened(&session, &RunSession::opened);
        session.open(run.path());
        QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, kPatience);
        session.computeLlc({});
        session.forecast({}, this, [](const auto &, const QString &) {});
        QTRY_VERIFY_WITH_TIMEOUT(fake->samplerSteps + fake->featuresMade > 2, kPatience);
      } // the session goes first, its work winds up behind it
      QTest::qWait(50);
    }
    QVERIFY(true); // what is tested is that nothing touches what is gone
  }

  void openingFiveHundredCheckpointsLeavesTheWindowAlive() {
    std::string rows;
    for (std::int64_t step = 0; step < 20'000; ++step)
      rows += SyntheticRun::row(step);
    std::optional<SyntheticRun> run;
    std::optional<Bench> bench; // its end, which waits for workers, is not counted
    const auto newRun = [&] {
      bench.emplace();
      run.emplace();
      run->writeCheckpoints(range(500));
      run->appendLog(rows);
    };
    evolute::test::verifyNothingIsHeldUp(newRun, [&] {
      bench->openAndSettle(*run);
      QCOMPARE(bench->session.trajectory().steps.size(), 500u);
      core::LlcRequest request;
      request.steps = range(100);
      Job *job = bench->session.computeLlc(request); // as fast as they come
      QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
      for (std::int64_t step = 500; step < 520; ++step)
        run->writeCheckpoint(step);
      QTRY_COMPARE_WITH_TIMEOUT(bench->session.checkpoints().size(), 520u, kPatience);
    });
  }
};

QTEST_GUILESS_MAIN(TestRunSession)
#include "tst_run_session.moc"
