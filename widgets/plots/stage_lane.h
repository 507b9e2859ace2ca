// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// Stages next to each other along a time axis, as a strip: the kind's colour, the letter, the name where
/// there is room, a line at each edge. Where it may be edited edges are dragged and a double click splits a
/// stage; a right click asks for a menu. Changes nothing itself: it tells what was asked for.
class StageLane : public QWidget {
  Q_OBJECT
public:
  static constexpr int kHeight = 16; ///< pixels

  explicit StageLane(QWidget *parent = nullptr);

  /// `lower` and `upper`: coordinates of the axis at the left and the right end of the widget.
  void setScale(const TimeAxis &axis, double lower, double upper);
  void setStages(std::vector<StageBand> stages);
  const std::vector<StageBand> &stages() const { return m_stages; }
  void setTitle(const QString &title); ///< whose stages these are; empty: the run's own
  void setEditable(bool editable);
  void setCursorStep(std::optional<std::int64_t> step);

  double pixelOf(std::int64_t step) const;
  std::int64_t stepAt(double pixel) const;
  int stageAt(double pixel) const; ///< -1 outside
  int edgeAt(double pixel) const;  ///< the edge between stages `i` and `i + 1` that can be grasped; -1: none

Q_SIGNALS:
  void edgeMoved(int edge, qint64 step); ///< once, when it is let go
  void splitRequested(qint64 step);
  void menuRequested(int stage, qint64 step, const QPoint &globalPosition);
  void clicked(qint64 step); ///< beside the edges
  void hovered(const QString &text);

protected:
  bool event(QEvent *event) override;
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void contextMenuEvent(QContextMenuEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

private:
  QString words(int stage) const;
  void dragTo(double pixel);

  TimeAxis m_axis;
  double m_lower = 0, m_upper = 1;
  std::vector<StageBand> m_stages;
  QString m_title;
  bool m_editable = false;
  std::optional<std::int64_t> m_cursor;
  struct Drag {
    int edge;
    std::int64_t from, to; ///< steps: where it was, where it would be
  };
  std::optional<Drag> m_drag;
};

} // namespace evolute::widgets
