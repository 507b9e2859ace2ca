// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <numeric>
#include <set>

#include <sys/resource.h>

#include "core/error.h"
#include "core/llc/curvature.h"
#include "core/llc/exact_learning_coefficient.h"
#include "core/llc/llc_curve.h"
#include "core/llc/step_size_bias.h"
#include "core/model/run_model.h"
#include "core/resource_error.h"
#include "core/training/trainer.h"
#include "core/trajectory/essential_dynamics.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

LlcSettings fast() {
  LlcSettings s;
  s.stepSize = 1e-3;
  s.localization = 50;
  s.inverseTemperature = 20;
  s.chainCount = 3;
  s.drawCount = 40;
  s.burnInSteps = 10;
  s.batchSize = 32;
  s.sampleCount = 128;
  return s;
}

bool sameNumbers(const LlcEstimate &a, const LlcEstimate &b) {
  return a.llc == b.llc && a.standardError == b.standardError && (a.excess == b.excess).all() &&
         a.checkpointHash == b.checkpointHash;
}

/// Files of this process may not grow: to SQLite the disk is full.
class FullDisk {
public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &m_before);
  }
  ~FullDisk() { clear(); }
  void fill() const { set(0); }
  void clear() const { set(m_before.rlim_cur); }

private:
  void set(rlim_t bytes) const {
    const rlimit limit{bytes, m_before.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0)
      qFatal("the limit on file sizes cannot be set");
  }
  rlimit m_before{};
};

} // namespace

/// The whole way from a trained run on disk to stored estimates and a trajectory.
class TestLlcCurve : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  Run m_run;
  fs::path path(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }
  /// A folder of its own for results, so that one test does not find another's.
  fs::path place(const char *name) const {
    fs::create_directories(path(name));
    return path(name);
  }

