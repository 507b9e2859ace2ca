// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/stacked_plot.h"

#include <algorithm>
#include <cmath>

#include <QLocale>
#include <QToolTip>

#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/stacked_scene.h"

namespace evolute::widgets {

namespace {
constexpr double kHoverReach = 16.0; // pixels
}

struct StackedPlot::Private {
  Private(StackedPlot *owner, std::size_t panelCount, bool withRows)
      : q(owner), plot(new QCustomPlot(owner)), scene(*plot, panelCount, withRows),
        mouse(new PlotInteraction(plot)) {
    std::vector<QCPAxisRect *> all;
    for (const StackedScene::Panel &panel : scene.panels())
      all.push_back(panel.axes);
    if (scene.rows())
      all.push_back(scene.rows());
    for (QCPAxisRect *axes : all) {
      auto *line = new QCPItemLine(plot);
      line->setLayer(QStringLiteral("overlay"));
      line->setSelectable(false);
      line->setClipAxisRect(axes);
      for (QCPItemPosition *end : {line->start, line->end}) {
        end->setTypeY(QCPItemPosition::ptAxisRectRatio);
        end->setAxes(axes->axis(QCPAxis::atBottom), axes->axis(QCPAxis::atLeft));
        end->setAxisRect(axes);
      }
      cursors.push_back(line);
    }
  }

  bool hasData() const {
    return std::any_of(content.panels.begin(), content.panels.end(), [](const StackedPanel &panel) {
      return std::any_of(panel.series.begin(), panel.series.end(),
                         [](const CurveSeries &s) { return !s.points.empty(); });
    });
  }
  void rebuild();
  void placeCursor();
  void hover(const QPointF &pixel);
  QString wordsAt(const QPointF &pixel) const;

  StackedPlot *q;
  StackedContent content; // before the scene: that keeps a pointer to it
  QCustomPlot *plot;
  StackedScene scene;
  PlotInteraction *mouse;
  std::vector<QCPItemLine *> cursors;
  std::optional<std::int64_t> cursorStep;
  bool userView = false;
};

StackedPlot::StackedPlot(std::size_t panelCount, bool withRows, QWidget *parent)
    : PlotPane(parent), d(std::make_unique<Private>(this, panelCount, withRows)) {
  setContent(d->plot);
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] { d->userView = true; });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) { d->hover(at); });
  connect(d->mouse, &PlotInteraction::left, this, [this] { Q_EMIT hovered({}); });
  connect(d->mouse, &PlotInteraction::clicked, this, [this](const QPointF &at) {
    const double place = d->plot->xAxis->pixelToCoord(at.x());
    const std::int64_t step = d->content.time.nearestCheckpoint(place).value_or(
        std::llround(std::max(0.0, d->content.time.step(place))));
    setCursorStep(step);
    Q_EMIT cursorMoved(step);
  });
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] { d->scene.placeLegend(d->content); });
  d->rebuild();
}

