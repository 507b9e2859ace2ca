// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/line_plot.h"

#include <algorithm>
#include <cmath>

#include <QToolTip>

#include "widgets/plots/curve_scene.h"
#include "widgets/plots/plot_frame.h"
#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"

namespace evolute::widgets {

namespace {

constexpr double kMargin = 0.05;       // of the range, on each side
constexpr double kSuspectReach = 1.0;  // of the trusted range: how far a suspect point may stretch it
constexpr double kHoverReach = 14;     // pixels
constexpr std::size_t kLegendMost = 8; // more entries hide more than they tell
constexpr int kPieces = 20;            // of a line between two points that lie far apart

QColor colorOf(const LineData &data, std::size_t index, bool dark) {
  QColor color = data.series[index].color;
  if (!color.isValid())
    color = seriesColor(int(index), int(data.series.size()), dark);
  if (data.series[index].faint)
    color.setAlphaF(0.35F);
  return color;
}

/// Frame and what belongs to it: one for the screen, one for each figure.
struct LineScene {
  explicit LineScene(QCustomPlot &plot) : frame(plot), offscale(new OffscaleMarks(&plot, frame.axes)) {}
  PlotFrame frame;
  OffscaleMarks *offscale; // the plot's
};

void addSeries(PlotFrame &frame, const LineData &data, std::size_t index, const PlotTheme &theme) {
  QCustomPlot &plot = frame.plot;
  const LineSeries &series = data.series[index];
  const QColor color = colorOf(data, index, theme.dark);
  QVector<QCPGraphData> line, low, high, bars, suspects, suspectBars;
  QVector<double> errors;
  for (const LinePoint &p : series.points) {
    if (p.suspect) {
      if (std::isfinite(p.value))
        suspects.append({p.x, p.value});
      continue;
    }
    line.append({p.x, std::isfinite(p.value) ? p.value : kNone});
    if (std::isfinite(p.error) && std::isfinite(p.value)) {
      bars.append({p.x, p.value});
      errors.append(p.error);
    }
    if (std::isfinite(p.low) && std::isfinite(p.high)) {
      low.append({p.x, p.low});
      high.append({p.x, p.high});
    }
  }
  const auto add = [&](const QVector<QCPGraphData> &points) {
    auto *graph = plot.addGraph();
    graph->data()->set(points, true);
    graph->setSelectable(QCP::stNone);
    graph->setPen(Qt::NoPen);
    return graph;
  };
  if (!low.isEmpty()) {
    QCPGraph *bottom = add(low), *top = add(high);
    QColor pale = color;
    pale.setAlpha(46);
    top->setBrush(pale);
    top->setChannelFillGraph(bottom);
  }
  if (!bars.isEmpty()) {
    QCPGraph *ends = add(bars);
    ends->setLineStyle(QCPGraph::lsNone);
    auto *bar = new QCPErrorBars(frame.x, frame.y);
    bar->setDataPlottable(ends);
    bar->setData(errors);
    bar->setSymbolGap(0);
    bar->setSelectable(QCP::stNone);
    bar->setPen(QPen(color, theme.axisWidth));
    bar->setWhiskerWidth(4 * theme.unit);
  }
  QCPGraph *graph = add(line);
  graph->setPen(
      QPen(color, theme.lineWidth * (series.dots ? 1.0 : 0.8), Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  if (!series.line)
    graph->setLineStyle(QCPGraph::lsNone);
  if (series.hollow)
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(color, 1.2 * theme.unit), Qt::NoBrush,
                                           1.8 * theme.markerSize));
  else if (series.dots)
    graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, color, theme.markerSize));
  if (!suspects.isEmpty()) {
    QCPGraph *hollow = add(suspects);
    hollow->setLineStyle(QCPGraph::lsNone);
    hollow->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(color, 1.2 * theme.unit),
                                            theme.background, 1.4 * theme.markerSize));
  }
  const QPen pen = graph->pen();
  const QCPScatterStyle scatter = series.line ? QCPScatterStyle() : graph->scatterStyle();
  if (!series.label.isEmpty() && frame.legend->itemCount() < int(kLegendMost))
    frame.legend->addItem(
        new MathLegendItem(frame.legend, series.label, [pen, scatter](QCPPainter &p, const QRectF &r) {
          p.setPen(pen);
          if (scatter.isNone()) {
            p.drawLine(QLineF(r.left(), r.center().y(), r.right(), r.center().y()));
          } else {
            scatter.applyTo(&p, pen);
            scatter.drawShape(&p, r.center());
          }
        }));
}

