// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_scene.h"

#include <algorithm>
#include <cmath>

#include <QLineF>

namespace evolute::widgets {

namespace {

constexpr double kMargin = 0.04;         // of the range, on each side
constexpr double kSuspectReach = 0.5;    // of the trusted range: how far a suspect point may stretch it
constexpr double kDimmed = 0.25;         // opacity of what is not highlighted
constexpr std::size_t kMostEntries = 12; // a longer legend would cover the curves; hovering names them

void include(QCPRange &range, bool &found, double value) {
  if (!std::isfinite(value))
    return;
  if (!found)
    range = QCPRange(value, value);
  else
    range.expand(value);
  found = true;
}

QCPRange withMargin(const QCPRange &range, bool log) {
  if (log) {
    const double ratio = range.upper > range.lower * 1.0001 ? range.upper / range.lower : 10.0;
    const double part = std::pow(ratio, kMargin);
    return {range.lower / part, range.upper * part};
  }
  double size = range.size();
  if (!(size > 0)) // a constant curve: some room around it
    size = range.lower != 0 ? 0.2 * std::abs(range.lower) : 1.0;
  const double room = range.size() > 0 ? kMargin * size : 0.5 * size;
  return {range.lower - room, range.upper + room};
}

} // namespace

QColor CurveContent::color(std::size_t index, bool dark) const {
  const CurveSeries &s = series[index];
  if (s.color.isValid())
    return s.color;
  const auto counts = [](const CurveSeries &other) { return !other.color.isValid(); };
  const auto own = std::count_if(series.begin(), series.begin() + std::ptrdiff_t(index), counts);
  return seriesColor(int(own), int(std::count_if(series.begin(), series.end(), counts)), dark);
}

bool CurveContent::isLeftOut(const CurvePoint &point) const {
  return point.suspect ||
         (fittedValues && (point.value < fittedValues->first || point.value > fittedValues->second));
}

std::vector<std::size_t> CurveContent::legendOrder() const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < series.size(); ++i)
    if (!series[i].faint)
      order.push_back(i);
  if (order.size() > kMostEntries)
    return {};
  for (std::size_t i = 0; i < series.size() && order.size() < kMostEntries; ++i)
    if (series[i].faint && !series[i].label.isEmpty() &&
        std::none_of(order.begin(), order.end(),
                     [&](std::size_t other) { return series[other].label == series[i].label; }))
      order.push_back(i);
  return order;
}

OffscaleMarks::OffscaleMarks(QCustomPlot *plot, QCPAxisRect *axes)
    : QCPLayerable(plot, QStringLiteral("main")), m_axes(axes) {}

void OffscaleMarks::setContent(const CurveContent &content, const PlotTheme &theme) {
  m_marks.clear();
  m_theme = theme;
  for (std::size_t i = 0; i < content.series.size(); ++i)
    if (content.isVisible(content.series[i]))
      for (const CurvePoint &p : content.series[i].points)
        if (content.isLeftOut(p) && !std::isnan(p.value))
          m_marks.push_back({content.time.coordinate(double(p.step)), p.value, content.color(i, theme.dark)});
}

void OffscaleMarks::setMarks(std::vector<Mark> marks, const PlotTheme &theme) {
  m_marks = std::move(marks);
  m_theme = theme;
}

void OffscaleMarks::draw(QCPPainter *painter) {
  const QCPAxis *x = m_axes->axis(QCPAxis::atBottom), *y = m_axes->axis(QCPAxis::atLeft);
  const double r = 0.8 * m_theme.markerSize;
  for (const Mark &mark : m_marks) {
    if (y->range().contains(mark.value))
      continue;
    const bool above = mark.value > y->range().upper;
    const QPointF tip(x->coordToPixel(mark.key),
                      above ? m_axes->top() + m_theme.unit : m_axes->bottom() - m_theme.unit);
    const double back = above ? 1.6 * r : -1.6 * r;
    painter->setPen(QPen(mark.color, 1.2 * m_theme.unit));
    painter->setBrush(m_theme.background);
    painter->drawPolygon(QPolygonF{{tip, tip + QPointF(r, back), tip + QPointF(-r, back)}});
  }
}

CurveScene::CurveScene(QCustomPlot &plot)
    : m_frame(plot), m_names(new StageNames(&plot, m_frame.x)),
      m_offscale(new OffscaleMarks(&plot, m_frame.axes)) {}

void CurveScene::build(const CurveContent &content, const PlotTheme &theme) {
  QCustomPlot &plot = m_frame.plot;
  plot.clearPlottables();
  for (QCPAbstractItem *item : m_stageItems)
    plot.removeItem(item);
  m_stageItems.clear();
  m_frame.legend->clearItems();
  m_items.clear();

  m_frame.x->setTicker(QSharedPointer<TimeTicker>::create(m_frame.x, content.time));
  m_frame.xLabel->setMarkup(content.time.title());
  m_frame.yLabel->setMarkup(content.valueLabel);
  m_frame.y->setScaleType(content.logValues ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  m_frame.apply(theme);

  // Faint series first: they belong behind the others.
  m_items.resize(content.series.size());
  for (const bool faint : {true, false})
    for (std::size_t i = 0; i < content.series.size(); ++i)
      if (content.series[i].faint == faint)
        m_items[i] = CurveItems::add(m_frame.x, m_frame.y, content.series[i], content.time);
  addLegend(content, theme);
  addStages(content, theme);
  restyle(content, theme);
}

void CurveScene::addLegend(const CurveContent &content, const PlotTheme &theme) {
  m_entries.assign(content.series.size(), nullptr);
  for (const std::size_t i : content.legendOrder()) {
    const CurveSeries &s = content.series[i];
    const QColor color = CurveItems::shade(s, content.color(i, theme.dark));
    const QPen pen(color, theme.lineWidth * s.widthFactor, s.line, Qt::FlatCap);
    const double marker = theme.markerSize;
    const bool dots = (m_items[i].dots && !s.faint) || s.line == Qt::NoPen;
    m_entries[i] = new MathLegendItem(
        m_frame.legend, s.label.isEmpty() ? s.id : s.label,
        [pen, color, dots, marker](QCPPainter &painter, const QRectF &rect) {
          if (pen.style() != Qt::NoPen) {
            painter.setPen(pen);
            painter.drawLine(QLineF(rect.left(), rect.center().y(), rect.right(), rect.center().y()));
          }
          if (dots) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(color);
            painter.drawEllipse(rect.center(), 0.5 * marker, 0.5 * marker);
          }
        });
    m_frame.legend->addItem(m_entries[i]);
  }
  // One series needs no legend: the pane's title names it.
  m_frame.legend->setVisible(m_frame.legend->itemCount() > 1);
}

