// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QObject>
#include <QProcess>
#include <QString>
#include <QStringList>

#include "core/training/trainer.h"

namespace evolute::app {

/// One training run, in a process of its own: `evolute-cli train`. The window sees its folder grow through
/// the run watcher like any other run. Stopping lets it finish the checkpoint it writes; the run can be
/// resumed.
class TrainingProcess : public QObject {
  Q_OBJECT
public:
  struct Progress {
    std::int64_t done = 0, total = 0; ///< training steps
    QString what;
    double secondsLeft = 0; ///< NaN when unknown
  };

  /// `program`: empty = evolute-cli beside the running program, else on the path.
  explicit TrainingProcess(const QString &program = {}, QObject *parent = nullptr);
  /// Stops the process and gives it two seconds to finish its checkpoint.
  ~TrainingProcess() override;

  /// `dataFile`: what the slices of a language model were read from (readLanguageData); else not looked at.
  void start(const core::TrainSettings &settings, const QString &folder, const QString &dataFile = {});
  void stop();
  bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
  QString folder() const { return m_folder; }
  const Progress &progress() const { return m_progress; }

  static QStringList arguments(const core::TrainSettings &settings, const QString &folder,
                               const QString &dataFile = {});

Q_SIGNALS:
  void started(const QString &folder);
  void progressed(const evolute::app::TrainingProcess::Progress &progress);
  void finished(const QString &folder); ///< all steps done
  void stopped(const QString &folder);  ///< by stop(): what is on disk is whole
  void failed(const QString &sentence);

private:
  void readErrors();
  void readLine(const QByteArray &line);
  void report(int exitCode, QProcess::ExitStatus status);

  QString m_program;
  QString m_folder;
  QProcess m_process;
  QByteArray m_partial; // unterminated line of its standard error
  QString m_lastWords;  // last line that was not progress
  Progress m_progress;
  bool m_stopping = false;
};

} // namespace evolute::app
