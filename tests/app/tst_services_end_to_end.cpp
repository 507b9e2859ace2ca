// SPDX-License-Identifier: GPL-3.0-or-later
// The services over the real numerics: a run that is trained here, its essential dynamics and its estimates.
#include <cmath>
#include <memory>
#include <optional>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/jobs/job_queue.h"
#include "app/jobs/training_process.h"
#include "app/session/run_session.h"
#include "core/llc/llc_estimator.h"
#include "core/training/trainer.h"
#include "core/trajectory/essential_dynamics.h"
#include "tests/support/gui_watchdog.h"

using namespace evolute;
using namespace evolute::app;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure
const core::DeviceOptions kDevice{"cpu", 1};

core::TrainSettings smallNetwork() {
  core::TrainSettings settings;
  settings.task = "linear-network";
  settings.steps = 300;
  settings.batchSize = 64;
  settings.trainingSamples = 512;
  settings.linearCheckpoints = 6;
  settings.logarithmicCheckpoints = 6;
  return settings;
}

core::LlcRequest smallRequest() {
  core::LlcRequest request;
  request.settings.chainCount = 2;
  request.settings.drawCount = 20;
  request.settings.burnInSteps = 20;
  request.settings.batchSize = 64;
  request.settings.sampleCount = 512;
  request.device = kDevice;
  return request;
}

struct Bench {
  Bench() : session(jobs, coreNumerics()) {
    session.setDevice(kDevice);
    session.setWatchOptions({200ms, 200ms, 100ms});
  }
  JobQueue jobs;
  RunSession session;
};

} // namespace

class TestServicesEndToEnd : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  QString m_folder;

