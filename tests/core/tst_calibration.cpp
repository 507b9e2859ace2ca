// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <fstream>
#include <set>

#include "core/checkpoint/safetensors_writer.h"
#include "core/error.h"
#include "core/llc/calibration.h"
#include "core/llc/exact_learning_coefficient.h"
#include "core/llc/preset_file.h"
#include "core/llc/settings_validation.h"
#include "core/training/trainer.h"

using namespace evolute::core;
namespace fs = std::filesystem;

namespace {

/// A made-up estimate: healthy, of the given value and error.
CalibrationCell cellOf(std::size_t i, std::size_t j, std::size_t step, double llc, double se,
                       const std::string &verdict = "ok") {
  CalibrationCell cell{i, j, 0, step, {}, false};
  cell.estimate.llc = llc;
  cell.estimate.standardError = se;
  cell.estimate.verdict.code = verdict;
  return cell;
}

CalibrationPlan planOf(std::size_t stepSizes, std::size_t localizations, std::size_t steps) {
  CalibrationPlan plan;
  plan.stepSizes.assign(stepSizes, 1);
  plan.localizations.assign(localizations, 1);
  plan.inverseTemperatures = {1};
  plan.steps.assign(steps, 0);
  return plan;
}

std::string sentenceOf(const std::function<void()> &work) {
  try {
    work();
  } catch (const Error &error) {
    return error.what();
  }
  return {};
}

} // namespace

class TestCalibration : public QObject {
  Q_OBJECT
  QTemporaryDir m_dir;
  Run m_run;
  fs::path path(const char *name) const { return fs::path(m_dir.path().toStdString()) / name; }
  fs::path place(const char *name) const {
    fs::create_directories(path(name));
    return path(name);
  }

  /// To multiples of 1/1024. Noise is drawn from a checkpoint's hash, and processors train to other last bits: each would
  /// see other chains, and a rule that errs on one chain in twenty would now and then do so here.
  static void roundWeights(const CheckpointEntry &checkpoint) {
    std::vector<std::vector<float>> values;
    std::vector<ArrayToWrite> arrays;
    {
      const CheckpointFile file = CheckpointFile::open(checkpoint);
      for (const ArrayInfo &info : file.arrays()) {
        values.push_back(file.readFloat32(info.name));
        for (float &value : values.back())
          value = std::round(value * 1024) / 1024;
        arrays.push_back({{info.name, DType::F32, info.shape}, {}});
      }
    }
    for (std::size_t i = 0; i < arrays.size(); ++i)
      arrays[i].bytes = std::as_bytes(std::span(values[i]));
    writeSafetensors(checkpoint.path, arrays);
  }

  /// A bowl of twelve nearly equal directions, h = 2/3 (mean over three outputs): n*beta h >> gamma, so the
  /// plateau is at 6 less 3 to 9 percent.
  CalibrationRequest bowlRequest() const {
    CalibrationRequest request;
    request.base.chainCount = 6;
    request.base.seed = 1;
    request.base.drawCount = 1000; // about 200 effective ones at the smallest step
    request.base.burnInSteps = 50;
    request.base.batchSize = 256;
    request.base.sampleCount = 512;
    request.localizations = {3, 10, 300};
    request.inverseTemperatures = {150};
    request.stepSizes = {1e-3, 2e-3, 1e-2, 5e-2};
    request.steps = {m_run.index.checkpoints[m_run.index.checkpoints.size() - 2].step,
                     m_run.index.checkpoints.back().step};
    request.device = {"cpu", 2};
    return request;
  }

private Q_SLOTS:
  void initTestCase() {
    TrainSettings s;
    s.task = "linear-network";
    s.widths = {4, 3};
    s.steps = 800;
    s.learningRate = 0.01;
    s.batchSize = 64;
    s.linearCheckpoints = 4;
    s.logarithmicCheckpoints = 4;
    train(s, path("bowl"), {"cpu", 1});
    m_run = openRun(path("bowl"));
    for (const CheckpointEntry &checkpoint : m_run.index.checkpoints)
      roundWeights(checkpoint);
  }

