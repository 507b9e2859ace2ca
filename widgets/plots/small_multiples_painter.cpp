// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/small_multiples_painter.h"

#include <algorithm>
#include <cmath>

#include <QFontMetricsF>
#include <QPainter>

#include "widgets/plots/math_label.h"
#include "widgets/plots/value_ticks.h"

namespace evolute::widgets {

namespace {

constexpr double kAspect = 1.5;         // width of a panel's plot over its height, about
constexpr double kLeastWidth = 118;     // of a panel, screen pixels
constexpr double kMargin = 0.05;        // of the range of values
constexpr std::size_t kMostBehind = 40; // panels; more curves behind one are a grey patch
constexpr double kStepBack = 0.35;      // opacity of panels that are not selected
constexpr double kFarOff = 4;           // heights of a plot; what lies farther is not rasterised there

} // namespace

SmallMultiplesPainter::SmallMultiplesPainter(const SmallMultiplesContent &content, const PlotTheme &theme,
                                             const QSizeF &size)
    : m_content(content), m_theme(theme) {
  m_line = 1.35 * theme.font.pixelSize();
  m_gap = 0.55 * m_line;
  findRanges();
  const QFontMetricsF metrics(theme.font);
  m_left = 2.6 * m_line;
  for (const double tick : valueTicks(m_range.low, m_range.high, 4))
    m_left = std::max(m_left, m_line * 1.6 + metrics.horizontalAdvance(formatNumber(tick)));
  m_bottom = 2.9 * m_line;
  arrange(size);
}

void SmallMultiplesPainter::findRanges() {
  double low = HUGE_VAL, high = -HUGE_VAL, first = HUGE_VAL, last = -HUGE_VAL;
  for (const bool trusted : {true, false}) { // suspect points count where there are no others
    const auto include = [&](const CurveSeries &series) {
      for (const CurvePoint &point : series.points) {
        const double at = m_content.time.coordinate(double(point.step));
        first = std::min(first, at);
        last = std::max(last, at);
        if (std::isfinite(point.value) && point.suspect != trusted) {
          low = std::min(low, point.value);
          high = std::max(high, point.value);
        }
      }
    };
    for (const SmallPanel &panel : m_content.panels) {
      include(panel.series);
      if (panel.beside)
        include(*panel.beside);
    }
    if (high >= low)
      break;
  }
  if (m_content.range) {
    low = m_content.range->low;
    high = m_content.range->high;
  }
  if (high < low) {
    low = 0;
    high = 1;
  }
  const double room = high > low ? kMargin * (high - low) : std::max(0.5, 0.1 * std::abs(high));
  m_range = {low - room, high + room};
  if (last >= first) {
    m_first = first - 0.02 * (last - first);
    m_last = last > first ? last + 0.02 * (last - first) : first + 1;
  }
}

void SmallMultiplesPainter::arrange(const QSizeF &size) {
  const auto n = std::max<int>(1, int(m_content.panels.size()));
  const double width = size.width() - m_left - m_gap, height = size.height() - m_bottom;
  // Of all numbers of columns the one whose panels are largest at the wanted shape and fit into the height;
  // where none does, as many as are wide enough, and the rest is for a scroll bar.
  const double least = kLeastWidth * m_theme.unit;
  const int most = std::clamp(int((width + m_gap) / (least + m_gap)), 1, n);
  double best = 0;
  m_columns = most;
  for (int columns = 1; columns <= most; ++columns) {
    const int rows = (n + columns - 1) / columns;
    const double w = (width + m_gap) / columns - m_gap, h = (height + m_gap) / rows - m_gap - m_line;
    const double area = std::min(w, kAspect * h) * std::min(h, w / kAspect);
    if (w >= 0.75 * kAspect * 0.5 * least && h >= 0.5 * least && area > best) {
      best = area;
      m_columns = columns;
    }
  }
  m_rows = (n + m_columns - 1) / m_columns;
  const double w = (width + m_gap) / m_columns - m_gap;
  double h = (height + m_gap) / m_rows - m_gap;
  if (best == 0)
    h = std::max(h, w / kAspect + m_line);
  m_panel = {std::max(10.0, w), std::max(10.0 + m_line, h)};
}

double SmallMultiplesPainter::height() const {
  return m_rows * (m_panel.height() + m_gap) - m_gap + m_bottom;
}

QRectF SmallMultiplesPainter::panel(int index) const {
  if (index < 0 || index >= int(m_content.panels.size()))
    return {};
  return {m_left + (index % m_columns) * (m_panel.width() + m_gap),
          (index / m_columns) * (m_panel.height() + m_gap), m_panel.width(), m_panel.height()};
}

QRectF SmallMultiplesPainter::plot(int index) const {
  return panel(index).adjusted(0, m_line, 0, 0);
}

int SmallMultiplesPainter::panelAt(const QPointF &point) const {
  for (int i = 0; i < int(m_content.panels.size()); ++i)
    if (panel(i).contains(point))
      return i;
  return -1;
}

double SmallMultiplesPainter::stepAt(int index, double x) const {
  const QRectF rect = plot(index);
  return m_content.time.step(m_first + (x - rect.left()) / rect.width() * (m_last - m_first));
}

QPointF SmallMultiplesPainter::place(const CurvePoint &point, const QRectF &plot) const {
  const double x = (m_content.time.coordinate(double(point.step)) - m_first) / (m_last - m_first);
  const double y = std::clamp((point.value - m_range.low) / (m_range.high - m_range.low), -kFarOff, 1 + kFarOff);
  return {plot.left() + x * plot.width(), plot.bottom() - y * plot.height()};
}

void SmallMultiplesPainter::paint(QPainter &painter, const QRectF &exposed) const {
  painter.setRenderHint(QPainter::Antialiasing);
  for (int i = 0; i < int(m_content.panels.size()); ++i) {
    const QRectF reach = panel(i).adjusted(i % m_columns == 0 ? -m_left : -m_gap, -m_gap, m_gap, m_bottom);
    if (!reach.intersects(exposed))
      continue;
    paintPanel(painter, i);
    paintAxes(painter, i);
  }
  if (m_content.valueLabel.isEmpty())
    return;
  painter.save();
  painter.setPen(m_theme.text);
  painter.translate(m_line, (height() - m_bottom) / 2);
  painter.rotate(-90);
  MathLabel(m_content.valueLabel)
      .draw(painter, m_theme.labelFont, QRectF(-100 * m_line, -m_line, 200 * m_line, 2 * m_line),
            Qt::AlignHCenter);
  painter.restore();
}

void SmallMultiplesPainter::paintPanel(QPainter &painter, int index) const {
  const SmallPanel &panel = m_content.panels[std::size_t(index)];
  const QRectF rect = plot(index);
  const bool selected = m_content.selected.contains(panel.series.id);
  const bool back = !m_content.selected.isEmpty() && !selected;
  painter.save();
  painter.setClipRect(rect);
  painter.setPen(Qt::NoPen);
  for (const StageBand &stage : m_content.stages) {
    CurvePoint from, to;
    from.step = stage.start;
    to.step = stage.end;
    from.value = to.value = m_range.low;
    const double left = place(from, rect).x(), right = place(to, rect).x();
    painter.fillRect(QRectF(left, rect.top(), right - left, rect.height()),
                     stageColor(stage.kind, m_theme.dark));
  }
  if (m_content.panels.size() <= kMostBehind)
    for (const SmallPanel &other : m_content.panels)
      if (&other != &panel)
        paintCurve(painter, other.series, rect, QPen(m_theme.grid, m_theme.axisWidth), false);
  if (!m_content.highlighted.isEmpty() && m_content.highlighted != panel.series.id)
    for (const SmallPanel &other : m_content.panels)
      if (other.series.id == m_content.highlighted) {
        QColor color = other.series.color;
        color.setAlphaF(0.6F);
        paintCurve(painter, other.series, rect, QPen(color, m_theme.axisWidth), false);
      }
  QColor own = panel.series.color.isValid() ? panel.series.color : seriesColor(0, 1, m_theme.dark);
  if (back)
    own.setAlphaF(float(kStepBack));
  const double width = m_theme.lineWidth * (panel.series.id == m_content.highlighted ? 1.6 : 1.0);
  if (panel.beside)
    paintCurve(painter, *panel.beside, rect, QPen(own, width, panel.beside->line), true);
  paintCurve(painter, panel.series, rect, QPen(own, width), true);
  if (panel.beside)
    paintOffscale(painter, *panel.beside, rect, own);
  paintOffscale(painter, panel.series, rect, own);
  if (m_content.cursor && !m_theme.forFigure) {
    CurvePoint at;
    at.step = *m_content.cursor;
    at.value = m_range.low;
    painter.setPen(QPen(m_theme.cursor, m_theme.axisWidth, Qt::DashLine));
    const double x = place(at, rect).x();
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, rect.bottom()));
  }
  painter.restore();
  painter.setBrush(Qt::NoBrush);
  painter.setPen(selected ? QPen(m_theme.text, 2 * m_theme.axisWidth)
                          : QPen(m_theme.axis, m_theme.axisWidth));
  painter.drawRect(rect);

  const QRectF title(rect.left(), rect.top() - m_line, rect.width(), m_line);
  QColor text = m_theme.text;
  if (back)
    text.setAlphaF(0.6F);
  painter.setPen(text);
  MathLabel(panel.series.label).draw(painter, m_theme.font, title, Qt::AlignLeft);
  if (!panel.badge.isEmpty()) {
    painter.setFont(m_theme.font);
    painter.drawText(title, int(Qt::AlignRight | Qt::AlignVCenter), panel.badge);
  }
}