StackedPlot::~StackedPlot() {
  // The canvas dies after this, with our base class; a leave event on its way must not find us half gone.
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

void StackedPlot::Private::rebuild() {
  const PlotTheme theme = q->theme();
  scene.build(content, theme);
  if (!userView)
    scene.fit(content);
  for (QCPItemLine *line : cursors)
    line->setPen(QPen(theme.cursor, 1.5));
  placeCursor();
  plot->replot(QCustomPlot::rpQueuedReplot);
  q->contentChanged(hasData());
}

void StackedPlot::Private::placeCursor() {
  for (QCPItemLine *line : cursors) {
    line->setVisible(cursorStep.has_value());
    if (!cursorStep)
      continue;
    const double at = content.time.coordinate(double(*cursorStep));
    line->start->setCoords(at, 0);
    line->end->setCoords(at, 1);
  }
}

QString StackedPlot::Private::wordsAt(const QPointF &pixel) const {
  if (const QString note = scene.marks().noteAt(pixel, kHoverReach); !note.isEmpty())
    return note;
  QString text;
  double nearest = kHoverReach;
  for (std::size_t i = 0; i < std::min(scene.panels().size(), content.panels.size()); ++i) {
    const StackedScene::Panel &panel = scene.panels()[i];
    if (!panel.axes->rect().contains(pixel.toPoint()))
      continue;
    for (const CurveSeries &series : content.panels[i].series)
      for (const CurvePoint &p : series.points) {
        const double away =
            std::hypot(panel.x->coordToPixel(content.time.coordinate(double(p.step))) - pixel.x(),
                       panel.y->coordToPixel(p.value) - pixel.y());
        if (!(away < nearest))
          continue;
        nearest = away;
        text = QStringLiteral("%1: %2 @ %3")
                   .arg(MathLabel(series.label).plainText(),
                        std::isfinite(p.low) && std::isfinite(p.high)
                            ? StackedPlot::tr("%1 (%2 to %3)")
                                  .arg(formatNumber(p.value), formatNumber(p.low), formatNumber(p.high))
                            : formatWithError(p.value, p.error),
                        StackedPlot::tr("step %1").arg(QLocale(QLocale::English).toString(qint64(p.step))));
      }
  }
  return text;
}

void StackedPlot::Private::hover(const QPointF &pixel) {
  const QString text = wordsAt(pixel);
  if (text.isEmpty())
    QToolTip::hideText();
  else
    QToolTip::showText(plot->mapToGlobal(pixel.toPoint()), text, plot);
  Q_EMIT q->hovered(text.section(QLatin1Char('\n'), 0, 0));
}

void StackedPlot::setTimeAxis(const TimeAxis &axis) {
  d->userView = d->userView && axis.kind() == d->content.time.kind();
  d->content.time = axis;
  d->rebuild();
}

void StackedPlot::setPanels(std::vector<StackedPanel> panels) {
  Q_ASSERT(panels.size() <= d->scene.panels().size());
  d->content.panels = std::move(panels);
  d->rebuild();
}

const std::vector<StackedPanel> &StackedPlot::panels() const {
  return d->content.panels;
}

void StackedPlot::setEvidence(std::vector<EvidenceRow> rows, std::vector<EdgeInterval> edges) {
  d->content.rows = std::move(rows);
  d->content.edges = std::move(edges);
  d->rebuild();
}

const std::vector<EvidenceRow> &StackedPlot::evidence() const {
  return d->content.rows;
}

void StackedPlot::setStages(std::vector<StageBand> stages) {
  d->content.stages = std::move(stages);
  d->rebuild();
}

const std::vector<StageBand> &StackedPlot::stages() const {
  return d->content.stages;
}

void StackedPlot::setCursorStep(std::int64_t step) {
  d->cursorStep = step;
  d->placeCursor();
  d->plot->layer(QStringLiteral("overlay"))->replot();
}

void StackedPlot::fit() {
  d->userView = false;
  d->scene.fit(d->content);
  d->plot->replot(QCustomPlot::rpQueuedReplot);
}

void StackedPlot::themeChanged() {
  d->rebuild();
}

void StackedPlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  std::optional<StackedScene> scene;
  const auto fill = [&](QCustomPlot &plot, const PlotTheme &theme) {
    scene.emplace(plot, d->scene.panels().size(), d->scene.rows() != nullptr);
    scene->build(d->content, theme);
    if (spec.showTitle)
      scene->frame().title->setMarkup(title());
    if (!spec.showLegend)
      scene->frame().legend->setVisible(false);
    for (std::size_t i = 0; i < scene->panels().size(); ++i) {
      scene->panels()[i].x->setRange(d->scene.panels()[i].x->range());
      scene->panels()[i].y->setRange(d->scene.panels()[i].y->range());
    }
  };
  paintPlotFigure(painter, spec, fill, [&] { scene->placeLegend(d->content); });
}

PlotTable StackedPlot::table() const {
  struct Row {
    QString panel, name, note;
    std::int64_t step;
    double value, error, low, high;
  };
  std::vector<Row> rows;
  for (const StackedPanel &panel : d->content.panels)
    for (const CurveSeries &series : panel.series)
      for (const CurvePoint &p : series.points)
        rows.push_back({MathLabel(panel.valueLabel).plainText(), MathLabel(series.label).plainText(), p.note,
                        p.step, p.value, p.error, p.low, p.high});
  for (const EvidenceRow &row : d->content.rows)
    for (const EvidenceMark &mark : row.marks)
      rows.push_back({tr("evidence"), MathLabel(row.label).plainText(), mark.note, mark.step, kNone, kNone,
                      double(mark.low), double(mark.high)});
  PlotTable table;
  table.header = {tr("panel"), tr("series"), tr("step"), tr("value"),
                  tr("error"), tr("low"),    tr("high"), tr("note")};
  table.rows = int(rows.size());
  table.cell = [rows = std::move(rows)](int at, int column) -> QString {
    const Row &row = rows[std::size_t(at)];
    const QString words[] = {row.panel, row.name, QString::number(row.step)};
    if (column < 3)
      return words[column];
    const double numbers[] = {row.value, row.error, row.low, row.high};
    return column == 7 ? row.note : csvNumber(numbers[column - 3]);
  };
  return table;
}

QString StackedPlot::summary() const {
  QStringList parts;
  for (const StackedPanel &panel : d->content.panels)
    parts << MathLabel(panel.valueLabel).plainText();
  QString text = tr("%1 over training").arg(parts.join(tr(" above ")));
  if (!d->content.stages.empty())
    text += tr("; %n stage(s)", nullptr, int(d->content.stages.size()));
  if (!d->content.edges.empty())
    text += tr("; %n proposed edge(s)", nullptr, int(d->content.edges.size()));
  return text;
}

} // namespace evolute::widgets