/// Names of points, to the right of each.
void addLabels(PlotFrame &frame, const LineData &data, std::size_t index, const PlotTheme &theme) {
  for (const LinePoint &p : data.series[index].points) {
    if (p.label.isEmpty() || !std::isfinite(p.value))
      continue;
    auto *text = new QCPItemText(&frame.plot);
    text->setSelectable(false);
    text->setLayer(QStringLiteral("bands"));
    text->setText(p.label);
    text->setFont(theme.font);
    text->setColor(colorOf(data, index, theme.dark));
    text->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
    text->setPadding(QMargins(int(std::ceil(theme.markerSize)), 0, 0, 0));
    text->position->setAxes(frame.x, frame.y);
    text->position->setAxisRect(frame.axes);
    text->position->setCoords(p.x, p.value);
    text->setClipToAxisRect(false); // the last letters of a point at the edge
  }
}

void addMark(PlotFrame &frame, const PlotTheme &theme, bool upright, double at) {
  auto *line = new QCPItemLine(&frame.plot);
  line->setSelectable(false);
  line->setLayer(QStringLiteral("bands"));
  line->setPen(QPen(theme.axis, theme.axisWidth, Qt::DashLine));
  for (QCPItemPosition *end : {line->start, line->end}) {
    end->setTypeX(upright ? QCPItemPosition::ptPlotCoords : QCPItemPosition::ptAxisRectRatio);
    end->setTypeY(upright ? QCPItemPosition::ptAxisRectRatio : QCPItemPosition::ptPlotCoords);
    end->setAxes(frame.x, frame.y);
    end->setAxisRect(frame.axes);
  }
  line->start->setCoords(upright ? at : 0, upright ? 0 : at);
  line->end->setCoords(upright ? at : 1, upright ? 1 : at);
}

void addDiagonal(PlotFrame &frame, const PlotTheme &theme) {
  auto *line = new QCPItemStraightLine(&frame.plot); // straight on two logarithmic axes too
  line->setSelectable(false);
  line->setLayer(QStringLiteral("bands"));
  line->setPen(QPen(theme.axis, theme.axisWidth, Qt::DashLine));
  for (QCPItemPosition *point : {line->point1, line->point2}) {
    point->setAxes(frame.x, frame.y);
    point->setAxisRect(frame.axes);
  }
  line->point1->setCoords(1, 1);
  line->point2->setCoords(10, 10);
}

