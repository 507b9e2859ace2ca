// SPDX-License-Identifier: GPL-3.0-or-later
// Our estimates against those of the Python package devinterp, both of its generations, on the same weights and
// data. tests/reference/devinterp_reference.py made the values; nothing of Python is needed here.
//
// What is compared are means over independent units: chains for generation 1, whole calls for generation 2, whose
// chains share minibatches. Errors come from the spread of the units alone, so no model of the chains enters.
//
// By default the deep linear network; with EVOLUTE_TEST_LONG=1 all cases, with more units than the reference has.
#include <cmath>
#include <fstream>
#include <numeric>

#include <QTest>
#include <nlohmann/json.hpp>

#include "core/llc/llc_estimator.h"

using namespace evolute::core;

namespace {

/// The mean of independent values and its standard error.
struct Mean {
  double value = 0, error = 0;
};

Mean meanOf(const std::vector<double> &units) {
  const double n = double(units.size()), mean = std::accumulate(units.begin(), units.end(), 0.0) / n;
  double square = 0;
  for (const double unit : units)
    square += (unit - mean) * (unit - mean);
  return {mean, std::sqrt(square / (n - 1) / n)};
}

struct Case {
  const char *name, *run, *checkpoint, *version;
  std::size_t quickUnits; ///< 0: in the long form only
  std::size_t longUnits;
};
constexpr Case kCases[] = {{"deep linear network, 1.x", "network", "step_3000", "1.3.2", 24, 96},
                           {"deep linear network, 2.x", "network", "step_3000", "2.0.1", 12, 48},
                           {"transformer early, 1.x", "transformer", "step_0157", "1.3.2", 0, 96},
                           {"transformer middle, 1.x", "transformer", "step_0600", "1.3.2", 0, 96},
                           {"transformer late, 1.x", "transformer", "step_3000", "1.3.2", 0, 96},
                           {"transformer early, 2.x", "transformer", "step_0157", "2.0.1", 0, 48},
                           {"transformer middle, 2.x", "transformer", "step_0600", "2.0.1", 0, 48},
                           {"transformer late, 2.x", "transformer", "step_3000", "2.0.1", 0, 48}};

bool isLong() {
  return qEnvironmentVariableIsSet("EVOLUTE_TEST_LONG");
}

const std::string kFolder = EVOLUTE_TEST_DATA "/devinterp/";

struct Reference {
  nlohmann::json document, values;
  bool isFirstGeneration;

  explicit Reference(const Case &c)
      : document(nlohmann::json::parse(
            std::ifstream(kFolder + c.run + "-" + c.version + ".json"))),
        values(document.at("cases").at(c.checkpoint)), isFirstGeneration(c.version[0] == '1') {}

  std::vector<double> units() const { return values.at("llc").get<std::vector<double>>(); }

  /// The preset of the generation with the reference's numbers. Its own rule for L(w*) had all minibatches there
  /// are in both generations here: that is the whole data set.
  LlcSettings settings() const {
    LlcSettings s;
    for (const LlcPreset &preset : llcPresets())
      if (preset.name == (isFirstGeneration ? "compat-devinterp-1" : "compat-devinterp-2"))
        s = preset.settings;
    const nlohmann::json &theirs = document.at("settings");
    s.stepSize = theirs.at("epsilon");
    s.localization = theirs.at("gamma");
    s.inverseTemperature = theirs.at("nbeta").is_null() ? 0.0 : theirs.at("nbeta").get<double>();
    s.batchSize = theirs.at("batch");
    s.drawCount = theirs.at("draws");
    s.burnInSteps = theirs.at("burn_in");
    s.stepsBetweenDraws = theirs.at("thinning");
    s.sampleCount = document.at("samples");
    s.initialLossBatches = 0;
    s.chainCount = isFirstGeneration ? 1 : values.at("chains_of_a_call").get<int>();
    return s;
  }
};

/// lambda-hat of as many independent units, by our sampler.
std::vector<double> ourUnits(const Case &c, LlcSettings settings, std::size_t count, double *lossAtStart = nullptr) {
  const Run run = openRun(kFolder + c.run);
  const auto checkpoint = std::find_if(run.index.checkpoints.begin(), run.index.checkpoints.end(),
                                       [&](const auto &entry) { return entry.path.stem() == c.checkpoint; });
  std::vector<double> units;
  if (checkpoint == run.index.checkpoints.end())
    return units;
  if (!settings.sharedMinibatches) { // chains are independent: all at once
    settings.chainCount = int(count);
    const LlcEstimate e = LlcEstimatorEngine(run, "train", settings).estimate(*checkpoint);
    for (const ChainEvidence &chain : e.chains)
      units.push_back(chain.llcPlain);
    if (lossAtStart)
      *lossAtStart = e.initialLoss;
    return units;
  }
  for (std::size_t i = 0; i < count; ++i) {
    settings.seed = i;
    const LlcEstimate e = LlcEstimatorEngine(run, "train", settings).estimate(*checkpoint);
    units.push_back(e.llc);
    if (lossAtStart)
      *lossAtStart = e.initialLoss;
  }
  return units;
}

double distanceInErrors(const Mean &a, const Mean &b) {
  return std::abs(a.value - b.value) / std::hypot(a.error, b.error);
}

} // namespace