void SmallMultiplesPainter::paintCurve(QPainter &painter, const CurveSeries &series, const QRectF &plot,
                                       const QPen &pen, bool marks) const {
  QPolygonF line;
  painter.setPen(pen);
  painter.setBrush(Qt::NoBrush);
  const auto end = [&] {
    if (line.size() > 1)
      painter.drawPolyline(line);
    line.clear();
  };
  const bool dots = marks && series.points.size() <= 30;
  const double radius = 0.35 * m_theme.markerSize;
  for (const CurvePoint &point : series.points) {
    if (!std::isfinite(point.value)) {
      end();
      continue;
    }
    const QPointF at = place(point, plot);
    if (!point.suspect)
      line << at;
    if (!marks)
      continue;
    if (std::isfinite(point.error)) {
      const double half = point.error / (m_range.high - m_range.low) * plot.height();
      painter.save();
      painter.setPen(QPen(pen.color(), m_theme.axisWidth));
      painter.drawLine(at - QPointF(0, half), at + QPointF(0, half));
      painter.restore();
    }
    if (point.suspect || dots) {
      painter.save();
      painter.setPen(QPen(pen.color(), m_theme.axisWidth));
      painter.setBrush(point.suspect ? m_theme.background : pen.color());
      painter.drawEllipse(at, radius, radius);
      painter.restore();
    }
  }
  end();
}