void build(LineScene &scene, const LineData &data, const PlotTheme &theme) {
  PlotFrame &frame = scene.frame;
  QCustomPlot &plot = frame.plot;
  plot.clearPlottables();
  for (int i = plot.itemCount() - 1; i >= 0; --i)
    if (plot.item(i)->layer()->name() == QLatin1String("bands")) // the drag box of the mouse stays
      plot.removeItem(i);
  frame.legend->clearItems();
  frame.x->setScaleType(data.logX ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  frame.y->setScaleType(data.logValue ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  if (data.xTicks.empty()) {
    frame.x->setTicker(QSharedPointer<ValueTicker>::create(frame.x));
  } else {
    auto ticker = QSharedPointer<QCPAxisTickerText>::create();
    for (const auto &[value, text] : data.xTicks)
      ticker->addTick(value, text);
    frame.x->setTicker(ticker);
  }
  frame.apply(theme);
  frame.xLabel->setMarkup(data.xLabel);
  frame.yLabel->setMarkup(data.valueLabel);
  if (data.diagonal)
    addDiagonal(frame, theme);
  if (data.valueMark)
    addMark(frame, theme, false, *data.valueMark);
  if (data.xMark)
    addMark(frame, theme, true, *data.xMark);
  for (const bool faint : {true, false})
    for (std::size_t i = 0; i < data.series.size(); ++i)
      if (data.series[i].faint == faint)
        addSeries(frame, data, i, theme);
  for (std::size_t i = 0; i < data.series.size(); ++i)
    addLabels(frame, data, i, theme);
  frame.legend->setVisible(frame.legend->itemCount() > 1);
  std::vector<OffscaleMarks::Mark> suspects;
  for (std::size_t i = 0; i < data.series.size(); ++i)
    for (const LinePoint &p : data.series[i].points)
      if (p.suspect && !std::isnan(p.value))
        suspects.push_back({p.x, p.value, colorOf(data, i, theme.dark)});
  scene.offscale->setMarks(std::move(suspects), theme);
}

QCPRange widened(QCPRange range, bool log) {
  if (log) {
    const double part =
        range.upper > 1.0001 * range.lower ? std::pow(range.upper / range.lower, 1.5 * kMargin) : 2.0;
    return {range.lower / part, range.upper * part};
  }
  const double room = range.size() > 0   ? kMargin * range.size()
                      : range.lower != 0 ? 0.1 * std::abs(range.lower)
                                         : 0.5;
  return {range.lower - room, range.upper + room};
}

/// Suspect points count only where they lie near the trusted ones.
std::pair<QCPRange, QCPRange> extent(const LineData &data) {
  std::optional<QCPRange> x, y;
  std::vector<double> suspects;
  const auto include = [&](std::optional<QCPRange> &range, double value) {
    const bool log = &range == &x ? data.logX : data.logValue;
    if (std::isfinite(value) && (!log || value > 0))
      range ? range->expand(value) : void(range = QCPRange(value, value));
  };
  for (const LineSeries &series : data.series)
    for (const LinePoint &p : series.points) {
      include(x, p.x);
      if (p.suspect) {
        suspects.push_back(p.value);
        continue;
      }
      for (const double value : {p.value, p.low, p.high, p.value - p.error, p.value + p.error})
        include(y, value);
    }
  if (data.valueMark)
    include(y, *data.valueMark);
  if (!y)
    for (const double value : suspects)
      include(y, value);
  else {
    const double reach = kSuspectReach * y->size();
    const QCPRange trusted = *y;
    for (const double value : suspects)
      if (value > trusted.lower - reach && value < trusted.upper + reach)
        include(y, value);
  }
  return {widened(x.value_or(data.logX ? QCPRange(1, 10) : QCPRange(0, 1)), data.logX),
          widened(y.value_or(data.logValue ? QCPRange(1, 10) : QCPRange(0, 1)), data.logValue)};
}

} // namespace

struct LinePlot::Private {
  explicit Private(LinePlot *owner)
      : plot(new QCustomPlot(owner)), scene(*plot), mouse(new PlotInteraction(plot)) {}

  void setRanges(PlotFrame &target) const {
    target.x->setRange(plot->xAxis->range());
    target.y->setRange(plot->yAxis->range());
  }
  void placeLegend(PlotFrame &target) const {
    std::vector<QPointF> points;
    for (const LineSeries &series : data.series) {
      const std::size_t stride = 1 + series.points.size() / 500;
      std::optional<QPointF> before;
      for (std::size_t i = 0; i < series.points.size(); i += stride) {
        if (!std::isfinite(series.points[i].value))
          continue;
        const QPointF point(target.x->coordToPixel(series.points[i].x),
                            target.y->coordToPixel(series.points[i].value));
        if (before && series.dots) // few points: the lines between them are in the way as well
          for (int piece = 1; piece < kPieces; ++piece)
            points.push_back(QLineF(*before, point).pointAt(double(piece) / kPieces));
        points.push_back(point);
        before = point;
      }
    }
    target.placeLegend(points);
  }
  QString textAt(const QPointF &at) const {
    double nearest = kHoverReach;
    QString text;
    for (const LineSeries &series : data.series)
      for (const LinePoint &p : series.points) {
        const QPointF point(plot->xAxis->coordToPixel(p.x), plot->yAxis->coordToPixel(p.value));
        const double away = QLineF(at, point).length();
        if (!(away < nearest))
          continue;
        nearest = away;
        const QString name = p.label.isEmpty() ? MathLabel(series.label).plainText() : p.label;
        text = (name.isEmpty() ? QString() : name + QStringLiteral(" · ")) + data.header.value(0) +
               QStringLiteral(" ") + formatNumber(p.x) + QStringLiteral(": ") +
               (std::isfinite(p.error) ? formatWithError(p.value, p.error) : formatNumber(p.value)) +
               (p.note.isEmpty() ? QString() : QStringLiteral("\n") + p.note);
      }
    return text;
  }

  QCustomPlot *plot;
  LineScene scene;
  PlotInteraction *mouse;
  LineData data;
  std::vector<std::pair<std::size_t, std::size_t>> rows; // of the table: series, point
  bool userView = false;
};

LinePlot::LinePlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  setContent(d->plot);
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] { d->userView = true; });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::left, this, [this] { Q_EMIT hovered({}); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) {
    const QString text = d->textAt(at);
    QToolTip::showText(d->plot->mapToGlobal(at.toPoint()), text, d->plot);
    Q_EMIT hovered(text);
  });
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] { d->placeLegend(d->scene.frame); });
  themeChanged();
}