  void theCheapestOnThePlateauComesFirst() {
    // eps rises along i: at the third the bias shows. Errors shrink with eps.
    const std::vector<CalibrationCell> cells = {cellOf(0, 0, 0, 10.0, 0.5), cellOf(1, 0, 0, 10.3, 0.3),
                                                cellOf(2, 0, 0, 14.0, 0.2), cellOf(3, 0, 0, 30.0, 0.1)};
    const auto choices = rankChoices(planOf(4, 1, 1), cells);
    QCOMPARE(choices.size(), std::size_t(4));
    QCOMPARE(choices[0].place[0], std::size_t(1));
    QVERIFY(choices[0].onPlateau && std::abs(choices[0].change - 0.3 / 10.3) < 1e-12);
    QCOMPARE(choices[1].place[0], std::size_t(0)); // at the edge of the grid the larger step is its neighbour
    QVERIFY(choices[1].onPlateau && !choices[2].onPlateau && !choices[3].onPlateau);
    QCOMPARE(choices[2].place[0], std::size_t(2));
  }

  void noiseIsNoPlateau() {
    // 20 % apart: within the errors of the first pair, beyond those of the second
    const auto wide = rankChoices(planOf(2, 1, 1), {cellOf(0, 0, 0, 10, 1), cellOf(1, 0, 0, 12, 1)});
    const auto narrow = rankChoices(planOf(2, 1, 1), {cellOf(0, 0, 0, 10, 0.1), cellOf(1, 0, 0, 12, 0.1)});
    QVERIFY(wide[0].onPlateau && !narrow[0].onPlateau);
    QVERIFY(wide[0].cost > narrow[0].cost);
  }

  /// A cell whose chains are still on their way from w* is healthy to every diagnostic; it is no choice, and none to
  /// compare with.
  void aCellThatIsNotBurntInIsNoChoice() {
    std::vector<CalibrationCell> cells = {cellOf(0, 0, 0, 9.0, 0.01), cellOf(1, 0, 0, 10.0, 0.1),
                                          cellOf(2, 0, 0, 10.2, 0.2)};
    cells[0].burntIn = false;
    const auto choices = rankChoices(planOf(3, 1, 1), cells);
    QCOMPARE(choices.size(), std::size_t(2));
    QVERIFY(choices[0].place[0] == 1 && choices[0].onPlateau && std::abs(choices[0].change - 0.02) < 1e-12);
  }

  /// Of equal errors the one with the shorter chains is the cheaper.
  void longerChainsCostMore() {
    std::vector<CalibrationCell> cells = {cellOf(0, 0, 0, 10, 0.1), cellOf(1, 0, 0, 10, 0.1)};
    cells[0].steps = 3000;
    cells[1].steps = 1000;
    const auto choices = rankChoices(planOf(2, 1, 1), cells);
    QCOMPARE(choices[0].place[0], std::size_t(1));
    QVERIFY(std::abs(choices[1].cost / choices[0].cost - 3) < 1e-12);
  }

  void cellsAreAsLongAsTheirRelaxationAsks() {
    CalibrationRequest request;
    request.base.drawCount = 200;
    request.base.burnInSteps = 100; // 300 steps: at most 3,000
    CalibrationPlan plan = planOf(3, 1, 1);
    plan.stepSizes = {1e-5, 1e-4, 1e-2};
    plan.localizations = {100}; // relaxes in 2,000, 200 and 2 steps
    const LlcSettings tooLong = settingsOf(request, plan, {0, 0, 0}), longer = settingsOf(request, plan, {1, 0, 0}),
                      asAsked = settingsOf(request, plan, {2, 0, 0});
    QCOMPARE(tooLong.stepsPerChain(), std::int64_t(300)); // and not burnt in
    QCOMPARE(longer.burnInSteps, 600);
    QCOMPARE(longer.stepsBetweenDraws, 3);
    QCOMPARE(asAsked.burnInSteps, 100);
    QCOMPARE(asAsked.stepsBetweenDraws, 1);
  }

  void oneUnhealthyCheckpointRulesOut() {
    const std::vector<CalibrationCell> cells = {cellOf(0, 0, 0, 10, 0.1), cellOf(0, 0, 1, 11, 0.1),
                                                cellOf(1, 0, 0, 10, 0.1),
                                                cellOf(1, 0, 1, 11, 0.1, "chains-disagree")};
    const auto choices = rankChoices(planOf(2, 1, 2), cells);
    QCOMPARE(choices.size(), std::size_t(1));
    QCOMPARE(choices[0].place[0], std::size_t(0));
    QVERIFY(!choices[0].onPlateau &&
            std::isnan(choices[0].change)); // nothing healthy to compare with at the second
    QVERIFY(rankChoices(planOf(2, 1, 2), {cells[0]}).empty()); // a checkpoint is missing
  }

