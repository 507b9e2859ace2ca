// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/stages_page.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QTreeWidget>

#include "app/window/pane_data.h"
#include "app/window/plain_text.h"
#include "app/window/stage_commands.h"
#include "app/window/stage_data.h"
#include "app/window/stage_table_model.h"
#include "core/stages/stage_comparison.h"
#include "widgets/plots/plot_style.h"
#include "widgets/plots/stacked_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {
constexpr int kMostLossColumns = 3;         // ticked from the start
constexpr std::size_t kFewestEstimates = 8; // that say more of stages than a log does
} // namespace

StagesPage::StagesPage(RunSession &session, ViewState &view, StageCommands &commands, QWidget *parent)
    : PanePage(parent), m_session(session), m_view(view), m_commands(commands) {
  setObjectName(u"stagesPage"_s);
  auto *row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(m_left = makeLeft());
  row->addWidget(makeRight(), 1);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored); // a tab must not push another one's docks aside
  connect(&m_session, &RunSession::opened, this, &StagesPage::reset);
  connect(&m_session, &RunSession::closed, this, &StagesPage::reset);
  connect(&m_session, &RunSession::estimatesChanged, this, &StagesPage::fillSources);
  connect(&m_session, &RunSession::metricsChanged, this, [this] {
    fillSources();
    fillMetrics();
  });
  connect(&m_session, &RunSession::stagesChanged, this, [this] {
    m_changes.clear(); // of other edges
    showStages();
    measure();
  });
  connect(&m_session, &RunSession::comparedStagesChanged, this, &StagesPage::showComparison);
  connect(&m_session, &RunSession::trajectoryChanged, this, &StagesPage::takeBetter);
  connect(&m_session, &RunSession::checkpointsAdded, this, &StagesPage::showAxis);
  connect(&m_session, &RunSession::cursorMoved, m_plot, &widgets::StackedPlot::setCursorStep);
  connect(&m_view, &ViewState::timeAxisChanged, this, &StagesPage::showAxis);
  reset();
}

void StagesPage::reset() {
  m_proposal.reset();
  m_changes.clear();
  m_sourceChosen = false;
  m_asked.clear();
  m_askedWithTrajectory = false;
  m_job = nullptr;
  m_metricsSeen.clear();
  m_metrics->clear();
  showAxis();
  fillSources();
  fillMetrics();
  showProposal();
  showStages();
  showComparison();
  endJob();
}

void StagesPage::fillSources() {
  const QString chosen = m_source->currentText();
  m_sources.clear();
  std::vector<EstimateSet> sets = estimateSets(m_session.estimates());
  std::stable_partition(sets.begin(), sets.end(),
                        [this](const EstimateSet &s) { return s.key() == m_setKey; });
  for (const EstimateSet &set : sets) {
    std::vector<std::string> components;
    for (const core::LlcEstimate *estimate : set.members)
      if (std::find(components.begin(), components.end(), estimate->component) == components.end())
        components.push_back(estimate->component);
    std::stable_partition(components.begin(), components.end(),
                          [](const std::string &c) { return c == "all"; });
    for (const std::string &component : components)
      m_sources.push_back(
          {tr("λ̂ of %1 · %2").arg(QString::fromStdString(component), set.text()),
           u"$\\hat\\lambda$ "_s + escapedMarkup(component == "all" ? std::string() : component),
           "llc of " + component,
           set.key(),
           component,
           {},
           std::size_t(std::count_if(set.members.begin(), set.members.end(), [&](const core::LlcEstimate *e) {
             return e->component == component;
           }))});
  }
  std::vector<Source> columns;
  if (m_session.metrics())
    for (const auto &[column, series] : m_session.metrics()->series)
      columns.push_back({QString::fromStdString(column), escapedMarkup(column), column, {}, {}, column});
  std::stable_partition(columns.begin(), columns.end(),
                        [](const Source &s) { return isLossColumn(s.column); });
  m_sources.insert(m_sources.end(), columns.begin(), columns.end());

  const QSignalBlocker quiet(m_source);
  m_source->clear();
  for (const Source &source : m_sources)
    m_source->addItem(source.text);
  const int before = m_sourceChosen ? m_source->findText(chosen) : -1;
  m_source->setCurrentIndex(before >= 0 ? before : preferredSource());
  endJob(); // whether there is anything to suggest from
  takeBetter();
}

/// What is read unless the user chooses: the curve that the run's stages are of, else λ̂ once it has enough
/// points, else what the log has.
int StagesPage::preferredSource() const {
  if (m_session.stages())
    for (std::size_t i = 0; i < m_sources.size(); ++i)
      if (m_sources[i].name == m_session.stages()->curve)
        return int(i);
  for (std::size_t i = 0; i < m_sources.size(); ++i)
    if (m_sources[i].setKey.isEmpty() || m_sources[i].points >= kFewestEstimates)
      return int(i);
  return m_sources.empty() ? -1 : 0;
}

