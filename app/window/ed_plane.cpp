// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_plane.h"

#include <QEvent>

#include "app/window/ed_controls.h"
#include "app/window/ed_data.h"
#include "app/window/pane_data.h"
#include "widgets/plots/trajectory_plot.h"

namespace evolute::app {

namespace {
constexpr int kRoomForAll = 560; // pixels of a title row that the slider fits into
}

EdPlane::EdPlane(widgets::TrajectoryPlot *plot, RunSession &session, ViewState &view, TrajectoryShape &shape,
                 QUndoStack &undo)
    : QObject(plot), m_plot(plot), m_session(session), m_view(view), m_shape(shape),
      m_controls(new EdControls(view, undo)) {
  plot->addTool(m_controls);
  plot->installEventFilter(this);
  connect(&m_session, &RunSession::trajectoryChanged, this, &EdPlane::show);
  connect(&m_session, &RunSession::closed, this, &EdPlane::show);
  connect(&m_shape, &TrajectoryShape::changed, this, &EdPlane::show);
  connect(&m_view, &ViewState::edViewChanged, this, &EdPlane::show);
  show();
}

bool EdPlane::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::Resize)
    m_controls->setCompact(m_plot->width() < kRoomForAll);
  return QObject::eventFilter(watched, event);
}

void EdPlane::setMenu(QMenu *menu) {
  m_controls->setMenu(menu);
}

void EdPlane::show() {
  const EdView &view = m_view.edView();
  const core::Trajectory &raw = m_session.trajectory();
  const auto &geometry = m_shape.geometry();
  if (!geometry || raw.steps.empty()) {
    m_plot->setOverlays({});
    m_plot->setMarks({});
    m_plot->setTrajectory(trajectoryPlane(raw, view.first, view.second));
    return;
  }
  m_plot->setOverlays(edOverlays(raw, *geometry, view));
  m_plot->setMarks(edMarks(*geometry, view));
  m_plot->setTrajectory(trajectoryPlane(geometry->path, view.first, view.second));
}

} // namespace evolute::app
