// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_scene.h"

#include <algorithm>
#include <cmath>

#include <QLineF>

namespace evolute::widgets {

namespace {

constexpr std::size_t kMostDots = 250; // more points than this run into a line anyway
constexpr std::size_t kCrowded = 48;   // points of one series: smaller marks from here on
constexpr double kMargin = 0.04;       // of the range, on each side
constexpr double kSuspectReach = 0.5;  // of the trusted range: how far a suspect point may stretch it
constexpr int kBandAlpha = 46;
constexpr double kDimmed = 0.25; // opacity of what is not highlighted
constexpr double kFaint = 0.35;  // opacity of raw values behind smooth ones

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

QColor faded(QColor color, double opacity) {
  color.setAlphaF(float(color.alphaF() * opacity));
  return color;
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

StageNames::StageNames(QCustomPlot *plot, QCPAxis *x) : QCPLayerable(plot, QStringLiteral("axes")), m_x(x) {}

void StageNames::setContent(const CurveContent &content, const PlotTheme &theme) {
  m_names.clear();
  for (const StageBand &stage : content.stages)
    m_names.push_back({content.time.coordinate(double(stage.start)),
                       content.time.coordinate(double(stage.end)), MathLabel(stage.label)});
  m_font = theme.font;
  m_color = theme.text;
}

void StageNames::draw(QCPPainter *painter) {
  const QRectF inside = m_x->axisRect()->rect();
  painter->setPen(m_color);
  for (const Name &name : m_names) {
    const double from = std::max(inside.left(), m_x->coordToPixel(name.from));
    const double to = std::min(inside.right(), m_x->coordToPixel(name.to));
    const QRectF box = name.label.boundingRect(m_font);
    if (to - from > box.width())
      name.label.draw(*painter, m_font,
                      QRectF(from, inside.top() - 1.1 * box.height(), to - from, box.height()),
                      Qt::AlignHCenter);
  }
}

OffscaleMarks::OffscaleMarks(QCustomPlot *plot, QCPAxisRect *axes)
    : QCPLayerable(plot, QStringLiteral("main")), m_axes(axes) {}

void OffscaleMarks::setContent(const CurveContent &content, const PlotTheme &theme) {
  m_marks.clear();
  m_theme = theme;
  for (std::size_t i = 0; i < content.series.size(); ++i)
    if (content.isVisible(content.series[i]))
      for (const CurvePoint &p : content.series[i].points)
        if (p.suspect && !std::isnan(p.value))
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
        m_items[i] = addSeries(content.series[i], content.time);
  addLegend(content, theme);
  addStages(content, theme);
  restyle(content, theme);
}

CurveScene::Items CurveScene::addSeries(const CurveSeries &series, const TimeAxis &time) {
  QCustomPlot &plot = m_frame.plot;
  Items items;
  QVector<QCPGraphData> line, low, high, bars, suspects;
  QVector<double> errors;
  line.reserve(int(series.points.size()));
  for (const CurvePoint &p : series.points) {
    const double key = time.coordinate(double(p.step));
    if (p.suspect) {
      if (std::isfinite(p.value))
        suspects.append({key, p.value});
      continue;
    }
    line.append({key, std::isfinite(p.value) ? p.value : kNone});
    if (std::isfinite(p.error) && std::isfinite(p.value)) {
      bars.append({key, p.value});
      errors.append(p.error);
    }
    if (std::isfinite(p.low) && std::isfinite(p.high)) {
      low.append({key, p.low});
      high.append({key, p.high});
    }
  }
  const auto add = [&](const QVector<QCPGraphData> &data) {
    auto *graph = plot.addGraph();
    graph->data()->set(data, true);
    graph->setSelectable(QCP::stNone);
    return graph;
  };
  if (!low.isEmpty()) {
    items.low = add(low);
    items.high = add(high);
    items.high->setChannelFillGraph(items.low);
  }
  if (!bars.isEmpty()) {
    items.bars = add(bars);
    items.bars->setLineStyle(QCPGraph::lsNone);
    items.errors = new QCPErrorBars(m_frame.x, m_frame.y);
    items.errors->setDataPlottable(items.bars);
    items.errors->setData(errors);
    items.errors->setSymbolGap(0);
    items.errors->setSelectable(QCP::stNone);
  }
  items.dots = std::size_t(line.size()) <= kMostDots;
  items.line = add(line);
  if (series.line == Qt::NoPen)
    items.line->setLineStyle(QCPGraph::lsNone);
  if (!suspects.isEmpty()) {
    items.suspects = add(suspects);
    items.suspects->setLineStyle(QCPGraph::lsNone);
  }
  return items;
}

void CurveScene::addLegend(const CurveContent &content, const PlotTheme &theme) {
  for (std::size_t i = 0; i < content.series.size(); ++i) {
    const CurveSeries &s = content.series[i];
    if (s.faint)
      continue;
    const QColor color = content.color(i, theme.dark);
    const QPen pen(color, theme.lineWidth * s.widthFactor, s.line, Qt::FlatCap);
    const double marker = theme.markerSize;
    const bool dots = m_items[i].dots || s.line == Qt::NoPen;
    m_items[i].entry = new MathLegendItem(
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
    m_frame.legend->addItem(m_items[i].entry);
  }
  // One series needs no legend: the pane's title names it.
  m_frame.legend->setVisible(m_frame.legend->itemCount() > 1);
}

void CurveScene::addStages(const CurveContent &content, const PlotTheme &theme) {
  QCustomPlot &plot = m_frame.plot;
  for (const StageBand &stage : content.stages) {
    const double from = content.time.coordinate(double(stage.start));
    const double to = content.time.coordinate(double(stage.end));
    auto *band = new QCPItemRect(&plot);
    band->setLayer(QStringLiteral("bands"));
    for (QCPItemPosition *corner : {band->topLeft, band->bottomRight}) {
      corner->setTypeX(QCPItemPosition::ptPlotCoords);
      corner->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    band->topLeft->setCoords(from, 0);
    band->bottomRight->setCoords(to, 1);
    band->setPen(Qt::NoPen);
    band->setBrush(stageColor(stage.kind, theme.dark));
    auto *edge = new QCPItemLine(&plot); // so that nothing rests on hue alone
    edge->setLayer(QStringLiteral("bands"));
    for (QCPItemPosition *end : {edge->start, edge->end}) {
      end->setTypeX(QCPItemPosition::ptPlotCoords);
      end->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    edge->start->setCoords(from, 0);
    edge->end->setCoords(from, 1);
    edge->setPen(QPen(theme.axis, theme.axisWidth, Qt::DashLine));
    m_stageItems << band << edge;
  }
  m_names->setContent(content, theme);
  QMargins margins = m_frame.axes->minimumMargins();
  if (!content.stages.empty())
    margins.setTop(int(std::ceil(1.3 * theme.font.pixelSize())));
  m_frame.axes->setMinimumMargins(margins);
  for (QCPAbstractItem *item : m_stageItems)
    item->setSelectable(false);
}

void CurveScene::restyle(const CurveContent &content, const PlotTheme &theme) {
  m_offscale->setContent(content, theme);
  for (std::size_t i = 0; i < m_items.size(); ++i) {
    const CurveSeries &s = content.series[i];
    const Items &items = m_items[i];
    const bool visible = content.isVisible(s);
    const bool others = !content.highlighted.isEmpty() && content.highlighted != s.id;
    const double opacity = (others ? kDimmed : 1.0) * (s.faint ? kFaint : 1.0);
    const QColor own = content.color(i, theme.dark);
    const QColor color = faded(own, opacity);
    const QPen pen(color, theme.lineWidth * s.widthFactor, s.line == Qt::NoPen ? Qt::SolidLine : s.line,
                   Qt::RoundCap, Qt::RoundJoin);

    items.line->setPen(pen);
    const bool dots = (items.dots && !s.faint) || s.line == Qt::NoPen;
    const double crowding = s.points.size() > kCrowded ? 0.65 : 1.0;
    items.line->setScatterStyle(
        dots ? QCPScatterStyle(QCPScatterStyle::ssDisc, color, crowding * theme.markerSize)
             : QCPScatterStyle::ssNone);
    if (items.high) {
      items.low->setPen(Qt::NoPen);
      items.high->setPen(Qt::NoPen);
      QColor pale = faded(own, opacity);
      pale.setAlpha(int(kBandAlpha * opacity));
      items.high->setBrush(pale);
    }
    if (items.errors) {
      items.errors->setPen(QPen(color, theme.axisWidth));
      items.errors->setWhiskerWidth(4 * crowding * theme.unit);
    }
    if (items.suspects) {
      QCPScatterStyle hollow(QCPScatterStyle::ssCircle, QPen(color, 1.2 * theme.unit), theme.background,
                             1.4 * theme.markerSize);
      items.suspects->setScatterStyle(hollow);
    }
    for (QCPLayerable *item :
         {static_cast<QCPLayerable *>(items.line), static_cast<QCPLayerable *>(items.low),
          static_cast<QCPLayerable *>(items.high), static_cast<QCPLayerable *>(items.bars),
          static_cast<QCPLayerable *>(items.errors), static_cast<QCPLayerable *>(items.suspects)})
      if (item)
        item->setVisible(visible);
    if (items.entry)
      items.entry->setDimmed(!visible);
  }
}

void CurveScene::placeLegend(const CurveContent &content) {
  constexpr std::size_t kMostSamples = 500; // a series: enough to see where it runs
  constexpr double kLineSample = 12;        // pixels
  std::vector<QPointF> points;
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
    }
  }
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
  if (!foundY) {
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
