// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include <cmath>
#include <functional>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/hash.h"
#include "core/llc/llc_settings.h"

using namespace evolute::core;

namespace {

using Change = std::function<void(LlcSettings &)>;

/// Every field with a value of its own, for none to be forgotten on the way.
LlcSettings everythingChanged() {
  LlcSettings s;
  s.stepSize = 1e-4;
  s.localization = 3;
  s.inverseTemperature = 21;
  s.chainCount = 5;
  s.drawCount = 6;
  s.burnInSteps = 7;
  s.stepsBetweenDraws = 8;
  s.batchSize = 9;
  s.sampleCount = 1000;
  s.estimator = LlcEstimator::Plain;
  s.doublePrecision = true;
  s.products = ProductPrecision::Bfloat16;
  s.seed = 18446744073709551615ULL;
  s.sampler = SamplerKind::RmspropSgld;
  s.temperatureRule = TemperatureRule::SamplesOverLog;
  s.noiseScale = 0.5;
  s.weightDecay = 0.25;
  s.boundingBox = 2;
  s.initialNoise = 0.125;
  s.gradientAccumulation = 3;
  s.stepSizeFactors = {{"L0.H*", 0.5}, {"unembed", 2}};
  s.rmspropDecay = 0.9;
  s.rmspropFloor = 1e-3;
  s.preconditioning = 0.75;
  s.rmspropAdaptsAlways = true;
  s.friction = 4;
  s.fixedEvaluationSamples = 100;
  s.targetStandardError = 0.1;
  s.maximalDraws = 60;
  s.initialLossBatches = 11;
  s.drawRule = DrawRule::FirstOfBlock;
  s.includeBurnIn = true;
  s.sharedMinibatches = true;
  return s;
}

} // namespace

Q_DECLARE_METATYPE(Change)

