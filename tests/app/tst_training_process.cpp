// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <memory>
#include <tuple>
#include <variant>

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/cli/parse_arguments.h"
#include "app/cli/settings_from_arguments.h"
#include "app/jobs/training_process.h"
#include "core/data/token_writer.h"
#include "core/training/language_data.h"

using namespace evolute;
using namespace evolute::app;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure

/// A program that stands in for the command line.
class Script {
public:
  explicit Script(const QByteArray &body) {
    QFile file(path());
    if (!file.open(QIODevice::WriteOnly))
      qFatal("no place for the script");
    file.write("#!/bin/sh\n" + body);
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  }
  QString path() const { return m_dir.filePath(QStringLiteral("program")); }
  QString folder() const { return m_dir.filePath(QStringLiteral("run")); }

private:
  QTemporaryDir m_dir;
};

core::TrainSettings unusualRegression() {
  core::TrainSettings s;
  s.steps = 1234;
  s.batchSize = 17;
  s.learningRate = 0.1 + 0.2; // needs all its digits
  s.schedule = "constant";
  s.seed = 18'446'744'073'709'551'615ULL;
  s.linearCheckpoints = 3;
  s.logarithmicCheckpoints = 5;
  s.logEvery = 7;
  s.taskDimension = 3;
  s.contextPairs = 6;
  s.modelWidth = 32;
  s.heads = 2;
  s.layers = 1;
  s.noiseVariance = 1.0 / 3.0;
  s.doubledResidual = true;
  return s;
}

core::TrainSettings unusualNetwork() {
  core::TrainSettings s;
  s.task = "linear-network";
  s.widths = {4, 3, 2, 7};
  s.rank = 1;
  s.trainingSamples = 999;
  s.noisyTargets = true;
  return s;
}

core::TrainSettings unusualLanguage(const QString &tokens) {
  core::TrainSettings s;
  s.task = "language-model";
  s.steps = 99;
  s.weightDecay = 1.0 / 7.0;
  s.gradientClip = 0.3;
  s.modelWidth = 24;
  s.heads = 3;
  s.layers = 5;
  s.language.context = 11;
  s.language.positions = "standard";
  s.language.evaluationSequences = 6;
  core::LanguageData data =
      core::readLanguageData(tokens.toStdString(), 50, s.language.context, s.language.evaluationSequences);
  s.language.data = data.slices;
  s.language.vocabulary = data.vocabulary;
  return s;
}

auto fieldsOf(const core::TrainSettings &s) {
  return std::tuple(s.task, s.steps, s.batchSize, s.learningRate, s.schedule, s.seed, s.linearCheckpoints,
                    s.logarithmicCheckpoints, s.logEvery, s.taskDimension, s.contextPairs, s.modelWidth,
                    s.heads, s.layers, s.noiseVariance, s.doubledResidual, s.widths, s.rank,
                    s.trainingSamples, s.noisyTargets, s.weightDecay, s.gradientClip, s.language.context,
                    s.language.positions, s.language.evaluationSequences, s.language.vocabulary,
                    s.language.data);
}

} // namespace

