// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/compute_llc_dialog.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QTabWidget>
#include <QTimer>
#include <QVBoxLayout>

#include "app/window/field_form.h"
#include "app/window/plain_text.h"
#include "app/window/sampler_options.h"
#include "app/window/step_choice.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kTypingPauseMs = 400;
constexpr int kSensibleCount = 40; // estimates: the shape of a curve in minutes, not hours

QSpinBox *spin(int low, int high) {
  auto *box = new QSpinBox;
  box->setRange(low, high);
  box->setGroupSeparatorShown(true);
  box->setKeyboardTracking(true);
  box->setMinimumWidth(130);
  return box;
}

QFrame *separator() {
  auto *line = new QFrame;
  line->setFrameShape(QFrame::VLine);
  line->setFrameShadow(QFrame::Sunken);
  return line;
}

} // namespace

ComputeLlcDialog::ComputeLlcDialog(const LlcDialogFacts &facts, QWidget *parent)
    : QDialog(parent), m_facts(facts), m_pause(new QTimer(this)) {
  setObjectName(u"computeLlcDialog"_s);
  setWindowTitle(tr("Compute LLC over checkpoints"));
  m_pause->setSingleShot(true);
  m_pause->setInterval(kTypingPauseMs);
  connect(m_pause, &QTimer::timeout, this, [this] {
    if (!isUsable())
      return;
    m_forecastScope = {chosenSteps(), chosenComponents()};
    Q_EMIT forecastWanted(request());
  });

  auto *sides = new QHBoxLayout;
  sides->setSpacing(16);
  sides->addWidget(makeSettingsSide(), 3);
  sides->addWidget(separator());
  sides->addWidget(makeScopeSide(), 2);
  m_cost = new QLabel;
  m_cost->setObjectName(u"cost"_s);
  m_cost->setWordWrap(true);
  m_cost->setMinimumHeight(m_cost->fontMetrics().height() * 2);
  m_cost->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_start = buttons->addButton(tr("Start"), QDialogButtonBox::AcceptRole);
  m_start->setObjectName(u"start"_s);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto *foot = new QHBoxLayout;
  foot->addWidget(m_cost, 1);
  foot->addWidget(buttons, 0, Qt::AlignBottom);
  auto *layout = new QVBoxLayout(this);
  layout->addLayout(sides, 1);
  layout->addLayout(foot);

  showSettings(facts.settings);
  settingsEdited();
  resize(sizeHint().expandedTo(QSize(900, 560)));
}

QWidget *ComputeLlcDialog::makeSettingsSide() {
  m_form = new FieldForm;
  m_preset = new QComboBox;
  for (const core::LlcPreset &preset : m_facts.presets)
    m_preset->addItem(QString::fromStdString(preset.name));
  m_preset->addItem(tr("own settings"));
  m_presetSource = new QLabel;
  m_presetSource->setWordWrap(true);
  m_presetSource->setForegroundRole(QPalette::PlaceholderText);
  m_form->addField(u"preset"_s, tr("&Preset"), m_preset);

  m_form->addHeading(tr("Posterior"));
  m_form->addField(u"localization"_s, tr("Localization &γ"), m_localization = new NumberEdit,
                   tr("pull towards w*"));
  m_inverseTemperature = new NumberEdit;
  m_inverseTemperature->setValueWhenEmpty(0);
  m_temperatureHint =
      m_form->addField(u"inverseTemperature"_s, tr("Inverse &temperature nβ"), m_inverseTemperature);
  m_form->addHeading(tr("Sampler"));
  m_sampler = new QComboBox;
  for (const core::SamplerKind kind : core::samplerKinds())
    m_sampler->addItem(QString::fromLatin1(core::nameOf(kind)));
  m_form->addField(u"sampler"_s, tr("Sa&mpler"), m_sampler);
  m_form->addField(u"stepSize"_s, tr("Step size &ε"), m_stepSize = new NumberEdit,
                   tr("drift is ε/2, noise √ε"));
  m_scales = new QLabel;
  m_scales->setObjectName(u"scales"_s);
  m_scales->setToolTip(tr("What a step does: the factor of the gradient, that of w − w*, and the variance of the noise."));
  m_form->addField(u"scales"_s, tr("εnβ/2, εγ/2, ε"), m_scales);
  m_form->addField(u"chainCount"_s, tr("C&hains"), m_chains = spin(0, 4096));
  m_form->addField(u"drawCount"_s, tr("&Draws a chain"), m_draws = spin(0, 10'000'000),
                   tr("kept after burn-in"));
  m_relaxationHint = m_form->addField(u"burnInSteps"_s, tr("&Burn-in steps"), m_burnIn = spin(0, 10'000'000));
  m_form->addField(u"stepsBetweenDraws"_s, tr("Steps between draws"), m_between = spin(0, 1'000'000));
  m_form->addHeading(tr("Data"));
  m_form->addField(u"batchSize"_s, tr("B&atch"), m_batch = spin(0, 1 << 24), tr("samples"));
  m_form->addField(u"sampleCount"_s, tr("Data set si&ze"), m_samples = spin(0, 1 << 30),
                   tr("samples that L is measured on"));
  m_form->addField(u"seed"_s, tr("See&d"), m_seed = new QLineEdit);
  m_estimator = new QComboBox;
  m_estimator->addItem(tr("paired: same minibatch at w and w*"));
  m_estimator->addItem(tr("plain: against L(w*) on all data"));
  m_form->addField(u"estimator"_s, tr("Headline estimator"), m_estimator, tr("both are stored"));

  connect(m_preset, &QComboBox::activated, this, &ComputeLlcDialog::presetChosen);
  for (QLineEdit *edit : {static_cast<QLineEdit *>(m_stepSize), static_cast<QLineEdit *>(m_localization),
                          static_cast<QLineEdit *>(m_inverseTemperature), m_seed})
    connect(edit, &QLineEdit::textChanged, this, &ComputeLlcDialog::settingsEdited);
  for (QSpinBox *box : {m_chains, m_draws, m_burnIn, m_between, m_batch, m_samples})
    connect(box, &QSpinBox::valueChanged, this, &ComputeLlcDialog::settingsEdited);
  for (QComboBox *box : {m_sampler, m_estimator})
    connect(box, &QComboBox::currentIndexChanged, this, &ComputeLlcDialog::settingsEdited);
  m_options = new SamplerOptions;
  connect(m_options, &SamplerOptions::edited, this, &ComputeLlcDialog::settingsEdited);

  auto *side = new QWidget;
  auto *layout = new QVBoxLayout(side);
  layout->addWidget(m_form);
  layout->addSpacing(8);
  layout->addWidget(m_presetSource);
  layout->addStretch();
  m_pages = new QTabWidget;
  m_pages->addTab(side, tr("Settings"));
  m_pages->addTab(m_options, tr("Advanced"));
  return m_pages;
}