  void aCheckpointThatIsNoMinimumHasNoSay() {
    const std::vector<CalibrationCell> cells = {cellOf(0, 0, 0, -9, 0.1, "below-start"),
                                                cellOf(1, 0, 0, -12, 0.1, "below-start"),
                                                cellOf(2, 0, 0, 99, 9.0, "step-too-big"),
                                                cellOf(0, 0, 1, 10, 0.2),
                                                cellOf(1, 0, 1, 10.3, 0.1),
                                                cellOf(2, 0, 1, 30, 0.1)};
    const CalibrationPlan plan = planOf(3, 1, 2);
    QCOMPARE(stepsWithoutMinimum(plan, cells), std::vector<std::size_t>{0});
    const auto choices = rankChoices(plan, cells);
    QCOMPARE(choices.size(), std::size_t(3));
    QCOMPARE(choices[0].place[0], std::size_t(1));
    QVERIFY(choices[0].onPlateau && std::abs(choices[0].cost - std::pow(0.1 / 10.3, 2)) < 1e-12);

    std::vector<CalibrationCell> other = cells;
    other[1].estimate.verdict.code = "not-settled"; // not seen to be no minimum: it keeps its say
    QVERIFY(stepsWithoutMinimum(plan, other).empty() && rankChoices(plan, other).empty());
    other.erase(other.begin() + 1); // not computed yet
    QVERIFY(stepsWithoutMinimum(plan, other).empty());
    other = cells;
    for (std::size_t i = 3; i < 6; ++i)
      other[i].estimate.verdict.code = "below-start";
    QVERIFY(rankChoices(plan, other).empty()); // nothing is left to judge by
    for (CalibrationCell &cell : other)
      cell.estimate.verdict.code = "step-too-big";
    QVERIFY(stepsWithoutMinimum(plan, other).empty()); // that is the settings' fault
  }

  void thePlanSaysWhatItTriesAndWhatItCosts() {
    CalibrationRequest request = bowlRequest();
    request.stepSizes.clear();
    request.localizations.clear();
    request.steps.clear();
    const CalibrationPlan plan = planCalibration(m_run, request);
    QCOMPARE(plan.steps.size(), std::size_t(3));
    QCOMPARE(plan.steps.back(), m_run.index.checkpoints.back().step);
    QCOMPARE(plan.curvatures.size(), std::size_t(3));
    const double h =
        plan.curvatures.back().largest; // 2/3 times the largest eigenvalue of a covariance near 1
    QVERIFY2(h > 0.6 && h < 1.1, qPrintable(QString::number(h)));
    QVERIFY(std::abs(plan.firstStep / firstStepSize(h, 150, plan.localizations[1]) - 1) <
            0.05); // two digits of it
    QCOMPARE(plan.stepSizes.front(), plan.firstStep);
    QVERIFY(std::is_sorted(plan.stepSizes.begin(), plan.stepSizes.end()));
    QCOMPARE(plan.cellCount(), std::int64_t(4 * 3 * 1 * 3));
    QVERIFY(plan.secondsPerCell > 0 && plan.seconds() > plan.secondsPerCell * 36);
    request.localizations = {-1};
    QVERIFY(sentenceOf([&] { planCalibration(m_run, request); }).find("gamma") != std::string::npos);
    request.localizations = {1};
    request.steps = {12345};
    QVERIFY(sentenceOf([&] { planCalibration(m_run, request); }).find("12345") != std::string::npos);
  }

