// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include <QString>

#include "app/jobs/inbox.h"
#include "core/progress.h"

class QThreadPool;

namespace evolute::app {

/// Higher goes first, also in the middle of lower work: a long λ̂ job gives the device to the essential
/// dynamics of a checkpoint that has just arrived, and goes on when that is done.
enum class JobPriority { Estimates, Trajectory, Interactive };

class JobControl;

/// One device, worked on by one job at a time. All fields and the flags of its jobs are under `mutex`.
struct DeviceGate {
  std::mutex mutex;
  std::condition_variable changed;
  bool exclusive = true; ///< false: no turns are taken (reading files)
  const JobControl *holder = nullptr;
  std::map<JobPriority, int> waiting; ///< how many want the device

  bool isWantedAbove(JobPriority priority) const;
};

/// The worker's side of a job: progress out; pause, cancel and turns on the device in.
class JobControl {
public:
  JobControl(std::shared_ptr<DeviceGate> gate, JobPriority priority, Inbox::Sender inbox, QThreadPool *pool);

  // -- from the work itself, on the worker's thread --

  /// To be asked after every unit of work (a sampler step, a checkpoint). Blocks while the job is paused or
  /// more urgent work wants the device; Stop once the job is cancelled.
  core::Flow proceed();
  /// fraction in 0 ... 1; secondsLeft NaN when unknown. Cheap: the window looks at it 10 times a second.
  void report(double fraction, double secondsLeft = std::numeric_limits<double>::quiet_NaN(),
              const QString &sentence = {});
  /// Runs on the GUI thread, before the job is seen to end.
  void post(Inbox::Item item) const { m_inbox.post(std::move(item)); }
  bool isCancelled() const;
  /// Pauses the job from within, for a reason that the user has to mend: `sentence` is what the job then says.
  /// Blocks until it is resumed or cancelled, as proceed() does.
  core::Flow pauseBecause(const QString &sentence);
  /// Shows the pause in the job's state; set by the queue before the work begins.
  void setPauseShown(std::function<void()> show) { m_showPause = std::move(show); }

  // -- from any thread --

  void setPaused(bool paused);
  bool cancel(); ///< false: the work had not begun and never will
  struct Report {
    double fraction = 0;
    double secondsLeft = std::numeric_limits<double>::quiet_NaN();
    QString sentence;
  };
  Report lastReport() const;

  // -- around the work, on the worker's thread --

  bool begin(); ///< false: cancelled before it began
  void leave(); ///< the device is free for others

private:
  void releaseDevice(); // with the gate's mutex held

  std::shared_ptr<DeviceGate> m_gate;
  JobPriority m_priority;
  Inbox::Sender m_inbox;
  QThreadPool *m_pool;
  bool m_begun = false;
  bool m_paused = false;
  bool m_cancelled = false;
  Report m_report;
  std::function<void()> m_showPause; // on the GUI thread
};

} // namespace evolute::app
