// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QString>

#include "app/jobs/training_process.h"
#include "app/session/run_session.h"

namespace evolute::app {

/// A real run made while one watches: a small transformer learns linear regression in context, λ̂ is estimated
/// as checkpoints land. The run stays in the user's data folder: starting the demo again resumes or reopens
/// it.
class DemoRun : public QObject {
  Q_OBJECT
public:
  static constexpr int kEstimates = 32; ///< checkpoints that get an estimate, spread over log time

  DemoRun(RunSession &session, TrainingProcess &training, QObject *parent = nullptr);

  static QString folder(); ///< where the demo run lives
  bool isShown() const;    ///< the open run is the demo
  QString stripText() const;

public Q_SLOTS:
  void start();

Q_SIGNALS:
  void shownChanged(bool shown);
  void failed(const QString &sentence);

private:
  void estimateWhatLanded();

  RunSession &m_session;
  TrainingProcess &m_training;
  QPointer<Job> m_job;
  bool m_shown = false;
  bool m_declined = false; ///< the user has cancelled the estimates: none until the demo is asked for again
};

} // namespace evolute::app
