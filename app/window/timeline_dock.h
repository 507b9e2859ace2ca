// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDockWidget>

#include "app/session/run_session.h"
#include "app/session/view_state.h"

namespace evolute::widgets {
class TimelineWidget;
}

namespace evolute::app {

class StageCommands;

/// The run's checkpoints along the bottom: moves the time cursor, shows how far each checkpoint is, follows.
class TimelineDock : public QDockWidget {
  Q_OBJECT
public:
  TimelineDock(RunSession &session, ViewState &view, QWidget *parent = nullptr);
  widgets::TimelineWidget *timeline() const { return m_timeline; }
  void connectStages(StageCommands &commands); ///< what is asked of the lane is done there

Q_SIGNALS:
  void hovered(const QString &text);
  void cursorChosen(qint64 step);

private:
  void showMarks();
  void showUnreadable();
  void showStates(const std::vector<std::int64_t> &steps);
  void showLive();
  void showStages();
  void showComparedStages();

  RunSession &m_session;
  widgets::TimelineWidget *m_timeline;
  int m_newSincePause = 0;
};

} // namespace evolute::app