QWidget *ComputeLlcDialog::makeScopeSide() {
  const int first = m_facts.steps.empty() ? 0 : int(m_facts.steps.front());
  const int last = m_facts.steps.empty() ? 0 : int(m_facts.steps.back());
  m_scope = new FieldForm;
  m_scope->addHeading(tr("Checkpoints"));
  m_range = new QComboBox;
  m_range->addItem(tr("all of the run"));
  m_range->addItem(tr("a range"));
  if (m_facts.cursorStep >= 0)
    m_range->addItem(tr("only step %1 (cursor)").arg(groupedText(m_facts.cursorStep)));
  m_scope->addField(u"range"_s, tr("&Which"), m_range);
  m_scope->addField(u"from"_s, tr("&From step"), m_from = spin(first, last));
  m_scope->addField(u"to"_s, tr("T&o step"), m_to = spin(first, last));
  m_to->setValue(last);
  m_count = spin(1, std::max(1, int(m_facts.steps.size())));
  m_count->setValue(std::min(kSensibleCount, m_count->maximum()));
  m_scope->addField(u"count"_s, tr("At &most"), m_count, tr("spread evenly over log(1+t)"));
  m_newOnes = new QCheckBox(tr("and each new one as it arrives"));
  m_newOnes->setObjectName(u"newCheckpoints"_s);
  m_newOnes->setChecked(m_facts.isLive);
  m_scope->addField(u"newCheckpoints"_s, QString(), m_newOnes);
  m_slice = new QComboBox;
  for (const std::string &slice : m_facts.model.slices)
    m_slice->addItem(QString::fromStdString(slice));
  if (m_slice->count() == 0)
    m_slice->addItem(u"train"_s);
  m_scope->addHeading(tr("What is estimated"));
  m_scope->addField(u"slice"_s, tr("Data s&lice"), m_slice);
  m_components = new QListWidget;
  m_components->setMinimumHeight(140);
  for (const core::Component &component : m_facts.model.components) {
    auto *item = new QListWidgetItem(QString::fromStdString(component.name), m_components);
    item->setToolTip(tr("%1 weights").arg(groupedText(component.weightCount)));
    item->setFlags(item->flags() | Qt::ItemIsUserCheckable);
    item->setCheckState(component.name == "all" ? Qt::Checked : Qt::Unchecked);
  }
  m_scope->addField(u"components"_s, tr("Compone&nts"), m_components);

  connect(m_range, &QComboBox::currentIndexChanged, this, &ComputeLlcDialog::review);
  for (QSpinBox *box : {m_from, m_to, m_count})
    connect(box, &QSpinBox::valueChanged, this, &ComputeLlcDialog::review);
  connect(m_slice, &QComboBox::currentIndexChanged, this, &ComputeLlcDialog::settingsEdited);
  connect(m_components, &QListWidget::itemChanged, this, &ComputeLlcDialog::review);

  auto *side = new QWidget;
  auto *layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_scope);
  layout->addStretch();
  return side;
}

