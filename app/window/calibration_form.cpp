// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/calibration_form.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/window/calibration_data.h"
#include "app/window/field_form.h"
#include "app/window/plain_text.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr double kLargeStep = 1e-2; // as LlcSettings warns

QStringList piecesOf(const QLineEdit *edit) {
  static const QRegularExpression separators(u"[,;\\s]+"_s);
  return edit->text().split(separators, Qt::SkipEmptyParts);
}

/// Ascending, each once; one sentence for the first piece that is no number above zero.
std::vector<double> positiveNumbers(const QLineEdit *edit, const QString &example, QString &problem) {
  std::vector<double> numbers;
  for (const QString &piece : piecesOf(edit)) {
    bool ok = false;
    const double value = piece.toDouble(&ok);
    if (!ok || !std::isfinite(value) || value <= 0) {
      problem = CalibrationForm::tr("Expected numbers above 0, such as %1; found “%2”.").arg(example, piece);
      return {};
    }
    numbers.push_back(value);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  if (numbers.empty())
    problem = CalibrationForm::tr("Give at least one number, such as %1.").arg(example);
  return numbers;
}

std::vector<std::int64_t> checkpointSteps(const QLineEdit *edit, const std::vector<std::int64_t> &known,
                                          QString &problem) {
  std::vector<std::int64_t> steps;
  for (const QString &piece : piecesOf(edit)) {
    bool ok = false;
    const qint64 step = piece.toLongLong(&ok);
    if (!ok) {
      problem = CalibrationForm::tr("Expected steps of checkpoints, such as 100; found “%1”.").arg(piece);
      return {};
    }
    const auto nearest = std::min_element(known.begin(), known.end(), [&](std::int64_t a, std::int64_t b) {
      return std::abs(a - step) < std::abs(b - step);
    });
    if (nearest == known.end() || *nearest != step) {
      problem = nearest == known.end()
                    ? CalibrationForm::tr("The run has no checkpoints yet.")
                    : CalibrationForm::tr("There is no checkpoint at step %1; the nearest is %2.")
                          .arg(step)
                          .arg(*nearest);
      return {};
    }
    steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.empty())
    problem = CalibrationForm::tr("Give at least one checkpoint's step.");
  return steps;
}

/// Three digits: what a plan proposes is a starting point, not a measurement.
QString listText(const std::vector<double> &values) {
  QStringList texts;
  for (const double value : values)
    texts << settingText(value);
  return texts.join(u", "_s);
}

QSpinBox *spin(int low, int high) {
  auto *box = new QSpinBox;
  box->setRange(low, high);
  box->setGroupSeparatorShown(true);
  return box;
}

} // namespace

CalibrationForm::CalibrationForm(QWidget *parent) : QWidget(parent) {
  m_form = new FieldForm;
  m_form->addHeading(tr("What to sample"));
  m_form->addField(u"preset"_s, tr("&Begin with"), m_preset = new QComboBox);
  m_form->addField(u"component"_s, tr("Com&ponent"), m_component = new QComboBox);
  m_form->addField(u"slice"_s, tr("Data s&lice"), m_slice = new QComboBox);
  m_form->addField(u"chainCount"_s, tr("C&hains"), m_chains = spin(0, 4096));
  m_form->addField(u"drawCount"_s, tr("&Draws a chain"), m_draws = spin(0, 10'000'000));
  m_form->addField(u"burnInSteps"_s, tr("B&urn-in steps"), m_burnIn = spin(0, 10'000'000));
  m_form->addHeading(tr("Grid: every combination is tried"));
  m_form->addField(u"stepSizes"_s, tr("Step sizes &ε"), m_stepSizes = new QLineEdit);
  m_form->addField(u"localizations"_s, tr("Localizations &γ"), m_localizations = new QLineEdit);
  m_form->addField(u"inverseTemperatures"_s, tr("Temperatures &nβ"), m_inverseTemperatures = new QLineEdit);
  m_form->addField(u"steps"_s, tr("At chec&kpoints"), m_steps = new QLineEdit);
  m_stepSizes->setToolTip(tr("SGLD step sizes; the first one proposed follows from the steepest curvature"));
  m_localizations->setToolTip(tr("Pull towards w*"));
  m_inverseTemperatures->setToolTip(tr("Inverse temperatures times n; the middle one proposed is B / ln B"));
  m_steps->setToolTip(tr("Training steps: an early, a middle and a late checkpoint"));

  auto *grid = qobject_cast<QGridLayout *>(m_form->layout()); // no hints here: the fields take their room
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(2, 0);

  m_cost = new QLabel;
  m_cost->setObjectName(u"calibrationCost"_s);
  m_cost->setWordWrap(true);
  m_cost->setMinimumHeight(3 * m_cost->fontMetrics().height());
  m_cost->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  m_start = new QPushButton(tr("Start"));
  m_start->setObjectName(u"startCalibration"_s);
  m_cancel = new QPushButton(tr("Cancel"));
  m_cancel->setObjectName(u"cancelCalibration"_s);
  m_cancel->setToolTip(tr("Stop; finished cells are kept and not computed again"));
  auto *buttons = new QHBoxLayout;
  buttons->addWidget(m_start);
  buttons->addWidget(m_cancel);
  buttons->addStretch();

  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_form);
  column->addSpacing(6);
  column->addWidget(m_cost);
  column->addLayout(buttons);

  for (QLineEdit *edit : {m_stepSizes, m_localizations, m_inverseTemperatures, m_steps})
    connect(edit, &QLineEdit::textChanged, this, &CalibrationForm::review);
  for (QSpinBox *box : {m_chains, m_draws, m_burnIn})
    connect(box, &QSpinBox::valueChanged, this, &CalibrationForm::review);
  connect(m_preset, &QComboBox::activated, this, &CalibrationForm::presetChosen);
  connect(m_component, &QComboBox::activated, this, &CalibrationForm::planWanted);
  connect(m_slice, &QComboBox::activated, this, &CalibrationForm::planWanted);
  connect(m_start, &QPushButton::clicked, this, &CalibrationForm::startRequested);
  connect(m_cancel, &QPushButton::clicked, this, &CalibrationForm::cancelRequested);
  setFacts({{}, {}, core::llcPresets()});
}