  void theRecommendationRecoversLambda() {
    const CalibrationRequest request = bowlRequest();
    const CalibrationPlan plan = planCalibration(m_run, request);
    ResultStore store(place("recover"));
    std::int64_t told = 0;
    CalibrationEvents events;
    events.cell = [&](const CalibrationCell &) { ++told; };
    const CalibrationResult result = calibrate(m_run, request, plan, store, events);
    QCOMPARE(std::int64_t(result.cells.size()), plan.cellCount());
    QVERIFY(told > plan.cellCount()); // those checked at half the step are told again
    std::string cells = result.reason;
    for (const CalibrationCell &cell : result.cells)
      cells += "\n" + std::to_string(cell.stepSize) + std::to_string(cell.localization) + " " +
               std::to_string(cell.estimate.llc) + " +- " + std::to_string(cell.estimate.standardError) +
               " " + cell.estimate.verdict.code + " " + cell.estimate.verdict.reason;
    QVERIFY2(result.recommended.has_value(), cells.c_str());
    QVERIFY2(result.recommended->onPlateau, result.reason.c_str());
    QVERIFY2(result.settings.burnInSteps >= 3 * result.settings.relaxationSteps() &&
                 result.reason.find("relaxation times") != std::string::npos,
             result.reason.c_str());
    QVERIFY2(result.settings.localization < 300, result.reason.c_str()); // there the pull takes 75 %
    for (const CalibrationCell &cell : result.cells) {
      if (cell.stepSize == 3) // 5e-2 * (150 * 2/3 + ...) > 4: no stationary law
        QVERIFY2(!cell.estimate.verdict.healthy(), cell.estimate.verdict.code.c_str());
      if (cell.place() != result.recommended->place)
        continue;
      // what is left of the step's bias is allowed a tenth of lambda-hat by the verdict
      const LlcEstimate &e = cell.estimate;
      QVERIFY2(std::abs(e.llc - 6) < 3 * e.standardError + 0.1 * 6,
               qPrintable(QString("%1 +- %2").arg(e.llc).arg(e.standardError)));
      QVERIFY(std::isfinite(e.halfStepDifference));
    }
    // Asked again, everything is there, and the answer is the same.
    const CalibrationResult again = calibrate(m_run, request, plan, store);
    QVERIFY(std::all_of(again.cells.begin(), again.cells.end(),
                        [](const CalibrationCell &c) { return c.stored; }));
    QCOMPARE(again.recommended->place, result.recommended->place);
    QCOMPARE(again.reason, result.reason);
  }

  void stoppedAndResumedEqualsUninterrupted() {
    CalibrationRequest request = bowlRequest();
    request.localizations = {3};
    request.stepSizes = {1e-3, 3e-3};
    const CalibrationPlan plan = planCalibration(m_run, request);
    ResultStore whole(place("whole")), parts(place("parts"));
    const CalibrationResult one = calibrate(m_run, request, plan, whole);
    std::int64_t finished = 0;
    CalibrationEvents events;
    events.cell = [&](const CalibrationCell &) { ++finished; };
    events.progress = [&](const CalibrationEvents::State &) {
      return finished == 2 ? Flow::Stop : Flow::Continue;
    };
    const CalibrationResult stopped = calibrate(m_run, request, plan, parts, events);
    QVERIFY(stopped.stopped && !stopped.recommended);
    QCOMPARE(stopped.cells.size(), std::size_t(2));
    QCOMPARE(parts.estimates().size(), std::size_t(2));
    const CalibrationResult two = calibrate(m_run, request, plan, parts);
    QCOMPARE(two.reason, one.reason);
    QCOMPARE(two.cells.size(), one.cells.size());
    for (std::size_t i = 0; i < one.cells.size(); ++i)
      for (std::size_t j = 0; j < two.cells.size(); ++j)
        if (one.cells[i].place() == two.cells[j].place() && one.cells[i].step == two.cells[j].step) {
          QCOMPARE(two.cells[j].estimate.llc, one.cells[i].estimate.llc);
          QCOMPARE(two.cells[j].estimate.verdict.code, one.cells[i].estimate.verdict.code);
        }
  }

  void theInitialisationDoesNotPreventARecommendation() {
    CalibrationRequest request = bowlRequest();
    request.localizations = {3, 10};
    request.stepSizes = {1e-3, 2e-3};
    request.steps = {0, m_run.index.checkpoints.back().step};
    ResultStore store(place("initial"));
    const CalibrationResult result = calibrate(m_run, request, planCalibration(m_run, request), store);
    QCOMPARE(result.stepsWithoutMinimum, std::vector<std::int64_t>{0});
    QVERIFY2(result.recommended.has_value(), result.reason.c_str());
    QVERIFY2(result.reason.find("healthy at step 800") != std::string::npos &&
                 result.reason.find("Step 0 had no say") != std::string::npos,
             result.reason.c_str());
    request.steps = {0};
    const CalibrationResult none = calibrate(m_run, request, planCalibration(m_run, request), store);
    QVERIFY2(!none.recommended && none.reason.find("no minimum of the loss") != std::string::npos,
             none.reason.c_str());
  }