class TestDevinterpCompat : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void agreesWithinTwoStandardErrors_data();
  void agreesWithinTwoStandardErrors();
  void anotherRuleWouldBeNoticed_data();
  void anotherRuleWouldBeNoticed();
  void theSecondGenerationCountsEveryStep();
  void theRuleForTheLossAtTheStartIsTheirs();
};

void TestDevinterpCompat::agreesWithinTwoStandardErrors_data() {
  QTest::addColumn<int>("index");
  for (std::size_t i = 0; i < std::size(kCases); ++i)
    if (isLong() || kCases[i].quickUnits > 0)
      QTest::newRow(kCases[i].name) << int(i);
}

void TestDevinterpCompat::agreesWithinTwoStandardErrors() {
  QFETCH(int, index);
  const Case &c = kCases[index];
  const Reference reference(c);
  const LlcSettings settings = reference.settings();
  QVERIFY(std::abs(settings.effectiveInverseTemperature() / reference.values.at("nbeta").get<double>() - 1) < 1e-12);
  double loss = 0;
  const Mean theirs = meanOf(reference.units());
  const Mean ours = meanOf(ourUnits(c, settings, isLong() ? c.longUnits : c.quickUnits, &loss));
  // One model and one data set: float32 sums in another order.
  const double theirLoss = reference.values.at("loss");
  QVERIFY2(std::abs(loss - theirLoss) < 1e-5 * theirLoss + 1e-9, qPrintable(QString::number(loss, 'g', 9)));
  const QString said = QString("ours %1 +- %2, theirs %3 +- %4")
                           .arg(ours.value).arg(ours.error).arg(theirs.value).arg(theirs.error);
  qInfo("%s", qPrintable(said));
  QVERIFY2(distanceInErrors(ours, theirs) < 2, qPrintable(said));
  // Power: two joint errors are at most a tenth of the value, so a tenth more or less would have been seen.
  if (isLong())
    QVERIFY2(2 * std::hypot(ours.error, theirs.error) < 0.1 * std::abs(theirs.value), qPrintable(said));
}

void TestDevinterpCompat::anotherRuleWouldBeNoticed_data() {
  QTest::addColumn<QString>("mistake");
  QTest::newRow("a whole epsilon where half of one belongs") << "epsilon";
  QTest::newRow("no pull") << "pull";
  QTest::newRow("noise of another variance") << "noise";
}

