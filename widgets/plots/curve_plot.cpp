// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/curve_plot.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QToolTip>

#include "widgets/plots/curve_scene.h"
#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"

namespace evolute::widgets {

namespace {

constexpr double kHoverReach = 24.0; // pixels

struct PointRef {
  const CurveSeries *series = nullptr;
  const CurvePoint *point = nullptr;
};

QString plainLabel(const CurveSeries &series) {
  return MathLabel(series.label.isEmpty() ? series.id : series.label).plainText();
}

QString words(const PointRef &ref) {
  QString text =
      QStringLiteral("%1: %2 @ %3")
          .arg(plainLabel(*ref.series),
               formatWithError(ref.point->value, ref.point->error),
               CurvePlot::tr("step %1").arg(QLocale(QLocale::English).toString(qint64(ref.point->step))));
  if (ref.point->suspect)
    text += CurvePlot::tr(" — suspect");
  if (!ref.point->note.isEmpty())
    text += QStringLiteral(": ") + ref.point->note;
  return text;
}

} // namespace

struct CurvePlot::Private {
  explicit Private(CurvePlot *owner)
      : q(owner), plot(new QCustomPlot(owner)), scene(*plot), mouse(new PlotInteraction(plot)) {
    cursor = new QCPItemStraightLine(plot);
    range = new QCPItemRect(plot);
    marker = new QCPItemTracer(plot);
    for (QCPAbstractItem *item :
         {static_cast<QCPAbstractItem *>(range), static_cast<QCPAbstractItem *>(cursor),
          static_cast<QCPAbstractItem *>(marker)}) {
      item->setLayer(QStringLiteral("overlay"));
      item->setSelectable(false);
      item->setVisible(false);
    }
    range->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    range->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    marker->setStyle(QCPItemTracer::tsCircle);
    marker->setSize(11);
    mouse->setRangeSelectable(true);
  }

  PointRef nearest(const QPointF &pixel) const;
  void rebuild();
  void styleOverlay(const PlotTheme &theme);
  void placeOverlay();
  void repaintOverlay() { plot->layer(QStringLiteral("overlay"))->replot(); }
  void applyExtent();
  void hover(const QPointF &pixel);
  void leave();
  void moveCursorTo(const QPointF &pixel);
  QStringList behindEntry(const QString &id) const; // that series first
  QString legendId(int index) const;
  bool hasData() const;
  void visibilityChanged();

  CurvePlot *q;
  QCustomPlot *plot;
  CurveScene scene;
  PlotInteraction *mouse;
  QCPItemStraightLine *cursor;
  QCPItemRect *range;
  QCPItemTracer *marker;
  CurveContent content;
  std::optional<std::int64_t> cursorStep;
  std::optional<std::pair<std::int64_t, std::int64_t>> timeRange;
  QSet<QString> hiddenBeforeClick; // a double click starts with a click
  QString hoveredId;
  bool userView = false;
  bool legendStale = true;
  QSize legendPlacedFor; // of the axis rect; the first layout comes before the window has its size
};

CurvePlot::CurvePlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  setContent(d->plot);
  // Only when the data, the fit or the size changed: a legend that jumps while one pans is a nuisance.
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] {
    const QSize size = d->plot->axisRect()->size();
    if (std::exchange(d->legendStale, false) | (std::exchange(d->legendPlacedFor, size) != size))
      d->scene.placeLegend(d->content);
  });
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] {
    d->userView = true;
    Q_EMIT viewEdited();
  });
  connect(d->mouse, &PlotInteraction::clicked, this, [this](const QPointF &at) { d->moveCursorTo(at); });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) { d->hover(at); });
  connect(d->mouse, &PlotInteraction::left, this, [this] { d->leave(); });
  connect(d->mouse, &PlotInteraction::rangeSelected, this, [this](double lower, double upper) {
    const auto step = [this](double c) {
      return qint64(std::llround(std::max(0.0, d->content.time.step(c))));
    };
    Q_EMIT timeRangeSelected(step(lower), step(upper));
  });
  connect(d->mouse, &PlotInteraction::legendClicked, this, [this](int index) {
    const QString id = d->legendId(index);
    d->hiddenBeforeClick = d->content.hidden;
    const bool visible = d->content.hidden.contains(id);
    for (const QString &each : d->behindEntry(id))
      setSeriesVisible(each, visible);
  });
  connect(d->mouse, &PlotInteraction::legendDoubleClicked, this, [this](int index) {
    d->content.hidden = d->hiddenBeforeClick;
    showOnly(d->legendId(index));
  });
  d->rebuild();
}

