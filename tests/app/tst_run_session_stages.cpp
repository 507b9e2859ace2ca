// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>

#include <QFile>
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "app/jobs/job_queue.h"
#include "app/session/run_session.h"
#include "app/session/undo.h"
#include "tests/support/fake_numerics.h"
#include "tests/support/stage_curves.h"
#include "tests/support/synthetic_run.h"

using namespace evolute;
using namespace evolute::app;
using namespace evolute::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatience = 30'000; // ms

core::StageSet threeStages() {
  core::StageSet set = core::wholeRun(0, 10'000);
  core::split(set, 100);
  core::split(set, 1000);
  set.stages[0].name = "first";
  set.stages[1].type = core::StageType::B;
  return set;
}

struct Bench {
  explicit Bench(const SyntheticRun &run)
      : fake(std::make_shared<FakeNumerics>()), session(jobs, FakeNumerics::of(fake)) {
    open(run);
  }
  void open(const SyntheticRun &run) {
    QSignalSpy opened(&session, &RunSession::opened);
    session.open(run.path());
    QTRY_VERIFY_WITH_TIMEOUT(opened.size() == 1 && session.isModelKnown() && !jobs.isBusy(), kPatience);
  }
  std::shared_ptr<FakeNumerics> fake;
  JobQueue jobs;
  RunSession session;
};

/// A loss that turns once, with a little noise; returns the step of the turn.
std::int64_t writeTurn(const SyntheticRun &run) {
  const core::CurvePoints points =
      stage_curves::noisy(stage_curves::turn(), stage_curves::checkpoints(50), 1, 1);
  std::string log;
  for (Eigen::Index i = 0; i < points.x.size(); ++i)
    log += "{\"step\": " + std::to_string(core::stepAt(points.x[i])) +
           ", \"loss\": " + std::to_string(points.y[i]) + "}\n";
  run.appendLog(log);
  return core::stepAt(stage_curves::milestonesOf(stage_curves::turn(), 0.25)[0]);
}

} // namespace

