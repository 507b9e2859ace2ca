// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Inside widgets only: includes QCustomPlot.
#include <functional>

#include <QSharedPointer>

#include <qcustomplot.h>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// A MathLabel in QCustomPlot's layout, centred on the axes rather than on the space around them.
class MathLabelElement : public QCPLayoutElement {
public:
  MathLabelElement(QCustomPlot *plot, QCPAxisRect *axes, Qt::Orientation orientation);
  void setMarkup(const QString &markup) { m_label = MathLabel(markup); }
  void setLook(const QFont &font, const QColor &color, double gap);
  QSize minimumOuterSizeHint() const override;
  QSize maximumOuterSizeHint() const override;

protected:
  void draw(QCPPainter *painter) override;

private:
  QCPAxisRect *m_axes;
  Qt::Orientation m_orientation;
  MathLabel m_label;
  QFont m_font;
  QColor m_color;
  double m_gap = 2;
};

/// A legend entry with a MathLabel; `drawIcon` paints the sample into the rectangle given.
class MathLegendItem : public QCPAbstractLegendItem {
public:
  MathLegendItem(QCPLegend *legend, const QString &markup,
                 std::function<void(QCPPainter &, const QRectF &)> drawIcon);
  void setDimmed(bool dimmed) { m_dimmed = dimmed; }

protected:
  void draw(QCPPainter *painter) override;
  QSize minimumOuterSizeHint() const override;
  /// The whole legend: QCustomPlot clips a pixel too high, which cut the underscores off.
  QRect clipRect() const override { return mParentLegend->outerRect(); }

private:
  MathLabel m_label;
  std::function<void(QCPPainter &, const QRectF &)> m_drawIcon;
  bool m_dimmed = false;
};

/// Ticks of a time axis.
class TimeTicker : public QCPAxisTicker {
public:
  TimeTicker(QCPAxis *axis, const TimeAxis &time) : m_axis(axis), m_time(time) {}
  void generate(const QCPRange &range, const QLocale &locale, QChar format, int precision,
                QVector<double> &ticks, QVector<double> *subTicks, QVector<QString> *labels) override;

private:
  QCPAxis *m_axis;
  TimeAxis m_time;
};

/// Ticks of a value axis, linear or logarithmic: as many as fit, with a true minus sign.
class ValueTicker : public QCPAxisTickerLog {
public:
  explicit ValueTicker(QCPAxis *axis) : m_axis(axis) {}
  void generate(const QCPRange &range, const QLocale &locale, QChar format, int precision,
                QVector<double> &ticks, QVector<double> *subTicks, QVector<QString> *labels) override;

protected:
  double getTickStep(const QCPRange &range) override;
  int getSubTickCount(double step) override;
  QVector<double> createTickVector(double step, const QCPRange &range) override;
  QVector<double> createSubTickVector(int count, const QVector<double> &ticks) override;
  QString getTickLabel(double tick, const QLocale &locale, QChar format, int precision) override;

private:
  bool countsDecades(const QCPRange &range) const;
  QCPAxis *m_axis;
  bool m_decades = false;
};

void styleAxis(QCPAxis &axis, const PlotTheme &theme);

/// What all plots share: axes with labels around them, a title, a legend, and the layers. From the back:
/// "bands", QCustomPlot's own, "overlay". The overlay is buffered on its own, so that moving a cursor
/// repaints it alone (0.02 ms against 4 to 50 ms for everything).
class PlotFrame {
public:
  explicit PlotFrame(QCustomPlot &plot);
  void apply(const PlotTheme &theme);
  /// Puts the legend into the corner where it covers the fewest of these points (pixels). In a figure, where
  /// nobody can move it, it goes above the axes when each corner covers some. After a layout.
  void placeLegend(const std::vector<QPointF> &points);

  QCustomPlot &plot;
  QCPAxisRect *axes;
  QCPAxis *x, *y;
  MathLabelElement *title, *xLabel, *yLabel;
  QCPLegend *legend;

private:
  void putLegendAbove();
  bool m_forFigure = false, m_legendAbove = false;
};

/// Draws a plot on a figure painter. Size and theme come from the spec; `fill` puts the content in, `laidOut`
/// is called when the axes have their size.
void paintPlotFigure(QCPPainter &painter, const FigureSpec &spec,
                     const std::function<void(QCustomPlot &, const PlotTheme &)> &fill,
                     const std::function<void()> &laidOut = {});

} // namespace evolute::widgets
