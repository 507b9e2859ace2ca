// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/calibrate_page.h"

#include <algorithm>

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "app/window/calibration_form.h"
#include "app/window/plain_text.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr std::chrono::milliseconds kRefresh{100};
} // namespace

CalibratePage::CalibratePage(RunSession &session, QWidget *parent) : PanePage(parent), m_session(session) {
  setObjectName(u"calibratePage"_s);
  auto *row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  row->addWidget(m_left = makeLeft());
  row->addWidget(makeRight(), 1);
  // The widest tab must not push the docks of another one aside; in its own tab there are none.
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
  m_refresh.setSingleShot(true);
  m_refresh.setInterval(kRefresh);
  connect(&m_refresh, &QTimer::timeout, this, &CalibratePage::showCells);
  connect(&m_session, &RunSession::opened, this, &CalibratePage::reset);
  connect(&m_session, &RunSession::closed, this, &CalibratePage::reset);
  connect(&m_session, &RunSession::modelChanged, this, &CalibratePage::reset);
  connect(&m_session, &RunSession::presetsChanged, this, [this] { m_form->setPresets(m_session.presets()); });
  connect(m_form, &CalibrationForm::planWanted, this, &CalibratePage::measure);
  connect(m_form, &CalibrationForm::startRequested, this, &CalibratePage::start);
  connect(m_form, &CalibrationForm::cancelRequested, this, [this] {
    if (m_job)
      m_job->cancel();
  });
  reset();
}

void CalibratePage::reset() {
  m_refresh.stop();
  m_job = nullptr;
  m_planned = false;
  m_state = {};
  m_chosen.reset();
  m_chosenByHand = false;
  m_reasonText.clear();
  CalibrationFacts facts;
  for (const CheckpointMark &mark : m_session.checkpoints())
    facts.steps.push_back(mark.step);
  facts.model = m_session.model();
  facts.presets = m_session.presets();
  m_form->setFacts(facts);
  m_form->setRunning(false);
  showCells();
  if (isVisible())
    enter();
}

void CalibratePage::enter() {
  if (!m_planned && m_session.phase() == RunSession::Phase::Open && m_session.isModelKnown())
    measure();
}

void CalibratePage::measure() {
  m_planned = true;
  m_form->showMeasuring();
  if (!m_form->problem().isEmpty())
    return;
  m_session.planCalibration(m_form->request(), this,
                            [this](const std::optional<core::CalibrationPlan> &plan, const QString &problem) {
                              if (plan)
                                m_form->showPlan(*plan);
                              else
                                m_form->showPlanFailure(problem);
                              showCells(); // its empty state tells what can be done
                            });
}

void CalibratePage::start() {
  const std::optional<core::CalibrationPlan> plan = m_form->plan();
  if (!plan || isRunning())
    return;
  m_request = m_form->request();
  m_state = CalibrationState::begin(*plan, m_request.base);
  m_chosen.reset();
  m_chosenByHand = false;
  m_reasonText.clear();
  {
    const QSignalBlocker quiet(m_step);
    m_step->clear();
    for (const std::int64_t step : plan->steps)
      m_step->addItem(tr("step %1").arg(groupedText(step)));
    m_step->setCurrentIndex(m_step->count() - 1);
  }
  CalibrationCallbacks callbacks;
  callbacks.cell = [this](const CalibrationCellReport &report) {
    m_state.take(report);
    if (!m_refresh.isActive())
      m_refresh.start();
  };
  callbacks.failed = [this](const QString &sentence) { Q_EMIT reported(sentence); };
  callbacks.ended = [this](const core::CalibrationResult &result) { takeEnd(result); };
  m_job = m_session.calibrate(m_request, *plan, this, callbacks);
  if (!m_job)
    return;
  connect(m_job, &Job::ended, this, &CalibratePage::endJob);
  m_form->setRunning(true);
  showCells();
  m_grid->canvas()->setFocus(); // the button is off now, and arrow keys belong to the cells
}

void CalibratePage::takeEnd(const core::CalibrationResult &result) {
  m_reasonText = QString::fromStdString(result.reason);
  if (result.stopped)
    m_reasonText =
        tr("Stopped before the grid was full; finished cells are kept. Start goes on with the rest.");
  if (result.recommended) {
    m_state.recommended = result.recommended->place;
    m_onPlateau = result.recommended->onPlateau;
  }
  if (!result.stopped)
    m_state.rank();
}

void CalibratePage::endJob() {
  if (m_job && m_job->state() == JobState::Failed)
    m_reasonText = m_job->sentence();
  m_form->setRunning(false);
  m_refresh.stop();
  showCells();
  if (!m_chosenByHand && !m_state.cells.empty())
    choose(m_state.recommended.value_or(m_state.order.front()));
}