void TestDevinterpCompat::anotherRuleWouldBeNoticed() {
  QFETCH(QString, mistake);
  const Case &c = kCases[0];
  const Reference reference(c);
  LlcSettings s = reference.settings();
  double scale = 1;
  if (mistake == "epsilon") { // doubles the drift and leaves the noise: as doubling n*beta and gamma does
    s.inverseTemperature *= 2;
    s.localization *= 2;
    scale = 0.5;
  } else if (mistake == "pull") {
    s.localization = 0;
  } else {
    s.noiseScale = std::sqrt(2.0);
  }
  std::vector<double> units = ourUnits(c, s, c.quickUnits);
  for (double &unit : units)
    unit *= scale;
  const double distance = distanceInErrors(meanOf(units), meanOf(reference.units()));
  QVERIFY2(distance > 2, qPrintable(QString::number(distance)));
}

/// compute_llc() of 2.x averages the losses of all steps, those of burn-in too: the first is that of w* itself. The chain is
/// the same as under the rule of 1.x, which keeps the last of each block after burn-in.
void TestDevinterpCompat::theSecondGenerationCountsEveryStep() {
  LlcSettings every = Reference(kCases[1]).settings();
  every.burnInSteps = 7;
  every.drawCount = 4;
  every.stepsBetweenDraws = 3;
  LlcSettings kept = every;
  kept.includeBurnIn = false;
  kept.drawRule = DrawRule::LastOfBlock;
  const Run run = openRun(kFolder + "network");
  const auto estimateOf = [&](const LlcSettings &s) {
    return LlcEstimatorEngine(run, "train", s).estimate(run.index.checkpoints.back());
  };
  const LlcEstimate all = estimateOf(every), some = estimateOf(kept);
  QCOMPARE(all.loss.rows(), Eigen::Index(7 + 4 * 3));
  QCOMPARE(some.loss.rows(), Eigen::Index(4));
  for (Eigen::Index chain = 0; chain < all.loss.cols(); ++chain) {
    QCOMPARE(all.excess(0, chain), 0.0F);
    for (Eigen::Index draw = 0; draw < 4; ++draw)
      QCOMPARE(some.loss(draw, chain), all.loss(7 + 3 * draw + 2, chain));
  }
  const double mean = double(all.loss.cast<double>().mean());
  QVERIFY(std::abs(all.llc - all.inverseTemperature * (mean - all.initialLoss)) < 1e-9 * all.llc);
}

/// Four minibatches of 64 in 1.x: the same mean over repetitions, and a spread of sd / sqrt(256); theirs are drawn
/// without replacement, hence narrower by sqrt(1 - 256/1024).
void TestDevinterpCompat::theRuleForTheLossAtTheStartIsTheirs() {
  const Case &c = kCases[4];
  const Reference reference(c);
  const nlohmann::json &theirs = reference.values.at("init_loss_of_4_batches");
  LlcSettings s = reference.settings();
  s.initialLossBatches = 4;
  s.drawCount = 2;
  s.burnInSteps = 0;
  s.stepsBetweenDraws = 1;
  const Run run = openRun(kFolder + c.run);
  std::vector<double> losses;
  double stated = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    s.seed = seed;
    const LlcEstimate e = LlcEstimatorEngine(run, "train", s).estimate(run.index.checkpoints.back());
    losses.push_back(e.initialLoss);
    stated = e.initialLossError;
  }
  const Mean ours = meanOf(losses);
  const double sd = ours.error * std::sqrt(double(losses.size()));
  const double theirSd = theirs.at("sd"), theirError = theirSd / std::sqrt(theirs.at("count").get<double>());
  QVERIFY(distanceInErrors(ours, {theirs.at("mean"), theirError}) < 3);
  // chi-squared: the relative error of a spread from n values is 1 / sqrt(2 n)
  const double tolerance = 3 * std::hypot(1 / std::sqrt(2.0 * 60), 1 / std::sqrt(2.0 * theirs.at("count").get<double>()));
  const double finite = std::sqrt(1 - 256.0 / 1024);
  QVERIFY2(std::abs(sd * finite / theirSd - 1) < tolerance, qPrintable(QString::number(sd * finite / theirSd)));
  QVERIFY2(std::abs(stated * finite / theirSd - 1) < 3 / std::sqrt(2.0 * 400), qPrintable(QString::number(stated)));
}

QTEST_GUILESS_MAIN(TestDevinterpCompat)
#include "tst_devinterp_compat.moc"