class TestTrainingProcess : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theCommandLineUnderstandsEverySetting() {
    const QTemporaryDir folder;
    const QString tokens = folder.filePath(QStringLiteral("tokens.npy"));
    core::TokenWriter writer(tokens.toStdString(), 50);
    writer.add(std::vector<std::int32_t>(200, 7));
    writer.commit();
    for (const auto &settings :
         {core::TrainSettings(), unusualRegression(), unusualNetwork(), unusualLanguage(tokens)}) {
      const QStringList words =
          TrainingProcess::arguments(settings, QStringLiteral("/some where/run"), tokens);
      std::vector<std::string> list;
      for (const auto &word : words)
        list.push_back(word.toStdString());
      const auto parsed = std::get<cli::Arguments>(cli::parseArguments(list));
      const auto &train = std::get<cli::TrainArguments>(parsed.command);
      QVERIFY(fieldsOf(cli::settingsFromArguments(train, parsed.global, core::trainPresets())) ==
              fieldsOf(settings));
      QVERIFY(train.out == "/some where/run");
    }
  }

  void progressIsReadLineByLine() {
    const Script script("printf '{\"done\":1,\"total\":4,\"wh' >&2\n"
                        "sleep 0.1\n" // a line may come in two pieces
                        "printf 'at\":\"loss 2\",\"seconds_left\":null}\\n' >&2\n"
                        "printf '{\"done\":4,\"total\":4,\"what\":\"loss 1\",\"seconds_left\":0.5}' >&2\n");
    TrainingProcess training(script.path());
    std::vector<TrainingProcess::Progress> seen;
    connect(&training, &TrainingProcess::progressed, this,
            [&](const auto &progress) { seen.push_back(progress); });
    QSignalSpy started(&training, &TrainingProcess::started), finished(&training, &TrainingProcess::finished);
    training.start({}, script.folder());
    QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kPatience);
    QCOMPARE(started.size(), 1);
    QCOMPARE(finished[0][0].toString(), script.folder());
    QCOMPARE(seen.size(), 2u);
    QCOMPARE(seen[0].done, 1);
    QCOMPARE(seen[0].what, QStringLiteral("loss 2"));
    QVERIFY(std::isnan(seen[0].secondsLeft));
    QCOMPARE(seen[1].secondsLeft, 0.5);
    QVERIFY(!training.isRunning());
  }

  void aFailureIsTheSentenceOfTheProgram() {
    const Script script("echo '{\"done\":1,\"total\":4}' >&2\n"
                        "echo 'The folder holds another run.' >&2\nexit 3\n");
    TrainingProcess training(script.path());
    QSignalSpy failed(&training, &TrainingProcess::failed);
    training.start({}, script.folder());
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
    QCOMPARE(failed[0][0].toString(), QStringLiteral("The folder holds another run."));
  }

  void aCrashAndASilentFailureHaveSentencesToo() {
    const Script crash("kill -SEGV $$\n"), silent("exit 70\n");
    for (const Script *script : {&crash, &silent}) {
      TrainingProcess training(script->path());
      QSignalSpy failed(&training, &TrainingProcess::failed);
      training.start({}, script->folder());
      QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
      QVERIFY(!failed[0][0].toString().isEmpty());
    }
  }

  void stoppingIsAsCtrlCAndLetsItFinish() {
    // Ends as the command line does; the last line shows that it had the time to.
    const Script script("trap 'sleep 0.2; echo \\{\\\"done\\\":3,\\\"total\\\":9\\} >&2; exit 130' INT\n"
                        "echo '{\"done\":1,\"total\":9}' >&2\n"
                        "while true; do sleep 0.05; done\n");
    TrainingProcess training(script.path());
    QSignalSpy progressed(&training, &TrainingProcess::progressed),
        stopped(&training, &TrainingProcess::stopped), failed(&training, &TrainingProcess::failed);
    training.start({}, script.folder());
    QTRY_COMPARE_WITH_TIMEOUT(progressed.size(), 1, kPatience);
    training.stop();
    QTRY_COMPARE_WITH_TIMEOUT(stopped.size(), 1, kPatience);
    QCOMPARE(training.progress().done, 3);
    QVERIFY(failed.empty());
  }

  void whatCannotStartIsOneSentence() {
    TrainingProcess missing(QStringLiteral("/nowhere/evolute-cli"));
    QSignalSpy failed(&missing, &TrainingProcess::failed);
    missing.start({}, QStringLiteral("/tmp/x"));
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
    QVERIFY(failed[0][0].toString().contains(QLatin1String("/nowhere/evolute-cli")));

    const Script script("exit 0\n");
    TrainingProcess training(script.path());
    QSignalSpy bad(&training, &TrainingProcess::failed);
    core::TrainSettings settings;
    settings.steps = -1;
    training.start(settings, script.folder());
    QCOMPARE(bad.size(), 1);
    QVERIFY(!training.isRunning());
  }

  void closingTheWindowStopsIt() {
    const Script script("trap 'echo gone > \"$(dirname \"$0\")/gone\"; exit 130' INT\n"
                        "echo '{\"done\":1,\"total\":9}' >&2\n"
                        "while true; do sleep 0.05; done\n");
    auto training = std::make_unique<TrainingProcess>(script.path());
    QSignalSpy progressed(training.get(), &TrainingProcess::progressed);
    training->start({}, script.folder());
    QTRY_COMPARE_WITH_TIMEOUT(progressed.size(), 1, kPatience);
    training.reset();
    QVERIFY(QFile::exists(script.path().chopped(7) + QStringLiteral("gone")));
  }
};

QTEST_GUILESS_MAIN(TestTrainingProcess)
#include "tst_training_process.moc"
