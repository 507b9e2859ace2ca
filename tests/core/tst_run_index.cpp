// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <functional>

#include "checkpoint_reference.h"
#include "core/checkpoint/glob.h"
#include "core/checkpoint/run_index.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/checkpoint/step_name.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

void makeCheckpoint(const fs::path &path) {
  fs::create_directories(path.parent_path());
  const float value = 1;
  writeSafetensors(path, {{{"w", DType::F32, {1}}, std::as_bytes(std::span(&value, 1))}});
}

std::vector<std::int64_t> stepsOf(const RunIndex &index) {
  std::vector<std::int64_t> steps;
  for (const CheckpointEntry &entry : index.checkpoints)
    steps.push_back(entry.step);
  return steps;
}

using Steps = std::vector<std::int64_t>;

} // namespace

class TestRunIndex : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_root = fs::canonical(m_folder->path().toStdString());
  }

  void theStepIsReadFromThePath_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<qint64>("step"); // -1: none
    const auto row = [](const char *path, qint64 step) { QTest::newRow(path) << path << step; };
    row("step_100.safetensors", 100);
    row("model_100.pt", 100);
    row("100.pt", 100);
    row("000100.pt", 100);
    row("ckpt_0.pt", 0);
    row("Step100.pt", 100);
    row("epoch=3-step=400.ckpt", 400);
    row("step=400-epoch=3.ckpt", 400);
    row("epoch=3-val_loss=0.25.ckpt", 3);
    row("global_step2000/mp_rank_00_model_states.pt", 2000);
    row("model_iter_50_seed_2.pt", 50);
    row("checkpoint-500/model.safetensors", 500);
    row("checkpoint-500/pytorch_model.bin", 500);
    row("seed_1/checkpoint-500/model.safetensors", 500);
    row("runs/7/weights/model.pt", 7);
    row("step_500/gpt2.safetensors", 500);
    row("gpt2.safetensors", 2);
    row("final.pt", -1);
    row("seed_1/final.pt", -1);
    row("model_20250101123456789012345.pt", -1);
  }
  void theStepIsReadFromThePath() {
    QFETCH(QString, path);
    QFETCH(qint64, step);
    QCOMPARE(qint64(stepInPath(path.toStdString()).value_or(-1)), step);
  }

  void globsKeepStarsWithinAPart_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("fits");
    const auto row = [](const char *pattern, const char *path, bool fits) {
      QTest::addRow("%s on %s", pattern, path) << pattern << path << fits;
    };
    row("*.pt", "a.pt", true);
    row("*.pt", "b/a.pt", false);
    row("b/*.pt", "b/a.pt", true);
    row("**/*.pt", "a.pt", true);
    row("**/*.pt", "c/b/a.pt", true);
    row("c/**/a.pt", "c/a.pt", true);
    row("c/**/a.pt", "cc/a.pt", false);
    row("c/**/a.pt", "c/xa.pt", false);
    row("step_?.pt", "step_1.pt", true);
    row("step_?.pt", "step_10.pt", false);
    row("?", "/", false);
    row("a", "ab", false);
    row("", "", true);
  }
  void globsKeepStarsWithinAPart() {
    QFETCH(QString, pattern);
    QFETCH(QString, path);
    QTEST(globMatches(pattern.toStdString(), path.toStdString()), "fits");
  }

  void checkpointsAreSortedAsNumbers() {
    for (const char *name : {"step_10.safetensors", "step_9.safetensors", "sub/step_100.safetensors"})
      makeCheckpoint(m_root / name);
    const RunIndex index = scanRun(m_root);
    QCOMPARE(stepsOf(index), (Steps{9, 10, 100}));
    QCOMPARE(index.root, m_root);
    QCOMPARE(index.checkpoints.front().path, m_root / "step_9.safetensors");
    QCOMPARE(index.checkpoints.front().bytes, fs::file_size(m_root / "step_9.safetensors"));
    QVERIFY(index.skipped.empty() && index.growing.empty());
    QVERIFY(scanRun(m_folder->path().toStdString() + "/").checkpoints == index.checkpoints);
  }

  void filesBesideTheModelAreLeftOut() {
    makeCheckpoint(m_root / "checkpoint-5" / "model.safetensors");
    for (const char *name :
         {"checkpoint-5/optimizer.pt", "checkpoint-5/scheduler.pt", "checkpoint-5/rng_state_0.pth",
          "checkpoint-5/training_args.bin", "checkpoint-5/zero_0_optim_states.pt",
          "checkpoint-5/step_5_optimizer.pt", "checkpoint-5/notes.txt", ".cache/step_6.safetensors",
          ".step_7.safetensors", "tmp-checkpoint-8/model.safetensors", "step_9.safetensors.tmp",
          "checkpoint-10.part/model.safetensors"})
      makeCheckpoint(m_root / name);
    const RunIndex index = scanRun(m_root);
    QCOMPARE(stepsOf(index), Steps{5});
    QVERIFY(index.skipped.empty());
  }

  void whatIsSkippedHasAReason() {
    makeCheckpoint(m_root / "step_1.safetensors");
    makeCheckpoint(m_root / "final.safetensors");
    makeCheckpoint(m_root / "step_2" / "model-00001-of-00001.safetensors");
    std::ofstream(m_root / "step_3.pt") << "a page saying 404 not found, kept under the wrong name";
    std::ofstream(m_root / "step_4.pt", std::ios::binary) << "\x80\x02" << "a pickle by itself";
    const RunIndex index = scanRun(m_root);
    QCOMPARE(stepsOf(index), Steps{1});
    QCOMPARE(index.skipped.size(), std::size_t(4));
    const auto reasonOf = [&](const fs::path &name) {
      for (const SkippedFile &file : index.skipped)
        if (file.path == m_root / name)
          return QString::fromStdString(file.reason);
      return QString();
    };
    QVERIFY(reasonOf("final.safetensors").contains("no step"));
    QVERIFY(reasonOf(fs::path("step_2") / "model-00001-of-00001.safetensors").contains("one part"));
    QVERIFY(reasonOf("step_3.pt").contains("found neither"));
    QVERIFY(reasonOf("step_4.pt").contains("bare Python pickle"));
  }

  void ofTwoFilesForAStepSafetensorsWins() {
    fs::create_directories(m_root / "checkpoint-5");
    fs::copy_file(referenceFile("bare.pt"), m_root / "checkpoint-5" / "a.pt");
    makeCheckpoint(m_root / "checkpoint-5" / "model.safetensors");
    makeCheckpoint(m_root / "checkpoint-5" / "weights.safetensors");
    const RunIndex index = scanRun(m_root);
    QCOMPARE(index.checkpoints.size(), std::size_t(1));
    QCOMPARE(index.checkpoints[0].path.filename(), fs::path("model.safetensors"));
    QCOMPARE(index.skipped.size(), std::size_t(2));
    QVERIFY(
        QString::fromStdString(index.skipped[0].reason).contains("step 5 is taken from model.safetensors"));
  }

  void halfWrittenFilesAreGrowingUntilTheyAreWhole() {
    for (const char *name : {"small.safetensors", "bare.pt"}) {
      const auto whole = bytesOf(referenceFile(name));
      const fs::path path = m_root / ("step_3" + fs::path(name).extension().string());
      std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(whole.data()), 500);
      RunIndex index = scanRun(m_root);
      QVERIFY(index.checkpoints.empty());
      QCOMPARE(index.growing, std::vector<fs::path>{path});
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char *>(whole.data()), std::streamsize(whole.size()));
      index = scanRun(m_root);
      QCOMPARE(stepsOf(index), Steps{3});
      QVERIFY(index.growing.empty());
      fs::remove(path);
    }
  }

  void halfWrittenFilesThatNobodyWritesAreSkipped() {
    const auto whole = bytesOf(referenceFile("small.safetensors"));
    const fs::path path = m_root / "step_3.safetensors";
    std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(whole.data()), 500);
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::minutes(2));
    const RunIndex index = scanRun(m_root);
    QVERIFY(index.checkpoints.empty() && index.growing.empty());
    QCOMPARE(index.skipped.size(), std::size_t(1));
    const QString reason = QString::fromStdString(index.skipped[0].reason);
    QVERIFY2(reason.contains("188 data bytes, found 36") && reason.contains("unchanged for a minute"), qPrintable(reason));
    QVERIFY(!reason.contains(QString::fromStdString(path.string()))); // the entry names it
  }

  void aGlobAndAnExpressionReplaceTheRules() {
    makeCheckpoint(m_root / "seed1" / "w-0003-s.weights");
    makeCheckpoint(m_root / "seed2" / "w-0004-s.weights");
    QVERIFY(scanRun(m_root).checkpoints.empty());
    RunScanOptions options;
    options.glob = "seed1/*.weights";
    QCOMPARE(stepsOf(scanRun(m_root, options)), Steps{3});
    options.glob = "**/*.weights";
    options.stepRegex = "seed([0-9]+)/";
    QCOMPARE(stepsOf(scanRun(m_root, options)), (Steps{1, 2}));
    options.stepRegex = "(nothing)";
    QCOMPARE(scanRun(m_root, options).skipped.size(), std::size_t(2));
  }

  void badOptionsAndFoldersGetASentence() {
    const auto scan = [&](RunScanOptions options) { return sentenceOf([&] { scanRun(m_root, options); }); };
    QVERIFY(scan({"", "step_("}).contains("no valid regular expression"));
    QVERIFY(scan({"", "step_[0-9]+"}).contains("should have a group"));
    QVERIFY(scan({"../other/*.pt", ""}).contains("relative to"));
    QVERIFY(sentenceOf([&] { scanRun(m_root / "missing"); }).contains("there is no such folder"));
    makeCheckpoint(m_root / "step_1.safetensors");
    QVERIFY(sentenceOf([&] { scanRun(m_root / "step_1.safetensors"); }).contains("expected a folder"));
  }

#ifdef Q_OS_UNIX
  void linksToFoldersAreFollowedOnce() {
    const QTemporaryDir elsewhere;
    makeCheckpoint(fs::path(elsewhere.path().toStdString()) / "step_1.safetensors");
    fs::create_directory_symlink(elsewhere.path().toStdString(), m_root / "checkpoints");
    fs::create_directory_symlink(m_root, m_root / "loop");
    const RunIndex index = scanRun(m_root);
    QCOMPARE(stepsOf(index), Steps{1});
    QVERIFY(index.skipped.empty());
  }
#endif

private:
  std::unique_ptr<QTemporaryDir> m_folder;
  fs::path m_root;
};

QTEST_GUILESS_MAIN(TestRunIndex)
#include "tst_run_index.moc"
