// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/heads_page.h"

#include <algorithm>
#include <set>

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/window/head_range.h"
#include "app/window/metric_data.h"
#include "app/window/plain_text.h"
#include "app/window/stage_data.h"
#include "core/error.h"
#include "widgets/plots/curve_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr std::chrono::milliseconds kRefresh{200}; // estimates come in batches: many are shown once

} // namespace

HeadsPage::HeadsPage(RunSession &session, ViewState &view, QWidget *parent)
    : PanePage(parent), m_session(session), m_view(view) {
  setObjectName(u"headsPage"_s);
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_controls = makeControls());
  column->addWidget(makePanes(), 1);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored); // must not push the docks of another tab aside
  m_refresh.setSingleShot(true);
  m_refresh.setInterval(kRefresh);
  connect(&m_refresh, &QTimer::timeout, this, &HeadsPage::showSets);
  connect(&m_session, &RunSession::opened, this, &HeadsPage::reset);
  connect(&m_session, &RunSession::closed, this, &HeadsPage::reset);
  connect(&m_session, &RunSession::modelChanged, this, &HeadsPage::changed);
  connect(&m_session, &RunSession::estimatesChanged, this, &HeadsPage::changed);
  connect(&m_session, &RunSession::checkpointsAdded, this, &HeadsPage::showAxis);
  connect(&m_session, &RunSession::cursorMoved, this, &HeadsPage::showCursor);
  connect(&m_session, &RunSession::stagesChanged, this, &HeadsPage::showStages);
  connect(&m_view, &ViewState::timeAxisChanged, this, &HeadsPage::showAxis);
  connect(&m_view, &ViewState::selectedComponentsChanged, this, &HeadsPage::showSelection);
  showHeads();
}

void HeadsPage::reset() {
  ++m_groupingNumber;
  m_clusters = {};
  takeMetrics({});
  m_attentionFound.reset();
  m_attentionAsked.reset();
  m_tokens->clear();
  m_view.setSelectedComponents({});
  showAxis();
  showStages();
  changed();
  if (isVisible())
    enter();
}

void HeadsPage::changed() {
  m_stale = true;
  if (isVisible() && !m_refresh.isActive())
    m_refresh.start();
}

void HeadsPage::enter() {
  m_session.fetchMetrics(this, [this](const std::vector<core::MetricValue> &values) { takeMetrics(values); });
  if (m_stale)
    showSets();
}

void HeadsPage::showSets() {
  m_stale = false;
  m_estimates = m_session.estimates();
  m_sets = headSets(m_estimates);
  const auto fill = [this](QComboBox *box, const QString &first) {
    const QSignalBlocker quiet(box);
    const QString chosen = box->currentData().toString();
    box->clear();
    if (!first.isEmpty())
      box->addItem(first, QString());
    for (const EstimateSet &set : m_sets)
      box->addItem(set.text(), set.key());
    box->setCurrentIndex(std::max(0, box->findData(chosen)));
    box->setEnabled(m_sets.size() > 1);
  };
  fill(m_set, {});
  fill(m_beside, tr("nothing"));
  showHeads();
  group();
}

void HeadsPage::takeMetrics(const std::vector<core::MetricValue> &values) {
  m_metrics = oneWayEach(values);
  const QSignalBlocker quiet(m_quantity);
  const QString chosen = m_quantity->currentData().toString();
  while (m_quantity->count() > 1)
    m_quantity->removeItem(1);
  for (const std::string &name : headMetricNames(m_metrics))
    m_quantity->addItem(QString::fromStdString(name), QString::fromStdString(name));
  m_quantity->setCurrentIndex(std::max(0, m_quantity->findData(chosen)));
  m_quantity->setEnabled(m_quantity->count() > 1);
  const QString over = m_scatterMetric->currentData().toString();
  m_scatterMetric->clear();
  for (const std::string &name : headMetricNames(m_metrics))
    m_scatterMetric->addItem(QString::fromStdString(name), QString::fromStdString(name));
  m_scatterMetric->setCurrentIndex(std::max(
      0, m_scatterMetric->findData(over.isEmpty() ? u"prefix-matching"_s : over)));
  const QString group = m_modelGroup->currentText();
  m_modelGroup->clear();
  m_modelGroup->addItems(modelMetricGroups(m_metrics));
  m_modelGroup->setCurrentIndex(std::max(0, m_modelGroup->findText(group)));
  showModelMetrics();
  showHeads();
}

