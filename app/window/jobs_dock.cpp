// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/jobs_dock.h"

#include <QDir>

#include "app/window/plain_text.h"
#include "widgets/panels/jobs_strip.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

const QString kTrainingId = u"training"_s;

widgets::JobPhase phaseOf(JobState state) {
  switch (state) {
  case JobState::Queued:
    return widgets::JobPhase::Queued;
  case JobState::Running:
    return widgets::JobPhase::Running;
  case JobState::Paused:
    return widgets::JobPhase::Paused;
  case JobState::Finished:
    return widgets::JobPhase::Finished;
  case JobState::Failed:
    return widgets::JobPhase::Failed;
  case JobState::Cancelled:
    return widgets::JobPhase::Cancelled;
  }
  return widgets::JobPhase::Failed;
}

widgets::JobStatus statusOf(const Job &job) {
  widgets::JobStatus status;
  status.id = QString::number(job.id());
  status.title = job.title();
  status.phase = phaseOf(job.state());
  status.fraction = job.permille() / 1000.0;
  status.secondsLeft = job.secondsLeft();
  status.text = job.sentence();
  return status;
}

widgets::JobStatus statusOf(const TrainingProcess &training) {
  const TrainingProcess::Progress &progress = training.progress();
  widgets::JobStatus status;
  status.id = kTrainingId;
  status.title = JobsDock::tr("Training %1").arg(QDir(training.folder()).dirName());
  status.phase = widgets::JobPhase::Running;
  status.fraction = progress.total > 0 ? double(progress.done) / double(progress.total) : -1;
  status.secondsLeft = progress.secondsLeft;
  status.text = JobsDock::tr("step %1 of %2").arg(groupedText(progress.done), groupedText(progress.total));
  status.canPause = false;
  return status;
}

} // namespace

JobsDock::JobsDock(JobQueue &queue, TrainingProcess &training, QWidget *parent)
    : QDockWidget(tr("Jobs"), parent), m_queue(queue), m_training(training), m_strip(new widgets::JobsStrip) {
  using widgets::JobsStrip;
  setObjectName(u"dock.jobs"_s);
  setFeatures(QDockWidget::NoDockWidgetFeatures);
  setTitleBarWidget(new QWidget(this));
  setWidget(m_strip);
  m_strip->setObjectName(u"jobsStrip"_s);
  connect(m_strip, &JobsStrip::pauseRequested, this,
          [this](const QString &id) { m_queue.pause(id.toULongLong()); });
  connect(m_strip, &JobsStrip::resumeRequested, this,
          [this](const QString &id) { m_queue.resume(id.toULongLong()); });
  connect(m_strip, &JobsStrip::cancelRequested, this, [this](const QString &id) {
    if (id == kTrainingId)
      m_training.stop();
    else
      m_queue.cancel(id.toULongLong());
  });
  connect(m_strip, &JobsStrip::clearRequested, &m_queue, &JobQueue::clearEnded);
  connect(&m_queue, &JobQueue::jobsChanged, this, &JobsDock::refresh);
  connect(&m_training, &TrainingProcess::started, this, &JobsDock::refresh);
  connect(&m_training, &TrainingProcess::progressed, this, &JobsDock::refresh);
  connect(&m_training, &TrainingProcess::finished, this, &JobsDock::refresh);
  connect(&m_training, &TrainingProcess::stopped, this, &JobsDock::refresh);
  connect(&m_training, &TrainingProcess::failed, this, &JobsDock::refresh);
  refresh();
}

void JobsDock::refresh() {
  std::vector<widgets::JobStatus> jobs;
  if (m_training.isRunning())
    jobs.push_back(statusOf(m_training));
  for (const Job *job : m_queue.jobs())
    jobs.push_back(statusOf(*job));
  m_strip->setJobs(jobs);
}

} // namespace evolute::app