  /// Short chains, small steps: healthy or not, lambda-hat there is of the chains' length.
  void aGridThatIsNowhereBurntInRecommendsNothing() {
    CalibrationRequest request = bowlRequest();
    request.localizations = {0.1, 0.3};
    request.stepSizes = {1e-3, 2e-3}; // relaxes in 3,333 steps or more; 10,500 at most are allowed
    request.steps = {m_run.index.checkpoints.back().step};
    ResultStore store(place("burn-in"));
    const CalibrationResult result = calibrate(m_run, request, planCalibration(m_run, request), store);
    QVERIFY2(!result.recommended && result.reason.find("4 are not burnt in") != std::string::npos,
             result.reason.c_str());
  }

  void aHealthyCellAloneIsNotRecommended() {
    CalibrationRequest request = bowlRequest();
    request.localizations = {10};
    request.stepSizes = {1e-3, 5e-2}; // the second beyond eps p = 4
    request.steps = {m_run.index.checkpoints.back().step};
    ResultStore store(place("lonely"));
    const CalibrationResult result = calibrate(m_run, request, planCalibration(m_run, request), store);
    QVERIFY2(!result.recommended && result.reason.find("no neighbour of it is") != std::string::npos,
             result.reason.c_str());
  }

  void aGridWithoutAHealthyCellRecommendsNothing() {
    CalibrationRequest request = bowlRequest();
    request.localizations = {1};
    request.stepSizes = {5e-2, 1e-1}; // beyond eps p = 4
    const CalibrationResult result = calibrate(m_run, request, planCalibration(m_run, request),
                                               *std::make_unique<ResultStore>(place("none")));
    QVERIFY(!result.recommended && !result.stopped);
    QCOMPARE(result.cells.size(), std::size_t(4));
    QVERIFY2(result.reason.find("No settings are recommended") == 0 &&
                 result.reason.find("diverged") != std::string::npos,
             result.reason.c_str());
  }

  /// gamma as strong as n*beta h: a sampler that works returns half of lambda or less, and the answer says
  /// so.
  void aTrialOfSettingsTellsThePullFromTheSampler() {
    LlcSettings s;
    s.inverseTemperature = 100;
    s.localization = 100;
    s.stepSize = firstStepSize(1, 100, 100);
    s.chainCount = 8;
    s.burnInSteps = 100;
    s.drawCount = 400;
    s.stepsBetweenDraws = 5;
    s.batchSize = 32;
    s.sampleCount = 512;
    const SettingsValidation pulled = validateSettings(s, 1, {"cpu", 2});
    QCOMPARE(pulled.rows.size(), std::size_t(3));
    for (const ValidationRow &row : pulled.rows) // the pull leaves the crossing heavy tails that no such run resolves
      QVERIFY2(row.ok || row.model == "w1^2 w2^4", qPrintable(QString("%1: %2 +- %3 against %4")
                                      .arg(QString::fromStdString(row.model))
                                      .arg(row.llc)
                                      .arg(row.standardError)
                                      .arg(row.target)));
    QVERIFY2(!pulled.recoversTruth && pulled.sentence.find("the pull") != std::string::npos,
             pulled.sentence.c_str());
    s.stepSize = 0.1; // eps p = 20
    const SettingsValidation wild = validateSettings(s, 1, {"cpu", 2});
    QVERIFY2(!wild.recoversTruth && wild.sentence.find("do not sample") != std::string::npos,
             wild.sentence.c_str());
    QVERIFY(sentenceOf([&] { validateSettings(s, 0); }).find("curvature") != std::string::npos);
    s.localization = 0;
    QVERIFY(sentenceOf([&] { validateSettings(s, 1); }).find("pull") != std::string::npos);
  }