/// Small hollow triangles at the edge that a point lies beyond: clipped, not lost.
void SmallMultiplesPainter::paintOffscale(QPainter &painter, const CurveSeries &series, const QRectF &plot,
                                          const QColor &color) const {
  const double r = 0.6 * m_theme.markerSize;
  painter.setPen(QPen(color, 1.2 * m_theme.unit));
  painter.setBrush(m_theme.background);
  for (const CurvePoint &point : series.points) {
    if (std::isnan(point.value) || (point.value >= m_range.low && point.value <= m_range.high))
      continue;
    const bool above = point.value > m_range.high;
    const QPointF tip(place(point, plot).x(), above ? plot.top() + m_theme.unit : plot.bottom() - m_theme.unit);
    const double back = above ? 1.6 * r : -1.6 * r;
    painter.drawPolygon(QPolygonF{{tip, tip + QPointF(r, back), tip + QPointF(-r, back)}});
  }
}

void SmallMultiplesPainter::paintAxes(QPainter &painter, int index) const {
  const QRectF rect = plot(index);
  const QFontMetricsF metrics(m_theme.font);
  painter.setFont(m_theme.font);
  painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
  const double mark = 0.25 * m_line;
  const auto ticks =
      valueTicks(m_range.low, m_range.high, std::clamp(int(rect.height() / (1.6 * m_line)), 1, 5));
  for (const double tick : ticks) {
    const double y = rect.bottom() - (tick - m_range.low) / (m_range.high - m_range.low) * rect.height();
    painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
    painter.drawLine(QPointF(rect.left(), y), QPointF(rect.left() + mark, y));
    if (index % m_columns == 0) {
      painter.setPen(m_theme.text);
      painter.drawText(QRectF(0, y - m_line / 2, rect.left() - mark, m_line),
                       int(Qt::AlignRight | Qt::AlignVCenter), formatNumber(tick));
    }
  }
  const auto width = [&](const QString &text) { return metrics.horizontalAdvance(text); };
  const bool last = index + m_columns >= int(m_content.panels.size());
  for (const TimeAxis::Tick &tick : m_content.time.ticks(m_first, m_last, rect.width(), width)) {
    const double x = rect.left() + (tick.coordinate - m_first) / (m_last - m_first) * rect.width();
    painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
    painter.drawLine(QPointF(x, rect.bottom()),
                     QPointF(x, rect.bottom() - (tick.label.isEmpty() ? 0.6 : 1) * mark));
    if (last && !tick.label.isEmpty()) {
      painter.setPen(m_theme.text);
      painter.drawText(QRectF(x - 5 * m_line, rect.bottom() + 0.5 * mark, 10 * m_line, m_line),
                       int(Qt::AlignCenter), tick.label);
    }
  }
  if (last) {
    painter.setPen(m_theme.text);
    MathLabel(m_content.time.title())
        .draw(painter, m_theme.font, QRectF(rect.left(), rect.bottom() + m_line, rect.width(), 1.4 * m_line),
              Qt::AlignHCenter);
  }
}

} // namespace evolute::widgets