void HeadsPage::showModelMetrics() {
  m_model->setValueLabel(escapedMarkup(m_modelGroup->currentText().toStdString()));
  m_model->setSeries(modelMetricCurves(m_metrics, m_modelGroup->currentText()));
}

const EstimateSet *HeadsPage::chosenSet() const {
  const int set = m_set->currentIndex();
  return m_quantity->currentIndex() <= 0 && set >= 0 && set < int(m_sets.size()) ? &m_sets[std::size_t(set)]
                                                                                 : nullptr;
}

void HeadsPage::showHeads() {
  const int set = m_set->currentIndex(), beside = m_beside->currentIndex() - 1;
  const HeadShape shape = headShapeOf(m_session.model().components);
  const QString metric = m_quantity->currentData().toString(); // empty: λ̂
  m_heads.clear();
  if (const EstimateSet *chosen = chosenSet())
    m_heads =
        headCurves(*chosen, beside >= 0 && beside != set ? &m_sets[std::size_t(beside)] : nullptr, shape);
  else if (!metric.isEmpty())
    m_heads = headMetricCurves(m_metrics, metric.toStdString(), shape);
  if (m_suspects->isChecked())
    for (HeadCurve &head : m_heads)
      trustAll(head);
  const QString unit = metric.isEmpty() ? u"$\\hat\\lambda$"_s : metric;
  m_panels->setTitle(tr("%1 of each head, shared axes").arg(unit));
  m_panels->setValueLabel(unit);
  m_overlay->setValueLabel(unit);
  sortHeads(m_heads, HeadOrder(m_order->currentIndex()), m_clusters);
  showRange();
  m_panels->setPanels(headPanels(m_heads, m_clusters));
  m_centres->setData(clusterCentres(m_clusters, m_heads, clusterSettings().scaling));
  m_centres->setEmptyText({tr("No groups yet."),
                           m_clusters.problem.isEmpty()
                               ? tr("They need estimates of several heads at three checkpoints or more.")
                               : m_clusters.problem,
                           {}});
  showSelection();
}

/// What else is known: families after scores, and who reads what whom writes.
void HeadsPage::showEvidence() {
  const core::PartitionAgreement agreement = agreementWithTypes(m_clusters, m_metrics);
  m_agreement->setData(agreement.rows.empty() ? widgets::MatrixData() : agreementMap(agreement));
  const std::string over = m_scatterMetric->currentData().toString().toStdString();
  const QString drawn = m_quantity->currentIndex() <= 0 ? u"$\\hat\\lambda$"_s : m_quantity->currentText();
  const std::vector<HeadCurve> shown = shownHeads();
  const std::optional<HeadRange> range = headRange(shown, m_whole->isChecked());
  m_scatter->setData(over.empty() ? widgets::LineData()
                                  : headScatter(shown, m_metrics, over, drawn,
                                                range ? std::optional(range->pair()) : std::nullopt));
  const std::string kind = m_compositionKind->currentData().toString().toStdString();
  std::set<std::string> components;
  for (const HeadCurve &head : shown)
    components.insert(head.component);
  m_composition->setData(
      compositionMap(shown.size() < m_heads.size() ? withPairsOf(m_metrics, components) : m_metrics, kind,
                     m_session.cursor()));
}

void HeadsPage::askAttention() {
  if (!m_attention->isVisible() || m_session.checkpoints().empty())
    return;
  core::AttentionRequest request;
  request.step = m_session.cursor();
  request.slice = m_session.model().slices.empty() ? "train" : m_session.model().slices.front();
  request.text = m_text->text().trimmed().toStdString();
  request.sequence = m_sequence->value();
  if (const HeadCurve *head = attendedHead(); head && m_shade->currentIndex() == 1)
    request.ablated = head->component;
  m_sequence->setEnabled(request.text.empty());
  if (m_attentionAsked && m_attentionAsked->step == request.step && m_attentionAsked->text == request.text &&
      m_attentionAsked->sequence == request.sequence && m_attentionAsked->ablated == request.ablated)
    return;
  m_attentionAsked = request;
  m_session.fetchAttention(
      request, this,
      [this, head = QString::fromStdString(request.ablated)](const std::optional<core::AttentionOnText> &found,
                                                             const QString &problem) {
        m_attentionFound = found;
        const QColor paper = palette().color(QPalette::Base);
        m_tokens->setText(!found                           ? problem
                          : found->ablationEffects.empty() ? tokensByLoss(*found, paper)
                                                           : tokensByAblation(*found, head, paper));
        showAttention();
      });
}

