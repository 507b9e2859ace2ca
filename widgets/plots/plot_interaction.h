// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <optional>

#include <QObject>
#include <QPointF>

#include <qcustomplot.h>

namespace evolute::widgets {

/// The mouse on a plot: wheel zooms at the mouse (over an axis: that axis alone), left drag zooms to a box,
/// middle or Ctrl+drag pans, Shift+drag selects a range of x; clicks, double clicks and moves are reported.
/// QCustomPlot's own interactions cannot tell these apart, so they stay off. Of several pairs of axes the one
/// under the mouse is meant.
class PlotInteraction : public QObject {
  Q_OBJECT
public:
  explicit PlotInteraction(QCustomPlot *plot);
  void setValueLocked(bool locked) { m_valueLocked = locked; }
  bool isValueLocked() const { return m_valueLocked; }
  void setRangeSelectable(bool on) { m_rangeSelectable = on; }
  void setAxesTied(bool tied) { m_tied = tied; } ///< one scale: wheel over an axis zooms both

Q_SIGNALS:
  void viewEdited(); ///< the axes' ranges were changed; a replot is queued after it
  void clicked(const QPointF &pixel);
  void doubleClicked(const QPointF &pixel);
  void moved(const QPointF &pixel);
  void left();
  void rangeSelected(double lower, double upper);
  void legendClicked(int index);
  void legendDoubleClicked(int index);

protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

private:
  enum class Drag { None, Pending, Box, Pan, Range };
  bool press(QMouseEvent *event);
  bool move(QMouseEvent *event);
  bool release(QMouseEvent *event);
  bool wheel(QWheelEvent *event);
  void pan(const QPointF &from, const QPointF &to);
  void showBox(const QRectF &pixels, bool wholeHeight);
  void zoomToBox();
  void changed();
  QCPAxisRect *axesAt(const QPointF &pixel) const; ///< the nearest
  QCPAxis *x() const { return m_axes->axis(QCPAxis::atBottom); }
  QCPAxis *y() const { return m_axes->axis(QCPAxis::atLeft); }
  std::optional<int> legendItemAt(const QPointF &pixel) const;

  QCustomPlot *m_plot;
  QCPAxisRect *m_axes; // of the drag or the wheel
  QCPItemRect *m_box;
  Drag m_drag = Drag::None;
  QPointF m_pressed, m_last;
  bool m_valueLocked = false, m_rangeSelectable = false, m_tied = false;
};

} // namespace evolute::widgets
