// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

#include "app/jobs/job_queue.h"
#include "app/jobs/training_process.h"

namespace evolute::widgets {
class JobsStrip;
}

namespace evolute::app {

/// The strip of what is being computed: the queue's jobs, and the training process as one more.
class JobsDock : public QDockWidget {
  Q_OBJECT
public:
  JobsDock(JobQueue &queue, TrainingProcess &training, QWidget *parent = nullptr);
  widgets::JobsStrip *strip() const { return m_strip; }

private:
  void refresh();
  JobQueue &m_queue;
  TrainingProcess &m_training;
  widgets::JobsStrip *m_strip;
};

} // namespace evolute::app