private Q_SLOTS:
  void initTestCase() {
    m_folder = m_dir.filePath(QStringLiteral("run"));
    core::train(smallNetwork(), m_folder.toStdU16String(), kDevice);
  }

  void aTrainedRunOpensAndItsTrajectoryIsTheOneOfCore() {
    std::optional<Bench> opened;
    evolute::test::verifyNothingIsHeldUp([&] {
      opened.emplace();
      QSignalSpy failed(&opened->session, &RunSession::openFailed);
      opened->session.open(m_folder);
      QTRY_VERIFY_WITH_TIMEOUT(opened->session.isModelKnown() && !opened->jobs.isBusy(), kPatience);
      QVERIFY(failed.empty());
    });
    QVERIFY(!QTest::currentTestFailed());
    Bench &bench = *opened;
    QCOMPARE(bench.session.model().family, std::string("linear-network"));
    QVERIFY2(bench.session.model().problem.empty(), bench.session.model().problem.c_str());
    QVERIFY(!bench.session.metrics()->series.empty());

    const core::Run run = core::openRun(m_folder.toStdU16String());
    core::FeatureExtractor extractor(run, {}, kDevice);
    core::TrajectoryPca pca;
    core::addMissingRows(pca, run, extractor);
    const core::Trajectory expected = pca.compute();
    const core::Trajectory &found = bench.session.trajectory();
    QVERIFY(found.steps == expected.steps);
    QCOMPARE(found.points.cols(), expected.points.cols());
    QVERIFY((found.points - expected.points).norm() <= 1e-6 * expected.points.norm());
  }

  void estimatesAreThoseOfTheEngineAndSurviveReopening() {
    core::LlcRequest request = smallRequest();
    const core::Run run = core::openRun(m_folder.toStdU16String());
    const core::CheckpointEntry last = run.index.checkpoints.back();
    core::LlcEstimatorEngine engine(run, request.slice, request.settings, request.device);
    const double expected = engine.estimate(last).llc;
    QVERIFY(std::isfinite(expected));
    const auto check = [&](const RunSession &session) {
      QCOMPARE(session.estimates().size(), run.index.checkpoints.size());
      QCOMPARE(session.estimates().back().step, last.step);
      QCOMPARE(session.estimates().back().llc, expected); // same settings, same bits
    };
    {
      Bench bench;
      bench.session.open(m_folder);
      QTRY_VERIFY_WITH_TIMEOUT(bench.session.isModelKnown() && !bench.jobs.isBusy(), kPatience);
      std::optional<LlcForecast> cost;
      bench.session.forecast(request, this, [&](const auto &answer, const QString &) { cost = answer; });
      QTRY_VERIFY_WITH_TIMEOUT(cost.has_value(), kPatience);
      QVERIFY(cost->secondsPerEstimate > 0);
      Job *job = bench.session.computeLlc(request);
      QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), kPatience);
      QVERIFY2(job->state() == JobState::Finished, qPrintable(job->sentence()));
      check(bench.session);
    }
    Bench again;
    again.session.open(m_folder);
    QTRY_VERIFY_WITH_TIMEOUT(again.session.isModelKnown() && !again.jobs.isBusy(), kPatience);
    check(again.session);
  }

  void aRealSamplerPausesGoesOnAndStops() {
    Bench bench;
    bench.session.open(m_folder);
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.isModelKnown() && !bench.jobs.isBusy(), kPatience);
    core::LlcRequest request = smallRequest();
    request.settings.drawCount = 100'000; // longer than anyone waits
    request.settings.seed = 1;
    Job *job = bench.session.computeLlc(request);
    QTRY_VERIFY_WITH_TIMEOUT(job->permille() > 0 || job->sentence().contains(QLatin1String("all")),
                             kPatience);
    job->pause();
    QCOMPARE(job->state(), JobState::Paused);
    QTest::qWait(200);
    job->resume();
    job->cancel();
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Cancelled, kPatience);
  }

  void settingsThatCannotWorkFailWithASentence() {
    Bench bench;
    bench.session.open(m_folder);
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.isModelKnown() && !bench.jobs.isBusy(), kPatience);
    core::LlcRequest request = smallRequest();
    request.settings.stepSize = -1;
    Job *job = bench.session.computeLlc(request);
    QTRY_COMPARE_WITH_TIMEOUT(job->state(), JobState::Failed, kPatience);
    QVERIFY(!job->sentence().isEmpty());
    QString problem;
    bench.session.forecast(request, this, [&](const auto &, const QString &sentence) { problem = sentence; });
    QTRY_VERIFY_WITH_TIMEOUT(!problem.isEmpty(), kPatience);
  }

  void aRunIsFollowedWhileItTrains() {
    const QString folder = m_dir.filePath(QStringLiteral("live"));
    core::TrainSettings settings = smallNetwork();
    settings.steps = 1'000'000; // stopped below
    settings.linearCheckpoints = 10'000;
    TrainingProcess training(QStringLiteral(EVOLUTE_BINARY_DIR "/evolute-cli"));
    QSignalSpy failed(&training, &TrainingProcess::failed), stopped(&training, &TrainingProcess::stopped);
    training.start(settings, folder);
    QTRY_VERIFY_WITH_TIMEOUT(training.progress().done > 0 || !failed.empty(), kPatience);
    QVERIFY2(failed.empty(), failed.empty() ? "" : qPrintable(failed[0][0].toString()));

    Bench bench;
    bench.session.open(folder);
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.phase() == RunSession::Phase::Open, kPatience);
    bench.session.setFollow(true);
    const auto atOpening = bench.session.checkpoints().size();
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.checkpoints().size() >= atOpening + 3, kPatience);
    QVERIFY(bench.session.isLive());
    QCOMPARE(bench.session.cursor(), bench.session.checkpoints().back().step);
    QTRY_VERIFY_WITH_TIMEOUT(bench.session.trajectory().steps.size() >= 3, kPatience);

    training.stop();
    QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 1, kPatience);
    const auto onDisk = core::openRun(folder.toStdU16String()).index;
    QVERIFY(onDisk.growing.empty());
    QTRY_COMPARE_WITH_TIMEOUT(bench.session.checkpoints().size(), onDisk.checkpoints.size(), kPatience);
    QVERIFY(bench.session.metrics()->rowCount > 0);
  }
};

QTEST_GUILESS_MAIN(TestServicesEndToEnd)
#include "tst_services_end_to_end.moc"
