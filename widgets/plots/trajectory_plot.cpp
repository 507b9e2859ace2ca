// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trajectory_plot.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QToolTip>

#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/trajectory_scene.h"

namespace evolute::widgets {

namespace {
constexpr double kHoverReach = 24.0; // pixels
}

namespace {

/// Shows the osculating circle at point `i`, if it has one.
void placeCircle(QCPItemEllipse *item, const TrajectoryContent &content, std::size_t i) {
  const std::vector<PlaneCircle> &circles = content.overlays.circles;
  if (i >= circles.size() || !std::isfinite(circles[i].radius))
    return;
  const PlaneCircle &c = circles[i];
  item->topLeft->setCoords(c.x - c.radius, c.y + c.radius);
  item->bottomRight->setCoords(c.x + c.radius, c.y - c.radius);
  item->setVisible(true);
}

} // namespace

struct TrajectoryPlot::Private {
  explicit Private(TrajectoryPlot *owner)
      : q(owner), plot(new QCustomPlot(owner)), scene(*plot), mouse(new PlotInteraction(plot)) {
    mouse->setAxesTied(true);
    for (QCPItemTracer **item : {&marker, &cursor}) {
      *item = new QCPItemTracer(plot);
      (*item)->setLayer(QStringLiteral("overlay"));
      (*item)->setStyle(QCPItemTracer::tsCircle);
      (*item)->setSelectable(false);
      (*item)->setVisible(false);
    }
    marker->setSize(11);
    cursor->setSize(13);
    circle = new QCPItemEllipse(plot);
    circle->setLayer(QStringLiteral("overlay"));
    circle->setSelectable(false);
    circle->setVisible(false);
  }

  int nearest(const QPointF &pixel, double reach) const;
  void rebuild();
  void place();
  void placeCursor();
  void repaintOverlay() { plot->layer(QStringLiteral("overlay"))->replot(); }
  void hover(const QPointF &pixel);
  QString words(int index) const;
  void moveTo(int index);

  TrajectoryPlot *q;
  TrajectoryContent content; // before the scene: that keeps a pointer to it
  QCustomPlot *plot;
  TrajectoryScene scene;
  PlotInteraction *mouse;
  QCPItemTracer *marker = nullptr, *cursor = nullptr;
  QCPItemEllipse *circle = nullptr; // the osculating one at the cursor
  std::optional<std::int64_t> cursorStep;
  bool userView = false;
};

TrajectoryPlot::TrajectoryPlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  setContent(d->plot);
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] {
    d->userView = true;
    d->scene.equaliseAxes();
    Q_EMIT viewEdited();
  });
  connect(d->mouse, &PlotInteraction::clicked, this,
          [this](const QPointF &at) { d->moveTo(d->nearest(at, std::numeric_limits<double>::infinity())); });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) { d->hover(at); });
  connect(d->mouse, &PlotInteraction::left, this, [this] {
    d->marker->setVisible(false);
    d->repaintOverlay();
    Q_EMIT hovered({});
  });
  // The axes' rectangle is known only after QCustomPlot's layout: keep the scale equal at every size.
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] { d->place(); });
  d->rebuild();
}