void ComputeLlcDialog::showSettings(const core::LlcSettings &settings) {
  m_filling = true;
  m_stepSize->setValue(settings.stepSize);
  m_localization->setValue(settings.localization);
  if (settings.inverseTemperature > 0)
    m_inverseTemperature->setValue(settings.inverseTemperature);
  else
    m_inverseTemperature->clear();
  m_chains->setValue(settings.chainCount);
  m_draws->setValue(settings.drawCount);
  m_burnIn->setValue(settings.burnInSteps);
  m_between->setValue(settings.stepsBetweenDraws);
  m_batch->setValue(settings.batchSize);
  m_samples->setValue(int(std::min<std::int64_t>(settings.sampleCount, m_samples->maximum())));
  m_seed->setText(QString::number(settings.seed));
  m_estimator->setCurrentIndex(settings.estimator == core::LlcEstimator::Paired ? 0 : 1);
  m_sampler->setCurrentText(QString::fromLatin1(core::nameOf(settings.sampler)));
  m_options->showSettings(settings);
  m_filling = false;
}

void ComputeLlcDialog::presetChosen(int index) {
  const auto &presets = m_facts.presets;
  if (index < int(presets.size()))
    showSettings(presets[std::size_t(index)].settings);
  settingsEdited();
}

core::LlcSettings ComputeLlcDialog::settings() const {
  core::LlcSettings settings = m_facts.settings; // fields that the dialog does not show stay as they were
  settings.stepSize = m_stepSize->value();
  settings.localization = m_localization->value();
  settings.inverseTemperature = m_inverseTemperature->value();
  settings.chainCount = m_chains->value();
  settings.drawCount = m_draws->value();
  settings.burnInSteps = m_burnIn->value();
  settings.stepsBetweenDraws = m_between->value();
  settings.batchSize = m_batch->value();
  settings.sampleCount = m_samples->value();
  settings.seed = m_seed->text().trimmed().toULongLong();
  settings.estimator =
      m_estimator->currentIndex() == 0 ? core::LlcEstimator::Paired : core::LlcEstimator::Plain;
  settings.sampler = core::samplerKinds()[std::size_t(std::max(0, m_sampler->currentIndex()))];
  m_options->writeTo(settings);
  return settings;
}

std::vector<std::int64_t> ComputeLlcDialog::chosenSteps() const {
  if (m_facts.steps.empty())
    return {};
  switch (Range(m_range->currentIndex())) {
  case Range::Cursor:
    return {m_facts.cursorStep};
  case Range::Between:
    return spreadInLogTime(m_facts.steps, m_from->value(), m_to->value(), m_count->value());
  case Range::All:
    break;
  }
  return spreadInLogTime(m_facts.steps, m_facts.steps.front(), m_facts.steps.back(), m_count->value());
}

QStringList ComputeLlcDialog::chosenComponents() const {
  QStringList names;
  for (int i = 0; i < m_components->count(); ++i)
    if (m_components->item(i)->checkState() == Qt::Checked)
      names << m_components->item(i)->text();
  return names;
}

core::LlcRequest ComputeLlcDialog::request() const {
  core::LlcRequest request;
  request.steps = chosenSteps();
  request.components.clear();
  for (const QString &name : chosenComponents())
    request.components.push_back(name.toStdString());
  request.slice = m_slice->currentText().toStdString();
  request.settings = settings();
  return request;
}

bool ComputeLlcDialog::isForNewCheckpoints() const {
  return Range(m_range->currentIndex()) != Range::Cursor && m_newOnes->isChecked();
}

bool ComputeLlcDialog::isUsable() const {
  return m_start->isEnabled();
}

void ComputeLlcDialog::setOnlyCursorStep() {
  if (m_range->count() > int(Range::Cursor))
    m_range->setCurrentIndex(int(Range::Cursor));
}

void ComputeLlcDialog::settingsEdited() {
  if (m_filling)
    return;
  m_forecast.reset();
  m_forecastFailure.clear();
  review();
  m_pause->start();
}

