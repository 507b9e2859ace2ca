// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QJsonObject>
#include <QPointer>
#include <QWidget>

#include "app/session/trajectory_shape.h"
#include "widgets/plots/plot_pane.h"

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
class EdPage : public QWidget {
  Q_OBJECT
public:
  EdPage(RunSession &session, ViewState &view, TrajectoryShape &shape, QUndoStack &undo,
         QWidget *parent = nullptr);

  struct NamedPane {
    QString id; ///< "ed.space", "ed.plane", "ed.matrix", "ed.series"
    widgets::PlotPane *pane;
  };
  const std::vector<NamedPane> &panes() const { return m_panes; }
  widgets::PlotPane *pane(const QString &id) const;    ///< nullptr for an unknown id
  QString paneId(const widgets::PlotPane *pane) const; ///< empty for a foreign one
  widgets::PlotPane *focusedPane() const;
  void toggleMaximised(widgets::PlotPane *pane);
  bool isMaximised() const { return bool(m_maximised); }
  widgets::TrajectoryView3d &space() { return *m_space; }
  /// Of the 3D view, for recipes; {} while it shows all from the first side.
  QJsonObject cameraState() const;
  void setCameraState(const QJsonObject &state); ///< {} or nonsense: as it is
  EdPlane &plane() { return *m_edPlane; }

Q_SIGNALS:
  void hovered(const QString &text);
  void cursorChosen(qint64 step);
  void exportRequested(evolute::widgets::PlotPane *pane);
  void copyRequested(evolute::widgets::PlotPane *pane);
  void focusedPaneChanged();

private:
  void connectPane(widgets::PlotPane *pane);
  void showTrajectory();
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
  std::vector<NamedPane> m_panes;
  QPointer<widgets::PlotPane> m_focused, m_maximised;
};

} // namespace evolute::app
