// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_items.h"

#include <cmath>

namespace evolute::widgets {

namespace {

constexpr std::size_t kMostDots = 250; // more points than this run into a line anyway
constexpr std::size_t kCrowded = 48;   // points of one series: smaller marks from here on
constexpr int kBandAlpha = 46;
constexpr double kFaint = 0.35; // opacity of raw values behind smooth ones

} // namespace

CurveItems CurveItems::add(QCPAxis *x, QCPAxis *y, const CurveSeries &series, const TimeAxis &time) {
  CurveItems items;
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
  const auto addGraph = [&](const QVector<QCPGraphData> &data) {
    auto *graph = x->parentPlot()->addGraph(x, y);
    graph->data()->set(data, true);
    graph->setSelectable(QCP::stNone);
    return graph;
  };
  if (!low.isEmpty()) {
    items.low = addGraph(low);
    items.high = addGraph(high);
    items.high->setChannelFillGraph(items.low);
  }
  if (!bars.isEmpty()) {
    items.bars = addGraph(bars);
    items.bars->setLineStyle(QCPGraph::lsNone);
    items.errors = new QCPErrorBars(x, y);
    items.errors->setDataPlottable(items.bars);
    items.errors->setData(errors);
    items.errors->setSymbolGap(0);
    items.errors->setSelectable(QCP::stNone);
  }
  items.dots = std::size_t(line.size()) <= kMostDots;
  items.line = addGraph(line);
  if (series.line == Qt::NoPen)
    items.line->setLineStyle(QCPGraph::lsNone);
  if (!suspects.isEmpty()) {
    items.suspects = addGraph(suspects);
    items.suspects->setLineStyle(QCPGraph::lsNone);
  }
  return items;
}

QColor CurveItems::shade(const CurveSeries &series, QColor own, double opacity) {
  own.setAlphaF(float(own.alphaF() * opacity * (series.faint ? kFaint : 1.0)));
  return own;
}

void CurveItems::style(const CurveSeries &series, QColor own, double opacity, const PlotTheme &theme) const {
  const QColor color = shade(series, own, opacity);
  line->setPen(QPen(color, theme.lineWidth * series.widthFactor,
                    series.line == Qt::NoPen ? Qt::SolidLine : series.line, Qt::RoundCap, Qt::RoundJoin));
  const bool showsDots = (dots && !series.faint) || series.line == Qt::NoPen;
  const double crowding = series.points.size() > kCrowded ? 0.65 : 1.0;
  line->setScatterStyle(showsDots
                            ? QCPScatterStyle(QCPScatterStyle::ssDisc, color, crowding * theme.markerSize)
                            : QCPScatterStyle::ssNone);
  if (high) {
    low->setPen(Qt::NoPen);
    high->setPen(Qt::NoPen);
    QColor pale = own;
    pale.setAlpha(int(kBandAlpha * color.alphaF() / own.alphaF()));
    high->setBrush(pale);
  }
  if (errors) {
    errors->setPen(QPen(color, theme.axisWidth));
    errors->setWhiskerWidth(4 * crowding * theme.unit);
  }
  if (suspects)
    suspects->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(color, 1.2 * theme.unit),
                                              theme.background, 1.4 * theme.markerSize));
}

void CurveItems::setVisible(bool visible) const {
  for (QCPLayerable *item : {static_cast<QCPLayerable *>(line), static_cast<QCPLayerable *>(low),
                             static_cast<QCPLayerable *>(high), static_cast<QCPLayerable *>(bars),
                             static_cast<QCPLayerable *>(errors), static_cast<QCPLayerable *>(suspects)})
    if (item)
      item->setVisible(visible);
}

} // namespace evolute::widgets