void ComputeLlcDialog::review() {
  const core::LlcSettings current = settings();
  // The preset shown is the one whose numbers stand in the fields, whoever put them there.
  int match = int(m_facts.presets.size());
  for (int i = 0; i < int(m_facts.presets.size()); ++i)
    if (m_facts.presets[std::size_t(i)].settings == current)
      match = i;
  m_preset->setCurrentIndex(match);
  m_presetSource->setText(match < int(m_facts.presets.size())
                              ? QString::fromStdString(m_facts.presets[std::size_t(match)].source)
                              : tr("These numbers are no preset; they are stored with each estimate."));

  QList<FieldProblem> problems = fieldProblems(current.problems());
  bool seedOk = false;
  m_seed->text().trimmed().toULongLong(&seedOk);
  if (!seedOk)
    problems << FieldProblem{u"seed"_s, tr("The seed must be a whole number, 0 or more."), true};
  m_form->showProblems(problems);
  const QString sign = m_options->review(current, current.problems());
  m_pages->setTabText(1, sign.isEmpty() ? tr("Advanced") : tr("Advanced %1").arg(sign));

  const auto range = Range(m_range->currentIndex());
  m_scope->setFieldVisible(u"from"_s, range == Range::Between);
  m_scope->setFieldVisible(u"to"_s, range == Range::Between);
  m_scope->setFieldVisible(u"count"_s, range != Range::Cursor);
  m_scope->setFieldVisible(u"newCheckpoints"_s, range != Range::Cursor);
  QList<FieldProblem> scope;
  if (m_facts.steps.empty())
    scope << FieldProblem{u"range"_s, tr("The run has no checkpoints yet."), true};
  else if (chosenSteps().empty())
    scope << FieldProblem{u"from"_s, tr("No checkpoint lies between these steps."), true};
  if (!m_facts.model.problem.empty())
    scope << FieldProblem{u"components"_s, QString::fromStdString(m_facts.model.problem), true};
  else if (chosenComponents().isEmpty())
    scope << FieldProblem{u"components"_s, tr("Tick at least one component."), true};
  m_scope->showProblems(scope);

  const double nBeta = current.effectiveInverseTemperature();
  m_temperatureHint->setText(
      current.inverseTemperature > 0                                          ? QString()
      : current.temperatureRule == core::TemperatureRule::SamplesOverLog ? tr("empty: data / ln data = %1").arg(nBeta, 0, 'g', 4)
                                                                         : tr("empty: batch / ln batch = %1").arg(nBeta, 0, 'g', 4));
  const core::LlcSettings::Scales scales = current.scales();
  m_scales->setText(tr("%1,  %2,  %3").arg(scales.gradient, 0, 'g', 3).arg(scales.pull, 0, 'g', 3).arg(scales.noise, 0, 'g', 3));
  const double relaxation = current.relaxationSteps();
  m_relaxationHint->setText(std::isfinite(relaxation) && relaxation > 0
                                ? tr("flat directions relax in ≈ %1 steps").arg(groupedText(std::llround(relaxation)))
                                : QString());
  bool fatal = false;
  for (const QList<FieldProblem> &list : {problems, scope})
    for (const FieldProblem &problem : list)
      fatal = fatal || problem.fatal;
  m_start->setEnabled(!fatal);
  showCost();
}

void ComputeLlcDialog::showCost() {
  if (!m_start->isEnabled()) {
    m_cost->setText(tr("Mend what is marked ✕ to start."));
    return;
  }
  const auto steps = std::int64_t(chosenSteps().size());
  const auto components = std::int64_t(chosenComponents().size());
  const std::int64_t estimates = steps * components;
  const QString what = components == 1 ? tr("%n checkpoint(s)", nullptr, int(steps))
                                       : tr("%1 checkpoints × %2 components").arg(steps).arg(components);
  if (!m_forecastFailure.isEmpty())
    m_cost->setText(tr("%1. Cost unknown: %2").arg(what, m_forecastFailure));
  else if (m_forecast) {
    const bool sameScope = m_forecastScope == std::pair(chosenSteps(), chosenComponents());
    const std::int64_t stored = sameScope ? m_forecast->stored : 0;
    const double one = m_forecast->secondsPerEstimate;
    m_cost->setText(tr("%1 × %2 = <b>about %3</b>.")
                        .arg(what, durationText(one), durationText(one * double(estimates - stored))) +
                    u' ' +
                    (stored > 0
                         ? tr("%n of them are stored already and not computed again.", nullptr, int(stored))
                         : tr("What is stored already is not computed again.")));
  } else
    m_cost->setText(tr("%1 × %2 sampler steps; measuring what a step costs …")
                        .arg(what, groupedText(settings().totalSteps())));
}

void ComputeLlcDialog::showForecast(const LlcForecast &forecast) {
  m_forecast = forecast;
  m_forecastFailure.clear();
  showCost();
}

void ComputeLlcDialog::showForecastFailure(const QString &sentence) {
  m_forecast.reset();
  m_forecastFailure = sentence;
  showCost();
}

} // namespace evolute::app