TrajectoryPlot::~TrajectoryPlot() {
  // The canvas dies after this, with our base class; a leave event on its way must not find us half gone.
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

int TrajectoryPlot::Private::nearest(const QPointF &pixel, double reach) const {
  int best = -1;
  double bestDistance = reach;
  for (std::size_t i = 0; i < content.data.steps.size(); ++i) {
    const double distance = std::hypot(plot->xAxis->coordToPixel(content.data.x[i]) - pixel.x(),
                                       plot->yAxis->coordToPixel(content.data.y[i]) - pixel.y());
    if (distance < bestDistance) {
      bestDistance = distance;
      best = int(i);
    }
  }
  return best;
}

void TrajectoryPlot::Private::rebuild() {
  const PlotTheme theme = q->theme();
  scene.build(content, theme);
  marker->setPen(QPen(theme.hover, 1.5));
  marker->setVisible(false);
  cursor->setPen(QPen(theme.cursor, 2.5));
  circle->setPen(QPen(theme.cursor, 1.2));
  placeCursor();
  plot->replot(QCustomPlot::rpQueuedReplot);
  q->contentChanged(!content.isEmpty());
}

void TrajectoryPlot::Private::place() {
  if (content.isEmpty())
    return;
  if (!userView) {
    const auto extent = TrajectoryScene::extent(content);
    plot->xAxis->setRange(extent.x);
    plot->yAxis->setRange(extent.y);
  }
  scene.equaliseAxes();
  scene.frame().axes->update(QCPLayoutElement::upPreparation); // ticks of the new ranges
  scene.placeLegend(content);
}

void TrajectoryPlot::Private::placeCursor() {
  // A checkpoint without outputs has no place on the path: a ring elsewhere would speak of another one.
  const int at = cursorStep ? content.pointAt(*cursorStep) : -1;
  cursor->setVisible(at >= 0);
  circle->setVisible(false);
  if (at < 0)
    return;
  const auto i = std::size_t(at);
  cursor->position->setCoords(content.data.x[i], content.data.y[i]);
  placeCircle(circle, content, i);
}

QString TrajectoryPlot::Private::words(int index) const {
  const auto i = std::size_t(index);
  const QString text = tr("step %1: (%2, %3)")
                           .arg(QLocale(QLocale::English).toString(qint64(content.data.steps[i])),
                                formatNumber(content.data.x[i]), formatNumber(content.data.y[i]));
  const int stage = content.stageAt(content.data.steps[i]);
  if (stage < 0)
    return text;
  const StageBand &band = content.stages[std::size_t(stage)];
  return text +
         tr(" · stage %1").arg(MathLabel(band.label + QLatin1Char(' ') + band.name).plainText().trimmed());
}

void TrajectoryPlot::Private::hover(const QPointF &pixel) {
  const int index = nearest(pixel, kHoverReach);
  QString text = index < 0 ? QString() : words(index);
  marker->setVisible(index >= 0);
  if (index >= 0)
    marker->position->setCoords(content.data.x[std::size_t(index)], content.data.y[std::size_t(index)]);
  for (const TrajectoryMark &mark : content.marks)
    if (!mark.note.isEmpty() && std::hypot(plot->xAxis->coordToPixel(mark.x) - pixel.x(),
                                           plot->yAxis->coordToPixel(mark.y) - pixel.y()) < kHoverReach / 2)
      text += (text.isEmpty() ? QString() : QStringLiteral("\n")) + mark.note;
  repaintOverlay();
  if (text.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(plot->mapToGlobal(pixel.toPoint()), text, plot);
  Q_EMIT q->hovered(text);
}

void TrajectoryPlot::Private::moveTo(int index) {
  if (index < 0)
    return;
  const auto step = content.data.steps[std::size_t(index)];
  q->setCursorStep(step);
  Q_EMIT q->cursorMoved(step);
}

void TrajectoryPlot::setTimeAxis(const TimeAxis &axis) {
  d->content.time = axis;
  d->rebuild();
}

void TrajectoryPlot::setTrajectory(const TrajectoryData &path) {
  Q_ASSERT(path.x.size() == path.steps.size() && path.y.size() == path.steps.size());
  d->content.data = path;
  d->rebuild();
}

void TrajectoryPlot::setMarks(std::vector<TrajectoryMark> marks) {
  d->content.marks = std::move(marks);
  d->rebuild();
}

void TrajectoryPlot::setOverlays(TrajectoryOverlays overlays) {
  d->content.overlays = std::move(overlays);
  d->rebuild();
}

const TrajectoryData &TrajectoryPlot::trajectory() const {
  return d->content.data;
}

const TrajectoryOverlays &TrajectoryPlot::overlays() const {
  return d->content.overlays;
}

const std::vector<TrajectoryMark> &TrajectoryPlot::marks() const {
  return d->content.marks;
}

void TrajectoryPlot::setStages(std::vector<StageBand> stages) {
  d->content.stages = std::move(stages);
  d->rebuild();
}

void TrajectoryPlot::setColoredByStage(bool byStage) {
  d->content.byStage = byStage;
  d->rebuild();
}

bool TrajectoryPlot::isColoredByStage() const {
  return d->content.byStage;
}

void TrajectoryPlot::setCursorStep(std::int64_t step) {
  d->cursorStep = step;
  d->placeCursor();
  d->repaintOverlay();
}

std::optional<std::int64_t> TrajectoryPlot::cursorStep() const {
  return d->cursorStep;
}

void TrajectoryPlot::fit() {
  d->userView = false;
  d->place();
  d->plot->replot(QCustomPlot::rpQueuedReplot);
  Q_EMIT viewEdited();
}

void TrajectoryPlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  std::optional<TrajectoryScene> scene;
  const auto fill = [&](QCustomPlot &plot, const PlotTheme &theme) {
    scene.emplace(plot);
    scene->build(d->content, theme);
    if (spec.showTitle)
      scene->frame().title->setMarkup(title());
    const int at = spec.showCursor && d->cursorStep ? d->content.pointAt(*d->cursorStep) : -1;
    if (at < 0)
      return;
    const auto i = std::size_t(at);
    auto *ring = new QCPItemTracer(&plot);
    ring->setStyle(QCPItemTracer::tsCircle);
    ring->setSize(2.4 * theme.markerSize);
    ring->setPen(QPen(theme.cursor, 2 * theme.unit));
    ring->position->setCoords(d->content.data.x[i], d->content.data.y[i]);
    auto *round = new QCPItemEllipse(&plot);
    round->setPen(QPen(theme.cursor, theme.unit));
    round->setVisible(false);
    placeCircle(round, d->content, i);
  };
  paintPlotFigure(painter, spec, fill, [&] {
    const auto fitted = TrajectoryScene::extent(d->content);
    scene->frame().x->setRange(d->userView ? d->plot->xAxis->range() : fitted.x);
    scene->frame().y->setRange(d->userView ? d->plot->yAxis->range() : fitted.y);
    scene->equaliseAxes();
    scene->placeLegend(d->content);
    if (!spec.showLegend)
      scene->frame().legend->setVisible(false);
  });
}

PlotTable TrajectoryPlot::table() const {
  PlotTable table;
  const auto plain = [](const QString &markup, const QString &other) {
    return markup.isEmpty() ? other : MathLabel(markup).plainText();
  };
  table.header = {tr("step"), plain(d->content.data.xLabel, QStringLiteral("x")),
                  plain(d->content.data.yLabel, QStringLiteral("y"))};
  const TrajectoryOverlays &over = d->content.overlays;
  if (over.rawX.size() == d->content.data.steps.size() && !over.rawX.empty())
    table.header << tr("%1, not smoothed").arg(table.header[1])
                 << tr("%1, not smoothed").arg(table.header[2]);
  table.rows = int(d->content.data.steps.size());
  table.cell = [this](int row, int column) {
    const auto i = std::size_t(row);
    if (column == 0)
      return QString::number(d->content.data.steps[i]);
    const std::vector<double> *columns[] = {&d->content.data.x, &d->content.data.y, &d->content.overlays.rawX,
                                            &d->content.overlays.rawY};
    return csvNumber((*columns[column - 1])[i]);
  };
  return table;
}

QString TrajectoryPlot::summary() const {
  const TrajectoryData &path = d->content.data;
  return tr("Path of %n point(s) in the plane of %1 and %2, from step %3 to step %4", nullptr,
            int(path.steps.size()))
      .arg(MathLabel(path.xLabel).plainText(), MathLabel(path.yLabel).plainText(),
           formatStep(path.steps.front()), formatStep(path.steps.back()));
}

void TrajectoryPlot::themeChanged() {
  d->rebuild();
}

void TrajectoryPlot::keyPressEvent(QKeyEvent *event) {
  const int by = event->key() == Qt::Key_Left ? -1 : event->key() == Qt::Key_Right ? 1 : 0;
  if (by == 0 || event->modifiers() != Qt::NoModifier || d->content.isEmpty()) {
    PlotPane::keyPressEvent(event);
    return;
  }
  const int now = d->cursorStep ? d->content.nearestPoint(*d->cursorStep) : 0;
  d->moveTo(std::clamp(now + by, 0, int(d->content.data.steps.size()) - 1));
}

} // namespace evolute::widgets
