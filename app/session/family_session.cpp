// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/family_session.h"

#include <utility>

#include "app/jobs/family_job.h"

namespace evolute::app {

FamilySession::FamilySession(JobQueue &jobs, Numerics numerics, QObject *parent)
    : QObject(parent), m_jobs(jobs), m_numerics(std::move(numerics)) {}

FamilySession::~FamilySession() {
  blockSignals(true);
  close();
}

void FamilySession::open(const QStringList &paths) {
  close();
  m_paths = paths;
  start();
}

void FamilySession::close() {
  ++m_generation; // what a job that still winds up posts is of no interest
  cancel();
  m_job = nullptr;
  m_paths.clear();
  m_family = {};
  m_estimates = {};
  m_result = {};
  if (std::exchange(m_open, false))
    Q_EMIT closed();
}

void FamilySession::cancel() {
  if (m_job)
    m_job->cancel();
}

void FamilySession::setWeighting(core::CurveWeighting weighting) {
  if (std::exchange(m_settings.weighting, weighting) == weighting || m_paths.isEmpty())
    return;
  ++m_generation;
  cancel();
  start();
}

void FamilySession::start() {
  const auto post = [sender = m_jobs.inbox().sender(), self = QPointer<FamilySession>(this),
                     generation = m_generation](std::function<void(FamilySession &)> item) {
    sender.post([self, generation, item = std::move(item)] {
      if (self && self->m_generation == generation)
        item(*self);
    });
  };
  FamilyJobEvents events;
  events.opened = [post](core::Family family, core::FamilyEstimates estimates) {
    post([family = std::move(family), estimates = std::move(estimates)](FamilySession &session) {
      session.m_family = family;
      session.m_estimates = estimates;
      session.m_open = true;
      Q_EMIT session.opened();
    });
  };
  events.refined = [post](core::FamilyResult result) {
    post([result = std::move(result)](FamilySession &session) {
      session.m_result = result;
      Q_EMIT session.changed();
    });
  };
  events.skipped = [post](core::SkippedFile file) {
    const QString sentence = QString::fromStdString(file.path.string() + ": " + file.reason);
    post([sentence](FamilySession &session) { Q_EMIT session.message(sentence); });
  };
  std::vector<std::filesystem::path> paths;
  for (const QString &path : m_paths)
    paths.emplace_back(path.toStdU16String());
  m_job = m_jobs.add({tr("Compare runs"), QStringLiteral("auto"), JobPriority::Trajectory,
                      [paths, settings = m_settings, numerics = m_numerics, events](JobControl &control) {
                        return runFamilyJob(paths, settings, {}, numerics, events, control);
                      }});
  connect(m_job, &Job::ended, this, [this, job = m_job.data(), generation = m_generation] {
    if (generation != m_generation)
      return;
    if (job->state() == JobState::Failed)
      Q_EMIT failed(job->sentence());
    Q_EMIT busyChanged();
  });
  Q_EMIT busyChanged();
}

} // namespace evolute::app