LinePlot::~LinePlot() {
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

void LinePlot::setData(LineData data) {
  d->data = std::move(data);
  d->rows.clear();
  for (std::size_t s = 0; s < d->data.series.size(); ++s)
    for (std::size_t p = 0; p < d->data.series[s].points.size(); ++p)
      d->rows.emplace_back(s, p);
  fit();
}

const LineData &LinePlot::data() const {
  return d->data;
}

void LinePlot::fit() {
  d->userView = false;
  themeChanged();
}

void LinePlot::themeChanged() {
  build(d->scene, d->data, theme());
  if (!d->userView) {
    const auto [x, y] = extent(d->data);
    d->plot->xAxis->setRange(x);
    d->plot->yAxis->setRange(y);
  }
  d->plot->setPlottingHint(QCP::phFastPolylines);
  d->plot->replot(QCustomPlot::rpQueuedReplot);
  contentChanged(!d->rows.empty());
}

void LinePlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  PlotFrame *frame = nullptr;
  std::optional<LineScene> own;
  paintPlotFigure(
      painter, spec,
      [&](QCustomPlot &plot, const PlotTheme &theme) {
        frame = &own.emplace(plot).frame;
        build(*own, d->data, theme);
        if (spec.showTitle)
          frame->title->setMarkup(title());
        frame->legend->setVisible(spec.showLegend && frame->legend->itemCount() > 1);
        d->setRanges(*frame);
      },
      [&] { d->placeLegend(*frame); });
}

PlotTable LinePlot::table() const {
  PlotTable table;
  table.header = {
      tr("series"), d->data.header.value(0), d->data.header.value(1), tr("error"), tr("low"), tr("high"),
      tr("note")};
  table.rows = int(d->rows.size());
  table.cell = [this](int row, int column) -> QString {
    const auto [s, p] = d->rows[std::size_t(row)];
    const LineSeries &series = d->data.series[s];
    const LinePoint &point = series.points[p];
    if (column == 0)
      return point.label.isEmpty() ? MathLabel(series.label).plainText() : point.label;
    if (column == 6)
      return point.note;
    const double numbers[] = {point.x, point.value, point.error, point.low, point.high};
    return csvNumber(numbers[column - 1]);
  };
  return table;
}

QString LinePlot::summary() const {
  return tr("%n line(s)", nullptr, int(d->data.series.size())) + tr(", %1 points").arg(d->rows.size());
}

} // namespace evolute::widgets