private Q_SLOTS:
  void aDamagedNewestCheckpointFailsAlone();
  void tracesThatMemoryCannotHoldAreRefused();
  void initTestCase() {
    TrainSettings s;
    s.taskDimension = 2;
    s.contextPairs = 4;
    s.modelWidth = 16;
    s.heads = 2;
    s.layers = 2;
    s.batchSize = 64;
    s.steps = 60;
    s.linearCheckpoints = 4;
    s.logarithmicCheckpoints = 3;
    train(s, path("run"), {"cpu", 1});
    m_run = openRun(path("run"));
  }

  void componentsTogetherGiveWhatEachGivesAlone_data() {
    QTest::addColumn<double>("memory");
    QTest::addColumn<int>("threads");
    QTest::newRow("all at once") << 0.0 << 1;
    QTest::newRow("divided among threads") << 0.0 << 2;
    QTest::newRow("memory for one") << 1e-9 << 1;
  }
  void componentsTogetherGiveWhatEachGivesAlone() {
    QFETCH(double, memory);
    QFETCH(int, threads);
    LlcSettings settings = fast();
    settings.doublePrecision = true;
    std::vector<std::string> components;
    for (const Component &c : summarizeModel(m_run).components)
      components.push_back(c.name);
    LlcEstimatorEngine engine(m_run, "train", settings, {"cpu", threads, memory});
    const CheckpointEntry &checkpoint = m_run.index.checkpoints.back();
    const MemoryForecast forecast = engine.memory("L0.H0");
    QVERIFY(forecast.heldPerReplica > 0 && forecast.passPerReplica > 0 && forecast.limit > 0);
    QCOMPARE(forecast.componentsAtOnce == 1, memory > 0);
    std::vector<LlcEstimate> together;
    std::int64_t steps = 0, total = 0;
    engine.estimateAll(
        checkpoint, components,
        [&](const Progress &p) {
          steps = p.done;
          total = p.total;
          return Flow::Continue;
        },
        [&](const LlcEstimate &e) { together.push_back(e); });
    QCOMPARE(steps, total);
    QCOMPARE(total, settings.totalSteps() * std::int64_t(components.size()));
    QCOMPARE(together.size(), components.size());
    LlcEstimatorEngine other(m_run, "train", settings, {"cpu", 1});
    for (std::size_t i = 0; i < components.size(); ++i) {
      const LlcEstimate alone = other.estimate(checkpoint, components[i]);
      QCOMPARE(together[i].component, components[i]);
      QVERIFY2((together[i].excess - alone.excess).abs().maxCoeff() < 1e-6, components[i].c_str());
      QVERIFY(std::abs(together[i].llc - alone.llc) < 1e-5 * (1 + std::abs(alone.llc)));
      QCOMPARE(together[i].checkpointHash, alone.checkpointHash);
    }
    QVERIFY(std::abs(together[1].llc - together[2].llc) > 1e-6); // heads are told apart
  }

  void stoppingATogetherRunKeepsNoPart() {
    LlcEstimatorEngine engine(m_run, "train", fast(), {"cpu", 1});
    int kept = 0;
    engine.estimateAll(
        m_run.index.checkpoints.back(), {"L0.H0", "L0.H1"},
        [](const Progress &p) { return p.done > 20 ? Flow::Stop : Flow::Continue; },
        [&](const LlcEstimate &) { ++kept; });
    QCOMPARE(kept, 0);
  }

  void theModelIsRecognised() {
    const ModelSummary summary = summarizeModel(m_run);
    QVERIFY2(summary.problem.empty(), summary.problem.c_str());
    QCOMPARE(summary.family, std::string("icl-regression-transformer"));
    QCOMPARE(summary.components.front().weightCount, summary.parameterCount);
  }

  void theOrderOfEstimatesChangesNoNumber() {
    const CheckpointEntry &first = m_run.index.checkpoints.front(), &last = m_run.index.checkpoints.back();
    LlcEstimatorEngine one(m_run, "train", fast(), {"cpu", 1}), two(m_run, "train", fast(), {"cpu", 2});
    const LlcEstimate a = one.estimate(first), b = one.estimate(last, "L0.H1"), c = one.estimate(last);
    QVERIFY(sameNumbers(two.estimate(last, "L0.H1"), b));
    QVERIFY(sameNumbers(two.estimate(last), c));
    QVERIFY(sameNumbers(two.estimate(first), a));
    QVERIFY(a.llc != c.llc && b.llc != c.llc);
    QVERIFY(std::isfinite(a.standardError) && a.standardError > 0);
  }

  /// gamma -> infinity holds the weights at w*: nothing is left of the excess loss.
  void anEndlessPullGivesZero() {
    LlcSettings s = fast();
    s.stepSize = 1e-9;
    s.localization = 1e8;
    const LlcEstimate e =
        LlcEstimatorEngine(m_run, "train", s, {"cpu", 1}).estimate(m_run.index.checkpoints.back());
    QVERIFY2(std::abs(e.llcPaired) < 0.01, qPrintable(QString::number(e.llcPaired)));
  }

  /// Same estimand: the two differ by no more than their errors say, and pairing is the tighter.
  void pairedAndPlainAgree() {
    LlcSettings s = fast();
    s.drawCount = 200;
    const LlcEstimate e =
        LlcEstimatorEngine(m_run, "train", s, {"cpu", 2}).estimate(m_run.index.checkpoints.back());
    QVERIFY(std::abs(e.llcPaired - e.llcPlain) < 4 * std::hypot(e.sePaired, e.sePlain));
    QVERIFY2(e.sePaired < e.sePlain, qPrintable(QString("%1 %2").arg(e.sePaired).arg(e.sePlain)));
  }

  /// One weight matrix with whitened inputs is a bowl of known curvature: at eps p = 1.6 the closed form
  /// puts 1.67 times the exact value on lambda-hat, at half of it 1.25 times.
  void halvingTheStepShowsItsBias() {
    TrainSettings s;
    s.task = "linear-network";
    s.widths = {3, 2};
    s.rank = 1;
    s.steps = 400;
    s.learningRate = 0.01;
    s.batchSize = 64;
    s.linearCheckpoints = 1;
    s.logarithmicCheckpoints = 0;
    train(s, path("bowl"), {"cpu", 1});
    const Run bowl = openRun(path("bowl"));
    const CheckpointEntry &last = bowl.index.checkpoints.back();
    CurvatureSettings exactly;
    exactly.tolerance = 1e-4;
    exactly.traceProbes = 64;
    const Curvature curvature = estimateCurvature(bowl, last, "all", "train", exactly, {"cpu", 1});
    const double h = curvature.trace / 6; // six directions, nearly alike

    LlcRequest request;
    request.steps = {last.step};
    request.device = {"cpu", 2};
    request.settings = fast();
    request.settings.localization = 1;
    request.settings.inverseTemperature = 100;
    request.settings.batchSize = 256;
    request.settings.sampleCount = 512;
    request.settings.drawCount = 1000;
    request.settings.burnInSteps = 50;
    request.settings.stepSize = 1.6 / (100 * h + 1);
    ResultStore store(path("bowl"));
    std::vector<LlcEstimate> checked;
    LlcCurveEvents events;
    events.done = [&](const LlcEstimate &e, bool) { checked.push_back(e); };
    const LlcCurveOutcome outcome = computeStepSizeChecks(bowl, request, store, events);
    QCOMPARE(outcome.computed, 2);
    QCOMPARE(checked.size(), std::size_t(1));
    const LlcEstimate &e = checked.front();
    const double exact = quadraticBowl(std::vector<double>(6, h), 100, 1, 0);
    const double expected = exact * (1 / (1 - 0.4) - 1 / (1 - 0.2));
    // The curvatures are alike only to some 10 % with 512 samples, which moves the difference by as much.
    QVERIFY2(std::abs(e.halfStepDifference - expected) < 4 * e.halfStepDifferenceError + 0.15 * expected,
             qPrintable(QString("%1 +- %2 against %3")
                            .arg(e.halfStepDifference)
                            .arg(e.halfStepDifferenceError)
                            .arg(expected)));
    QVERIFY2(e.rhat < 1.05 && e.verdict.code == "step-size-bias", e.verdict.reason.c_str());
    // Stored with the estimate, and not measured again.
    QCOMPARE(store.find(keyOf(e))->halfStepDifference, e.halfStepDifference);
    QCOMPARE(store.find(keyOf(e))->verdict.code, e.verdict.code);
    QCOMPARE(computeStepSizeChecks(bowl, request, store, events).computed, 0);
    QCOMPARE(checked.back().halfStepDifference, e.halfStepDifference);
  }

  void aSecondRequestCostsNothing() {
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 2};
    request.components = {"all", "L1.H0"};
    ResultStore store(path("run"));
    const auto count = std::int64_t(2 * m_run.index.checkpoints.size());
    QCOMPARE(computeLlcCurve(m_run, request, store).computed, count);
    const LlcCurveOutcome again = computeLlcCurve(m_run, request, store);
    QCOMPARE(again.computed, 0);
    QCOMPARE(again.reused, count);
    request.settings.estimator = LlcEstimator::Plain; // of the same chains
    QCOMPARE(computeLlcCurve(m_run, request, store).computed, 0);
    request.settings.seed = 1;
    request.steps = {m_run.index.checkpoints.front().step};
    QCOMPARE(computeLlcCurve(m_run, request, store).computed, 2);
  }

  /// SQLite sees files that may not grow as it sees a full disk. What was computed is stored once there is
  /// room.
  void aFullDiskWaitsAndLosesNothing() {
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 1};
    request.steps = {m_run.index.checkpoints.front().step, m_run.index.checkpoints.back().step};
    ResultStore store(place("full disk"));
    FullDisk disk;
    std::vector<std::string> sentences;
    std::array<std::int64_t, 2> steps{};
    LlcCurveEvents events;
    events.progress = [&](const LlcCurveEvents::State &state) {
      if (state.fractionOfCurrent > 0)
        ++steps.at(std::size_t(state.estimatesDone));
      if (state.estimatesDone == 1 && state.fractionOfCurrent > 0.5 && sentences.empty())
        disk.fill();
      return Flow::Continue;
    };
    events.blocked = [&](const std::string &sentence) {
      sentences.push_back(sentence);
      if (sentences.size() == 2) // once more in vain
        disk.clear();
      return Flow::Continue;
    };
    const LlcCurveOutcome outcome = computeLlcCurve(m_run, request, store, events);
    QCOMPARE(outcome.computed, 2);
    QCOMPARE(outcome.failed, 0);
    QCOMPARE(sentences.size(), std::size_t(2));
    QVERIFY2(sentences.front().find("cannot write the results") != std::string::npos,
             sentences.front().c_str());
    QCOMPARE(steps[1], steps[0]); // nothing was computed twice
    QCOMPARE(store.estimates().size(), std::size_t(2));
  }

  void aFullDiskIsSaidAtOnceAndHarmsNothingStored() {
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 1};
    ResultStore store(place("full disk, nobody to ask"));
    FullDisk disk;
    LlcCurveEvents events;
    std::int64_t computed = 0, done = 0;
    events.progress = [&](const LlcCurveEvents::State &state) {
      computed = std::max(computed, state.estimatesDone + 1);
      if (state.estimatesDone == 1 && state.fractionOfCurrent > 0)
        disk.fill();
      return Flow::Continue;
    };
    events.done = [&](const LlcEstimate &, bool) { ++done; };
    QVERIFY_EXCEPTION_THROWN(computeLlcCurve(m_run, request, store, events), ResourceError);
    disk.clear();
    QCOMPARE(done, 1);
    QCOMPARE(computed, 2); // of seven: it did not go on computing what cannot be kept
    QCOMPARE(store.estimates().size(), std::size_t(1));
    QCOMPARE(computeLlcCurve(m_run, request, store).reused, 1);
  }

  void aTargetStandardErrorEndsTheDrawsWhenItIsMet() {
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 1};
    request.steps = {m_run.index.checkpoints.back().step};
    const auto estimateWith = [&](const LlcSettings &s) {
      return LlcEstimatorEngine(m_run, "train", s, {"cpu", 1}).estimate(m_run.index.checkpoints.back());
    };
    const LlcEstimate one = estimateWith(request.settings);
    LlcSettings s = request.settings;
    s.targetStandardError = one.standardError / 2;
    s.maximalDraws = 40 * s.drawCount;
    const LlcEstimate e = estimateWith(s);
    QVERIFY2(e.standardError <= s.targetStandardError, qPrintable(QString::number(e.standardError)));
    QVERIFY2(e.loss.rows() > s.drawCount && e.loss.rows() < s.maximalDraws &&
                 e.loss.rows() % s.drawCount == 0,
             qPrintable(QString::number(e.loss.rows())));
    QVERIFY(QString::fromStdString(e.message).contains(QString("after %1 draws a chain").arg(e.loss.rows())));
    QVERIFY((e.loss.topRows(s.drawCount) == one.loss).all());
    QVERIFY(sameNumbers(
        LlcEstimatorEngine(m_run, "train", s, {"cpu", 2}).estimate(m_run.index.checkpoints.back()), e));
  }

  void theLossAtTheStartMayBeOfMinibatches() {
    LlcSettings s = fast();
    const auto estimateWith = [&] {
      return LlcEstimatorEngine(m_run, "train", s, {"cpu", 1}).estimate(m_run.index.checkpoints.back());
    };
    const LlcEstimate whole = estimateWith();
    s.initialLossBatches = 2; // 64 draws with replacement out of 128 samples
    const LlcEstimate some = estimateWith();
    QVERIFY(some.initialLoss != whole.initialLoss);
    QVERIFY(std::abs(some.initialLoss - whole.initialLoss) < 4 * some.initialLossError);
    QVERIFY(std::abs(some.initialLossError - std::sqrt(2.0) * whole.initialLossError) < 1e-9);
    QCOMPARE(some.llcPaired, whole.llcPaired);
    QVERIFY(std::abs(some.sePlain - std::hypot(whole.sePlain, 20 * some.initialLossError)) < 1e-6);
  }

  void theOtherHeadlineIsReadFromTheSameChains() {
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 1};
    request.steps = {m_run.index.checkpoints.back().step};
    LlcEstimate told;
    LlcCurveEvents events;
    events.done = [&](const LlcEstimate &e, bool) { told = e; };
    ResultStore first(place("paired first")), fresh(place("plain alone"));
    computeLlcCurve(m_run, request, first, events);
    const LlcEstimate paired = told;
    request.settings.estimator = LlcEstimator::Plain;
    QCOMPARE(computeLlcCurve(m_run, request, first, events).computed, 0);
    const LlcEstimate derived = told;
    QCOMPARE(derived.llc, paired.llcPlain);
    QCOMPARE(derived.standardError, paired.sePlain);
    QCOMPARE(computeLlcCurve(m_run, request, fresh, events).computed, 1);
    for (const auto field : {&LlcEstimate::llc, &LlcEstimate::standardError, &LlcEstimate::rhat,
                             &LlcEstimate::mcse, &LlcEstimate::llcPaired, &LlcEstimate::acceptance})
      QCOMPARE(derived.*field, told.*field);
    QCOMPARE(derived.settingsHash, told.settingsHash);
    QCOMPARE(first.estimates().size(), std::size_t(2));
  }

  void stepsOfEqualWeightsAreAllTold() {
    fs::create_directories(path("twins"));
    const fs::path original = m_run.index.checkpoints.back().path;
    for (const char *name : {"step_1.safetensors", "step_2.safetensors", "step_3.safetensors"})
      fs::copy_file(original, path("twins") / name);
    Run twins = openRun(path("twins"));
    twins.description = m_run.description;
    LlcRequest request;
    request.settings = fast();
    request.device = {"cpu", 1};
    std::set<std::int64_t> told;
    LlcCurveEvents events;
    events.done = [&](const LlcEstimate &e, bool) { told.insert(e.step); };
    ResultStore store(place("results of twins"));
    const LlcCurveOutcome outcome = computeLlcCurve(twins, request, store, events);
    QCOMPARE(outcome.computed, 1);
    QCOMPARE(outcome.reused, 2);
    QCOMPARE(told, (std::set<std::int64_t>{1, 2, 3}));
    told.clear();
    for (const LlcEstimate &e : store.estimates()) // what a reopened window and `table` show
      told.insert(e.step);
    QCOMPARE(told, (std::set<std::int64_t>{1, 2, 3}));
  }

  void theFirstEstimateDoesNotWaitForTheOtherFiles() {
    fs::copy(path("run"), path("old"), fs::copy_options::recursive);
    const Run run = openRun(path("old"));
    for (const CheckpointEntry &entry : run.index.checkpoints) // hashes of fresh files are not remembered
      fs::last_write_time(entry.path, fs::file_time_type::clock::now() - std::chrono::hours(1));
    LlcRequest request;
    request.settings = fast();
    request.settings.seed = 11;
    request.device = {"cpu", 1};
    ResultStore store(path("old"));
    std::set<std::int64_t> readBefore, told;
    LlcCurveEvents events;
    events.done = [&](const LlcEstimate &e, bool) {
      if (told.empty())
        for (const CheckpointEntry &entry : run.index.checkpoints)
          if (store.rememberedHash(entry))
            readBefore.insert(entry.step);
      told.insert(e.step);
    };
    QCOMPARE(computeLlcCurve(run, request, store, events).computed,
             std::int64_t(run.index.checkpoints.size()));
    QCOMPARE(readBefore, std::set<std::int64_t>{run.index.checkpoints.back().step});
    QCOMPARE(told.size(), run.index.checkpoints.size());
  }

  void dataSetsThatDifferLittleAreTwo() {
    const auto hash = [&](double noise) {
      Run run = m_run;
      run.description.data.at("train")["noise_variance"] = noise;
      return LlcEstimatorEngine(run, "train", fast(), {"cpu", 1}).dataHash();
    };
    QCOMPARE(hash(1e-7), hash(1e-7));
    QVERIFY(hash(1e-7) != hash(2e-7));
  }

  void moreSamplesThanMemoryIsOneSentence() {
    LlcSettings s = fast();
    s.sampleCount = std::numeric_limits<std::int64_t>::max();
    try {
      LlcEstimatorEngine(m_run, "train", s, {"cpu", 1});
      QFAIL("expected an error");
    } catch (const Error &error) {
      const QString sentence = QString::fromUtf8(error.what());
      QVERIFY2(sentence.contains("samples") && !sentence.contains('\n'), qPrintable(sentence));
    }
  }

  void stoppingKeepsWhatIsFinishedAndResumingGivesTheSameNumbers() {
    LlcRequest request;
    request.settings = fast();
    request.settings.seed = 7;
    request.device = {"cpu", 1};
    std::map<std::int64_t, LlcEstimate> whole, parts;
    {
      ResultStore store(place("results a"));
      LlcCurveEvents events;
      events.done = [&](const LlcEstimate &e, bool) { whole[e.step] = e; };
      computeLlcCurve(m_run, request, store, events);
    }
    ResultStore store(place("results b"));
    LlcCurveEvents events;
    events.done = [&](const LlcEstimate &e, bool) { parts[e.step] = e; };
    events.progress = [&](const LlcCurveEvents::State &s) {
      return s.estimatesDone == 2 && s.fractionOfCurrent > 0.5 ? Flow::Stop : Flow::Continue;
    };
    const LlcCurveOutcome stopped = computeLlcCurve(m_run, request, store, events);
    QVERIFY(stopped.stopped);
    QCOMPARE(stopped.computed, 2);
    events.progress = {};
    const LlcCurveOutcome resumed = computeLlcCurve(m_run, request, store, events);
    QCOMPARE(resumed.reused, 2);
    QCOMPARE(whole.size(), parts.size());
    for (const auto &[step, estimate] : whole)
      QVERIFY(sameNumbers(estimate, parts.at(step)));
  }

  void theUserCanJumpTheQueue() {
    LlcRequest request;
    request.settings = fast();
    request.settings.seed = 8;
    request.device = {"cpu", 1};
    ResultStore store(place("results c"));
    const std::int64_t wanted = m_run.index.checkpoints[2].step;
    std::vector<std::int64_t> order;
    LlcCurveEvents events;
    events.promoted = [&] { return std::vector<std::int64_t>{wanted}; };
    events.done = [&](const LlcEstimate &e, bool) { order.push_back(e.step); };
    computeLlcCurve(m_run, request, store, events);
    QCOMPARE(order.front(), wanted);
    QCOMPARE(order.size(), m_run.index.checkpoints.size());
  }

  void oneBadCheckpointIsAnEventNotTheEnd() {
    fs::copy(path("run"), path("damaged"), fs::copy_options::recursive);
    Run run = openRun(path("damaged"));
    const CheckpointEntry bad = run.index.checkpoints[1];
    fs::resize_file(bad.path, bad.bytes / 2); // after the scan, as a dying disk would
    LlcRequest request;
    request.settings = fast();
    request.settings.seed = 9;
    request.device = {"cpu", 1};
    ResultStore store(place("results d"));
    std::vector<std::int64_t> failed;
    LlcCurveEvents events;
    events.failed = [&](std::int64_t step, const std::string &sentence) {
      failed.push_back(step);
      QVERIFY(sentence.find(bad.path.filename().string()) != std::string::npos);
    };
    const LlcCurveOutcome outcome = computeLlcCurve(run, request, store, events);
    QCOMPARE(failed, std::vector<std::int64_t>{bad.step});
    QCOMPARE(outcome.computed, std::int64_t(run.index.checkpoints.size()) - 1);
  }

  void badRequestsSayWhatThereIs() {
    LlcEstimatorEngine engine(m_run, "train", fast(), {"cpu", 1});
    try {
      engine.estimate(m_run.index.checkpoints.front(), "L9.H9");
      QFAIL("a component that is not there was accepted");
    } catch (const Error &error) {
      QVERIFY(std::string(error.what()).find("L1.H1") != std::string::npos);
    }
    QVERIFY_EXCEPTION_THROWN(LlcEstimatorEngine(m_run, "github", fast(), {"cpu", 1}), Error);
    QVERIFY_EXCEPTION_THROWN(LlcEstimatorEngine(m_run, "train", fast(), {"cuda:99", 1}), Error);
    LlcSettings s = fast();
    s.stepSize = -1;
    QVERIFY_EXCEPTION_THROWN(LlcEstimatorEngine(m_run, "train", s, {"cpu", 1}), Error);
  }

  void featuresAreAllOutputsOnOneProbe() {
    FeatureExtractor extractor(m_run, {100, 1}, {"cpu", 2});
    const auto features = extractor.features(m_run.index.checkpoints.back());
    QCOMPARE(features.size(), std::size_t(100 * 8 * 3)); // samples x 2K tokens x (D + 1)
    QCOMPARE(FeatureExtractor(m_run, {100, 1}, {"cpu", 1}).features(m_run.index.checkpoints.back()),
             features);
    QVERIFY(FeatureExtractor(m_run, {100, 2}, {"cpu", 1}).probeHash() != extractor.probeHash());
  }

  void chosenOutputsAreThoseOfAllThatWereMeant() {
    const auto &checkpoint = m_run.index.checkpoints.back();
    FeatureExtractor extractor(m_run, {100, 1}, {"cpu", 1});
    const auto all = extractor.features(checkpoint);
    FeatureExtractor some(m_run, {100, 1, OutputChoice("0:24:6")}, {"cpu", 1}); // the predictions
    const auto chosen = some.features(checkpoint);
    QCOMPARE(chosen.size(), std::size_t(100 * 4));
    for (std::size_t i = 0; i < chosen.size(); ++i)
      QCOMPARE(chosen[i], all[6 * i]);
    QVERIFY(some.probeHash() != extractor.probeHash());
    QVERIFY_EXCEPTION_THROWN(FeatureExtractor(m_run, {100, 1, OutputChoice("24")}, {"cpu", 1}), Error);
    QVERIFY_EXCEPTION_THROWN(FeatureExtractor(m_run, {100, 1, OutputChoice("one-position")}, {"cpu", 1}), Error);
  }

  void featuresFitIntoTheMemoryTheyMayTake() {
    const auto &checkpoint = m_run.index.checkpoints.back();
    const auto all = FeatureExtractor(m_run, {200, 1}, {"cpu", 1}).features(checkpoint);
    QCOMPARE(all.size(), std::size_t(4800));
    FeatureExtractor half(m_run, {200, 1}, {"cpu", 1}), few(m_run, {200, 1}, {"cpu", 1});
    half.keepWithin(1000, 1000 * 4800 * 2);
    QCOMPARE(half.features(checkpoint), all);
    QCOMPARE(half.storage(), (FeatureStorage{RowStorage::Float16, 0}));
    few.keepWithin(1000, 1000 * 4800);
    const auto projected = few.features(checkpoint);
    QCOMPARE(projected.size(), std::size_t(4096));
    QCOMPARE(few.storage().dimensions, std::int64_t(4096));
    const auto square = [](const std::vector<float> &v) {
      return std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
    };
    QVERIFY(std::abs(square(projected) / square(all) - 1) <
            5 * std::sqrt(2.0 / 4096)); // five standard deviations
  }

  void trajectoryRowsComeInAnyOrder() {
    FeatureExtractor extractor(m_run, {64, 1}, {"cpu", 1});
    TrajectoryPca whole, parts;
    addMissingRows(whole, m_run, extractor);
    addMissingRows(parts, m_run, extractor, nullptr,
                   [](const Progress &p) { return p.done == 3 ? Flow::Stop : Flow::Continue; });
    QCOMPARE(parts.rowCount(), 3);
    addMissingRows(parts, m_run, extractor);
    const Trajectory a = whole.compute(3), b = parts.compute(3);
    QCOMPARE(a.steps, b.steps);
    QCOMPARE(std::int64_t(a.steps.size()), std::int64_t(m_run.index.checkpoints.size()));
    QVERIFY((a.points - b.points).norm() < 1e-6 * a.points.norm());
    QVERIFY(a.explained[0] > a.explained[1] && a.explained.sum() <= 1 + 1e-9);
    QVERIFY(a.points(a.points.rows() - 1, 0) > a.points(0, 0)); // PC1 grows with time
  }
};

