// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/overview.h"

#include <algorithm>

#include <QJsonArray>
#include <QSignalBlocker>
#include <QSplitter>
#include <QUndoStack>
#include <QVBoxLayout>

#include "app/session/undo.h"
#include "app/window/ed_plane.h"
#include "app/window/ed_text.h"
#include "app/window/pane_data.h"
#include "app/window/stage_data.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scree_plot.h"
#include "widgets/plots/trajectory_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QJsonArray sizesOf(const QSplitter *splitter) {
  QJsonArray sizes;
  for (int size : splitter->sizes())
    sizes << size;
  return sizes;
}

void setSizes(QSplitter *splitter, const QJsonArray &sizes) {
  QList<int> list;
  for (const QJsonValue &size : sizes)
    list << size.toInt();
  if (list.size() != splitter->count())
    list = QList<int>(splitter->count(), 1000); // equal shares
  splitter->setSizes(list);
}

} // namespace

Overview::Overview(RunSession &session, ViewState &view, TrajectoryShape &shape, QUndoStack &undo,
                   QWidget *parent)
    : PanePage(parent), m_session(session), m_view(view), m_undo(undo) {
  setObjectName(u"overview"_s);
  buildPanes();
  m_edPlane = new EdPlane(m_ed, session, view, shape, undo);
  connectSession();
  connect(&m_view, &ViewState::timeAxisChanged, this, &Overview::showAxis);
  connect(&m_view, &ViewState::paneVisibilityChanged, this, &Overview::arrange);
  connect(&m_view, &ViewState::pathByStageChanged, m_ed, &widgets::TrajectoryPlot::setColoredByStage);
  connect(&m_view, &ViewState::seriesVisibilityChanged, this, [this](const QString &id, bool visible) {
    const QSignalBlocker quietLoss(m_loss), quietLlc(m_llc);
    m_loss->setSeriesVisible(id, visible);
    m_llc->setSeriesVisible(id, visible);
  });
  connect(&m_view, &ViewState::selectedComponentsChanged, this, &Overview::showEstimates);
  showTrajectory(); // puts the texts of what is not there yet
  showObstacle();
  setLayoutState({});
  arrange();
}

void Overview::buildPanes() {
  m_loss = new widgets::CurvePlot;
  m_loss->setTitle(tr("Metrics"));
  m_loss->setValueLabel(tr("Loss"));
  m_loss->setEmptyText(
      {tr("No metrics log in this run."),
       tr("A metrics.jsonl or metrics.csv beside the checkpoints is drawn here as it grows."),
       {}});
  m_llc = new widgets::CurvePlot;
  m_llc->setTitle(u"Local learning coefficient $\\hat\\lambda$"_s);
  m_llc->setValueLabel(u"$\\hat\\lambda$"_s);
  m_ed = new widgets::TrajectoryPlot;
  m_ed->setTitle(tr("Essential dynamics"));
  m_scree = new widgets::ScreePlot;
  m_scree->setTitle(tr("Explained variance"));

  setPanes({{u"loss"_s, m_loss, tr("Metrics")},
            {u"llc"_s, m_llc, tr("LLC over training")},
            {u"ed"_s, m_ed, tr("Essential dynamics")},
            {u"scree"_s, m_scree, tr("Explained variance")}},
           {220, 150});
  const auto row = [&](widgets::PlotPane *left, widgets::PlotPane *right, const QString &name) {
    auto *splitter = new QSplitter(Qt::Horizontal);
    splitter->setObjectName(name);
    splitter->addWidget(left);
    splitter->addWidget(right);
    splitter->setChildrenCollapsible(false);
    return splitter;
  };
  m_top = row(m_loss, m_ed, u"splitter.top"_s);
  m_bottom = row(m_llc, m_scree, u"splitter.bottom"_s);
  m_rows = new QSplitter(Qt::Vertical);
  m_rows->setObjectName(u"splitter.rows"_s);
  m_rows->addWidget(m_top);
  m_rows->addWidget(m_bottom);
  m_rows->setChildrenCollapsible(false);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_rows);

  connectPanes();
  for (QSplitter *splitter : {m_rows, m_top, m_bottom})
    connect(splitter, &QSplitter::splitterMoved, this, [this] {
      const QJsonObject after = layoutState();
      Q_EMIT layoutEdited(m_layoutBefore, after);
      m_layoutBefore = after;
    });
}

