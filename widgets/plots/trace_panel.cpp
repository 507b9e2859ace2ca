// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trace_panel.h"

#include <algorithm>
#include <cmath>

#include <QFontMetricsF>
#include <QPainter>

#include "widgets/plots/math_label.h"

namespace evolute::widgets {

namespace {

constexpr double kMargin = 0.08; // of a trace's range, above and below

struct Range {
  double low = 0, high = 0;
  double size() const { return high - low; }
};

/// Zero is in view: where the excess loss is zero, the chain is where it started.
Range rangeOf(const TraceRow &row) {
  Range range;
  for (const TraceShape &chain : row.chains)
    for (std::size_t i = 0; i < chain.low.size(); ++i) {
      if (std::isfinite(chain.low[i]))
        range.low = std::min(range.low, double(chain.low[i]));
      if (std::isfinite(chain.high[i]))
        range.high = std::max(range.high, double(chain.high[i]));
    }
  if (!(range.size() > 0))
    range.high = range.low + 1;
  const double room = kMargin * range.size();
  return {range.low - room, range.high + room};
}

void paintTraces(QPainter &painter, const TraceRow &row, const QRectF &plot, const PlotTheme &theme) {
  const Range range = rangeOf(row);
  const auto y = [&](double value) {
    return plot.bottom() - (value - range.low) / range.size() * plot.height();
  };
  painter.setPen(QPen(theme.grid, theme.axisWidth));
  painter.drawRect(plot);
  painter.setPen(QPen(theme.axis, theme.axisWidth, Qt::DotLine));
  painter.drawLine(QPointF(plot.left(), y(0)), QPointF(plot.right(), y(0)));
  for (std::size_t c = 0; c < row.chains.size(); ++c) {
    const TraceShape &chain = row.chains[c];
    QColor color = seriesColor(int(c), int(row.chains.size()), theme.dark);
    color.setAlphaF(0.85F);
    painter.setPen(QPen(color, theme.axisWidth));
    const std::size_t count = chain.low.size();
    QPolygonF line;
    const auto flush = [&] {
      painter.drawPolyline(line);
      line.clear();
    };
    for (std::size_t i = 0; i < count; ++i) {
      if (!std::isfinite(chain.low[i])) {
        flush();
        continue;
      }
      const double x = plot.left() + plot.width() * (double(i) + 0.5) / double(count);
      line << QPointF(x, y(chain.low[i])) << QPointF(x, y(chain.high[i]));
    }
    flush();
  }
}

void paintChip(QPainter &painter, const TraceRow &row, const QRectF &chip, const PlotTheme &theme) {
  if (row.word.isEmpty())
    return;
  const ChipColors colors = chipColors(row.kind, theme.dark);
  painter.setPen(Qt::NoPen);
  painter.setBrush(colors.fill);
  const double round = 0.25 * chip.height();
  painter.drawRoundedRect(chip, round, round);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(colors.text);
  painter.setFont(theme.font);
  painter.drawText(chip, Qt::AlignCenter, row.word);
}

} // namespace

ChipColors chipColors(ChipKind kind, bool dark) {
  switch (kind) {
  case ChipKind::Good:
    return dark ? ChipColors{0x1E5B45, 0xD6F5E6} : ChipColors{0xCDEBDD, 0x0B4A33};
  case ChipKind::Advice:
    return dark ? ChipColors{0x6A4B00, 0xFFE7B0} : ChipColors{0xFCE3A6, 0x5A3C00};
  case ChipKind::Bad:
    return dark ? ChipColors{0xB3402E, 0xFFFFFF} : ChipColors{0xB23A2A, 0xFFFFFF};
  case ChipKind::Waiting:
    break;
  }
  return dark ? ChipColors{0x3A3A3A, 0xBDBDBD} : ChipColors{0xEAEAEA, 0x555555};
}

TracePanelLayout::TracePanelLayout(const PlotTheme &theme, int rows) {
  const QFontMetricsF metrics(theme.font);
  m_line = int(std::ceil(metrics.height()));
  m_gap = int(std::lround(0.5 * m_line));
  m_pad = int(std::lround(0.45 * m_line));
  m_row = 2 * m_line + m_pad;
  m_size = QSize(int(std::lround(19.5 * m_line)), 2 * m_pad + int(1.3 * m_line) + std::max(1, rows) * m_row +
                                                      std::max(0, rows - 1) * m_pad / 2);
}

QRectF TracePanelLayout::title() const {
  return QRectF(m_pad, m_pad, m_size.width() - 2 * m_pad, 1.2 * m_line);
}

QRectF TracePanelLayout::plot(int row) const {
  const double top = m_pad + 1.3 * m_line + row * (m_row + m_pad / 2);
  const double gutter = 3.6 * m_line; // for the label
  return QRectF(m_pad + gutter, top + 1, 7.0 * m_line, m_row - 2);
}

QRectF TracePanelLayout::right(int row) const {
  const QRectF left = plot(row);
  const double x = left.right() + 0.5 * m_line;
  return QRectF(x, left.top(), m_size.width() - m_pad - x, left.height());
}

QRectF TracePanelLayout::label(int row) const {
  const QRectF beside = plot(row);
  return QRectF(m_pad, beside.top(), beside.left() - m_pad - 0.3 * m_line, beside.height());
}

QRectF TracePanelLayout::value(int row) const {
  QRectF rect = right(row);
  rect.setHeight(1.15 * m_line);
  return rect;
}

QRectF TracePanelLayout::chip(int row, const QString &word, const QFont &font) const {
  const QRectF place = right(row);
  const double width = std::min(place.width(), QFontMetricsF(font).horizontalAdvance(word) + 0.7 * m_line);
  return QRectF(place.left(), place.bottom() - 1.15 * m_line, width, 1.15 * m_line);
}

void paintTracePanel(QPainter &painter, const TracePanel &panel, const TracePanelLayout &layout,
                     const PlotTheme &theme, bool current) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF box(QPointF(0.5, 0.5), QSizeF(layout.size()) - QSizeF(1, 1));
  painter.setBrush(theme.background);
  painter.setPen(QPen(current ? theme.text : theme.grid, (current ? 2 : 1) * theme.axisWidth));
  painter.drawRoundedRect(box, 3 * theme.unit, 3 * theme.unit);
  QRectF title = layout.title();
  if (panel.marked) { // an edge and a word, not hue alone
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.dark ? QColor(0x3CB88A) : QColor(0x0B7A52));
    painter.drawRect(QRectF(0, 0, 4 * theme.unit, layout.size().height()));
    QFont bold = theme.font;
    bold.setBold(true);
    painter.setFont(bold);
    painter.setPen(theme.dark ? QColor(0x6FE0B5) : QColor(0x0B7A52));
    const QString word = QStringLiteral("★");
    painter.drawText(title, Qt::AlignRight | Qt::AlignVCenter, word);
    title.setRight(title.right() - 1.5 * QFontMetricsF(bold).horizontalAdvance(word));
  }
  painter.setBrush(Qt::NoBrush);
  painter.setPen(theme.text);
  MathLabel(panel.title).draw(painter, theme.font, title, Qt::AlignLeft);
  for (int r = 0; r < int(panel.rows.size()); ++r) {
    const TraceRow &row = panel.rows[std::size_t(r)];
    painter.setBrush(Qt::NoBrush);
    paintTraces(painter, row, layout.plot(r), theme);
    painter.setPen(theme.axis);
    MathLabel(row.label).draw(painter, theme.font, layout.label(r), Qt::AlignRight);
    painter.setPen(theme.text);
    MathLabel(row.value).draw(painter, theme.font, layout.value(r), Qt::AlignLeft);
    paintChip(painter, row, layout.chip(r, row.word, theme.font), theme);
  }
  painter.restore();
}

} // namespace evolute::widgets
