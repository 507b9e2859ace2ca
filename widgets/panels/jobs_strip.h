// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include <QWidget>

namespace evolute::widgets {

enum class JobPhase { Queued, Running, Paused, Finished, Failed, Cancelled };

struct JobStatus {
  QString id;    ///< unique, names the job in signals
  QString title; ///< markup: "λ̂ over 107 checkpoints"
  JobPhase phase = JobPhase::Queued;
  double fraction = -1;   ///< 0..1; below 0: not known
  double secondsLeft = 0; ///< NaN: not known yet
  QString text;           ///< "37 of 107 · step 8,500 · L0.H3"; for a failed job its reason
  bool canPause = true;
};

/// What is being computed: one line while collapsed (the running job and how many wait), one row a job when
/// expanded, each with progress, time left, pause and cancel.
class JobsStrip : public QWidget {
  Q_OBJECT
public:
  explicit JobsStrip(QWidget *parent = nullptr);
  ~JobsStrip() override;

  void setJobs(const std::vector<JobStatus> &jobs); ///< all of them, in the queue's order
  void updateJob(const JobStatus &job);             ///< one known id; cheap, for progress
  void setDeviceText(const QString &text);          ///< right end: "CPU · 2 threads"
  void setExpanded(bool expanded);
  bool isExpanded() const;

Q_SIGNALS:
  void pauseRequested(const QString &id);
  void resumeRequested(const QString &id);
  void cancelRequested(const QString &id);
  void clearRequested(); ///< forget the finished ones
  void expandedChanged(bool expanded);

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets
