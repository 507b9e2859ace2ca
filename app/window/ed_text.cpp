// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_text.h"

#include <QCoreApplication>

namespace evolute::app {

namespace {

QString tr(const char *text) {
  return QCoreApplication::translate("EdText", text);
}

/// What holds the device that this job wants; empty when nothing does.
QString workBefore(const Job &waiting, const JobQueue &queue) {
  for (const Job *job : queue.jobs())
    if (job != &waiting && job->state() == JobState::Running && job->device() == waiting.device())
      return job->title();
  return {};
}

} // namespace

widgets::EmptyText trajectoryText(const RunSession &session) {
  if (!session.trajectoryProblem().isEmpty() && session.checkpoints().size() >= 2)
    return {tr("The trajectory cannot be computed."), session.trajectoryProblem(), {}};
  const Job *job = session.trajectoryJob();
  if (!job)
    return {tr("No trajectory yet."),
            tr("It is computed by itself once the run has two readable checkpoints."), {}};
  switch (job->state()) {
  case JobState::Queued: {
    const QString before = workBefore(*job, session.jobs());
    return {tr("The trajectory waits for its turn."),
            before.isEmpty() ? tr("It is computed as soon as a worker is free.")
                             : tr("“%1” is running.").arg(before),
            {}};
  }
  case JobState::Paused:
    return {tr("The trajectory is paused."), tr("Resume its job in the list of jobs."), {}};
  default:
    return {tr("The trajectory is being computed."), job->sentence(), {}};
  }
}

} // namespace evolute::app
