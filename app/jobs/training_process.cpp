// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/training_process.h"

#include <cmath>
#include <utility>

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>

#include "app/jobs/platform.h"

namespace evolute::app {

namespace {
constexpr int kInterrupted = 130; // exit code of the command line after Ctrl-C
constexpr int kGoodbyeMs = 2000;  // for the checkpoint being written when the window closes
constexpr auto kProgram = "evolute-cli";

QString findProgram() {
  const QString name = QString::fromLatin1(kProgram);
  const QString beside = QStandardPaths::findExecutable(name, {QCoreApplication::applicationDirPath()});
  return beside.isEmpty() ? QStandardPaths::findExecutable(name) : beside;
}

QString number(double value) {
  return QString::number(value, 'g', 17);
}
} // namespace

TrainingProcess::TrainingProcess(const QString &program, QObject *parent)
    : QObject(parent), m_program(program), m_process(this) {
  m_process.setStandardOutputFile(QProcess::nullDevice());
  connect(&m_process, &QProcess::readyReadStandardError, this, &TrainingProcess::readErrors);
  connect(&m_process, &QProcess::started, this, [this] { Q_EMIT started(m_folder); });
  connect(&m_process, &QProcess::finished, this, &TrainingProcess::report);
  connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) // every other one ends in finished()
      Q_EMIT failed(tr("%1 cannot be started: %2.").arg(m_process.program(), m_process.errorString()));
  });
}

TrainingProcess::~TrainingProcess() {
  if (!isRunning())
    return;
  m_process.disconnect(this);
  stop();
  if (!m_process.waitForFinished(kGoodbyeMs))
    m_process.kill();
  m_process.waitForFinished(kGoodbyeMs);
}

void TrainingProcess::start(const core::TrainSettings &settings, const QString &folder, const QString &dataFile) {
  if (isRunning()) {
    Q_EMIT failed(tr("Training into %1 is still running; stop it first.").arg(m_folder));
    return;
  }
  const QString program = m_program.isEmpty() ? findProgram() : m_program;
  if (program.isEmpty()) {
    Q_EMIT failed(
        tr("%1 was found neither beside this program nor on the path.").arg(QLatin1String(kProgram)));
    return;
  }
  for (const auto &problem : settings.problems()) {
    if (problem.fatal) {
      Q_EMIT failed(QString::fromStdString(problem.sentence));
      return;
    }
  }
  m_folder = folder;
  m_partial.clear();
  m_lastWords.clear();
  m_progress = {0, settings.steps, {}, std::nan("")};
  m_stopping = false;
  m_process.start(program, arguments(settings, folder, dataFile));
}

void TrainingProcess::stop() {
  if (!isRunning())
    return;
  m_stopping = true;
  // Not QProcess::terminate(): that is SIGTERM, while the command line promises to stop cleanly on SIGINT.
  if (!interruptProcess(m_process.processId()))
    m_process.terminate();
}

QStringList TrainingProcess::arguments(const core::TrainSettings &settings, const QString &folder,
                                       const QString &dataFile) {
  QStringList list{QStringLiteral("train"), QString::fromStdString(settings.task)};
  const auto add = [&list](const char *option, const QString &value) {
    list << QLatin1String(option) << value;
  };
  const auto integer = [](auto value) { return QString::number(qlonglong(value)); };
  add("--out", folder);
  add("--progress", QStringLiteral("json"));
  add("--steps", integer(settings.steps));
  add("--batch", integer(settings.batchSize));
  add("--learning-rate", number(settings.learningRate));
  add("--weight-decay", number(settings.weightDecay));
  add("--gradient-clip", number(settings.gradientClip));
  add("--schedule", QString::fromStdString(settings.schedule));
  add("--seed", QString::number(qulonglong(settings.seed)));
  add("--linear-checkpoints", integer(settings.linearCheckpoints));
  add("--log-checkpoints", integer(settings.logarithmicCheckpoints));
  add("--log-every", integer(settings.logEvery));
  if (settings.task == "linear-network") {
    QStringList widths;
    for (const auto width : settings.widths)
      widths << integer(width);
    add("--widths", widths.join(QLatin1Char(',')));
    add("--rank", integer(settings.rank));
    add("--training-samples", integer(settings.trainingSamples));
    list << (settings.noisyTargets ? QStringLiteral("--noisy-targets") : QStringLiteral("--clean-targets"));
    return list;
  }
  add("--width", integer(settings.modelWidth));
  add("--heads", integer(settings.heads));
  add("--layers", integer(settings.layers));
  if (settings.task == "language-model") {
    add("--data", dataFile);
    add("--vocabulary-size", integer(settings.language.vocabulary));
    add("--context", integer(settings.language.context));
    add("--positions", QString::fromStdString(settings.language.positions));
    add("--evaluation-sequences", integer(settings.language.evaluationSequences));
  } else {
    add("--task-dimension", integer(settings.taskDimension));
    add("--pairs", integer(settings.contextPairs));
    add("--noise-variance", number(settings.noiseVariance));
    list << (settings.doubledResidual ? QStringLiteral("--doubled-residual")
                                      : QStringLiteral("--single-residual"));
  }
  return list;
}

void TrainingProcess::readErrors() {
  m_partial += m_process.readAllStandardError();
  for (auto end = m_partial.indexOf('\n'); end >= 0; end = m_partial.indexOf('\n')) {
    readLine(m_partial.left(end));
    m_partial.remove(0, end + 1);
  }
}

void TrainingProcess::readLine(const QByteArray &line) {
  const QJsonDocument document = QJsonDocument::fromJson(line);
  const QJsonObject object = document.object();
  if (!document.isObject() || !object.contains(QLatin1String("done"))) {
    if (!line.trimmed().isEmpty())
      m_lastWords = QString::fromUtf8(line.trimmed());
    return;
  }
  m_progress.done = object[QLatin1String("done")].toInteger();
  m_progress.total = object[QLatin1String("total")].toInteger(m_progress.total);
  m_progress.what = object[QLatin1String("what")].toString();
  m_progress.secondsLeft = object[QLatin1String("seconds_left")].toDouble(std::nan(""));
  Q_EMIT progressed(m_progress);
}

void TrainingProcess::report(int exitCode, QProcess::ExitStatus status) {
  readErrors();
  if (!m_partial.isEmpty()) // a last line without its end
    readLine(std::exchange(m_partial, {}));
  if (status == QProcess::NormalExit && exitCode == 0) {
    // Asked to stop in its last moments it may have finished all the same: the folder is what counts.
    Q_EMIT finished(m_folder);
  } else if (m_stopping && (exitCode == kInterrupted || status == QProcess::CrashExit)) {
    Q_EMIT stopped(m_folder);
  } else if (status == QProcess::CrashExit) {
    Q_EMIT failed(m_lastWords.isEmpty() ? tr("Training was ended from outside or crashed.")
                                        : tr("Training crashed: %1").arg(m_lastWords));
  } else {
    Q_EMIT failed(m_lastWords.isEmpty() ? tr("Training ended with exit code %1 and no message.").arg(exitCode)
                                        : m_lastWords);
  }
}

} // namespace evolute::app