class TestLlcSettings : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyFieldGoesThroughJson() {
    const LlcSettings s = everythingChanged();
    QVERIFY(llcSettingsFromJson(toJson(s)) == s);
    const nlohmann::json changed = toJson(s), defaults = toJson(LlcSettings());
    QCOMPARE(changed.size(), std::size_t(33)); // as many as there are members
    for (const auto &[key, value] : changed.items())
      QVERIFY2(value != defaults.at(key), key.c_str());
  }

  /// What was stored before the later fields existed keeps its key, and reads as settings without them.
  void olderResultsKeepTheirKey() {
    const char *older =
        R"({"batchSize":64,"burnInSteps":100,"chainCount":4,"doublePrecision":false,"drawCount":150,)"
        R"("estimator":"paired","inverseTemperature":30.0,"localization":150.0,"sampleCount":2048,)"
        R"("sampler":"sgld","seed":0,"stepSize":0.0003,"stepsBetweenDraws":1})";
    const LlcSettings quick = llcPresets().front().settings;
    QVERIFY(llcSettingsFromJson(nlohmann::json::parse(older)) == quick);
    QCOMPARE(quick.hash(), hashOf(older));
  }

  void whatComputesTheSameHasOneHash() {
    LlcSettings a, b;
    b.temperatureRule = TemperatureRule::SamplesOverLog;
    QVERIFY(a.hash() != b.hash());
    b.inverseTemperature = a.inverseTemperature = 20;
    QCOMPARE(a.hash(), b.hash()); // a number is given: the rule does not act
    b.friction = 3;
    b.rmspropFloor = 7;
    b.maximalDraws = 9999;
    QCOMPARE(a.hash(), b.hash()); // nothing of these is SGLD's
    b.sampler = a.sampler = SamplerKind::Baoab;
    QVERIFY(a.hash() != b.hash());
  }

  void whatChangesTheResultChangesTheHash_data() {
    QTest::addColumn<Change>("change");
    const auto row = [](const char *name, Change change) { QTest::newRow(name) << change; };
    row("sampler", [](LlcSettings &s) { s.sampler = SamplerKind::Mala; });
    row("noise", [](LlcSettings &s) { s.noiseScale = 2; });
    row("weight decay", [](LlcSettings &s) { s.weightDecay = 1; });
    row("box", [](LlcSettings &s) { s.boundingBox = 1; });
    row("start", [](LlcSettings &s) { s.initialNoise = 1; });
    row("accumulation", [](LlcSettings &s) { s.gradientAccumulation = 2; });
    row("factors", [](LlcSettings &s) { s.stepSizeFactors = {{"*", 2}}; });
    row("evaluation set", [](LlcSettings &s) { s.fixedEvaluationSamples = 10; });
    row("target", [](LlcSettings &s) { s.targetStandardError = 1; });
    row("initial loss", [](LlcSettings &s) { s.initialLossBatches = 1; });
    row("draw rule", [](LlcSettings &s) { s.drawRule = DrawRule::FirstOfBlock; });
    row("burn-in", [](LlcSettings &s) { s.includeBurnIn = true; });
    row("minibatches", [](LlcSettings &s) { s.sharedMinibatches = true; });
  }
  void whatChangesTheResultChangesTheHash() {
    QFETCH(Change, change);
    LlcSettings s;
    s.inverseTemperature = 20; // so that it is not what differs
    const std::string before = s.hash();
    change(s);
    QVERIFY(s.hash() != before);
  }

  void theTemperatureFollowsItsRule() {
    LlcSettings s;
    s.batchSize = 100;
    QVERIFY(std::abs(s.effectiveInverseTemperature() - 100 / std::log(100.0)) < 1e-12);
    s.gradientAccumulation = 4;
    QVERIFY(std::abs(s.effectiveInverseTemperature() - 400 / std::log(400.0)) < 1e-12);
    s.temperatureRule = TemperatureRule::SamplesOverLog;
    s.sampleCount = 10'000;
    QVERIFY(std::abs(s.effectiveInverseTemperature() - 10'000 / std::log(10'000.0)) < 1e-9);
    s.inverseTemperature = 7;
    QCOMPARE(s.effectiveInverseTemperature(), 7.0);
  }

  void scalesSayWhatAStepDoes() {
    LlcSettings s;
    s.stepSize = 3e-4;
    s.localization = 2 * 1e-3 / 3e-4;
    s.inverseTemperature = 2 * 1e-2 / 3e-4; // the sweep of Hoogland et al.: gradient 1e-2, pull 1e-3
    QVERIFY(std::abs(s.scales().gradient - 1e-2) < 1e-15);
    QVERIFY(std::abs(s.scales().pull - 1e-3) < 1e-15);
    QCOMPARE(s.scales().noise, 3e-4);
  }

  void momentumRelaxesAtTheSlowerOfItsTwoRates() {
    LlcSettings s;
    s.stepSize = 1e-4;
    s.localization = 25;
    QVERIFY(std::abs(s.relaxationSteps() - 2 / (1e-4 * 25)) < 1e-9);
    s.sampler = SamplerKind::Baoab;
    s.friction = 26; // x'' + 26 x' + 25 x = 0 has the rates 1 and 25
    QVERIFY(std::abs(s.relaxationSteps() - 1 / 1e-2) < 1e-9);
    s.friction = 6; // underdamped: 3
    QVERIFY(std::abs(s.relaxationSteps() - 1 / (3 * 1e-2)) < 1e-9);
    s.localization = 0;
    QVERIFY(std::isinf(s.relaxationSteps()));
  }

  void eachProblemNamesItsFieldAndWhatWasFound_data() {
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("fatal");
    const auto row = [](const char *name, Change change, const char *field, const char *says, bool fatal = true) {
      QTest::newRow(name) << change << field << says << fatal;
    };
    row("noise", [](LlcSettings &s) { s.noiseScale = -1; }, "noiseScale", "0 or more; it is -1");
    row("no number", [](LlcSettings &s) { s.weightDecay = std::nan(""); }, "weightDecay", "it is nan");
    row("box", [](LlcSettings &s) { s.boundingBox = -0.5; }, "boundingBox", "it is -0.5");
    row("start", [](LlcSettings &s) { s.initialNoise = -2; }, "initialNoise", "it is -2");
    row("accumulation", [](LlcSettings &s) { s.gradientAccumulation = 0; }, "gradientAccumulation", "1 to 65536");
    row("factor", [](LlcSettings &s) { s.stepSizeFactors = {{"L0", 0}}; }, "stepSizeFactors", "factor of L0");
    row("nameless", [](LlcSettings &s) { s.stepSizeFactors = {{"", 1}}; }, "stepSizeFactors", "needs a component");
    row("decay", [](LlcSettings &s) { s.rmspropDecay = 1; }, "rmspropDecay", "below 1; it is 1");
    row("floor", [](LlcSettings &s) { s.rmspropFloor = 0; }, "rmspropFloor", "above 0");
    row("weight", [](LlcSettings &s) { s.preconditioning = 1.5; }, "preconditioning", "0 to 1; it is 1.5");
    row("friction", [](LlcSettings &s) { s.friction = 0; }, "friction", "above 0");
    row("evaluation", [](LlcSettings &s) { s.fixedEvaluationSamples = 9000; }, "fixedEvaluationSamples", "(8192)");
    row("initial loss", [](LlcSettings &s) { s.initialLossBatches = -1; }, "initialLossBatches", "asked for -1");
    row("target", [](LlcSettings &s) { s.targetStandardError = -1; }, "targetStandardError", "0 or more");
    row("cap", [](LlcSettings &s) { s.targetStandardError = 1, s.maximalDraws = 100; }, "maximalDraws", "(200)");
    row("mala, box", [](LlcSettings &s) { s.sampler = SamplerKind::Mala, s.boundingBox = 1; }, "boundingBox", "no box");
    row("mala, noise", [](LlcSettings &s) { s.sampler = SamplerKind::Mala, s.noiseScale = 2; }, "noiseScale",
        "mala keeps the temperature");
    row("sgnht, noise", [](LlcSettings &s) { s.sampler = SamplerKind::Sgnht, s.noiseScale = 0; }, "noiseScale",
        "sgnht keeps the temperature");
    row("advice: noise", [](LlcSettings &s) { s.noiseScale = 2; }, "noiseScale", "another temperature", false);
    row("advice: shared", [](LlcSettings &s) { s.sharedMinibatches = true; }, "sharedMinibatches", "understated",
        false);
    row("advice: burn-in", [](LlcSettings &s) { s.includeBurnIn = true; }, "includeBurnIn", "lower", false);
    row("advice: adaption",
        [](LlcSettings &s) { s.sampler = SamplerKind::RmspropSgld, s.rmspropAdaptsAlways = true; },
        "rmspropAdaptsAlways", "biased", false);
    row("advice: no adaption",
        [](LlcSettings &s) { s.sampler = SamplerKind::RmspropSgld, s.burnInSteps = 0, s.localization = 100; },
        "burnInSteps", "sgld at 10 times", false);
    row("advice: more steps than an integer holds", [](LlcSettings &s) { s.stepSize = 1e-200; }, "burnInSteps",
        "relax in about 2e+199 steps", false);
  }
  void eachProblemNamesItsFieldAndWhatWasFound() {
    QFETCH(Change, change);
    QFETCH(QString, field);
    QFETCH(QString, says);
    QFETCH(bool, fatal);
    LlcSettings s;
    s.burnInSteps = 2000; // else there is advice on these defaults
    QVERIFY(s.problems().empty());
    change(s);
    const auto problems = s.problems();
    QCOMPARE(problems.size(), std::size_t(1));
    QCOMPARE(QString::fromStdString(problems[0].field), field);
    QVERIFY2(QString::fromStdString(problems[0].sentence).contains(says), problems[0].sentence.c_str());
    QCOMPARE(problems[0].fatal, fatal);
  }

  void wrongJsonIsNamed() {
    const auto sentence = [](const char *text) {
      try {
        llcSettingsFromJson(nlohmann::json::parse(text));
      } catch (const Error &error) {
        return QString(error.what());
      }
      return QString();
    };
    QVERIFY(sentence(R"({"sampler": "hmc"})").contains("\"mala\", found \"hmc\""));
    QVERIFY(sentence(R"({"drawRule": 1})").contains("drawRule has the wrong type"));
    QVERIFY(sentence(R"({"friction": "much"})").contains("friction has the wrong type"));
    QVERIFY(sentence(R"({"stepSizeFactors": [{"pattern": "x"}]})").contains("pattern and factor"));
    QVERIFY(sentence("{}").isEmpty());
  }
};

QTEST_GUILESS_MAIN(TestLlcSettings)
#include "tst_llc_settings.moc"
