// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>

#include <QSignalSpy>
#include <QTest>

#include "app/session/run_session.h"
#include "core/llc/preset_file.h"
#include "tests/support/fake_calibration.h"
#include "tests/support/fake_numerics.h"
#include "tests/support/gui_watchdog.h"
#include "tests/support/synthetic_run.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

constexpr int kPatienceMs = 60'000;

/// An open run whose calibration is steered from here.
struct Fixture {
  Fixture() {
    run.writeCheckpoints({10, 1000, 10000});
    session.open(run.path());
  }
  static Numerics numericsOf(const std::shared_ptr<test::FakeCalibration> &fake) {
    Numerics numerics = test::FakeNumerics::of(std::make_shared<test::FakeNumerics>());
    test::FakeCalibration::addTo(numerics, fake);
    return numerics;
  }
  bool isOpen() {
    return QTest::qWaitFor([&] { return session.isModelKnown(); }, kPatienceMs);
  }
  Job *start() {
    CalibrationCallbacks callbacks;
    callbacks.cell = [this](const CalibrationCellReport &report) { reports.push_back(report); };
    callbacks.failed = [](const QString &) {};
    callbacks.ended = [this](const core::CalibrationResult &result) { results.push_back(result); };
    return session.calibrate({}, test::FakeCalibration::plan(), &context, callbacks);
  }

  test::SyntheticRun run;
  std::shared_ptr<test::FakeCalibration> fake = std::make_shared<test::FakeCalibration>();
  JobQueue jobs;
  RunSession session{jobs, numericsOf(fake)};
  QObject context;
  std::vector<CalibrationCellReport> reports;
  std::vector<core::CalibrationResult> results;
};

} // namespace

class TestCalibrationJob : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aPlanIsAnsweredOnce() {
    Fixture f;
    QVERIFY(f.isOpen());
    int answers = 0;
    std::size_t steps = 0;
    f.session.planCalibration({}, &f.context,
                              [&](const std::optional<core::CalibrationPlan> &plan, const QString &problem) {
                                ++answers;
                                QVERIFY2(plan, qPrintable(problem));
                                steps = plan->stepSizes.size();
                              });
    QTRY_COMPARE_WITH_TIMEOUT(answers, 1, kPatienceMs);
    QCOMPARE(steps, test::FakeCalibration::plan().stepSizes.size());
  }

  void cellsArriveThinnedAndTheEndRecommends() {
    Fixture f;
    QVERIFY(f.isOpen());
    Job *job = f.start();
    QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), kPatienceMs);
    QCOMPARE(job->state(), JobState::Finished);
    QCOMPARE(f.reports.size(), std::size_t(24));
    for (const CalibrationCellReport &report : f.reports) {
      QCOMPARE(report.cell.estimate.excess.size(), Eigen::Index(0)); // the store has them
      QCOMPARE(report.chains.size(), std::size_t(test::FakeCalibration::kChains));
      QCOMPARE(report.chains.front().low.size(), std::size_t(kTraceStretches));
    }
    QCOMPARE(f.results.size(), std::size_t(1));
    QVERIFY(f.results.front().recommended);
    QCOMPARE(f.session.estimates().size(), std::size_t(24)); // they join the others
  }

  void cancellingKeepsCellsAndTheNextOneGoesOn() {
    std::optional<Fixture> fixture;
    Job *job = nullptr;
    test::verifyNothingIsHeldUp([&] {
      fixture.emplace();
      QVERIFY(fixture->isOpen());
      fixture->fake->microsecondsPerStep = 4000;
      job = fixture->start();
      QTRY_VERIFY_WITH_TIMEOUT(fixture->reports.size() >= 3, kPatienceMs);
      job->cancel();
      QTRY_VERIFY_WITH_TIMEOUT(job->hasEnded(), kPatienceMs);
    });
    QVERIFY(!QTest::currentTestFailed());
    Fixture &f = *fixture;
    QCOMPARE(job->state(), JobState::Cancelled);
    QVERIFY(f.results.size() == 1 && f.results.front().stopped);
    const int kept = f.fake->cellsComputed;
    QVERIFY(kept >= 3 && kept < 24);
    QCOMPARE(f.reports.size(), std::size_t(kept));

    f.fake->microsecondsPerStep = 0;
    f.reports.clear();
    Job *again = f.start();
    QTRY_VERIFY_WITH_TIMEOUT(again->hasEnded(), kPatienceMs);
    QCOMPARE(f.reports.size(), std::size_t(24));
    QCOMPARE(f.fake->cellsComputed.load(), 24); // none twice
    QVERIFY2(again->sentence().contains(QString::number(kept)), qPrintable(again->sentence()));
  }

  void closingTheRunEndsItWithoutACall() {
    Fixture f;
    QVERIFY(f.isOpen());
    f.fake->microsecondsPerStep = 4000;
    const QPointer<Job> job = f.start();
    QTRY_VERIFY_WITH_TIMEOUT(!f.reports.empty(), kPatienceMs);
    f.session.close();
    const std::size_t before = f.reports.size();
    QTRY_VERIFY_WITH_TIMEOUT(!job || job->hasEnded(), kPatienceMs);
    QCOMPARE(f.reports.size(), before);
    QVERIFY(f.results.empty());
  }

  void aStoredPresetIsKnownAtOnceAndAfterReopening() {
    Fixture f;
    QVERIFY(f.isOpen());
    const std::size_t builtIn = f.session.presets().size();
    core::LlcPreset preset{"mine", "by hand", {}};
    preset.settings.stepSize = 2e-4;
    QString problem = u"no answer"_s;
    f.session.savePreset(preset, &f.context, [&](const QString &, const QString &p) { problem = p; });
    QTRY_COMPARE_WITH_TIMEOUT(f.session.presets().size(), builtIn + 1, kPatienceMs);
    QCOMPARE(problem, QString());
    f.session.close();
    QCOMPARE(f.session.presets().size(), builtIn);
    f.session.open(f.run.path());
    QTRY_COMPARE_WITH_TIMEOUT(f.session.presets().size(), builtIn + 1, kPatienceMs);
    QCOMPARE(f.session.presets().back().settings, preset.settings);
  }

  void aPresetsNameMustBeUsable() {
    Fixture f;
    QVERIFY(f.isOpen());
    QString problem;
    f.session.savePreset({"a/b", "", {}}, &f.context,
                         [&](const QString &, const QString &p) { problem = p; });
    QTRY_VERIFY_WITH_TIMEOUT(problem.contains(u"a/b"_s), kPatienceMs);
  }
};

QTEST_GUILESS_MAIN(TestCalibrationJob)
#include "tst_calibration_job.moc"
