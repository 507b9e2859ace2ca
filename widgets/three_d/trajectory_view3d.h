// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "widgets/plots/plot_pane.h"
#include "widgets/three_d/space_figure.h"

namespace evolute::widgets {

class GlCanvas;

/// A run's path in the space of three principal components, as tubes coloured by step or by stage, with a
/// ball at the time cursor.
///
/// Left drag turns, middle or Ctrl+drag moves, the wheel zooms at the mouse, a click moves the time cursor to
/// the nearest point of the path, a double click or Enter shows all from the first side. 1, 3 and 7 look at
/// the planes of PC1 × PC2, PC1 × PC3 and PC2 × PC3.
///
/// Without OpenGL the scene is drawn as lines, and one sentence says so.
class TrajectoryView3d : public PlotPane {
  Q_OBJECT
public:
  explicit TrajectoryView3d(QWidget *parent = nullptr);
  ~TrajectoryView3d() override;

  void setTimeAxis(const TimeAxis &axis);           ///< colours follow it
  void setTrajectory(const Trajectory3dData &path); ///< keeps the camera where the user put it
  const Trajectory3dData &trajectory() const;
  void setCursorStep(std::int64_t step);
  std::optional<std::int64_t> cursorStep() const;

  Camera3d camera() const;
  void setCamera(const Camera3d &camera);
  bool isViewEdited() const;           ///< else all is shown from the first side, at any size
  void lookAtPlane(int right, int up); ///< components, 0 = PC1
  void fit() override;                 ///< the first view
  /// Index of the nearest point of the path, `pixel` in the canvas; nothing when none is within reach.
  std::optional<std::size_t> pointNear(const QPointF &pixel, double reach) const;

  bool isShaded() const;    ///< false where there is no OpenGL
  GlCanvas *canvas() const; ///< null then
  const Bodies3d &bodies() const;
  const Bodies3d &cursorBodies() const;

  SpaceFigure figure() const; ///< what is seen, as a value
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  bool needsPixels() const override { return isShaded(); }
  PlotTable table() const override;
  QString summary() const override;

Q_SIGNALS:
  void cursorMoved(qint64 step);
  void viewEdited();

protected:
  void themeChanged() override;
  void keyPressEvent(QKeyEvent *event) override;
  bool eventFilter(QObject *watched, QEvent *event) override;

private:
  struct Private;
  std::unique_ptr<Private> d;
};

} // namespace evolute::widgets