void Overview::connectPanes() {
  for (const NamedPane &named : panes())
    named.pane->setAccessibleName(named.title);
  connect(m_llc, &widgets::PlotPane::emptyActionRequested, this, &Overview::computeLlcRequested);
  for (auto *plot : {m_loss, m_llc}) {
    connect(plot, &widgets::CurvePlot::cursorMoved, this, &Overview::cursorChosen);
    connect(plot, &widgets::CurvePlot::hiddenSeriesChanged, this,
            [this, plot](const QStringList &hidden) { takeHidden(plot, hidden); });
  }
  connect(m_ed, &widgets::TrajectoryPlot::cursorMoved, this, &Overview::cursorChosen);
}

void Overview::connectSession() {
  connect(&m_session, &RunSession::opened, this, [this] {
    clear();
    showAxis();
    showMetrics();
    showEstimates();
    showTrajectory();
    showCursor(m_session.cursor());
  });
  connect(&m_session, &RunSession::closed, this, &Overview::clear);
  connect(&m_session, &RunSession::checkpointsAdded, this, &Overview::showAxis);
  connect(&m_session, &RunSession::checkpointsAdded, this, &Overview::showObstacle);
  connect(&m_session, &RunSession::modelChanged, this, &Overview::showObstacle);
  connect(&m_session, &RunSession::jobsChanged, this, &Overview::showTrajectoryText);
  connect(&m_session, &RunSession::metricsChanged, this, &Overview::showMetrics);
  connect(&m_session, &RunSession::estimatesChanged, this, &Overview::showEstimates);
  connect(&m_session, &RunSession::trajectoryChanged, this, &Overview::showTrajectory);
  connect(&m_session, &RunSession::cursorMoved, this, &Overview::showCursor);
  connect(&m_session, &RunSession::stagesChanged, this, &Overview::showStages);
}

void Overview::clear() {
  m_metricsSeen.clear();
  m_loss->setSeries({});
  m_llc->setSeries({});
  m_scree->setExplained({});
  showStages();
  showObstacle();
}

void Overview::showObstacle() {
  m_llc->setEmptyText({tr("No estimate yet."),
                       tr("The local learning coefficient over training shows when the model's effective "
                          "complexity changes."),
                       tr("Compute LLC…"), m_session.llcObstacle()});
}

void Overview::showStages() {
  const auto bands = m_session.stages() ? stageBands(*m_session.stages()) : std::vector<widgets::StageBand>();
  m_loss->setStages(bands);
  m_llc->setStages(bands);
  m_ed->setStages(bands);
}

std::vector<std::int64_t> Overview::steps() const {
  std::vector<std::int64_t> steps;
  steps.reserve(m_session.checkpoints().size());
  for (const CheckpointMark &mark : m_session.checkpoints())
    steps.push_back(mark.step);
  return steps;
}

void Overview::showAxis() {
  const widgets::TimeAxis axis(plotAxis(m_view.timeAxis()), steps());
  m_loss->setTimeAxis(axis);
  m_llc->setTimeAxis(axis);
  m_ed->setTimeAxis(axis);
}

void Overview::showMetrics() {
  if (!m_session.metrics())
    return;
  std::vector<widgets::CurveSeries> curves = metricCurves(*m_session.metrics());
  // What is hidden is told before the data: otherwise the first fit would take in every unit of the log.
  bool anyLoss = false;
  for (const auto &[column, series] : m_session.metrics()->series)
    anyLoss = anyLoss || isLossColumn(column);
  for (const auto &[column, series] : m_session.metrics()->series) {
    const QString id = metricId(column);
    if (m_metricsSeen.contains(id))
      continue;
    m_metricsSeen << id;
    if (anyLoss && !isLossColumn(column))
      m_view.setSeriesVisible(id, false);
  }
  m_loss->setSeries(std::move(curves));
  hideSeriesOf(m_loss);
}

