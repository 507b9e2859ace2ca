// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/family/critical_time.h"
#include "core/family/family.h"
#include "core/family/family_estimates.h"
#include "core/results/result_store.h"
#include "core/trajectory/feature_storage.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

void writeRun(const fs::path &folder, const std::string &toml) {
  fs::create_directories(folder);
  std::ofstream(folder / "run.toml") << toml;
}

/// As `train icl-regression` writes them; 0 tasks for fresh ones.
std::string regression(int tasks, int seed = 1, double rate = 0.003) {
  return "[data.train]\nkind = \"icl-regression\"\nseed = " + std::to_string(seed) + "\n" +
         (tasks > 0 ? "tasks = " + std::to_string(tasks) + "\n" : "") + "[training]\nseed = " + std::to_string(seed) +
         "\nlearning_rate = " + std::to_string(rate) + "\nlog_every = " + std::to_string(10 + tasks) + "\n";
}

std::vector<std::string> labelsOf(const Family &family) {
  std::vector<std::string> labels;
  for (const FamilyMember &member : family.members)
    labels.push_back(member.label);
  return labels;
}

LlcEstimate estimate(std::int64_t step, double llc, const LlcSettings &settings) {
  LlcEstimate e;
  e.step = step;
  e.checkpointHash = "checkpoint" + std::to_string(step);
  e.dataHash = "data";
  e.settingsHash = settings.hash();
  e.llc = llc;
  e.standardError = 0.5;
  e.initialLoss = 2;
  return e;
}

} // namespace

class TestFamily : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  fs::path folder(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }

private Q_SLOTS:
  void aFolderOfRunsIsTheRunsInItByNumber() {
    const fs::path sweep = folder("sweep");
    for (const int tasks : {16, 4, 128})
      writeRun(sweep / ("tasks-" + std::to_string(tasks)), regression(tasks));
    fs::create_directories(sweep / "notes");
    QVERIFY(isFamilyFolder(sweep));
    QVERIFY(!isFamilyFolder(sweep / "tasks-4"));
    const auto runs = runFolders({sweep, sweep / "tasks-16"}); // named twice
    QCOMPARE(runs, (std::vector<fs::path>{sweep / "tasks-4", sweep / "tasks-16", sweep / "tasks-128"}));
  }

  /// Checkpoints in sub-folders of their own ("checkpoint-100") are one run.
  void aRunIsNoFolderOfRuns() {
    const fs::path run = folder("run");
    fs::create_directories(run / "checkpoint-100");
    fs::create_directories(run / "checkpoint-200");
    QVERIFY(!isFamilyFolder(run));
    writeRun(folder("outer"), "[run]\nname = \"outer\"\n");
    writeRun(folder("outer") / "a", regression(2));
    writeRun(folder("outer") / "b", regression(3));
    QVERIFY(!isFamilyFolder(folder("outer"))); // it is a run itself
    QVERIFY(!isFamilyFolder(folder("nothing")));
  }

  void membersStandInOrderOfWhatDiffers() {
    const fs::path sweep = folder("order");
    writeRun(sweep / "a", regression(0));
    writeRun(sweep / "b", regression(64));
    writeRun(sweep / "c", regression(8));
    const Family family = openFamily({sweep});
    QCOMPARE(family.parameter, std::string("tasks"));
    QCOMPARE(labelsOf(family), (std::vector<std::string>{"tasks 8", "tasks 64", "tasks inf"}));
    QVERIFY(std::isinf(family.members.back().value));
  }

  void theParameterIsWhatDiffersAndTheSeedComesLast() {
    const fs::path sweep = folder("rates");
    writeRun(sweep / "a", regression(4, 1, 0.01));
    writeRun(sweep / "b", regression(4, 2, 0.001));
    QCOMPARE(openFamily({sweep}).parameter, std::string("learning_rate"));
    QCOMPARE(labelsOf(openFamily({sweep}, "seed")), (std::vector<std::string>{"seed 1", "seed 2"}));
    try {
      openFamily({sweep}, "depth");
      QFAIL("accepted");
    } catch (const Error &error) {
      QVERIFY2(QString::fromUtf8(error.what()).contains(u"learning_rate, seed"), error.what());
    }
    const fs::path same = folder("same");
    writeRun(same / "first", regression(4));
    writeRun(same / "second", regression(4));
    QCOMPARE(openFamily({same}).parameter, std::string());
    QCOMPARE(labelsOf(openFamily({same})), (std::vector<std::string>{"first", "second"}));
  }

  /// Three sequences at four steps, worked by hand.
  void theCriticalTimeIsWhereTheMeanIsLowest() {
    Eigen::MatrixXd losses(3, 4);
    losses << 5, 2, 1, 3, //
        5, 2, 3, 5,       //
        5, 2, 2, 7;
    const auto found = criticalTime({0, 10, 20, 30}, losses);
    QVERIFY(found);
    QCOMPARE(found->step, 10); // 2 at both, the earlier counts
    QCOMPARE(found->oodLoss, 2.0);
    QCOMPARE(found->rise, 3.0);                                     // of 1, 3, 5
    QVERIFY(std::abs(found->riseError - 2 / std::sqrt(3)) < 1e-12); // standard deviation 2
    QVERIFY(!criticalTime({}, Eigen::MatrixXd(3, 0)));
    QCOMPARE(criticalTime({0, 1}, losses.leftCols(2))->rise, 0.0); // lowest at the end
  }

  void featuresAreKeptAsTheMemoryAllows() {
    QCOMPARE(planFeatureStorage(100, 1000, 400'000), (FeatureStorage{RowStorage::Float32, 0}));
    QCOMPARE(planFeatureStorage(100, 1000, 399'999), (FeatureStorage{RowStorage::Float16, 0}));
    QCOMPARE(planFeatureStorage(100, 8192, 100 * 8192), (FeatureStorage{RowStorage::Float32, 4096}));
    QCOMPARE(planFeatureStorage(5000, 81920), (FeatureStorage{RowStorage::Float16, 0})); // 819 MB of 1 GiB
    QVERIFY(describe({RowStorage::Float32, 4096}).find("2.2 %") != std::string::npos);
  }

  /// Estimates made with other settings do not compare: those that most runs have win.
  void estimatesOfUnlikeSettingsAreLeftOut() {
    const fs::path sweep = folder("estimates");
    LlcSettings common, rare;
    rare.localization = common.localization + 1;
    for (const int tasks : {2, 4, 8}) {
      const fs::path run = sweep / std::to_string(tasks);
      writeRun(run, regression(tasks));
      ResultStore store(run);
      store.put(estimate(20, tasks + 0.5, common), common);
      store.put(estimate(10, tasks, common), common);
      if (tasks == 8)
        for (const std::int64_t step : {1, 2, 3, 4, 5, 6, 7, 8})
          store.put(estimate(step, 100, rare), rare);
    }
    const FamilyEstimates found = familyEstimates(openFamily({sweep}));
    QCOMPARE(found.settingsHash, common.hash());
    QCOMPARE(found.leftOut, 8);
    QCOMPARE(found.members.size(), 3u);
    QCOMPARE(found.members[2].size(), 2u);
    QCOMPARE(found.members[2].back().step, 20);
    QCOMPARE(found.members[2].back().llc, 8.5);
    QCOMPARE(found.members[0].front().loss, 2.0);
  }
};

QTEST_GUILESS_MAIN(TestFamily)
#include "tst_family.moc"