void CalibrationForm::setFacts(const CalibrationFacts &facts) {
  m_filling = true;
  m_facts = facts;
  m_measured.reset();
  m_failure.clear();
  m_component->clear();
  for (const core::Component &component : facts.model.components)
    m_component->addItem(QString::fromStdString(component.name));
  m_component->setCurrentIndex(std::max(0, m_component->findText(u"all"_s)));
  m_slice->clear();
  for (const std::string &slice : facts.model.slices)
    m_slice->addItem(QString::fromStdString(slice));
  for (QLineEdit *edit : {m_stepSizes, m_localizations, m_inverseTemperatures, m_steps})
    edit->clear();
  m_preset->clear();
  setPresets(facts.presets);
  m_preset->setCurrentIndex(0);
  const core::LlcSettings settings =
      m_facts.presets.empty() ? core::LlcSettings() : m_facts.presets.front().settings;
  m_chains->setValue(settings.chainCount);
  m_draws->setValue(settings.drawCount);
  m_burnIn->setValue(settings.burnInSteps);
  m_filling = false;
  review();
}

void CalibrationForm::setPresets(const std::vector<core::LlcPreset> &presets) {
  const QString chosen = m_preset->currentText();
  m_facts.presets = presets;
  m_preset->clear();
  for (const core::LlcPreset &preset : presets) {
    m_preset->addItem(QString::fromStdString(preset.name));
    m_preset->setItemData(m_preset->count() - 1, QString::fromStdString(preset.source), Qt::ToolTipRole);
  }
  m_preset->setCurrentIndex(std::max(0, m_preset->findText(chosen)));
}

void CalibrationForm::presetChosen() {
  m_filling = true;
  const core::LlcSettings &settings = m_facts.presets[std::size_t(m_preset->currentIndex())].settings;
  m_chains->setValue(settings.chainCount);
  m_draws->setValue(settings.drawCount);
  m_burnIn->setValue(settings.burnInSteps);
  m_filling = false;
  Q_EMIT planWanted();
}

core::CalibrationRequest CalibrationForm::request() const {
  core::CalibrationRequest request;
  if (const int preset = m_preset->currentIndex(); preset >= 0)
    request.base = m_facts.presets[std::size_t(preset)].settings;
  request.base.chainCount = m_chains->value();
  request.base.drawCount = m_draws->value();
  request.base.burnInSteps = m_burnIn->value();
  if (m_component->count() > 0)
    request.component = m_component->currentText().toStdString();
  if (m_slice->count() > 0)
    request.slice = m_slice->currentText().toStdString();
  return request;
}

std::optional<core::CalibrationPlan> CalibrationForm::plan() const {
  if (!m_measured)
    return std::nullopt;
  core::CalibrationPlan plan = *m_measured;
  QString problem;
  plan.stepSizes = positiveNumbers(m_stepSizes, {}, problem);
  plan.localizations = positiveNumbers(m_localizations, {}, problem);
  plan.inverseTemperatures = positiveNumbers(m_inverseTemperatures, {}, problem);
  plan.steps = checkpointSteps(m_steps, m_facts.steps, problem);
  if (!problem.isEmpty())
    return std::nullopt;
  // What is proposed is shown with three digits; where it was not edited, it is as proposed.
  if (m_stepSizes->text() == listText(m_measured->stepSizes))
    plan.stepSizes = m_measured->stepSizes;
  if (m_localizations->text() == listText(m_measured->localizations))
    plan.localizations = m_measured->localizations;
  if (m_inverseTemperatures->text() == listText(m_measured->inverseTemperatures))
    plan.inverseTemperatures = m_measured->inverseTemperatures;
  if (plan.steps != m_measured->steps)
    plan.curvatures.clear(); // they belong to the steps
  plan.secondsPerCell *=
      double(request().base.totalSteps()) / double(std::max<std::int64_t>(1, m_measuredSteps));
  return plan;
}