void StagesPage::fillMetrics() {
  if (!m_session.metrics())
    return;
  int lossColumns = 0;
  for (const auto &[column, series] : m_session.metrics()->series) {
    lossColumns += isLossColumn(column);
    const QString name = QString::fromStdString(column);
    if (m_metricsSeen.contains(name))
      continue;
    m_metricsSeen << name;
    auto *item = new QListWidgetItem(name, m_metrics);
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(isLossColumn(column) && lossColumns <= kMostLossColumns ? Qt::Checked
                                                                                : Qt::Unchecked);
  }
}

void StagesPage::setEstimateSet(const QString &key) {
  m_setKey = key;
  fillSources();
}

core::MilestoneSettings StagesPage::milestoneSettings() const {
  core::MilestoneSettings settings;
  settings.certainty = m_certainty->value();
  settings.flatness = m_flatness->value();
  return settings;
}

std::optional<StagesRequest> StagesPage::request() const {
  const int index = m_source->currentIndex();
  if (index < 0)
    return std::nullopt;
  const Source &source = m_sources[std::size_t(index)];
  StagesRequest request;
  request.metrics = m_session.metrics();
  if (source.setKey.isEmpty()) {
    request.metric = source.column;
  } else {
    for (const EstimateSet &set : estimateSets(m_session.estimates()))
      if (set.key() == source.setKey)
        request.curve = llcCurve(set, source.component);
    if (request.curve.steps.empty())
      return std::nullopt; // its checkpoints were replaced a moment ago
  }
  for (int i = 0; i < m_metrics->count(); ++i)
    if (m_metrics->item(i)->checkState() == Qt::Checked)
      request.changesOf.push_back(m_metrics->item(i)->text().toStdString());
  if (m_vertices->isChecked())
    request.trajectory = m_session.trajectory();
  request.settings.milestones = milestoneSettings();
  return request;
}

void StagesPage::enter() {
  if (m_session.phase() != RunSession::Phase::Open || m_source->currentIndex() < 0)
    return;
  if (!m_proposal)
    propose();
  else
    takeBetter();
}

/// Once for each curve, and once for the trajectory when it is whole: what cannot be read is not tried at
/// every estimate.
void StagesPage::takeBetter() {
  if (!isVisible() || !m_proposal || m_sourceChosen || m_source->currentIndex() < 0)
    return;
  const bool bends = m_vertices->isChecked() && !m_askedWithTrajectory && isTrajectoryWhole();
  if (bends || m_sources[std::size_t(m_source->currentIndex())].name != m_asked)
    propose();
}

bool StagesPage::isTrajectoryWhole() const {
  const std::size_t rows = m_session.trajectory().steps.size();
  return rows > 0 && rows == m_session.checkpoints().size();
}

void StagesPage::suggest() {
  m_sourceChosen = true;
  propose();
}

void StagesPage::propose() {
  const std::optional<StagesRequest> wanted = request();
  if (!wanted || isRunning())
    return;
  m_asked = m_sources[std::size_t(m_source->currentIndex())].name;
  m_askedWithTrajectory = isTrajectoryWhole();
  const QString label = m_sources[std::size_t(m_source->currentIndex())].label;
  m_job = m_session.proposeStages(
      *wanted, this,
      [this, label, settings = wanted->settings.milestones](const core::StageProposal &proposal) {
        m_label = label;
        m_proposedWith = settings;
        takeProposal(proposal);
      });
  if (!m_job)
    return;
  connect(m_job, &Job::ended, this, [this] {
    endJob();
    takeBetter();
  });
  connect(m_job, &Job::changed, this, [this] {
    if (isRunning())
      m_status->setText(tr("Working: %1 %").arg(m_job->permille() / 10));
  });
  m_status->setText(tr("Working…"));
  m_suggest->setEnabled(false);
  m_cancel->setEnabled(true);
}

void StagesPage::endJob() {
  const bool any = !m_sources.empty() && m_session.phase() == RunSession::Phase::Open;
  m_suggest->setEnabled(any && !isRunning());
  m_cancel->setEnabled(isRunning());
  if (isRunning())
    return;
  const bool wentWrong = m_job && m_job->state() != JobState::Finished;
  m_status->setText(
      wentWrong    ? m_job->sentence()
      : m_proposal ? tr("%n edge(s) proposed from %1", nullptr, int(m_proposal->boundaries.size()))
                         .arg(QString::fromStdString(m_proposal->curve))
      : any ? QString()
            : tr("There is no curve yet: compute the LLC of some checkpoints, or add a metrics log."));
}

void StagesPage::takeProposal(const core::StageProposal &proposal) {
  m_proposal = proposal;
  showProposal();
  m_plot->fit();
  measure();
  Q_EMIT proposalChanged();
}

