// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>

#include "core/error.h"
#include "core/family/family_analysis.h"
#include "core/training/trainer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

TrainSettings tiny(std::int64_t tasks) {
  TrainSettings s;
  s.taskDimension = 2;
  s.contextPairs = 3;
  s.modelWidth = 8;
  s.heads = 2;
  s.layers = 1;
  s.batchSize = 64;
  s.steps = 150;
  s.learningRate = 1e-2;
  s.linearCheckpoints = 3;
  s.logarithmicCheckpoints = 2;
  s.taskCount = tasks;
  return s;
}

FamilySettings fewSequences() {
  FamilySettings settings;
  settings.probe = 20;
  settings.evaluation = 200;
  settings.components = 3;
  return settings;
}

} // namespace

class TestFamilyAnalysis : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  fs::path folder(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }
  FamilyResult analysed(const fs::path &path, const FamilySettings &settings = fewSequences()) const {
    FamilyAnalysis analysis(openFamily({path}), settings, {"cpu", 1});
    analysis.addMissing();
    return analysis.result();
  }

private Q_SLOTS:
  void initTestCase() {
    for (const std::int64_t tasks : {1, 4, 0})
      train(tiny(tasks), folder("sweep") / (tasks > 0 ? "tasks-" + std::to_string(tasks) : "tasks-inf"), {"cpu", 1});
  }

  void everyRunHasACurveAndEveryTaskSetAnOracle() {
    const FamilyResult result = analysed(folder("sweep"));
    QCOMPARE(result.parameter, std::string("tasks"));
    QCOMPARE(result.members.size(), 3u);
    QCOMPARE(result.features, 20 * 3); // predictions alone
    QCOMPARE(result.oracles.size(), 3u); // ridge and two sets
    QCOMPARE(result.oracles[0].name, std::string("ridge"));
    QCOMPARE(result.oracles[2].name, std::string("dMMSE 4"));
    QCOMPARE(result.joint.others.rows(), 3);
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(result.joint.curves[i].steps, (std::vector<std::int64_t>{0, 1, 50, 100, 150}));
      const RegressionCurve &curve = *result.members[i].regression;
      QCOMPARE(curve.steps.size(), 5u);
      for (std::size_t t = 0; t < 5; ++t) {
        QVERIFY(curve.loss[t] > 0 && curve.oodLoss[t] > 0 && curve.oodToRidge[t] > 0);
        QCOMPARE(std::isnan(curve.toTasks[t]), i == 2);
      }
    }
    QVERIFY(std::isnan(result.members[2].oracles->tasks));
    const RegressionCurve &fresh = *result.members[2].regression; // its own tasks are the fresh ones
    QCOMPARE(fresh.loss, fresh.oodLoss);
  }

  /// dMMSE_1 is the task itself: on its own tasks it loses the noise alone, on fresh ones |t - t_1|^2 more.
  void oraclesLoseWhatTheyMust() {
    const FamilyResult result = analysed(folder("sweep"));
    const OracleLosses &one = *result.members[0].oracles;
    QVERIFY2(std::abs(one.tasks - 0.125) < 0.125 * 4 * std::sqrt(2.0 / 600), qPrintable(QString::number(one.tasks)));
    QVERIFY(one.ridge > one.tasks && one.oodTasks > one.oodRidge);
    QVERIFY(result.members[1].oracles->tasks > one.tasks);
    // x and noise are the same for all, so the loss of ridge on fresh tasks is one number.
    QCOMPARE(one.oodRidge, result.members[1].oracles->oodRidge);
    QCOMPARE(one.oodRidge, result.members[2].oracles->oodRidge);
  }

  /// 150 steps teach the run of one task more of it than of ridge.
  void aRunOfOneTaskMovesTowardsItsTask() {
    const FamilyResult result = analysed(folder("sweep"));
    const RegressionCurve &one = *result.members[0].regression;
    QVERIFY(one.toTasks.back() < 0.9 * one.toTasks.front());
    QVERIFY(result.members[0].critical.has_value());
  }

  void checkpointsAreAddedOnceAndAStopIsKept() {
    FamilyAnalysis analysis(openFamily({folder("sweep")}), fewSequences(), {"cpu", 1});
    std::int64_t seen = 0;
    analysis.addMissing(nullptr, [&](const Progress &p) {
      seen = p.done;
      return p.done == 4 ? Flow::Stop : Flow::Continue;
    });
    QCOMPARE(seen, 4);
    std::size_t points = 0;
    for (const Trajectory &curve : analysis.result().joint.curves)
      points += curve.steps.size();
    QCOMPARE(points, 4u); // of all runs in turns
    std::int64_t rest = 0;
    analysis.addMissing(nullptr, [&](const Progress &p) {
      rest = p.total;
      return Flow::Continue;
    });
    QCOMPARE(rest, 11);
    const FamilyResult whole = analysed(folder("sweep")), resumed = analysis.result();
    for (std::size_t i = 0; i < 3; ++i)
      QVERIFY((whole.joint.curves[i].points - resumed.joint.curves[i].points).cwiseAbs().maxCoeff() < 1e-6);
    QCOMPARE(whole.members[1].regression->oodLoss, resumed.members[1].regression->oodLoss);
  }

  void aFileThatCannotBeReadIsNamedAndLeftOut() {
    const fs::path copy = folder("broken");
    fs::copy(folder("sweep"), copy, fs::copy_options::recursive);
    const Family family = openFamily({copy});
    const fs::path victim = family.members[1].run.index.checkpoints[2].path;
    fs::resize_file(victim, 100);
    std::vector<SkippedFile> skipped;
    FamilyAnalysis analysis(family, fewSequences(), {"cpu", 1});
    analysis.addMissing(&skipped);
    QCOMPARE(skipped.size(), 1u);
    QCOMPARE(skipped.front().path, victim);
    QCOMPARE(analysis.result().joint.curves[1].steps.size(), 4u);
  }

  /// Predictions projected at random keep the losses, which need no projection, and nearly the picture.
  void littleMemoryProjectsTheFeatures() {
    FamilySettings large = fewSequences();
    large.probe = 2000; // 6,000 features
    FamilySettings small = large;
    small.memory = 1000;
    const FamilyResult exact = analysed(folder("sweep"), large), projected = analysed(folder("sweep"), small);
    QCOMPARE(exact.keptFeatures, 6000);
    QCOMPARE(projected.keptFeatures, 4096);
    QVERIFY(projected.projectionError > 0.02 && projected.projectionError < 0.03);
    const auto length = [](const FamilyResult &r) {
      const Eigen::MatrixXd &p = r.joint.curves[0].points;
      return (p.row(p.rows() - 1) - p.row(0)).norm();
    };
    QVERIFY(std::abs(length(projected) / length(exact) - 1) < 5 * projected.projectionError / 2);
    QCOMPARE(exact.members[0].regression->loss, projected.members[0].regression->loss);
  }

  /// Other models: all outputs on the probe of the first run's data, no oracles.
  void otherModelsHaveTrajectoriesAlone() {
    for (const int seed : {1, 2}) {
      TrainSettings s;
      s.task = "linear-network";
      s.widths = {3, 2, 2};
      s.rank = 1;
      s.steps = 20;
      s.batchSize = 20;
      s.trainingSamples = 100;
      s.linearCheckpoints = 4;
      s.logarithmicCheckpoints = 0;
      s.seed = std::uint64_t(seed);
      train(s, folder("linear") / std::to_string(seed), {"cpu", 1});
    }
    const FamilyResult result = analysed(folder("linear"));
    QCOMPARE(result.parameter, std::string("seed"));
    QCOMPARE(result.features, 20 * 2);
    QVERIFY(result.oracles.empty() && !result.members[0].regression);
    QCOMPARE(result.joint.curves[1].points.rows(), 5);
  }

  void runsOfUnlikeShapesAreRefused() {
    const fs::path mixed = folder("mixed");
    fs::create_directories(mixed);
    fs::copy(folder("sweep") / "tasks-1", mixed / "a", fs::copy_options::recursive);
    TrainSettings other = tiny(2);
    other.contextPairs = 4;
    train(other, mixed / "b", {"cpu", 1});
    QVERIFY_EXCEPTION_THROWN(analysed(mixed), Error);
  }
};

QTEST_GUILESS_MAIN(TestFamilyAnalysis)
#include "tst_family_analysis.moc"