void CalibratePage::showCells() {
  const bool ready = m_form->plan().has_value();
  m_grid->setEmptyText(
      {tr("No cell yet."),
       tr("Calibration tries every combination of step size, localization and temperature at an early, a "
          "middle and a late checkpoint, and says which settings can be trusted. Look over the grid on the "
          "left, then start."),
       ready ? tr("Start calibration") : QString()});
  m_detail->setVisible(!m_state.order.empty() && maximised() != m_grid);
  m_grid->setTable(cellTable(m_state));
  m_grid->setPanels(tracePanels(m_state));
  if (m_chosen) {
    const auto at = std::find(m_state.order.begin(), m_state.order.end(), *m_chosen);
    m_grid->setCurrent(at == m_state.order.end() ? -1 : int(at - m_state.order.begin()));
  } else {
    m_grid->setCurrent(-1);
    if (!m_state.cells.empty() && isRunning())
      choose(m_state.order.front()); // the first that is there, until the user chooses
  }
  showSweep();
  if (!m_chosen)
    showChosen();
  showChoice();
}

void CalibratePage::choose(const CalibrationPlace &place) {
  m_chosen = place;
  const auto at = std::find(m_state.order.begin(), m_state.order.end(), place);
  m_grid->setCurrent(int(at - m_state.order.begin()));
  if (!m_chosenByHand)
    m_grid->fit();
  showChosen();
  showSweep();
  showChoice();
}

std::size_t CalibratePage::chosenStep() const {
  return std::size_t(std::max(0, m_step->currentIndex()));
}

void CalibratePage::showChosen() {
  const CalibrationCellReport *report = m_chosen ? m_state.cell(*m_chosen, chosenStep()) : nullptr;
  m_step->setVisible(m_chosen.has_value());
  m_evidenceTitle->setText(m_chosen ? settingsMarkup(m_state.plan, *m_chosen) : tr("No cell chosen"));
  m_evidenceText->setText(report     ? evidenceText(report->cell.estimate)
                          : m_chosen ? tr("This cell waits for its turn.")
                                     : tr("Click a cell to see what its estimate rests on."));
  if (!report) {
    m_chains->setData({});
    m_running->setData({});
    return;
  }
  const core::EstimateKey key = core::keyOf(report->cell.estimate);
  m_session.fetchEstimate(key, this, [this, key](const std::optional<core::LlcEstimate> &estimate) {
    const CalibrationCellReport *now = m_chosen ? m_state.cell(*m_chosen, chosenStep()) : nullptr;
    if (!estimate || !now || core::keyOf(now->cell.estimate) != key)
      return; // another cell was chosen meanwhile
    m_chains->setData(chainLines(*estimate));
    m_running->setData(runningLines(*estimate, m_request.base.estimator));
  });
}

void CalibratePage::showSweep() {
  m_sweep->setData(m_chosen ? sweepLines(m_state, *m_chosen, m_axis->currentIndex()) : widgets::LineData());
}

void CalibratePage::showChoice() {
  const bool best = m_chosen && m_chosen == m_state.recommended;
  QString reason = m_reasonText;
  if (reason.isEmpty())
    reason = m_state.cells.empty()
                 ? tr("None yet: a calibration gives it.")
                 : tr("Comes when the grid is full and the best settings have been tried at "
                      "half the step.");
  m_reason->setText(reason);
  const bool any = m_chosen.has_value();
  m_comparable->setVisible(any);
  if (any)
    m_comparable->setText(comparabilityText(core::settingsOf(m_request, m_state.plan, *m_chosen),
                                            m_request.slice, best && m_onPlateau));
  m_use->setText(best || !any ? tr("&Use these settings") : tr("&Use the chosen cell's settings"));
  m_use->setToolTip(tr("Keeps them as a preset of this run, for Compute LLC and the command line"));
  m_use->setEnabled(any && !m_name->text().trimmed().isEmpty());
  m_storeProblem->clear();
  m_storeProblem->hide();
}

void CalibratePage::store() {
  if (!m_chosen)
    return;
  core::LlcPreset preset;
  preset.name = m_name->text().trimmed().toStdString();
  preset.settings = core::settingsOf(m_request, m_state.plan, *m_chosen);
  if (m_chosen == m_state.recommended) {
    preset.source = m_reasonText.toStdString();
  } else {
    QStringList verdicts;
    for (std::size_t step = 0; step < m_state.plan.steps.size(); ++step)
      if (const CalibrationCellReport *report = m_state.cell(*m_chosen, step))
        verdicts << u"%1: %2"_s.arg(m_state.plan.steps[step])
                        .arg(QString::fromStdString(report->cell.estimate.verdict.code));
    preset.source =
        tr("chosen by hand in a calibration; verdicts by step: %1").arg(verdicts.join(u", "_s)).toStdString();
  }
  m_session.savePreset(
      preset, this, [this, name = m_name->text().trimmed()](const QString &file, const QString &problem) {
        m_storeProblem->setText(problem.isEmpty() ? tr("✓ Stored as “%1”; Compute LLC offers it.").arg(name)
                                                  : u"✕ "_s + problem);
        m_storeProblem->setToolTip(file);
        m_storeProblem->show();
        if (problem.isEmpty())
          Q_EMIT reported(tr("Preset stored in %1").arg(file));
      });
}

void CalibratePage::arrange() {
  m_left->setVisible(!isMaximised());
  m_detail->setVisible(!m_state.order.empty() && maximised() != m_grid);
  m_evidence->parentWidget()->parentWidget()->setVisible(!isMaximised()); // its scroll area
  for (const NamedPane &named : panes())
    named.pane->setVisible(hasRoom(named.pane));
}

} // namespace evolute::app