void CurveScene::addStages(const CurveContent &content, const PlotTheme &theme) {
  m_stageItems = addStageBands(*m_frame.axes, content.stages, content.time, theme);
  m_names->setContent(content.stages, content.time, theme);
  QMargins margins = m_frame.axes->minimumMargins();
  if (!content.stages.empty())
    margins.setTop(int(std::ceil(1.3 * theme.font.pixelSize())));
  m_frame.axes->setMinimumMargins(margins);
}

void CurveScene::restyle(const CurveContent &content, const PlotTheme &theme) {
  m_offscale->setContent(content, theme);
  for (std::size_t i = 0; i < m_items.size(); ++i) {
    const CurveSeries &s = content.series[i];
    const bool visible = content.isVisible(s);
    const bool others = !content.highlighted.isEmpty() && content.highlighted != s.id;
    m_items[i].style(s, content.color(i, theme.dark), others ? kDimmed : 1.0, theme);
    m_items[i].setVisible(visible);
    if (m_entries[i])
      m_entries[i]->setDimmed(!visible);
  }
}

void CurveScene::placeLegend(const CurveContent &content) {
  constexpr std::size_t kMostSamples = 500; // a series: enough to see where it runs
  constexpr double kLineSample = 12;        // pixels
  std::vector<QPointF> points, ends;
  for (const CurveSeries &s : content.series) {
    if (!content.isVisible(s))
      continue;
    const std::size_t stride = 1 + s.points.size() / kMostSamples;
    const std::size_t first = points.size();
    for (std::size_t i = 0; i < s.points.size(); i += stride) {
      if (!std::isfinite(s.points[i].value))
        continue;
      const QPointF point(m_frame.x->coordToPixel(content.time.coordinate(double(s.points[i].step))),
                          m_frame.y->coordToPixel(s.points[i].value));
      if (points.size() > first) { // the line between two points that lie far apart is in the way as well
        const QLineF line(points.back(), point);
        const int pieces = int(std::min(line.length() / kLineSample, double(kMostSamples)));
        for (int piece = 1; piece < pieces; ++piece)
          points.push_back(line.pointAt(double(piece) / pieces));
      }
      points.push_back(point);
      for (const double end : {s.points[i].low, s.points[i].high, s.points[i].value - s.points[i].error,
                               s.points[i].value + s.points[i].error})
        if (std::isfinite(end)) // of the band, of the error bar
          ends.emplace_back(point.x(), m_frame.y->coordToPixel(end));
    }
  }
  points.insert(points.end(), ends.begin(), ends.end());
  m_frame.placeLegend(points);
}

CurveScene::Extent CurveScene::extent(const CurveContent &content) {
  QCPRange x, y, suspects;
  bool foundX = false, foundY = false, foundSuspects = false;
  std::vector<double> suspectValues;
  for (const auto step : content.time.steps())
    include(x, foundX, content.time.coordinate(double(step)));
  const auto usable = [&](double v) { return content.logValues && v <= 0 ? kNone : v; };
  for (const CurveSeries &s : content.series) {
    if (!content.isVisible(s))
      continue;
    if (!s.points.empty()) {
      include(x, foundX, content.time.coordinate(double(s.points.front().step)));
      include(x, foundX, content.time.coordinate(double(s.points.back().step)));
    }
    for (const CurvePoint &p : s.points) {
      if (p.suspect) {
        include(suspects, foundSuspects, usable(p.value));
        suspectValues.push_back(usable(p.value));
        continue;
      }
      include(y, foundY, usable(p.value));
      include(y, foundY, usable(p.low));
      include(y, foundY, usable(p.high));
      if (std::isfinite(p.error)) {
        include(y, foundY, usable(p.value - p.error));
        include(y, foundY, usable(p.value + p.error));
      }
    }
  }
  if (content.fittedValues && usable(content.fittedValues->first) < content.fittedValues->second) {
    y = QCPRange(content.fittedValues->first, content.fittedValues->second);
  } else if (!foundY) {
    y = foundSuspects ? suspects : content.logValues ? QCPRange(1, 10) : QCPRange(0, 1);
  } else {
    const QCPRange trusted = y;
    const double reach = kSuspectReach * trusted.size();
    for (const double value : suspectValues)
      if (value >= trusted.lower - reach && value <= trusted.upper + reach)
        y.expand(value);
  }
  if (!foundX)
    x = QCPRange(0, 1);
  return {withMargin(x, false), withMargin(y, content.logValues)};
}

} // namespace evolute::widgets