void Overview::setEstimateSet(const QString &key) {
  if (key == m_setKey)
    return;
  m_setKey = key;
  showEstimates();
}

void Overview::showEstimates() {
  const std::vector<EstimateSet> sets = estimateSets(m_session.estimates());
  const auto chosen =
      std::find_if(sets.begin(), sets.end(), [this](const EstimateSet &s) { return s.key() == m_setKey; });
  const EstimateSet *set = sets.empty() ? nullptr : chosen == sets.end() ? &sets.front() : &*chosen;
  std::vector<widgets::CurveSeries> curves =
      set ? llcCurves(*set, headShapeOf(m_session.model().components)) : std::vector<widgets::CurveSeries>{};
  QString title = set ? u"$\\hat\\lambda$ · "_s + set->text() : u"Local learning coefficient $\\hat\\lambda$"_s;
  if (const QSet<QString> &selected = m_view.selectedComponents(); !selected.isEmpty()) {
    std::erase_if(curves, [&](const widgets::CurveSeries &curve) { return !selected.contains(curve.id); });
    title += u" · "_s + tr("%n selected head(s)", nullptr, int(selected.size()));
  }
  m_llc->setTitle(title);
  m_llc->setSeries(curves);
  hideSeriesOf(m_llc);
  Q_EMIT estimateSetsChanged();
}

void Overview::showTrajectoryText() {
  const widgets::EmptyText text = trajectoryText(m_session);
  m_ed->setEmptyText(text);
  m_scree->setEmptyText(text);
}

void Overview::showTrajectory() {
  showTrajectoryText();
  m_scree->setExplained(explainedShares(m_session.trajectory()));
  showCursor(m_session.cursor());
}

void Overview::showCursor(std::int64_t step) {
  m_loss->setCursorStep(step);
  m_llc->setCursorStep(step);
  m_ed->setCursorStep(step);
}

void Overview::takeHidden(widgets::CurvePlot *plot, const QStringList &hidden) {
  QStringList changed;
  for (const widgets::CurveSeries &series : plot->series())
    if (m_view.isSeriesVisible(series.id) == hidden.contains(series.id))
      changed << series.id;
  if (changed.size() > 1)
    m_undo.beginMacro(tr("Show or hide curves")); // a double click in the legend is one step
  for (const QString &id : changed)
    pushSeriesVisible(m_undo, m_view, id, !hidden.contains(id));
  if (changed.size() > 1)
    m_undo.endMacro();
}

void Overview::hideSeriesOf(widgets::CurvePlot *plot) {
  // The plot tells of every change, and half of these would be read as the user's wish to show the rest.
  const QSignalBlocker quiet(plot);
  for (const QString &id : m_view.hiddenSeries())
    plot->setSeriesVisible(id, false);
}

void Overview::arrange() {
  for (const NamedPane &named : panes())
    named.pane->setVisible(maximised() ? hasRoom(named.pane) : m_view.isPaneVisible(named.id));
  // A row without panes must not keep its share of the height.
  m_top->setVisible(!m_loss->isHidden() || !m_ed->isHidden());
  m_bottom->setVisible(!m_llc->isHidden() || !m_scree->isHidden());
}

QJsonObject Overview::layoutState() const {
  return {{u"rows"_s, sizesOf(m_rows)}, {u"top"_s, sizesOf(m_top)}, {u"bottom"_s, sizesOf(m_bottom)}};
}

void Overview::setLayoutState(const QJsonObject &state) {
  setSizes(m_rows, state[u"rows"_s].toArray());
  setSizes(m_top, state[u"top"_s].toArray());
  setSizes(m_bottom, state[u"bottom"_s].toArray());
  m_layoutBefore = layoutState();
}

} // namespace evolute::app