  /// Twice or half of the truth is not let through by an error bar as wide as the truth.
  void aTrialOfWrongSettingsIsNeverOk_data() {
    QTest::addColumn<double>("stepSize");
    QTest::addColumn<double>("localization");
    QTest::addColumn<double>("curvature");
    QTest::addColumn<int>("samples");
    QTest::newRow("step far too large, few samples") << 0.01 << 1.0 << 4.0 << 64;
    QTest::newRow("weak pull, few samples") << 0.015 << 0.02 << 2.0 << 256;
    QTest::newRow("step far too large, many samples") << 0.01 << 1.0 << 4.0 << 1024;
    QTest::newRow("pull leaves nothing to measure") << 1e-5 << 20000.0 << 20.0 << 1024;
  }
  void aTrialOfWrongSettingsIsNeverOk() {
    QFETCH(double, stepSize);
    QFETCH(double, localization);
    QFETCH(double, curvature);
    QFETCH(int, samples);
    LlcSettings s;
    s.stepSize = stepSize;
    s.localization = localization;
    s.inverseTemperature = 30;
    s.drawCount = 80;
    s.burnInSteps = 40;
    s.batchSize = 64;
    s.sampleCount = samples;
    const SettingsValidation found = validateSettings(s, curvature, {"cpu", 2});
    QVERIFY(!found.recoversTruth);
    for (const ValidationRow &row : found.rows) {
      const bool agrees = std::abs(row.llc - row.target) <= 0.2 * row.target && 3 * row.standardError <= 0.2 * row.target;
      QVERIFY2(!row.ok || agrees, row.model.c_str());
      QVERIFY2(row.cannotTell.empty() || row.cannotTell.find('%') != std::string::npos, row.cannotTell.c_str());
    }
    QVERIFY2(found.sentence.find("These settings sample well") == std::string::npos || localization > 100,
             found.sentence.c_str());
  }

  /// Thirty draws say nothing, and the answer is that.
  void aTrialThatIsTooShortCannotTell() {
    LlcSettings s;
    s.inverseTemperature = 100;
    s.localization = 10;
    s.stepSize = firstStepSize(1, 100, 10);
    s.drawCount = 10;
    s.burnInSteps = 3000;
    s.batchSize = 32;
    s.chainCount = 2;
    const SettingsValidation found = validateSettings(s, 1, {"cpu", 2});
    QVERIFY(!found.recoversTruth);
    QVERIFY(std::any_of(found.rows.begin(), found.rows.end(), [](const ValidationRow &row) {
      return !row.ok && row.cannotTell.find("three standard errors are") == 0;
    }));
    s.drawCount = 3; // no standard error at all
    const SettingsValidation none = validateSettings(s, 1, {"cpu", 2});
    QVERIFY(!none.recoversTruth);
    for (const ValidationRow &row : none.rows)
      QVERIFY2(!row.ok && row.cannotTell.find("too few") != std::string::npos, row.model.c_str());
  }

  void presetsOfARunAreListedBesideTheBuiltInOnes() {
    const fs::path run = place("presets");
    LlcSettings settings;
    settings.stepSize = 1.0 / 3;
    settings.estimator = LlcEstimator::Plain;
    settings.seed = 7;
    const fs::path file = savePreset(run, {"mine-1", "of \"hand\"", settings});
    QVERIFY(fs::exists(file));
    QCOMPARE(file.parent_path(), fs::weakly_canonical(run) / ".evolute" / "presets");
    const auto presets = llcPresetsOf(run);
    QCOMPARE(presets.size(), llcPresets().size() + 1);
    QCOMPARE(presets.back().name, std::string("mine-1"));
    QCOMPARE(presets.back().source, std::string("of \"hand\""));
    QCOMPARE(presets.back().settings, settings);
    settings.stepSize = 0.5;
    savePreset(run, {"mine-1", "", settings}); // in its place
    QCOMPARE(llcPresetsOf(run).back().settings.stepSize, 0.5);

    QVERIFY(!curvatureOfPreset(run, "mine-1") && !curvatureOfPreset(run, "none"));
    savePreset(run, {"mine-1", "", settings}, 6.5);
    QCOMPARE(curvatureOfPreset(run, "mine-1").value_or(0), 6.5);
    QCOMPARE(llcPresetsOf(run).back().settings.stepSize, 0.5);

    std::ofstream(run / ".evolute" / "presets" / "broken.toml") << "[settings]\nstepSize = \"large\"\n";
    std::ofstream(run / ".evolute" / "presets" / "typo.toml") << "[settings]\nstepsize = 0.1\n";
    std::vector<std::string> problems;
    QCOMPARE(llcPresetsOf(run, &problems).size(), llcPresets().size() + 1);
    QCOMPARE(problems.size(), std::size_t(2));
    QVERIFY(sentenceOf([&] {
              readPresetFile(run / ".evolute" / "presets" / "typo.toml");
            }).find("stepsize") != std::string::npos);
    QVERIFY(sentenceOf([&] { savePreset(run, {"../x", "", settings}); }).find("../x") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(TestCalibration)
#include "tst_calibration.moc"
