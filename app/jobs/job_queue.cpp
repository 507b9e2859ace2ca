// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_queue.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include <QPointer>

namespace evolute::app {

namespace {
constexpr int kFileThreads = 2; // one may hang in a dead mount
}

Job::Job(quint64 id, const JobSpec &spec, std::shared_ptr<JobControl> control, QObject *parent)
    : QObject(parent), m_id(id), m_title(spec.title), m_device(spec.device), m_control(std::move(control)) {}

void Job::pause() {
  if (hasEnded() || m_state == JobState::Paused)
    return;
  m_control->setPaused(true);
  setState(JobState::Paused);
}

void Job::resume() {
  if (m_state != JobState::Paused)
    return;
  m_control->setPaused(false);
  setState(m_started ? JobState::Running : JobState::Queued);
}

void Job::cancel() {
  if (hasEnded())
    return;
  if (!m_control->cancel())
    end(JobState::Cancelled, tr("Cancelled before it began."));
}

void Job::setState(JobState state) {
  m_state = state;
  Q_EMIT changed();
}

void Job::start() {
  m_started = true;
  if (m_state == JobState::Queued)
    setState(JobState::Running);
}

void Job::end(JobState state, const QString &sentence) {
  takeReport();
  m_sentence = sentence;
  m_secondsLeft = std::nan("");
  if (state == JobState::Finished)
    m_permille = 1000;
  setState(state);
  Q_EMIT ended();
}

bool Job::takeReport() {
  const JobControl::Report report = m_control->lastReport();
  const int permille = std::max(m_permille, std::clamp(int(1000 * report.fraction), 0, 1000));
  // Whole seconds are what is shown.
  const bool sameTime = std::isnan(report.secondsLeft) ? std::isnan(m_secondsLeft)
                                                       : std::abs(report.secondsLeft - m_secondsLeft) < 0.5;
  if (permille == m_permille && sameTime && report.sentence == m_sentence)
    return false;
  m_permille = permille;
  m_secondsLeft = report.secondsLeft;
  m_sentence = report.sentence;
  return true;
}

JobQueue::JobQueue(QObject *parent) : QObject(parent) {
  m_poll.setInterval(Inbox::kInterval);
  connect(&m_poll, &QTimer::timeout, this, &JobQueue::poll);
}

JobQueue::~JobQueue() {
  // Nobody is to be told of jobs that end because their queue does.
  blockSignals(true);
  for (Job *job : m_jobs) {
    job->blockSignals(true);
    job->m_control->cancel();
  }
  m_pools.clear(); // waits
}

Job *JobQueue::add(JobSpec spec) {
  QThreadPool &workers = pool(spec.device, spec.priority);
  auto control = std::make_shared<JobControl>(gate(spec.device), spec.priority, m_inbox.sender(), &workers);
  auto *job = new Job(++m_lastId, spec, control, this);
  m_jobs.push_back(job);
  connect(job, &Job::changed, this, &JobQueue::jobsChanged);
  if (spec.passing) {
    // Queued: others hear of its end first.
    const auto removeIfWell = [this, job] {
      if (job->state() != JobState::Failed)
        remove(job);
    };
    connect(job, &Job::ended, job, removeIfWell, Qt::QueuedConnection);
  }

  const QPointer<Job> guarded(job); // made here, as only this thread may
  control->setPauseShown([guarded] {
    if (guarded)
      guarded->pause();
  });
  workers.start([control, guarded, work = std::move(spec.work)]() mutable {
    // Whatever the work holds is let go before the end is told, so that who hears it finds files closed.
    const auto tell = [&](JobState state, const QString &sentence) {
      work = nullptr;
      control->leave();
      control->post([guarded, state, sentence] {
        if (guarded)
          guarded->end(state, sentence);
      });
    };
    // Takes its turn before it begins: while it waits it is queued, and can be cancelled without a trace.
    if (control->proceed() == core::Flow::Stop || !control->begin()) {
      control->leave();
      return; // the end has been told by cancel()
    }
    control->post([guarded] {
      if (guarded)
        guarded->start();
    });
    try {
      const QString sentence = work(*control);
      tell(control->isCancelled() ? JobState::Cancelled : JobState::Finished, sentence);
    } catch (const std::exception &error) {
      tell(JobState::Failed, QString::fromUtf8(error.what()));
    } catch (...) {
      tell(JobState::Failed, Job::tr("The work ended with an error that has no description."));
    }
  });
  if (!m_poll.isActive())
    m_poll.start();
  Q_EMIT jobsChanged();
  return job;
}

Job *JobQueue::find(quint64 id) const {
  const auto found =
      std::find_if(m_jobs.begin(), m_jobs.end(), [id](const Job *job) { return job->id() == id; });
  return found == m_jobs.end() ? nullptr : *found;
}

bool JobQueue::isBusy() const {
  return std::any_of(m_jobs.begin(), m_jobs.end(), [](const Job *job) { return !job->hasEnded(); });
}

void JobQueue::pause(quint64 id) {
  if (Job *job = find(id))
    job->pause();
}

void JobQueue::resume(quint64 id) {
  if (Job *job = find(id))
    job->resume();
}

void JobQueue::cancel(quint64 id) {
  if (Job *job = find(id))
    job->cancel();
}

void JobQueue::cancelAll() {
  for (Job *job : jobs()) // a copy: listeners may add or clear
    job->cancel();
}

void JobQueue::clearEnded() {
  const auto ended =
      std::stable_partition(m_jobs.begin(), m_jobs.end(), [](const Job *job) { return !job->hasEnded(); });
  for (auto job = ended; job != m_jobs.end(); ++job)
    (*job)->deleteLater();
  m_jobs.erase(ended, m_jobs.end());
  Q_EMIT jobsChanged();
}

void JobQueue::remove(Job *job) {
  std::erase(m_jobs, job);
  job->deleteLater();
  Q_EMIT jobsChanged();
}

QThreadPool &JobQueue::pool(const QString &device, JobPriority priority) {
  auto &entry = m_pools[{device, priority}];
  if (!entry) {
    entry = std::make_unique<QThreadPool>();
    entry->setMaxThreadCount(device.isEmpty() ? kFileThreads : 1);
  }
  return *entry;
}

std::shared_ptr<DeviceGate> JobQueue::gate(const QString &device) {
  auto &entry = m_gates[device];
  if (!entry) {
    entry = std::make_shared<DeviceGate>();
    entry->exclusive = !device.isEmpty();
  }
  return entry;
}

void JobQueue::poll() {
  if (!isBusy())
    m_poll.stop();
  for (Job *job : jobs()) // a copy: listeners may add or clear
    if (!job->hasEnded() && job->takeReport())
      Q_EMIT job->changed();
}

} // namespace evolute::app