void StagesPage::showProposal() {
  m_boundaries->clear();
  QStringList warnings;
  if (m_proposal) {
    for (const core::ProposedBoundary &boundary : m_proposal->boundaries) {
      QStringList evidence;
      for (const core::Evidence &one : boundary.evidence)
        evidence << evidenceText(one);
      auto *item = new QTreeWidgetItem(
          m_boundaries, {groupedText(boundary.step),
                         tr("%1 to %2").arg(groupedText(boundary.low), groupedText(boundary.high)),
                         evidence.join(u"; "_s)});
      item->setToolTip(2, evidence.join(u'\n'));
    }
    for (const std::string &warning : m_proposal->warnings)
      warnings << QString::fromStdString(warning);
    m_plot->setPanels(readingPanels(*m_proposal, m_label));
    m_plot->setEvidence(evidenceRows(*m_proposal), proposedEdges(*m_proposal));
    m_plot->setTitle(tr("Stages from %1").arg(m_label));
  } else {
    m_plot->setPanels({});
    m_plot->setEvidence({}, {});
    m_plot->setTitle(tr("Stages"));
  }
  m_warnings->setText(warnings.join(u'\n'));
  m_warnings->setVisible(!warnings.isEmpty());
  m_acceptAll->setEnabled(hasProposal());
  m_accept->setEnabled(false);
}

void StagesPage::showStages() {
  const auto &stages = m_session.stages();
  m_plot->setStages(stages ? stageBands(*stages) : std::vector<widgets::StageBand>());
  if (stages)
    m_model->setStages(*stages, m_changes);
  else
    m_model->clear();
  arrange();
  showComparison();
}

void StagesPage::showComparison() {
  const auto &stages = m_session.stages();
  const auto &other = m_session.comparedStages();
  m_comparisonBox->setVisible(other.has_value());
  m_comparison->clear();
  if (!other)
    return;
  m_comparisonTitle->setText(tr("Beside %1").arg(other->title));
  const core::StageSet none = core::wholeRun(other->set.first, other->set.last);
  for (const core::EdgePair &pair : core::compareEdges(stages ? *stages : none, other->set)) {
    QStringList texts{pair.own ? groupedText(pair.own->step) : u"–"_s,
                      pair.other ? groupedText(pair.other->step) : u"–"_s};
    if (pair.own && pair.other)
      texts << tr("× %1").arg(widgets::formatNumber(std::exp(pair.difference), 3))
            << (pair.overlap ? tr("yes") : tr("no"));
    new QTreeWidgetItem(m_comparison, texts);
  }
}

void StagesPage::showAxis() {
  std::vector<std::int64_t> steps;
  for (const CheckpointMark &mark : m_session.checkpoints())
    steps.push_back(mark.step);
  m_plot->setTimeAxis(widgets::TimeAxis(plotAxis(m_view.timeAxis()), std::move(steps)));
}

void StagesPage::measure() {
  if (!m_proposal || !m_session.stages())
    return;
  m_session.measureStages(*m_proposal, m_proposedWith, *m_session.stages(), this,
                          [this, asked = *m_session.stages()](const std::vector<core::StageChange> &changes) {
                            if (m_session.stages() != asked)
                              return; // an answer about edges that have been moved since is on its way
                            m_changes = changes;
                            showStages();
                          });
}

void StagesPage::acceptAll() {
  if (m_proposal)
    m_commands.replace(tr("Accept proposed stages"), core::stageSetFrom(*m_proposal));
}

void StagesPage::accept(int boundary) {
  if (!m_proposal || boundary < 0 || std::size_t(boundary) >= m_proposal->boundaries.size())
    return;
  const core::StageSet proposed = core::stageSetFrom(*m_proposal);
  const std::int64_t step = m_proposal->boundaries[std::size_t(boundary)].step;
  core::StageSet set = m_session.stages().value_or(core::wholeRun(proposed.first, proposed.last));
  if (!core::split(set, step))
    return; // it is there already
  set.curve = proposed.curve;
  const auto isHere = [step](const core::StageEdge &edge) { return edge.step == step; };
  const auto placed = std::find_if(set.edges.begin(), set.edges.end(), isHere);
  if (const auto from = std::find_if(proposed.edges.begin(), proposed.edges.end(), isHere);
      from != proposed.edges.end())
    *placed = *from;
  // Both halves are labelled from the curve: as one step with the edge.
  const auto first = std::size_t(placed - set.edges.begin());
  m_session.measureStages(*m_proposal, m_proposedWith, set, this,
                          [this, set, first](const std::vector<core::StageChange> &changes) mutable {
                            for (const std::size_t stage : {first, first + 1})
                              set.stages[stage].type = changes[stage].type;
                            m_commands.replace(tr("Accept proposed edge"), set);
                          });
}

void StagesPage::labelFromCurve() {
  if (!m_proposal || !m_session.stages())
    return;
  m_session.measureStages(
      *m_proposal, m_proposedWith, *m_session.stages(), this,
      [this, set = *m_session.stages()](const std::vector<core::StageChange> &changes) mutable {
        for (std::size_t stage = 0; stage < set.stages.size(); ++stage)
          set.stages[stage].type = changes[stage].type;
        set.curve = m_proposal->curve;
        m_commands.replace(tr("Label stages from the curve"), set);
      });
}

void StagesPage::arrange() {
  m_left->setVisible(!isMaximised());
  m_bottom->setVisible(!isMaximised() && m_session.stages().has_value());
}

} // namespace evolute::app
