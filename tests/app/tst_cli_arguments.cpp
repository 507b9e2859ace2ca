// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include "app/cli/console.h"
#include "app/cli/exit_code.h"
#include "app/cli/number_text.h"
#include "app/cli/parse_arguments.h"
#include "app/cli/selection.h"
#include "app/cli/settings_from_arguments.h"
#include "app/cli/text_table.h"
#include "core/error.h"

#include <nlohmann/json.hpp>

using namespace evolute;
using namespace evolute::app::cli;

namespace {

std::vector<std::string> words(const char *line) {
  std::vector<std::string> found;
  std::istringstream stream(line);
  for (std::string word; stream >> word;)
    found.push_back(word);
  return found;
}

Arguments parsed(const char *line) {
  return std::get<Arguments>(parseArguments(words(line)));
}

template <class Command> Command commandOf(const char *line) {
  return std::get<Command>(parsed(line).command);
}

/// The sentence that a refusal brings; empty when it is accepted.
template <class Failure, class Action> QString refusal(Action &&action) {
  try {
    action();
  } catch (const Failure &error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

using Steps = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

} // namespace

class TestCliArguments : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void tokenizeTakesSlicesAndOneVocabulary() {
    const auto asked = commandOf<TokenizeArguments>("tokenize a=x.txt a=y b=z --out d --vocabulary-size 300");
    QCOMPARE(asked.slices, (std::vector<std::string>{"a=x.txt", "a=y", "b=z"}));
    QCOMPARE(asked.vocabularySize, std::int64_t(300));
    QVERIFY(asked.vocabulary.empty());
    QCOMPARE(commandOf<TokenizeArguments>("tokenize a=x --out d --vocabulary v.model").vocabulary,
             std::filesystem::path("v.model"));
    QVERIFY_EXCEPTION_THROWN(parsed("tokenize a=x --out d --vocabulary v.model --vocabulary-size 300"), UsageError);
    QVERIFY_EXCEPTION_THROWN(parsed("tokenize --out d"), UsageError);
    QVERIFY(commandOf<InfoArguments>("info run --tensors --propose").proposeTensors);
    QVERIFY_EXCEPTION_THROWN(parsed("info run --propose"), UsageError);
  }

  void optionsOfLlcReachTheSettings();
  void rarerOptionsOfLlcReachTheSettings();
  void absentOptionsKeepThePreset();
  void everyTrainingSettingHasAnOption();
  void globalOptionsStandBeforeOrAfterTheCommand();
  void helpAndVersionAreAnswers();
  void whatCannotBeMeantIsRefused_data();
  void whatCannotBeMeantIsRefused();
  void theSamplerOfTheLargeNetworksMayBeNamed();
  void aPresetOfAnotherTaskIsRefused();
  void checkpointListsSelectSteps_data();
  void checkpointListsSelectSteps();
  void logSpacedCheckpointsHoldBothEnds();
  void wrongCheckpointListsSayWhy();
  void componentListsSelectComponents();
  void wrongComponentListsSayWhatThereIs();
  void tablesAlignNumbersRightAndWordsLeft();
  void numbersAreWrittenForPeople();
  void jsonProgressIsOneObjectALine();
  void theBarNeverWrapsALine();
  void jsonAndWordsNeverMeetOnStandardOutput();
};

void TestCliArguments::optionsOfLlcReachTheSettings() {
  const Arguments all =
      parsed("llc RUN --checkpoints 0,10 --components L0.H3,embed --slice github --preset quick "
             "--epsilon 1e-5 --gamma 3 --nbeta 20 --chains 7 --draws 11 --burn-in 13 --thinning 2 "
             "--batch 17 --samples 1000 --estimator plain --dtype float64 --seed 9");
  const auto &llc = std::get<LlcArguments>(all.command);
  QCOMPARE(llc.run, std::filesystem::path("RUN"));
  QCOMPARE(llc.checkpoints, "0,10");
  QCOMPARE(llc.components, (Names{"L0.H3", "embed"}));
  QCOMPARE(llc.slice, "github");
  std::vector<std::string> warnings;
  const core::LlcSettings s = settingsFromArguments(llc, all.global, warnings);
  core::LlcSettings expected;
  expected.stepSize = 1e-5;
  expected.localization = 3;
  expected.inverseTemperature = 20;
  expected.chainCount = 7;
  expected.drawCount = 11;
  expected.burnInSteps = 13;
  expected.stepsBetweenDraws = 2;
  expected.batchSize = 17;
  expected.sampleCount = 1000;
  expected.estimator = core::LlcEstimator::Plain;
  expected.doublePrecision = true;
  expected.seed = 9;
  QVERIFY(s == expected);
  QCOMPARE(warnings.size(), std::size_t(1)); // flat directions relax in 2 / (1e-5 * 3) steps
  QVERIFY(QString::fromStdString(warnings.front()).contains("66667"));
}

void TestCliArguments::rarerOptionsOfLlcReachTheSettings() {
  const Arguments all = parsed(
      "llc RUN --preset hoogland2024-lr --sampler rmsprop-sgld --nbeta-rule samples --noise 0.5 --weight-decay 0.25 "
      "--box 2 --initial-noise 0.125 --step-size-factors L0.H*=0.5,unembed=2e0 --accumulate 3 --friction 4 "
      "--rmsprop-decay 0.9 --rmsprop-floor 1e-3 --preconditioning 0.75 --adapt always --evaluation-samples 100 "
      "--init-loss-batches 11 --draw-rule first --target-se 0.1 --max-draws 6000 --shared-minibatches");
  std::vector<std::string> warnings;
  const core::LlcSettings s = settingsFromArguments(std::get<LlcArguments>(all.command), all.global, warnings);
  core::LlcSettings expected = core::llcPresets()[1].settings;
  expected.sampler = core::SamplerKind::RmspropSgld;
  expected.inverseTemperature = 0;
  expected.temperatureRule = core::TemperatureRule::SamplesOverLog;
  expected.noiseScale = 0.5;
  expected.weightDecay = 0.25;
  expected.boundingBox = 2;
  expected.initialNoise = 0.125;
  expected.stepSizeFactors = {{"L0.H*", 0.5}, {"unembed", 2}};
  expected.gradientAccumulation = 3;
  expected.friction = 4;
  expected.rmspropDecay = 0.9;
  expected.rmspropFloor = 1e-3;
  expected.preconditioning = 0.75;
  expected.rmspropAdaptsAlways = true;
  expected.fixedEvaluationSamples = 100;
  expected.initialLossBatches = 11;
  expected.drawRule = core::DrawRule::FirstOfBlock;
  expected.targetStandardError = 0.1;
  expected.maximalDraws = 6000;
  expected.sharedMinibatches = true;
  QVERIFY(s == expected);
  QCOMPARE(warnings.size(), std::size_t(3)); // temperature, adaption, shared minibatches
}

void TestCliArguments::absentOptionsKeepThePreset() {
  const Arguments all = parsed("llc RUN --draws 50");
  std::vector<std::string> warnings;
  const auto s = settingsFromArguments(std::get<LlcArguments>(all.command), all.global, warnings);
  core::LlcSettings expected = core::llcPresets().front().settings;
  expected.drawCount = 50;
  QVERIFY(s == expected);
  for (const core::LlcPreset &preset : core::llcPresets()) { // flags too: compat-devinterp-2 has two that are on
    const Arguments named = parsed(("llc RUN --preset " + preset.name).c_str());
    QVERIFY2(settingsFromArguments(std::get<LlcArguments>(named.command), named.global, warnings) == preset.settings,
             preset.name.c_str());
  }
  const auto batchesOf = [&](const char *line) {
    const Arguments given = parsed(line);
    return settingsFromArguments(std::get<LlcArguments>(given.command), given.global, warnings).initialLossBatches;
  };
  // L(w*) on as many minibatches as the peer takes: one a chain and accumulated minibatch, or 32
  QCOMPARE(batchesOf("llc RUN --preset compat-devinterp-1 --chains 3"), std::int64_t(3));
  QCOMPARE(batchesOf("llc RUN --preset compat-devinterp-1 --chains 3 --accumulate 2"), std::int64_t(6));
  QCOMPARE(batchesOf("llc RUN --preset compat-devinterp-2 --chains 2"), std::int64_t(64));
  QCOMPARE(batchesOf("llc RUN --preset compat-devinterp-2 --chains 2 --init-loss-batches 5"), std::int64_t(5));
  const auto train = commandOf<TrainArguments>("train linear-network --out DIR");
  QVERIFY(!train.noisyTargets && !train.doubledResidual);
  QCOMPARE(commandOf<TrainArguments>("train linear-network --out D --clean-targets").noisyTargets, std::optional(false));
}

void TestCliArguments::everyTrainingSettingHasAnOption() {
  const Arguments all = parsed(
      "train icl-regression --out DIR --steps 5 --batch 6 --learning-rate 0.1 --schedule constant --seed 7 "
      "--linear-checkpoints 8 --log-checkpoints 9 --log-every 10 --task-dimension 11 --pairs 12 --width 14 "
      "--heads 13 "
      "--layers 15 --tasks 17 --task-seed 18 --noise-variance 0.5 --doubled-residual");
  const core::TrainSettings s = settingsFromArguments(std::get<TrainArguments>(all.command), all.global, {});
  QCOMPARE(s.task, "icl-regression");
  QCOMPARE(s.steps, 5);
  QCOMPARE(s.batchSize, 6);
  QCOMPARE(s.learningRate, 0.1);
  QCOMPARE(s.schedule, "constant");
  QCOMPARE(s.seed, 7u);
  QCOMPARE(s.linearCheckpoints, 8);
  QCOMPARE(s.logarithmicCheckpoints, 9);
  QCOMPARE(s.logEvery, 10);
  QCOMPARE(s.taskDimension, 11);
  QCOMPARE(s.contextPairs, 12);
  QCOMPARE(s.heads, 13);
  QCOMPARE(s.modelWidth, 14);
  QCOMPARE(s.layers, 15);
  QCOMPARE(s.noiseVariance, 0.5);
  QCOMPARE(s.taskCount, 17);
  QCOMPARE(s.taskSeed, 18u);
  QCOMPARE(s.doubledResidual, true);

  const Arguments linear = parsed("train linear-network --out DIR --widths 6,5,4 --rank 1 --training-samples 16 "
                                  "--noisy-targets");
  const core::TrainSettings l = settingsFromArguments(std::get<TrainArguments>(linear.command), linear.global, {});
  QCOMPARE(l.widths, (Steps{6, 5, 4}));
  QCOMPARE(l.rank, 1);
  QCOMPARE(l.trainingSamples, 16);
  QCOMPARE(l.noisyTargets, true);
}

void TestCliArguments::globalOptionsStandBeforeOrAfterTheCommand() {
  for (const char *line : {"--json --quiet --device cuda:1 --threads 3 --seed 4 --progress json info RUN",
                           "info RUN --json --quiet --device cuda:1 --threads 3 --seed 4 --progress json"}) {
    const GlobalArguments global = parsed(line).global;
    QVERIFY(global.json && global.quiet);
    QCOMPARE(global.device, "cuda:1");
    QCOMPARE(global.threads, 3);
    QCOMPARE(global.seed, std::optional<std::uint64_t>(4));
    QCOMPARE(global.progress, ProgressStyle::Json);
  }
  const GlobalArguments untouched = parsed("doctor").global;
  QVERIFY(!untouched.json && !untouched.quiet && !untouched.seed);
  QCOMPARE(untouched.device, "auto");
  QCOMPARE(untouched.progress, ProgressStyle::Automatic);
}

void TestCliArguments::helpAndVersionAreAnswers() {
  const auto text = [](const char *line) {
    return QString::fromStdString(std::get<TextAnswer>(parseArguments(words(line))).text);
  };
  for (const char *command : {"doctor", "train", "info", "llc", "ed", "validate", "bench", "table"})
    QVERIFY2(text("--help").contains(command), command);
  QVERIFY(text("llc --help").contains("--burn-in"));
  QCOMPARE(text("--version"), QString("evolute-cli %1\n").arg(EVOLUTE_VERSION));
}

void TestCliArguments::whatCannotBeMeantIsRefused_data() {
  QTest::addColumn<QByteArray>("line");
  QTest::addColumn<QString>("says");
  QTest::newRow("no command") << QByteArray("") << "subcommand";
  QTest::newRow("unknown command") << QByteArray("frobnicate RUN") << ", found frobnicate";
  QTest::newRow("unknown option") << QByteArray("llc RUN --epsilom 1") << "--epsilom";
  QTest::newRow("no run") << QByteArray("llc") << "RUN";
  QTest::newRow("no number") << QByteArray("llc RUN --chains many") << "--chains";
  QTest::newRow("no chains") << QByteArray("llc RUN --chains 0")
                             << "expected a whole number from 1 to 2147483647, found 0";
  QTest::newRow("one draw") << QByteArray("llc RUN --draws 1") << "from 2 to 2147483647, found 1";
  QTest::newRow("half a chain") << QByteArray("llc RUN --chains 1.5") << "--chains";
  QTest::newRow("estimator") << QByteArray("llc RUN --estimator both") << "--estimator";
  QTest::newRow("dtype") << QByteArray("llc RUN --dtype int8") << "--dtype";
  QTest::newRow("sampler") << QByteArray("llc RUN --sampler hmc") << "--sampler";
  QTest::newRow("error of nothing") << QByteArray("bench --relative-error 0") << "--relative-error";
  QTest::newRow("sampler to check") << QByteArray("validate --sampler hmc") << "--sampler";
  QTest::newRow("large networks by another sampler") << QByteArray("validate --full --sampler mala")
                                                     << "checked with sgld alone, found --sampler mala";
  QTest::newRow("settings and a sampler") << QByteArray("validate --settings quick --sampler sgld")
                                          << "--sampler excludes --settings";
  QTest::newRow("large networks and settings") << QByteArray("validate --full --settings quick") << "excludes";
  QTest::newRow("rule and number") << QByteArray("llc RUN --nbeta 3 --nbeta-rule batch") << "--nbeta";
  QTest::newRow("factor") << QByteArray("llc RUN --step-size-factors L0=half") << "GLOB=NUMBER";
  QTest::newRow("mala with a box") << QByteArray("llc RUN --sampler mala --box 1") << "mala has no box";
  QTest::newRow("task") << QByteArray("train chess --out DIR") << "TASK";
  QTest::newRow("no tasks") << QByteArray("train icl-regression --out DIR --tasks 0") << "--tasks";
  QTest::newRow("option of another task") << QByteArray("train linear-network --out DIR --heads 3")
                                          << "--heads: is an option of icl-regression, language-model, found with linear-network";
  QTest::newRow("more than an int") << QByteArray("llc RUN --draws 1000000000000") << "to 2147483647, found 1000000000000";
  QTest::newRow("more than 64 bits") << QByteArray("train linear-network --out DIR --steps 99999999999999999999")
                                     << "found 99999999999999999999";
  QTest::newRow("seed of 65 bits") << QByteArray("llc RUN --seed 18446744073709551616") << "found 18446744073709551616";
  QTest::newRow("no memory") << QByteArray("llc RUN --memory nan") << "expected GiB from 0 to 1e6, found nan";
  QTest::newRow("no out") << QByteArray("train linear-network") << "--out";
  QTest::newRow("progress") << QByteArray("llc RUN --progress loud") << "--progress";
  QTest::newRow("threads") << QByteArray("llc RUN --threads -1") << "--threads";
  QTest::newRow("seed") << QByteArray("llc RUN --seed x") << "--seed";
  QTest::newRow("negative seed") << QByteArray("llc RUN --seed -1") << "from 0 to 18446744073709551615, found -1";
  QTest::newRow("unknown preset") << QByteArray("llc RUN --preset best") << "there is no preset \"best\"";
  QTest::newRow("step size 0") << QByteArray("llc RUN --epsilon 0") << "step size must be above 0";
  QTest::newRow("negative pull") << QByteArray("llc RUN --gamma -1") << "localization must be 0 or more";
  QTest::newRow("batch beyond data") << QByteArray("llc RUN --batch 64 --samples 32") << "at least one batch";
}

void TestCliArguments::whatCannotBeMeantIsRefused() {
  QFETCH(QByteArray, line);
  QFETCH(QString, says);
  const QString sentence = refusal<UsageError>([&] {
    const Arguments all = parsed(line);
    std::vector<std::string> warnings;
    settingsFromArguments(std::get<LlcArguments>(all.command), all.global, warnings);
  });
  QVERIFY2(sentence.contains(says), qPrintable(sentence));
  QVERIFY2(!sentence.contains('\n'), qPrintable(sentence));
}

void TestCliArguments::theSamplerOfTheLargeNetworksMayBeNamed() {
  QVERIFY(commandOf<ValidateArguments>("validate --full --sampler sgld").full);
  QCOMPARE(commandOf<ValidateArguments>("validate --sampler mala").sampler, "mala");
  QCOMPARE(commandOf<ValidateArguments>("validate --settings quick").settings, "quick");
  const auto own = commandOf<ValidateArguments>("validate RUN --settings mine --curvature 3");
  QVERIFY(own.run == "RUN" && own.settings == "mine" && own.curvature == 3.0);
}

void TestCliArguments::aPresetOfAnotherTaskIsRefused() {
  core::TrainPreset demo{"demo", "", {}};
  demo.settings.steps = 77;
  const auto settings = [&](const char *line) {
    const Arguments all = parsed(line);
    return settingsFromArguments(std::get<TrainArguments>(all.command), all.global, {demo});
  };
  QCOMPARE(settings("train icl-regression --out D --preset demo").steps, 77);
  QCOMPARE(settings("train icl-regression --out D --preset demo --steps 5").steps, 5);
  QVERIFY(refusal<UsageError>([&] {
            settings("train linear-network --out D --preset demo");
          }).contains("is a preset of icl-regression, not of linear-network"));
  QVERIFY(
      refusal<UsageError>([&] { settings("train linear-network --out D --preset nil"); }).contains("demo"));
}

void TestCliArguments::checkpointListsSelectSteps_data() {
  QTest::addColumn<QByteArray>("list");
  QTest::addColumn<QList<qint64>>("expected");
  QTest::newRow("all") << QByteArray("all") << QList<qint64>{0, 1, 10, 100, 1000};
  QTest::newRow("steps, in any order, once each") << QByteArray("100,0,100") << QList<qint64>{0, 100};
  QTest::newRow("ends") << QByteArray("first,last") << QList<qint64>{0, 1000};
  QTest::newRow("one in log time is the last") << QByteArray("log:1") << QList<qint64>{1000};
  QTest::newRow("two in log time are the ends") << QByteArray("log:2") << QList<qint64>{0, 1000};
  // middle of log(1) and log(1001) is log(31.6): step 10 (log 11) is 1.06 away, step 100 (log 101) 1.16
  QTest::newRow("three in log time") << QByteArray("log:3") << QList<qint64>{0, 10, 1000};
  QTest::newRow("more than there are") << QByteArray("log:50") << QList<qint64>{0, 1, 10, 100, 1000};
}

void TestCliArguments::checkpointListsSelectSteps() {
  QFETCH(QByteArray, list);
  QFETCH(QList<qint64>, expected);
  QCOMPARE(selectSteps(list.toStdString(), {0, 1, 10, 100, 1000}), Steps(expected.begin(), expected.end()));
}

void TestCliArguments::logSpacedCheckpointsHoldBothEnds() {
  Steps available;
  for (std::int64_t step = 0; step <= 20000; step += 100)
    available.push_back(step);
  for (int count = 2; count < 60; ++count) {
    const Steps chosen = selectSteps("log:" + std::to_string(count), available);
    QCOMPARE(chosen.front(), 0);
    QCOMPARE(chosen.back(), 20000);
    QVERIFY(std::is_sorted(chosen.begin(), chosen.end()));
    QVERIFY(chosen.size() <= std::size_t(count));
  }
}

void TestCliArguments::wrongCheckpointListsSayWhy() {
  const auto select = [](const char *list) { return [list] { selectSteps(list, {0, 10, 100}); }; };
  QVERIFY(refusal<UsageError>(select("some")).contains("\"some\""));
  QVERIFY(refusal<UsageError>(select("log:0")).contains("1 or more"));
  QVERIFY(refusal<UsageError>(select("log:x")).contains("log:x"));
  QVERIFY(refusal<UsageError>(select("")).contains("empty"));
  const QString absent = refusal<core::Error>(select("0,50"));
  QVERIFY2(absent.contains("no checkpoint at step 50") && absent.contains("nearest is 100"),
           qPrintable(absent));
}

void TestCliArguments::componentListsSelectComponents() {
  const Names available = {"all", "embed", "L0.H0", "L0.H1", "L0.mlp", "L1.H0", "L11.H10"};
  QCOMPARE(selectComponents({"all"}, available), (Names{"all"}));
  QCOMPARE(selectComponents({"heads"}, available), (Names{"L0.H0", "L0.H1", "L1.H0", "L11.H10"}));
  QCOMPARE(selectComponents({"L1.H0", "heads", "embed", "embed"}, available),
           (Names{"L1.H0", "L0.H0", "L0.H1", "L11.H10", "embed"}));
}

void TestCliArguments::wrongComponentListsSayWhatThereIs() {
  const QString unknown = refusal<core::Error>([] { selectComponents({"L9.H9"}, {"all", "W1"}); });
  QVERIFY2(unknown.contains("\"L9.H9\"") && unknown.contains("all, W1"), qPrintable(unknown));
  QVERIFY(refusal<core::Error>([] {
            selectComponents({"heads"}, {"all", "W1"});
          }).contains("no attention heads"));
}

void TestCliArguments::tablesAlignNumbersRightAndWordsLeft() {
  TextTable table({"step", "λ", "verdict"});
  table.addRow({"9", "1.25", "ok"});
  table.addRow({"1,000", "-", "diverged"});
  // λ takes two bytes and one column
  QCOMPARE(table.text(), std::string(" step     λ  verdict\n"
                                     "    9  1.25  ok\n"
                                     "1,000     -  diverged\n"));
}

void TestCliArguments::numbersAreWrittenForPeople() {
  QCOMPARE(numberText(3.14159), "3.142");
  QCOMPARE(numberText(std::nan("")), "-");
  QCOMPARE(countText(1048576), "1,048,576");
  QCOMPARE(countText(-999), "-999");
  QCOMPARE(countText(-1000), "-1,000");
  QCOMPARE(durationText(59.4), "59 s");
  QCOMPARE(durationText(59.6), "1 min 00 s");
  QCOMPARE(durationText(3600 + 12 * 60), "1 h 12 min");
  QCOMPARE(pluralText(1, "estimate"), "1 estimate");
  QCOMPARE(pluralText(0, "estimate"), "0 estimates");
}

void TestCliArguments::jsonProgressIsOneObjectALine() {
  std::ostringstream err;
  {
    ProgressReporter progress(ProgressStyle::Json, err, 80);
    progress.report(0, 4, "a \"quoted\" name");
    progress.report(1.5, 4, "estimates", 12.5); // within the interval: may be left out
    progress.report(4, 4, "last", 0);
  }
  const QList<QByteArray> lines = QByteArray::fromStdString(err.str()).trimmed().split('\n');
  for (const QByteArray &line : lines) {
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    QCOMPARE(object.keys(), (QStringList{"done", "seconds_left", "total", "what"}));
  }
  const QJsonObject first = QJsonDocument::fromJson(lines.first()).object();
  QVERIFY(first["seconds_left"].isNull());
  QCOMPARE(first["what"].toString(), "a \"quoted\" name");
  const QJsonObject last = QJsonDocument::fromJson(lines.last()).object();
  QCOMPARE(last["done"].toInteger(), 4);
  QCOMPARE(last["seconds_left"].toDouble(), 0.0);
}

void TestCliArguments::theBarNeverWrapsALine() {
  std::ostringstream err;
  {
    ProgressReporter progress(ProgressStyle::Bar, err, 40);
    progress.report(10, 10, "a description far too long for a terminal as narrow as this one");
  }
  const QString shown = QString::fromStdString(err.str());
  QVERIFY(shown.contains("100 %"));
  for (const QString &line : shown.split('\r'))
    QVERIFY2(QString(line).remove("\x1b[K").size() < 40, qPrintable(line));
  QVERIFY(shown.endsWith("\r\x1b[K")); // taken away at the end
}

void TestCliArguments::jsonAndWordsNeverMeetOnStandardOutput() {
  for (const bool json : {false, true}) {
    std::ostringstream out, err;
    GlobalArguments global;
    global.json = json;
    global.quiet = true;
    global.progress = ProgressStyle::Bar;
    Console console(global, out, err);
    console.print("words\n");
    console.progress().report(1, 2, "work");
    console.note("a remark");
    console.document({{"nan", std::nan("")}, {"path", "\xff"}});
    if (json) {
      const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(out.str()));
      QVERIFY(document.isObject());
      QVERIFY(document.object()["nan"].isNull());
    } else {
      QCOMPARE(out.str(), "words\n");
    }
    QCOMPARE(err.str(), ""); // --quiet wins over --progress
    console.error("what is wrong");
    QCOMPARE(err.str(), "evolute-cli: what is wrong\n");
  }
}

QTEST_GUILESS_MAIN(TestCliArguments)
#include "tst_cli_arguments.moc"
