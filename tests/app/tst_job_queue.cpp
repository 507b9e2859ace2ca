// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <cmath>
#include <latch>
#include <stdexcept>
#include <thread>

#include <QPointer>
#include <QSignalSpy>
#include <QTest>

#include "app/jobs/job_queue.h"
#include "core/error.h"

using namespace evolute;
using namespace evolute::app;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure

/// Units of work without end.
JobSpec endless(std::atomic<int> &units, const QString &device = QStringLiteral("cpu"),
                JobPriority priority = JobPriority::Estimates) {
  return {QStringLiteral("endless"), device, priority, [&units](JobControl &control) {
            while (control.proceed() == core::Flow::Continue) {
              ++units;
              std::this_thread::sleep_for(1ms);
            }
            return QStringLiteral("stopped after %1 units").arg(units);
          }};
}

JobSpec quick(std::function<void()> action, const QString &device = QStringLiteral("cpu"),
              JobPriority priority = JobPriority::Estimates) {
  return {QStringLiteral("quick"), device, priority, [action = std::move(action)](JobControl &) {
            action();
            return QStringLiteral("done");
          }};
}

} // namespace

class TestJobQueue : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aJobGoesThroughItsStatesAndKeepsItsSentence() {
    JobQueue queue;
    Job *job = queue.add(quick([] {}));
    QCOMPARE(job->state(), JobState::Queued);
    QVERIFY(queue.isBusy());
    QSignalSpy ended(job, &Job::ended);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    QCOMPARE(ended.size(), 1);
    QCOMPARE(job->sentence(), QStringLiteral("done"));
    QCOMPARE(job->permille(), 1000);
    QVERIFY(!queue.isBusy());
  }

  void whatTheWorkPostedIsThereWhenItEnds() {
    JobQueue queue;
    int delivered = 0, atEnd = -1;
    Job *job = queue.add({QStringLiteral("posts"), QStringLiteral("cpu"), JobPriority::Estimates,
                          [&delivered](JobControl &control) {
                            for (int i = 0; i < 50; ++i)
                              control.post([&delivered] { ++delivered; });
                            return QString();
                          }});
    connect(job, &Job::ended, this, [&] { atEnd = delivered; });
    QTRY_COMPARE_WITH_TIMEOUT(atEnd, 50, kPatience);
  }

  void anErrorIsShownAsItsSentence() {
    JobQueue queue;
    Job *job = queue.add(quick([] { throw core::Error("w: expected 16, the file has 12"); }));
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Failed, kPatience);
    QCOMPARE(job->sentence(), QStringLiteral("w: expected 16, the file has 12"));
    Job *odd = queue.add(quick([] { throw 7; }));
    QTRY_COMPARE_WITH_TIMEOUT(odd->state(), JobState::Failed, kPatience);
    QVERIFY(!odd->sentence().isEmpty());
  }

  void pausingHoldsTheWorkAndResumingGoesOn() {
    JobQueue queue;
    std::atomic<int> units = 0;
    Job *job = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 3, kPatience);
    job->pause();
    QCOMPARE(job->state(), JobState::Paused);
    const int atPause = units;
    QTest::qWait(100);
    QVERIFY2(units <= atPause + 1, "more than the unit that was going on");
    job->resume();
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Running, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(units > atPause + 3, kPatience);
  }

  /// A lost device, a full disk: the work itself asks for a pause, and the user mends the matter.
  void workThatIsBlockedPausesUntilItIsResumed() {
    JobQueue queue;
    std::atomic<int> attempts = 0;
    Job *job = queue.add({QStringLiteral("blocked"), QStringLiteral("cpu"), JobPriority::Estimates,
                          [&attempts](JobControl &control) {
                            while (++attempts < 3)
                              if (control.pauseBecause(QStringLiteral("the disk is full")) == core::Flow::Stop)
                                return QStringLiteral("given up");
                            return QStringLiteral("done");
                          }});
    for (int pause = 1; pause <= 2; ++pause) {
      QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Paused, kPatience);
      QTRY_COMPARE_WITH_TIMEOUT(job->sentence(), QStringLiteral("the disk is full"), kPatience);
      QCOMPARE(attempts.load(), pause);
      job->resume();
    }
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Finished, kPatience);
    Job *other = queue.add({QStringLiteral("blocked"), QStringLiteral("cpu"), JobPriority::Estimates,
                            [](JobControl &control) {
                              return control.pauseBecause(QStringLiteral("gone")) == core::Flow::Stop
                                         ? QStringLiteral("given up")
                                         : QStringLiteral("done");
                            }});
    QTRY_COMPARE_WITH_TIMEOUT(other->state(), JobState::Paused, kPatience);
    other->cancel();
    QTRY_COMPARE_WITH_TIMEOUT(other->state(), JobState::Cancelled, kPatience);
    QCOMPARE(other->sentence(), QStringLiteral("given up"));
  }

  void cancellingEndsWithinOneUnitAndKeepsTheSentenceOfTheWork() {
    JobQueue queue;
    std::atomic<int> units = 0;
    Job *job = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 3, kPatience);
    job->cancel();
    const int atCancel = units;
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Cancelled, kPatience);
    QVERIFY2(units <= atCancel + 1, qPrintable(QString::number(units - atCancel)));
    QVERIFY(job->sentence().startsWith(QLatin1String("stopped after")));
  }

  void aPausedJobCanBeCancelled() {
    JobQueue queue;
    std::atomic<int> units = 0;
    Job *job = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 0, kPatience);
    job->pause();
    job->cancel();
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Cancelled, kPatience);
  }

  void aQueuedJobThatIsCancelledNeverRuns() {
    JobQueue queue;
    std::atomic<int> units = 0;
    bool ran = false;
    Job *first = queue.add(endless(units));
    Job *second = queue.add(quick([&ran] { ran = true; }));
    QTRY_VERIFY_WITH_TIMEOUT(units > 0, kPatience);
    QSignalSpy ended(second, &Job::ended);
    second->cancel();
    QCOMPARE(second->state(), JobState::Cancelled);
    first->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(first->hasEnded(), kPatience);
    Job *third = queue.add(quick([] {}));
    QTRY_VERIFY_WITH_TIMEOUT(third->hasEnded(), kPatience);
    QVERIFY(!ran);
    QCOMPARE(ended.size(), 1);
  }

  void aQueuedJobThatIsPausedWaitsForItsUser() {
    JobQueue queue;
    std::atomic<bool> ran = false;
    std::atomic<int> units = 0;
    Job *first = queue.add(endless(units));
    Job *second = queue.add(quick([&ran] { ran = true; }));
    second->pause();
    first->cancel();
    QTRY_VERIFY_WITH_TIMEOUT(first->hasEnded(), kPatience);
    QTest::qWait(50);
    QVERIFY(!ran);
    second->resume();
    QTRY_COMPARE_WITH_TIMEOUT(second->state(), JobState::Finished, kPatience);
  }

  void oneDeviceDoesOneThingAtATime() {
    JobQueue queue;
    std::atomic<int> inside = 0, most = 0;
    const auto work = [&](JobControl &control) {
      for (int i = 0; i < 20; ++i) {
        most = std::max(most.load(), ++inside);
        std::this_thread::sleep_for(200us);
        --inside;
        control.proceed();
      }
      return QString();
    };
    std::vector<Job *> jobs;
    for (const auto priority : {JobPriority::Estimates, JobPriority::Estimates, JobPriority::Trajectory,
                                JobPriority::Interactive, JobPriority::Trajectory})
      jobs.push_back(queue.add({QStringLiteral("turns"), QStringLiteral("cpu"), priority, work}));
    QTRY_VERIFY_WITH_TIMEOUT(!queue.isBusy(), kPatience);
    QCOMPARE(most.load(), 1);
  }

  void twoDevicesWorkSideBySide() {
    JobQueue queue;
    std::latch both(2);
    const auto meet = [&both] { both.arrive_and_wait(); };
    queue.add(quick(meet, QStringLiteral("cuda:0")));
    queue.add(quick(meet, QStringLiteral("cuda:1")));
    QTRY_VERIFY_WITH_TIMEOUT(!queue.isBusy(), kPatience);
  }

  void urgentWorkTakesItsTurnInTheMiddleOfLongWork() {
    JobQueue queue;
    std::atomic<int> units = 0, during = -1;
    Job *estimates = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 3, kPatience);
    Job *trajectory = queue.add(quick(
        [&] {
          const int before = units;
          std::this_thread::sleep_for(50ms);
          during = units - before;
        },
        QStringLiteral("cpu"), JobPriority::Trajectory));
    QTRY_VERIFY_WITH_TIMEOUT(trajectory->hasEnded(), kPatience);
    QCOMPARE(during.load(), 0);
    QVERIFY(!estimates->hasEnded());
    const int after = units;
    QTRY_VERIFY_WITH_TIMEOUT(units > after + 3, kPatience);
  }

  void urgentWorkRunsWhileLongWorkIsPaused() {
    JobQueue queue;
    std::atomic<int> units = 0;
    Job *estimates = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 0, kPatience);
    estimates->pause();
    Job *trajectory = queue.add(quick([] {}, QStringLiteral("cpu"), JobPriority::Trajectory));
    QTRY_COMPARE_WITH_TIMEOUT(trajectory->state(), JobState::Finished, kPatience);
    QCOMPARE(estimates->state(), JobState::Paused);
  }

  void aPausedJobLetsTheNextOfItsKindRun() {
    JobQueue queue;
    std::atomic<int> units = 0;
    Job *first = queue.add(endless(units));
    QTRY_VERIFY_WITH_TIMEOUT(units > 0, kPatience);
    first->pause();
    Job *second = queue.add(quick([] {}));
    QTRY_COMPARE_WITH_TIMEOUT(second->state(), JobState::Finished, kPatience);
    first->resume();
    const int after = units;
    QTRY_VERIFY_WITH_TIMEOUT(units > after, kPatience);
  }

  void filesAreReadBesideEachOther() {
    JobQueue queue;
    std::latch both(2);
    queue.add(quick([&both] { both.arrive_and_wait(); }, {}));
    queue.add(quick([&both] { both.arrive_and_wait(); }, {}));
    QTRY_VERIFY_WITH_TIMEOUT(!queue.isBusy(), kPatience);
  }

  void progressOnlyGrows() {
    JobQueue queue;
    std::atomic<int> stage = 0;
    Job *job = queue.add({QStringLiteral("reports"), QStringLiteral("cpu"), JobPriority::Estimates,
                          [&stage](JobControl &control) {
                            control.report(0.5, 12.0, QStringLiteral("half"));
                            while (stage == 0)
                              std::this_thread::sleep_for(1ms);
                            control.report(0.25, 8.0, QStringLiteral("less"));
                            while (stage == 1)
                              std::this_thread::sleep_for(1ms);
                            return QString();
                          }});
    QTRY_COMPARE_WITH_TIMEOUT(job->permille(), 500, kPatience);
    QCOMPARE(job->secondsLeft(), 12.0);
    QCOMPARE(job->sentence(), QStringLiteral("half"));
    stage = 1;
    QTRY_COMPARE_WITH_TIMEOUT(job->sentence(), QStringLiteral("less"), kPatience);
    QCOMPARE(job->permille(), 500);
    QCOMPARE(job->secondsLeft(), 8.0);
    stage = 2;
    QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), kPatience);
    QVERIFY(std::isnan(job->secondsLeft()));
  }

  void passingJobsLeaveTheListUnlessTheyFail() {
    JobQueue queue;
    JobSpec good = quick([] {}), bad = quick([] { throw core::Error("no"); });
    good.passing = bad.passing = true;
    const QPointer<Job> gone = queue.add(good);
    Job *kept = queue.add(bad);
    QTRY_VERIFY_WITH_TIMEOUT(!gone, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(kept->hasEnded(), kPatience);
    QCOMPARE(queue.jobs(), std::vector<Job *>{kept});
    queue.clearEnded();
    QVERIFY(queue.jobs().empty());
    QCOMPARE(queue.find(1), nullptr);
  }

  void quittingWithJobsInEveryStateIsClean() {
    std::atomic<int> units = 0, others = 0;
    {
      JobQueue queue;
      Job *paused = queue.add(endless(others));
      QTRY_VERIFY_WITH_TIMEOUT(others > 0, kPatience);
      paused->pause();
      queue.add(endless(units));
      queue.add(endless(others, QStringLiteral("cpu"), JobPriority::Trajectory));
      queue.add(endless(others, {}));
      queue.add(endless(others));
      QTRY_VERIFY_WITH_TIMEOUT(others > 1, kPatience);
    }
    const int units1 = units, others1 = others;
    QTest::qWait(20);
    QCOMPARE(units.load(), units1); // nothing runs on
    QCOMPARE(others.load(), others1);
  }
};

QTEST_GUILESS_MAIN(TestJobQueue)
#include "tst_job_queue.moc"