CurvePlot::~CurvePlot() {
  // The canvas dies after this, with our base class; a leave event on its way must not find us half gone.
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

bool CurvePlot::Private::hasData() const {
  return std::any_of(content.series.begin(), content.series.end(),
                     [](const CurveSeries &s) { return !s.points.empty(); });
}

void CurvePlot::Private::rebuild() {
  const PlotTheme theme = q->theme();
  scene.build(content, theme);
  styleOverlay(theme);
  if (!userView)
    applyExtent();
  placeOverlay();
  marker->setVisible(false);
  plot->replot(QCustomPlot::rpQueuedReplot);
  q->contentChanged(hasData());
}

void CurvePlot::Private::applyExtent() {
  legendStale = true;
  const auto extent = CurveScene::extent(content);
  scene.frame().x->setRange(extent.x);
  if (!mouse->isValueLocked())
    scene.frame().y->setRange(extent.y);
}

void CurvePlot::Private::styleOverlay(const PlotTheme &theme) {
  cursor->setPen(QPen(theme.cursor, 1.5));
  QColor pale = q->palette().color(QPalette::Highlight);
  pale.setAlpha(34);
  range->setPen(Qt::NoPen);
  range->setBrush(pale);
  marker->setPen(QPen(theme.hover, 1.5));
  marker->setBrush(Qt::NoBrush);
}

void CurvePlot::Private::placeOverlay() {
  cursor->setVisible(cursorStep.has_value());
  if (cursorStep) {
    // Two points with one x: in pixels, since a log axis has no coordinate 0.
    const double at = content.time.coordinate(double(*cursorStep));
    for (QCPItemPosition *point : {cursor->point1, cursor->point2})
      point->setTypeY(QCPItemPosition::ptAxisRectRatio);
    cursor->point1->setCoords(at, 0);
    cursor->point2->setCoords(at, 1);
  }
  range->setVisible(timeRange.has_value());
  if (timeRange) {
    range->topLeft->setCoords(content.time.coordinate(double(timeRange->first)), 0);
    range->bottomRight->setCoords(content.time.coordinate(double(timeRange->second)), 1);
  }
}

PointRef CurvePlot::Private::nearest(const QPointF &pixel) const {
  PointRef best;
  double bestDistance = kHoverReach;
  const QCPAxis *x = plot->xAxis, *y = plot->yAxis;
  const double from = content.time.step(x->pixelToCoord(pixel.x() - kHoverReach));
  const double to = content.time.step(x->pixelToCoord(pixel.x() + kHoverReach));
  for (const CurveSeries &s : content.series) {
    if (s.faint || !content.isVisible(s))
      continue;
    auto p = std::lower_bound(s.points.begin(), s.points.end(), from,
                              [](const CurvePoint &point, double step) { return double(point.step) < step; });
    for (; p != s.points.end() && double(p->step) <= to; ++p) {
      if (!std::isfinite(p->value) || (content.logValues && p->value <= 0))
        continue;
      const double dx = x->coordToPixel(content.time.coordinate(double(p->step))) - pixel.x();
      double at = y->coordToPixel(p->value);
      if (content.isLeftOut(*p)) // out of view it has its mark at the edge
        at = std::clamp(at, double(plot->axisRect()->top()), double(plot->axisRect()->bottom()));
      const double distance = std::hypot(dx, at - pixel.y());
      if (distance < bestDistance) {
        bestDistance = distance;
        best = {&s, &*p};
      }
    }
  }
  return best;
}

void CurvePlot::Private::hover(const QPointF &pixel) {
  const bool inside = plot->axisRect()->rect().contains(pixel.toPoint());
  const PointRef ref = inside ? nearest(pixel) : PointRef();
  marker->setVisible(ref.point != nullptr);
  if (ref.point)
    marker->position->setCoords(content.time.coordinate(double(ref.point->step)), ref.point->value);
  repaintOverlay();
  const QString text = ref.point ? words(ref) : QString();
  if (ref.point)
    QToolTip::showText(plot->mapToGlobal(pixel.toPoint()), text, plot);
  else
    QToolTip::hideText();
  Q_EMIT q->hovered(text);
  const QString id = ref.series ? ref.series->id : QString();
  if (id != hoveredId)
    Q_EMIT q->seriesHovered(hoveredId = id);
}

void CurvePlot::Private::leave() {
  marker->setVisible(false);
  repaintOverlay();
  Q_EMIT q->hovered({});
  if (!hoveredId.isEmpty())
    Q_EMIT q->seriesHovered(hoveredId = QString());
}

void CurvePlot::Private::moveCursorTo(const QPointF &pixel) {
  auto step = content.time.nearestCheckpoint(plot->xAxis->pixelToCoord(pixel.x()));
  if (!step) { // no list of checkpoints: the steps of the points will do
    std::vector<std::int64_t> steps;
    for (const CurveSeries &s : content.series)
      for (const CurvePoint &p : s.points)
        steps.push_back(p.step);
    std::sort(steps.begin(), steps.end());
    step = TimeAxis(content.time.kind(), std::move(steps))
               .nearestCheckpoint(plot->xAxis->pixelToCoord(pixel.x()));
  }
  if (!step)
    return;
  q->setCursorStep(*step);
  Q_EMIT q->cursorMoved(*step);
}

QString CurvePlot::Private::legendId(int index) const {
  const std::vector<std::size_t> order = content.legendOrder();
  return index < int(order.size()) ? content.series[order[std::size_t(index)]].id : QString();
}

QStringList CurvePlot::Private::behindEntry(const QString &id) const {
  QStringList ids{id};
  const auto own =
      std::find_if(content.series.begin(), content.series.end(), [&](const auto &s) { return s.id == id; });
  for (const CurveSeries &s : content.series)
    if (s.faint && s.id != id && own != content.series.end() && s.label == own->label)
      ids << s.id;
  return ids;
}

void CurvePlot::Private::visibilityChanged() {
  scene.restyle(content, q->theme());
  if (!userView)
    applyExtent();
  plot->replot(QCustomPlot::rpQueuedReplot);
  q->contentChanged(hasData());
  Q_EMIT q->hiddenSeriesChanged(q->hiddenSeries());
}

void CurvePlot::setTimeAxis(const TimeAxis &axis) {
  const View before = view();
  d->content.time = axis;
  if (d->userView)
    d->scene.frame().x->setRange(axis.coordinate(before.firstStep), axis.coordinate(before.lastStep));
  d->rebuild();
}

void CurvePlot::setValueLabel(const QString &markup) {
  d->content.valueLabel = markup;
  d->rebuild();
}

void CurvePlot::setSeries(std::vector<CurveSeries> series) {
  d->content.series = std::move(series);
  d->rebuild();
}

void CurvePlot::setStages(std::vector<StageBand> stages) {
  d->content.stages = std::move(stages);
  d->rebuild();
}

const std::vector<CurveSeries> &CurvePlot::series() const {
  return d->content.series;
}

void CurvePlot::setCursorStep(std::int64_t step) {
  d->cursorStep = step;
  d->placeOverlay();
  d->repaintOverlay();
}

std::optional<std::int64_t> CurvePlot::cursorStep() const {
  return d->cursorStep;
}

void CurvePlot::setTimeRange(std::optional<std::pair<std::int64_t, std::int64_t>> range) {
  d->timeRange = range;
  d->placeOverlay();
  d->repaintOverlay();
}

void CurvePlot::setHighlightedSeries(const QString &id) {
  if (d->content.highlighted == id)
    return;
  d->content.highlighted = id;
  d->scene.restyle(d->content, theme());
  d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::setSeriesVisible(const QString &id, bool visible) {
  if (id.isEmpty() || visible != d->content.hidden.contains(id))
    return;
  if (visible)
    d->content.hidden.remove(id);
  else
    d->content.hidden.insert(id);
  d->visibilityChanged();
}

void CurvePlot::showOnly(const QString &id) {
  const QStringList kept = d->behindEntry(id);
  QSet<QString> others;
  for (const CurveSeries &s : d->content.series)
    if (!kept.contains(s.id))
      others.insert(s.id);
  d->content.hidden = d->content.hidden == others ? QSet<QString>() : others;
  d->visibilityChanged();
}

QStringList CurvePlot::hiddenSeries() const {
  QStringList ids(d->content.hidden.begin(), d->content.hidden.end());
  ids.sort();
  return ids;
}

void CurvePlot::setLogValues(bool log) {
  if (d->content.logValues == log)
    return;
  d->content.logValues = log;
  d->scene.frame().y->setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
  d->scene.frame().y->setRange(CurveScene::extent(d->content).y); // a linear range may hold no positive value
  d->rebuild();
}

bool CurvePlot::isLogValues() const {
  return d->content.logValues;
}

void CurvePlot::setValueLocked(bool locked) {
  d->mouse->setValueLocked(locked);
}

bool CurvePlot::isValueLocked() const {
  return d->mouse->isValueLocked();
}

CurvePlot::View CurvePlot::view() const {
  const QCPRange x = d->plot->xAxis->range(), y = d->plot->yAxis->range();
  return {d->content.time.step(x.lower), d->content.time.step(x.upper), y.lower, y.upper};
}

void CurvePlot::setView(const View &view) {
  d->userView = true;
  d->plot->xAxis->setRange(d->content.time.coordinate(view.firstStep),
                           d->content.time.coordinate(view.lastStep));
  d->plot->yAxis->setRange(view.lowValue, view.highValue);
  d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::setFittedValues(std::optional<std::pair<double, double>> range) {
  if (d->content.fittedValues == range)
    return;
  d->content.fittedValues = range;
  d->rebuild();
}

void CurvePlot::fit() {
  d->userView = false;
  d->applyExtent();
  d->plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewEdited();
}

void CurvePlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  CurveContent shown = d->content;
  shown.highlighted.clear();
  std::optional<CurveScene> scene;
  const auto fill = [&](QCustomPlot &plot, const PlotTheme &theme) {
    scene.emplace(plot);
    std::erase_if(shown.series, [&](const CurveSeries &s) { return !d->content.isVisible(s); });
    for (std::size_t i = 0, kept = 0; i < d->content.series.size(); ++i) // colours as on the screen
      if (d->content.isVisible(d->content.series[i]))
        shown.series[kept++].color = d->content.color(i, false);
    scene->build(shown, theme);
    if (spec.showTitle)
      scene->frame().title->setMarkup(title());
    if (!spec.showLegend)
      scene->frame().legend->setVisible(false);
    scene->frame().x->setRange(d->plot->xAxis->range());
    scene->frame().y->setRange(d->plot->yAxis->range());
    if (spec.showCursor && d->cursorStep) {
      auto *line = new QCPItemStraightLine(&plot);
      line->setPen(QPen(theme.cursor, theme.lineWidth));
      const double at = shown.time.coordinate(double(*d->cursorStep));
      line->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
      line->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
      line->point1->setCoords(at, 0);
      line->point2->setCoords(at, 1);
    }
  };
  paintPlotFigure(painter, spec, fill, [&] { scene->placeLegend(shown); });
}

PlotTable CurvePlot::table() const {
  struct Column {
    QString heading;
    QString (*text)(const CurveSeries &, const CurvePoint &);
    bool optional; // left out where no point has it: a metric has no chains
  };
  const std::vector<Column> all = {
      {tr("series"), [](const CurveSeries &s, const CurvePoint &) { return plainLabel(s); }, false},
      {tr("step"), [](const CurveSeries &, const CurvePoint &p) { return QString::number(p.step); }, false},
      {tr("value"), [](const CurveSeries &, const CurvePoint &p) { return csvNumber(p.value); }, false},
      {tr("error"), [](const CurveSeries &, const CurvePoint &p) { return csvNumber(p.error); }, true},
      {tr("low"), [](const CurveSeries &, const CurvePoint &p) { return csvNumber(p.low); }, true},
      {tr("high"), [](const CurveSeries &, const CurvePoint &p) { return csvNumber(p.high); }, true},
      {tr("suspect"), [](const CurveSeries &, const CurvePoint &p) { return p.suspect ? tr("yes") : QString(); }, true},
      {tr("note"), [](const CurveSeries &, const CurvePoint &p) { return p.note; }, true}};
  const auto isUsed = [this](const Column &column) {
    return !column.optional ||
           std::any_of(d->content.series.begin(), d->content.series.end(), [&](const CurveSeries &s) {
             return std::any_of(s.points.begin(), s.points.end(),
                                [&](const CurvePoint &p) { return !column.text(s, p).isEmpty(); });
           });
  };
  std::vector<Column> columns;
  std::copy_if(all.begin(), all.end(), std::back_inserter(columns), isUsed);

  PlotTable table;
  for (const Column &column : columns)
    table.header << column.heading;
  std::vector<int> starts; // first row of each series
  for (const CurveSeries &s : d->content.series) {
    starts.push_back(table.rows);
    table.rows += int(s.points.size());
  }
  table.cell = [this, starts, columns](int row, int column) -> QString {
    const auto after = std::upper_bound(starts.begin(), starts.end(), row);
    const auto index = std::size_t(after - starts.begin()) - 1;
    const CurveSeries &s = d->content.series[index];
    return columns[std::size_t(column)].text(s, s.points[std::size_t(row - starts[index])]);
  };
  return table;
}

QString CurvePlot::summary() const {
  QStringList parts;
  int shown = 0;
  for (const CurveSeries &s : d->content.series) {
    if (s.faint || s.points.empty() || !d->content.isVisible(s))
      continue;
    ++shown;
    if (shown > 3)
      continue;
    const auto suspects =
        std::count_if(s.points.begin(), s.points.end(), [](const CurvePoint &p) { return p.suspect; });
    parts << tr("%1: %n point(s), %2 at step %3 to %4 at step %5", nullptr, int(s.points.size()))
                     .arg(plainLabel(s),
                          formatNumber(s.points.front().value), formatStep(s.points.front().step),
                          formatNumber(s.points.back().value), formatStep(s.points.back().step)) +
                 (suspects ? tr(", %n of them suspect", nullptr, int(suspects)) : QString());
  }
  if (shown > 3)
    parts << tr("and %n more series", nullptr, shown - 3);
  if (!d->content.stages.empty())
    parts << tr("%n stage(s)", nullptr, int(d->content.stages.size()));
  if (parts.isEmpty())
    return tr("All series are hidden.");
  return parts.join(QStringLiteral("; "));
}

void CurvePlot::themeChanged() {
  d->rebuild();
}

void CurvePlot::keyPressEvent(QKeyEvent *event) {
  const int by = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  const auto &steps = d->content.time.steps();
  if (by == 0 || event->modifiers() != Qt::NoModifier || steps.empty()) {
    PlotPane::keyPressEvent(event);
    return;
  }
  const int now = d->cursorStep ? d->content.time.indexOf(*d->cursorStep).value_or(0) : 0;
  const auto next = std::size_t(std::clamp(now + by, 0, int(steps.size()) - 1));
  setCursorStep(steps[next]);
  Q_EMIT cursorMoved(steps[next]);
}

} // namespace evolute::widgets