void TestLlcCurve::aDamagedNewestCheckpointFailsAlone() {
  const fs::path folder = place("damaged newest");
  fs::copy(path("run"), folder, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::remove_all(folder / ".evolute");
  const CheckpointEntry newest = m_run.index.checkpoints.back(), oldest = m_run.index.checkpoints.front();
  // Every byte is there, but the tensors overlap: the second begins where the first does.
  std::ofstream(folder / "checkpoints" / "step_99.safetensors", std::ios::binary) << [] {
    const std::string header = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
    std::string bytes(8, '\0');
    bytes[0] = char(header.size());
    return bytes + header + std::string(8, '\0');
  }();
  const Run run = openRun(folder);
  QCOMPARE(run.index.checkpoints.back().step, std::int64_t(99));
  const ModelSummary model = summarizeModel(run), sound = summarizeModel(m_run);
  QCOMPARE(model.problem, std::string());
  QCOMPARE(model.parameterCount, sound.parameterCount);
  QVERIFY(std::any_of(model.notes.begin(), model.notes.end(),
                      [](const std::string &note) { return note.find("step 99 cannot be used") != std::string::npos; }));
  LlcEstimatorEngine engine(run, "train", fast(), {"cpu", 1});
  QVERIFY(std::isfinite(engine.estimate(oldest, "all").llc));
  QVERIFY_THROWS_EXCEPTION(Error, engine.estimate(run.index.checkpoints.back(), "all"));
  FeatureExtractor features(run, {}, {"cpu", 1});
  QVERIFY(!features.features(newest).empty());
}

void TestLlcCurve::tracesThatMemoryCannotHoldAreRefused() {
  LlcSettings settings = fast();
  settings.drawCount = 2'000'000'000;
  settings.chainCount = 1000;
  try {
    const LlcEstimatorEngine engine(m_run, "train", settings, {"cpu", 1});
    QFAIL("no error");
  } catch (const Error &error) {
    QVERIFY2(std::string(error.what()).find("2000000000 draws in 1000 chains") != std::string::npos, error.what());
  }
}

QTEST_GUILESS_MAIN(TestLlcCurve)
#include "tst_llc_curve.moc"
