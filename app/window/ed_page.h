// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>

#include "app/session/trajectory_shape.h"
#include "app/window/pane_page.h"

class QComboBox;
class QSplitter;
class QUndoStack;

namespace evolute::widgets {
class CurvePlot;
class ScatterMatrix;
class TrajectoryPlot;
class TrajectoryView3d;
} // namespace evolute::widgets

namespace evolute::app {

class EdPlane;

/// The ED tab: the trajectory in space, in a plane with what is drawn over it, in all planes, and its
/// components over time. One time cursor, one choice of plane and smoothing.
class EdPage : public PanePage {
  Q_OBJECT
public:
  EdPage(RunSession &session, ViewState &view, TrajectoryShape &shape, QUndoStack &undo,
         QWidget *parent = nullptr);

  widgets::TrajectoryView3d &space() { return *m_space; }
  /// Of the 3D view, for recipes; {} while it shows all from the first side.
  QJsonObject cameraState() const;
  void setCameraState(const QJsonObject &state); ///< {} or nonsense: as it is
  EdPlane &plane() { return *m_edPlane; }

protected:
  void arrange() override;

private:
  void showTrajectory();
  void showText(); ///< while there is none
  void showStages();
  void showAxis();
  void showCursor(std::int64_t step);

  RunSession &m_session;
  ViewState &m_view;
  TrajectoryShape &m_shape;
  widgets::TrajectoryView3d *m_space;
  widgets::TrajectoryPlot *m_plane;
  widgets::ScatterMatrix *m_matrix;
  widgets::CurvePlot *m_series;
  EdPlane *m_edPlane;
  QComboBox *m_color;
  QSplitter *m_left, *m_right;
};

} // namespace evolute::app
