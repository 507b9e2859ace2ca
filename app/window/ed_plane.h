// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include "app/session/trajectory_shape.h"

class QMenu;
class QUndoStack;

namespace evolute::widgets {
class TrajectoryPlot;
}

namespace evolute::app {

/// Keeps one plot of a plane of the trajectory as the session, the shape and the user's view have it, and
/// puts the plane, the width of the smoothing and a menu of the rest into its title row. Lives as long as the
/// plot.
class EdPlane : public QObject {
  Q_OBJECT
public:
  EdPlane(widgets::TrajectoryPlot *plot, RunSession &session, ViewState &view, TrajectoryShape &shape,
          QUndoStack &undo);
  /// The rest of the choices, as the menu bar has them. Belongs to the caller.
  void setMenu(QMenu *menu);

protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

private:
  void show();

  widgets::TrajectoryPlot *m_plot;
  RunSession &m_session;
  ViewState &m_view;
  TrajectoryShape &m_shape;
  class EdControls *m_controls;
};

} // namespace evolute::app