class TestRunSessionStages : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void stagesAreThereAgainWhenTheRunIsOpenedAgain() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 10'000});
    {
      Bench bench(run);
      QVERIFY(!bench.session.stages());
      QSignalSpy changed(&bench.session, &RunSession::stagesChanged);
      core::StageSet set = threeStages();
      set.name = "someone else's";
      bench.session.setStages(set);
      QCOMPARE(changed.size(), 1);
      bench.session.setStages(bench.session.stages());
      QCOMPARE(changed.size(), 1); // nothing new
      QVERIFY(core::moveEdge(set, 0, 50));
      bench.session.setStages(set); // and closed at once: the last state counts
      bench.session.close();
      QVERIFY(!bench.session.stages());
      bench.open(run);
      QTRY_VERIFY_WITH_TIMEOUT(bench.session.stages(), kPatience);
      QCOMPARE(bench.session.stages()->edges[0].step, std::int64_t(50));
    }
    Bench again(run);
    QTRY_VERIFY_WITH_TIMEOUT(again.session.stages(), kPatience);
    core::StageSet expected = threeStages();
    QVERIFY(core::moveEdge(expected, 0, 50));
    QCOMPARE(*again.session.stages(), expected);
    again.session.setStages(std::nullopt);
    again.open(run);
    QTest::qWait(200); // what is not to come has no signal
    QVERIFY(!again.session.stages());
  }

  void everyStepIsUndoneAndDoneAgain() {
    SyntheticRun run, other;
    run.writeCheckpoints({0, 10, 10'000});
    other.writeCheckpoints({0, 10});
    Bench bench(run);
    QUndoStack stack;
    core::StageSet set = threeStages();
    pushStages(stack, bench.session, u"New"_s, set);
    QVERIFY(core::merge(set, 0));
    pushStages(stack, bench.session, u"Merge"_s, set);
    pushStages(stack, bench.session, u"Nothing"_s, set);
    QCOMPARE(stack.count(), 2);
    stack.undo();
    QCOMPARE(*bench.session.stages(), threeStages());
    stack.undo();
    QVERIFY(!bench.session.stages());
    stack.redo();
    stack.redo();
    QCOMPARE(*bench.session.stages(), set);
    bench.open(other);
    stack.undo(); // these were the other run's stages
    QVERIFY(!bench.session.stages());
  }

  void aProposalComesFromTheLog() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 10'000});
    const std::int64_t turn = writeTurn(run);
    Bench bench(run);
    StagesRequest request;
    request.metric = "loss";
    request.changesOf = {"loss"}; // the curve itself counts once
    request.metrics = bench.session.metrics();
    std::optional<core::StageProposal> got;
    Job *job = bench.session.proposeStages(request, this, [&](const auto &proposal) { got = proposal; });
    QVERIFY(job);
    QTRY_VERIFY_WITH_TIMEOUT(got, kPatience);
    QCOMPARE(got->boundaries.size(), std::size_t(1));
    QVERIFY(got->boundaries[0].low <= turn && turn <= got->boundaries[0].high);
    QCOMPARE(got->lanes.size(), std::size_t(2));

    // Between edges set by hand the same curve says what happens.
    core::StageSet set = core::wholeRun(0, got->stages.back().end);
    QVERIFY(core::split(set, turn));
    std::vector<core::StageChange> changes;
    bench.session.measureStages(*got, {}, set, this, [&](const auto &answer) { changes = answer; });
    QTRY_COMPARE_WITH_TIMEOUT(changes.size(), std::size_t(2), kPatience);
    QVERIFY(changes[0].probabilityRises > 0.99 && changes[1].probabilityRises < 0.01);

    request.metric = "accuracy";
    job = bench.session.proposeStages(request, this, [](const auto &) { QFAIL("there is no such column"); });
    QSignalSpy ended(job, &Job::ended);
    QVERIFY(ended.wait(kPatience));
    QCOMPARE(job->state(), JobState::Failed);
    QVERIFY2(job->sentence().contains(u"accuracy"_s), qPrintable(job->sentence()));
  }

  void aCancelledProposalGivesNone() {
    SyntheticRun run;
    run.writeCheckpoints({0, 10, 10'000});
    writeTurn(run);
    Bench bench(run);
    StagesRequest request;
    request.metric = "loss";
    request.metrics = bench.session.metrics();
    // A long path: each random walk takes a while, and the job has many to do.
    constexpr int kPoints = 3000;
    request.trajectory.points.resize(kPoints, 3);
    for (int i = 0; i < kPoints; ++i) {
      request.trajectory.steps.push_back(i);
      request.trajectory.points.row(i) << std::cos(0.002 * i), std::sin(0.002 * i), 0.001 * i;
    }
    request.trajectory.explained = Eigen::VectorXd::Constant(3, 0.3);
    Job *job = bench.session.proposeStages(request, this, [](const auto &) { QFAIL("it was cancelled"); });
    QTRY_VERIFY_WITH_TIMEOUT(job->permille() > 0, kPatience);
    QVERIFY(job->permille() < 500);
    std::optional<JobState> end; // the queue deletes it soon after
    connect(job, &Job::ended, this, [&end, job] { end = job->state(); });
    job->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(end.has_value(), kPatience);
    QCOMPARE(*end, JobState::Cancelled);
  }

  void stagesComeFromFilesAndFromOtherRuns() {
    SyntheticRun run, other;
    run.writeCheckpoints({0, 10, 10'000});
    other.writeCheckpoints({0, 10});
    Bench bench(run);
    std::optional<core::StageSet> got;
    QString problem;
    int answers = 0;
    const auto read = [&](const QString &path) {
      bench.session.readStages(path, this,
                               [&](const std::optional<core::StageSet> &set, const QString &sentence) {
                                 got = set;
                                 problem = sentence;
                                 ++answers;
                               });
    };
    read(other.path());
    QTRY_COMPARE_WITH_TIMEOUT(answers, 1, kPatience);
    QVERIFY(!got);
    QVERIFY2(problem.contains(u"found none"_s) && problem.contains(u"evolute-cli stages"_s),
             qPrintable(problem));
    core::ResultStore(other.folder()).putStageSet(threeStages());
    read(other.path());
    QTRY_COMPARE_WITH_TIMEOUT(answers, 2, kPatience);
    QCOMPARE(*got, threeStages());

    const QString file = run.path() + u"/mine.toml"_s;
    bench.session.setStages(threeStages());
    bool written = false;
    bench.session.writeStages(file, this, [&](const QString &sentence) { written = sentence.isEmpty(); });
    QTRY_VERIFY_WITH_TIMEOUT(written, kPatience);
    read(file);
    QTRY_COMPARE_WITH_TIMEOUT(answers, 3, kPatience);
    QCOMPARE(*got, threeStages());
    QFile broken(file);
    QVERIFY(broken.open(QIODevice::WriteOnly | QIODevice::Truncate) &&
            broken.write("first = 0\nlast = 5\nedge = 3\n") > 0);
    broken.close();
    read(file);
    QTRY_COMPARE_WITH_TIMEOUT(answers, 4, kPatience);
    QVERIFY2(!got && problem.contains(u"line 3"_s), qPrintable(problem));
  }
};

QTEST_GUILESS_MAIN(TestRunSessionStages)
#include "tst_run_session_stages.moc"