QString CalibrationForm::problem() const {
  return !m_facts.model.problem.empty() ? QString::fromStdString(m_facts.model.problem)
         : m_facts.steps.empty()        ? tr("The run has no checkpoints yet.")
                                        : m_failure;
}

void CalibrationForm::showMeasuring() {
  m_filling = true;
  m_measured.reset();
  m_failure.clear();
  for (QLineEdit *edit : {m_stepSizes, m_localizations, m_inverseTemperatures, m_steps})
    edit->clear();
  m_filling = false;
  review();
}

void CalibrationForm::showPlan(const core::CalibrationPlan &plan) {
  m_filling = true;
  m_measured = plan;
  m_measuredSteps = request().base.totalSteps();
  m_failure.clear();
  // What was typed while it was measured stays.
  const auto fill = [](QLineEdit *edit, const QString &text) {
    if (edit->text().trimmed().isEmpty())
      edit->setText(text);
    edit->setCursorPosition(0);
  };
  fill(m_stepSizes, listText(plan.stepSizes));
  fill(m_localizations, listText(plan.localizations));
  fill(m_inverseTemperatures, listText(plan.inverseTemperatures));
  QStringList steps;
  for (const std::int64_t step : plan.steps)
    steps << QString::number(step);
  fill(m_steps, steps.join(u", "_s));
  m_filling = false;
  review();
}

void CalibrationForm::showPlanFailure(const QString &sentence) {
  m_measured.reset();
  m_failure = sentence;
  review();
}

void CalibrationForm::setRunning(bool running) {
  m_running = running;
  m_form->setEnabled(!running);
  review();
}

void CalibrationForm::review() {
  if (m_filling)
    return;
  QList<FieldProblem> problems;
  const core::CalibrationRequest asked = request();
  for (const FieldProblem &problem : fieldProblems(asked.base.problems()))
    if (problem.field == u"chainCount"_s || problem.field == u"drawCount"_s ||
        problem.field == u"burnInSteps"_s)
      problems << problem;
  if (m_measured) {
    const auto look = [&](const QString &field, QLineEdit *edit, const QString &example) {
      QString problem;
      const std::vector<double> values = positiveNumbers(edit, example, problem);
      if (!problem.isEmpty())
        problems << FieldProblem{field, problem, true};
      return values;
    };
    const std::vector<double> steps = look(u"stepSizes"_s, m_stepSizes, u"1e-4, 3e-4"_s);
    if (!steps.empty() && steps.back() > kLargeStep)
      problems << FieldProblem{
          u"stepSizes"_s,
          tr("%1 is large: above 0.01 chains usually run off.").arg(widgets::formatNumber(steps.back(), 3)),
          false};
    look(u"localizations"_s, m_localizations, u"10, 100"_s);
    look(u"inverseTemperatures"_s, m_inverseTemperatures, u"20, 50"_s);
    QString problem;
    checkpointSteps(m_steps, m_facts.steps, problem);
    if (!problem.isEmpty())
      problems << FieldProblem{u"steps"_s, problem, true};
  }
  m_form->showProblems(problems);
  const bool fatal = std::any_of(problems.begin(), problems.end(), [](const auto &p) { return p.fatal; });
  const std::optional<core::CalibrationPlan> current = plan();
  m_start->setEnabled(!m_running && !fatal && current && problem().isEmpty());
  m_cancel->setEnabled(m_running);
  showCost(current, fatal);
}

void CalibrationForm::showCost(const std::optional<core::CalibrationPlan> &plan, bool fatal) {
  if (m_running) {
    m_cost->setText(tr("Running: progress stands in the jobs below. Finished cells are kept."));
  } else if (!problem().isEmpty()) {
    m_cost->setText(problem());
  } else if (fatal) {
    m_cost->setText(tr("Mend what is marked ✕ to start."));
  } else if (!plan) {
    m_cost->setText(tr("Measuring the steepest curvature, for the first step size, and what a cell costs …"));
  } else {
    const auto steps = std::int64_t(plan->steps.size());
    m_cost->setText(
        tr("<b>%n cell(s), about %1</b>", nullptr, int(plan->cellCount()))
            .arg(durationText(plan->seconds())) +
        u"<br>"_s +
        tr("%1 settings × %2, %3 a cell. Stored cells are not computed again.")
            .arg(plan->cellCount() / std::max<std::int64_t>(1, steps))
            .arg(tr("%n checkpoint(s)", nullptr, int(steps)), durationText(plan->secondsPerCell)));
  }
}

} // namespace evolute::app