const HeadCurve *HeadsPage::attendedHead() const {
  const QSet<QString> &selected = m_view.selectedComponents();
  return selected.size() == 1 ? headOf(*selected.begin()) : m_heads.empty() ? nullptr : &m_heads.front();
}

void HeadsPage::showAttention() {
  const HeadCurve *head = attendedHead();
  m_attention->setTitle(
      head ? tr("Attention of %1 at step %2")
                 .arg(QString::fromStdString(head->component), groupedText(m_session.cursor()))
           : tr("Attention"));
  m_attention->setData(head && m_attentionFound ? attentionMap(*m_attentionFound, head->component)
                                                : widgets::MatrixData());
}

void HeadsPage::showRange() {
  const std::optional<HeadRange> range = headRange(m_heads, m_whole->isChecked());
  m_panels->setValueRange(range ? std::optional<widgets::SmallMultiples::Range>({range->low, range->high})
                                : std::nullopt);
  const int outside = range ? range->outside : 0;
  m_whole->setText(m_whole->isChecked() ? tr("full range") : tr("%n outside", nullptr, outside));
  m_whole->setVisible(m_whole->isChecked() || outside > 0);
}

std::vector<HeadCurve> HeadsPage::shownHeads() const {
  const QSet<QString> &selected = m_view.selectedComponents();
  std::vector<HeadCurve> shown = m_heads;
  std::erase_if(shown, [&](const HeadCurve &head) { return !selected.contains(head.id); });
  return shown.empty() ? m_heads : shown;
}

void HeadsPage::showSelection() {
  const QSet<QString> &selected = m_view.selectedComponents();
  m_panels->setSelected(selected.values());
  // The panels stay whole, for choosing; the other views show the selected heads alone.
  const std::vector<HeadCurve> shown = shownHeads();
  const std::optional<HeadRange> range = headRange(shown, m_whole->isChecked());
  m_overlay->setFittedValues(range ? std::optional(range->pair()) : std::nullopt);
  m_overlay->setSeries(headOverlay(shown));
  m_mapRows.clear();
  for (const HeadCurve &head : shown)
    m_mapRows.push_back(head.id);
  widgets::MatrixData map = headMap(shown, &m_mapSteps);
  if (const QString metric = m_quantity->currentData().toString(); !metric.isEmpty())
    map.valueLabel = metric;
  if (range)
    map.range = colorRange(map.values, *range);
  m_map->setData(std::move(map));
  showEvidence();
  showCursor();
}

const HeadCurve *HeadsPage::headOf(const QString &id) const {
  const auto head =
      std::find_if(m_heads.begin(), m_heads.end(), [&](const HeadCurve &h) { return h.id == id; });
  return head == m_heads.end() ? nullptr : &*head;
}

void HeadsPage::showCard() {
  const QSet<QString> &selected = m_view.selectedComponents();
  const HeadCurve *head = selected.size() == 1 ? headOf(*selected.begin()) : nullptr;
  m_cardTitle->setText(head                 ? QString::fromStdString(head->component)
                       : selected.isEmpty() ? tr("No head selected")
                                            : tr("%n selected head(s)", nullptr, int(selected.size())));
  m_card->setText(head ? headCard(*head, m_clusters, chosenSet(), m_metrics, m_session.cursor())
                       : tr("Click a panel for its card. Ctrl+click adds, Esc selects none. What is selected "
                            "narrows every view."));
}

void HeadsPage::showCursor() {
  const std::int64_t step = m_session.cursor();
  m_panels->setCursorStep(step);
  m_overlay->setCursorStep(step);
  m_model->setCursorStep(step);
  const auto at = std::find(m_mapSteps.begin(), m_mapSteps.end(), step);
  if (m_composition->isVisible())
    showEvidence();
  askAttention();
  showAttention();
  m_map->setMarkedColumn(at == m_mapSteps.end() ? -1 : int(at - m_mapSteps.begin()));
  showCard();
}

