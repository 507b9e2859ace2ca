// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <QObject>
#include <QString>
#include <QThread>

#include "app/jobs/inbox.h"
#include "core/checkpoint/metrics_log.h"
#include "core/checkpoint/run_description.h"

namespace evolute::app {

/// A log as it was at one moment; shared, as it may be large and never changes.
struct MetricsSnapshot {
  std::map<std::string, core::MetricSeries> series;
  std::int64_t rowCount = 0;
  std::int64_t badLineCount = 0;
  QString fileName; ///< empty when the run has no log
};

/// What one look at a run's folder found to be different from the look before.
struct RunChange {
  core::RunIndex index;                           ///< the complete and settled checkpoints, all of them
  std::vector<std::int64_t> added;                ///< steps that are new
  std::vector<std::int64_t> replaced;             ///< steps whose file has other content now
  std::vector<std::int64_t> removed;              ///< steps whose file is gone
  bool growingChanged = false;                    ///< index.growing: half-written files
  bool skippedChanged = false;                    ///< index.skipped: other files than before
  std::shared_ptr<const MetricsSnapshot> metrics; ///< null: as before
  bool isEmpty() const {
    return added.empty() && replaced.empty() && removed.empty() && !growingChanged && !skippedChanged &&
           !metrics;
  }
};

/// Follows a run's folder while something writes to it.
///
/// The truth is a look at the folder, taken by a thread of this object's own every `interval` and soon after
/// the system says that something changed; such notices are hints only (they are lost on rename, on network
/// file systems, in new sub-folders). A checkpoint counts once its header and size fit and two looks agree on
/// it. The interval stretches to ten times what a look takes, and on network file systems to
/// `networkInterval`.
class RunWatcher : public QObject {
  Q_OBJECT
public:
  struct Options {
    std::chrono::milliseconds interval{1000};
    std::chrono::milliseconds networkInterval{5000};
    std::chrono::milliseconds settling{250}; ///< between the two looks that must agree
  };

  explicit RunWatcher(QObject *parent = nullptr);
  ~RunWatcher() override; ///< waits for the look being taken, two seconds at most

  /// Watches what `run` was opened from; `known` is what the caller has of the log. Replaces what was
  /// watched.
  void watch(const core::Run &run, std::shared_ptr<core::MetricsLog> log, const Options &options);
  void watch(const core::Run &run, std::shared_ptr<core::MetricsLog> log) {
    watch(run, std::move(log), Options());
  }
  void stop(); ///< does not wait; nothing is signalled any more
  void look(); ///< now, please

Q_SIGNALS:
  void changed(const evolute::app::RunChange &change);
  void lost(const QString &sentence); ///< the folder cannot be read; looked for again at every interval
  void found();                       ///< it is there again

private:
  class Worker;
  Inbox m_inbox;
  QThread *m_thread = nullptr; // left behind, to end by itself, where a dead mount holds it
  Worker *m_worker = nullptr;  // lives in m_thread
  quint64 m_generation = 0;    // notices of what was watched before are dropped
};

} // namespace evolute::app
