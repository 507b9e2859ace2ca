// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QSet>

#include "widgets/plots/small_multiples.h"

class QPainter;

namespace evolute::widgets {

/// Everything that decides what small multiples look like, apart from size and theme. A value.
struct SmallMultiplesContent {
  std::vector<SmallPanel> panels;
  std::vector<StageBand> stages;
  TimeAxis time;
  QString valueLabel;
  QSet<QString> selected;
  QString highlighted;
  std::optional<std::int64_t> cursor;
  std::optional<SmallMultiples::Range> range; ///< of values; none: as they are
};

/// Lays panels out in a width, and draws them: the same code for the screen and for figures.
class SmallMultiplesPainter {
public:
  /// `columns` 0: as many as fit `size`, whose height is then what is needed at least.
  SmallMultiplesPainter(const SmallMultiplesContent &content, const PlotTheme &theme, const QSizeF &size);

  double height() const; ///< needed, at least that of `size`
  QRectF panel(int index) const;
  QRectF plot(int index) const;            ///< inside the axes
  int panelAt(const QPointF &point) const; ///< -1: none
  int columns() const { return m_columns; }
  double stepAt(int index, double x) const;
  SmallMultiples::Range range() const { return m_range; }
  void paint(QPainter &painter, const QRectF &exposed) const;

private:
  void arrange(const QSizeF &size);
  void findRanges();
  void paintPanel(QPainter &painter, int index) const;
  void paintCurve(QPainter &painter, const CurveSeries &series, const QRectF &plot, const QPen &pen,
                  bool marks) const;
  void paintOffscale(QPainter &painter, const CurveSeries &series, const QRectF &plot, const QColor &color) const;
  void paintAxes(QPainter &painter, int index) const;
  QPointF place(const CurvePoint &point, const QRectF &plot) const;

  const SmallMultiplesContent &m_content;
  PlotTheme m_theme;
  int m_columns = 1, m_rows = 1;
  double m_line = 0, m_left = 0, m_bottom = 0, m_gap = 0;
  QSizeF m_panel; // plot and title, without axes
  SmallMultiples::Range m_range;
  double m_first = 0, m_last = 1; // coordinates of the time axis
};

} // namespace evolute::widgets