void HeadsPage::showAxis() {
  std::vector<std::int64_t> steps;
  for (const CheckpointMark &mark : m_session.checkpoints())
    steps.push_back(mark.step);
  const widgets::TimeAxis axis(plotAxis(m_view.timeAxis()), steps);
  m_panels->setTimeAxis(axis);
  m_overlay->setTimeAxis(axis);
  m_model->setTimeAxis(axis);
}

void HeadsPage::showStages() {
  const auto bands = m_session.stages() ? stageBands(*m_session.stages()) : std::vector<widgets::StageBand>();
  m_overlay->setStages(bands);
  m_model->setStages(bands);
}

void HeadsPage::highlight(const QString &id) {
  m_panels->setHighlighted(id);
  m_overlay->setHighlightedSeries(id);
  const auto row = std::find(m_mapRows.begin(), m_mapRows.end(), id);
  m_map->setHighlightedRow(row == m_mapRows.end() ? -1 : int(row - m_mapRows.begin()));
}

void HeadsPage::click(const QString &id, bool add) {
  QSet<QString> selected = m_view.selectedComponents();
  const bool alone = selected == QSet<QString>{id};
  if (!add)
    selected = alone ? QSet<QString>() : QSet<QString>{id};
  else if (!selected.remove(id))
    selected.insert(id);
  m_view.setSelectedComponents(selected);
}

core::ClusterSettings HeadsPage::clusterSettings() const {
  core::ClusterSettings settings;
  settings.method = core::ClusterMethod(m_method->currentData().toInt());
  settings.scaling = core::CurveScaling(m_scaling->currentData().toInt());
  settings.count = m_count->value();
  return settings;
}

void HeadsPage::group() {
  const quint64 number = ++m_groupingNumber;
  if (isGrouping()) { // its answer does not count any more; one at a time is enough while estimates come
    m_groupAgain = true;
    return;
  }
  m_groupAgain = false;
  std::vector<HeadCurve> byName = m_heads; // the order that people look at must not number the groups
  sortHeads(byName, HeadOrder::Name, {});
  core::CurveSet set = curveSetOf(byName);
  core::ClusterSettings settings = clusterSettings();
  HeadClusters clusters;
  clusters.components = set.names;
  clusters.steps = set.steps;
  if (int(set.names.size()) < settings.count || set.names.size() < 2)
    clusters.problem =
        set.names.empty()
            ? QString()
            : tr("Groups need as many heads as there are to be groups, found %1.").arg(set.names.size());
  else if (set.steps.size() < 3)
    clusters.problem =
        tr("Groups need 3 checkpoints or more at which every head has an estimate to be trusted, found %1.")
            .arg(set.steps.size());
  if (!clusters.problem.isEmpty() || set.names.empty()) {
    takeClusters(std::move(clusters));
    return;
  }
  JobSpec spec;
  spec.title = tr("Group heads by their curves");
  spec.priority = JobPriority::Interactive;
  spec.passing = true;
  spec.work = [guard = QPointer<HeadsPage>(this), number, clusters, values = set.values,
               settings](JobControl &control) mutable {
    clusters.clusters = core::clusterCurves(values, settings);
    control.post([guard, number, clusters] {
      if (guard && guard->m_groupingNumber == number)
        guard->takeClusters(clusters);
    });
    return QString();
  };
  m_grouping = m_session.jobs().add(std::move(spec));
  connect(m_grouping, &Job::ended, this, [this] {
    if (m_groupAgain)
      group();
  });
}

void HeadsPage::takeClusters(HeadClusters clusters) {
  m_clusters = std::move(clusters);
  showHeads();
}

void HeadsPage::arrange() {
  m_controls->setVisible(!isMaximised());
  m_cardBox->setVisible(!isMaximised());
  for (const NamedPane &named : panes())
    if (!m_more->isAncestorOf(named.pane)) // the tabs show and hide their own
      named.pane->setVisible(hasRoom(named.pane));
  m_more->setVisible(!isMaximised() || m_more->isAncestorOf(maximised()));
  m_right->setVisible(maximised() != m_panels);
}

} // namespace evolute::app
