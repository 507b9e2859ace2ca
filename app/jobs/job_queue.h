// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <QTimer>

#include "app/jobs/inbox.h"
#include "app/jobs/job_control.h"

namespace evolute::app {

enum class JobState { Queued, Running, Paused, Finished, Failed, Cancelled };

/// What is to be done. The work owns its inputs; what it returns is the sentence shown when it is done. An
/// exception that leaves it is the failure shown: core::Error's text is meant for the user.
struct JobSpec {
  QString title;
  QString device; ///< "cpu", "cuda:0", "auto": one numeric job at a time each; empty: reading files
  JobPriority priority = JobPriority::Estimates;
  std::function<QString(JobControl &)> work;
  bool passing = false; ///< of no interest once it has ended well: it leaves the list by itself
};

/// One job as the window sees it. Lives in the GUI thread and belongs to its queue.
class Job : public QObject {
  Q_OBJECT
public:
  quint64 id() const { return m_id; }
  QString title() const { return m_title; }
  QString device() const { return m_device; }
  JobState state() const { return m_state; }
  bool hasEnded() const { return m_state >= JobState::Finished; }
  int permille() const { return m_permille; }          ///< only grows
  double secondsLeft() const { return m_secondsLeft; } ///< NaN when unknown
  QString sentence() const { return m_sentence; }      ///< what it does; once ended, how it ended

public Q_SLOTS:
  void pause();
  void resume();
  void cancel(); ///< finished work is kept; answers within one unit of work

Q_SIGNALS:
  void changed();
  void ended(); ///< once; everything that the work posted has been delivered

private:
  friend class JobQueue;
  Job(quint64 id, const JobSpec &spec, std::shared_ptr<JobControl> control, QObject *parent);
  void start();
  void setState(JobState state);
  void end(JobState state, const QString &sentence);
  bool takeReport(); // true when something visible changed

  quint64 m_id;
  QString m_title, m_device, m_sentence;
  JobState m_state = JobState::Queued;
  bool m_started = false; // the worker has it: pausing shows Paused, resuming Running
  int m_permille = 0;
  double m_secondsLeft = std::numeric_limits<double>::quiet_NaN();
  std::shared_ptr<JobControl> m_control;
};

/// Everything that runs beside the window: one worker a device (with turns by priority) and a small pool for
/// files; never the global pool, which Qt itself uses. One queue serves all open runs.
///
/// Destroying it cancels everything and waits for the current unit of work of each device, no longer.
class JobQueue : public QObject {
  Q_OBJECT
public:
  explicit JobQueue(QObject *parent = nullptr);
  ~JobQueue() override;

  /// The job stays the queue's; it is deleted by clearEnded() or with the queue. A QPointer is the way to
  /// keep it.
  Job *add(JobSpec spec);
  /// In order of adding, ended ones included until cleared.
  std::vector<Job *> jobs() const { return m_jobs; }
  Job *find(quint64 id) const; ///< nullptr when there is none
  bool isBusy() const;         ///< something is queued, running or paused
  Inbox &inbox() { return m_inbox; }

public Q_SLOTS:
  void pause(quint64 id);
  void resume(quint64 id);
  void cancel(quint64 id);
  void cancelAll();
  void clearEnded();

Q_SIGNALS:
  void jobsChanged(); ///< one was added, changed or cleared; at most 10 times a second while they run

private:
  QThreadPool &pool(const QString &device, JobPriority priority);
  std::shared_ptr<DeviceGate> gate(const QString &device);
  void poll();
  void remove(Job *job);

  Inbox m_inbox;
  QTimer m_poll; // runs only while something is busy
  std::vector<Job *> m_jobs;
  std::map<QString, std::shared_ptr<DeviceGate>> m_gates;
  std::map<std::pair<QString, JobPriority>, std::unique_ptr<QThreadPool>> m_pools; // destroyed first: waits
  quint64 m_lastId = 0;
};

} // namespace evolute::app
