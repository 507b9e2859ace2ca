// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/sampler_options.h"

#include <algorithm>

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/window/field_form.h"
#include "core/error.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QSpinBox *count(int low, int high) {
  auto *box = new QSpinBox;
  box->setRange(low, high);
  box->setGroupSeparatorShown(true);
  box->setMinimumWidth(130);
  return box;
}

QComboBox *choice(const QStringList &texts) {
  auto *box = new QComboBox;
  box->addItems(texts);
  return box;
}

} // namespace

SamplerOptions::SamplerOptions(QWidget *parent) : QWidget(parent), m_form(new FieldForm) {
  m_form->addHeading(tr("Posterior"));
  m_form->addField(u"temperatureRule"_s, tr("nβ if left empty"),
                   m_temperatureRule = choice({tr("batch / ln batch"), tr("data / ln data")}));
  addNumber(u"weightDecay"_s, tr("Weight decay λ"), m_weightDecay, tr("pull towards 0"));
  addNumber(u"boundingBox"_s, tr("Box"), m_box, tr("most |w − w*| of a weight; 0: none"));
  m_form->addHeading(tr("Step"));
  addNumber(u"friction"_s, tr("Friction"), m_friction, tr("2√γ is critical for flat directions"));
  addNumber(u"rmspropDecay"_s, tr("Decay of squares"), m_decay, tr("of the old, a step"));
  addNumber(u"rmspropFloor"_s, tr("Floor"), m_floor, tr("small gradients: ε is 1/floor larger"));
  addNumber(u"preconditioning"_s, tr("Preconditioning"), m_weight, tr("0: none, 1: all of it"));
  m_form->addField(u"rmspropAdaptsAlways"_s, tr("Adapts"),
                   m_adapts = choice({tr("in burn-in only"), tr("always (biased)")}));
  addNumber(u"noiseScale"_s, tr("Noise scale σ"), m_noiseScale, tr("1 samples at nβ"));
  addNumber(u"initialNoise"_s, tr("Noise at start"), m_initialNoise, tr("distance from w* in each weight"));
  m_form->addField(u"stepSizeFactors"_s, tr("Step size factors"), m_factors = new QLineEdit,
                   tr("such as L0.H*=0.5, unembed=2"));
  m_form->addField(u"gradientAccumulation"_s, tr("Minibatches a step"), m_accumulation = count(1, 65536));
  m_form->addField(u"products"_s, tr("Matrix products"),
                   m_products = choice({tr("full precision"), tr("TF32 (NVIDIA GPUs)"), tr("bfloat16")}),
                   tr("of float32 weights; fewer bits, several times faster where the hardware has them"));
  m_form->addHeading(tr("Draws"));
  addNumber(u"targetStandardError"_s, tr("Target standard error"), m_targetError, tr("0: the draws asked for"));
  m_form->addField(u"maximalDraws"_s, tr("Most draws a chain"), m_maximalDraws = count(2, 100'000'000));
  m_form->addField(u"fixedEvaluationSamples"_s, tr("Fixed evaluation set"), m_evaluation = count(0, 1 << 30),
                   tr("samples; 0: each step's minibatch"));
  m_form->addHeading(tr("As other tools count"));
  m_form->addField(u"initialLossBatches"_s, tr("Minibatches for L(w*)"), m_initialBatches = count(0, 1 << 20),
                   tr("0: the whole data set"));
  m_form->addField(u"drawRule"_s, tr("Draw at"),
                   m_drawRule = choice({tr("last step of a block"), tr("first step of a block")}));
  m_form->addField(u"includeBurnIn"_s, {}, m_includeBurnIn = new QCheckBox(tr("Every step is a draw, burn-in too")));
  m_form->addField(u"sharedMinibatches"_s, {},
                   m_sharedMinibatches = new QCheckBox(tr("All chains see the same minibatches")));

  for (QComboBox *box : {m_temperatureRule, m_drawRule, m_adapts, m_products})
    connect(box, &QComboBox::currentIndexChanged, this, &SamplerOptions::edited);
  for (QSpinBox *box : {m_accumulation, m_evaluation, m_maximalDraws, m_initialBatches})
    connect(box, &QSpinBox::valueChanged, this, &SamplerOptions::edited);
  for (QCheckBox *box : {m_includeBurnIn, m_sharedMinibatches})
    connect(box, &QCheckBox::toggled, this, &SamplerOptions::edited);
  connect(m_factors, &QLineEdit::textChanged, this, &SamplerOptions::edited);
  auto *layout = new QVBoxLayout(this);
  layout->addWidget(m_form);
  layout->addStretch();
}

void SamplerOptions::addNumber(const QString &field, const QString &label, NumberEdit *&edit, const QString &hint) {
  m_form->addField(field, label, edit = new NumberEdit, hint);
  connect(edit, &QLineEdit::textChanged, this, &SamplerOptions::edited);
}

void SamplerOptions::showSettings(const core::LlcSettings &s) {
  m_temperatureRule->setCurrentIndex(int(s.temperatureRule));
  m_drawRule->setCurrentIndex(int(s.drawRule));
  m_adapts->setCurrentIndex(s.rmspropAdaptsAlways ? 1 : 0);
  m_products->setCurrentIndex(int(s.products));
  m_noiseScale->setValue(s.noiseScale);
  m_weightDecay->setValue(s.weightDecay);
  m_box->setValue(s.boundingBox);
  m_initialNoise->setValue(s.initialNoise);
  m_friction->setValue(s.friction);
  m_decay->setValue(s.rmspropDecay);
  m_floor->setValue(s.rmspropFloor);
  m_weight->setValue(s.preconditioning);
  m_targetError->setValue(s.targetStandardError);
  m_accumulation->setValue(s.gradientAccumulation);
  m_evaluation->setValue(int(std::min<std::int64_t>(s.fixedEvaluationSamples, m_evaluation->maximum())));
  m_maximalDraws->setValue(s.maximalDraws);
  m_initialBatches->setValue(int(std::min<std::int64_t>(s.initialLossBatches, m_initialBatches->maximum())));
  m_factors->setText(QString::fromStdString(core::stepSizeFactorsText(s.stepSizeFactors)));
  m_includeBurnIn->setChecked(s.includeBurnIn);
  m_sharedMinibatches->setChecked(s.sharedMinibatches);
}

void SamplerOptions::writeTo(core::LlcSettings &s) const {
  s.temperatureRule = core::TemperatureRule(m_temperatureRule->currentIndex());
  s.drawRule = core::DrawRule(m_drawRule->currentIndex());
  s.rmspropAdaptsAlways = m_adapts->currentIndex() == 1;
  s.products = core::ProductPrecision(m_products->currentIndex());
  s.noiseScale = m_noiseScale->value();
  s.weightDecay = m_weightDecay->value();
  s.boundingBox = m_box->value();
  s.initialNoise = m_initialNoise->value();
  s.friction = m_friction->value();
  s.rmspropDecay = m_decay->value();
  s.rmspropFloor = m_floor->value();
  s.preconditioning = m_weight->value();
  s.targetStandardError = m_targetError->value();
  s.gradientAccumulation = m_accumulation->value();
  s.fixedEvaluationSamples = m_evaluation->value();
  s.maximalDraws = m_maximalDraws->value();
  s.initialLossBatches = m_initialBatches->value();
  s.includeBurnIn = m_includeBurnIn->isChecked();
  s.sharedMinibatches = m_sharedMinibatches->isChecked();
  try {
    s.stepSizeFactors = core::stepSizeFactorsFromText(m_factors->text().toStdString());
  } catch (const core::Error &) {
    s.stepSizeFactors = {{m_factors->text().toStdString(), 0}}; // a factor of 0 is a problem that is named
  }
}

QString SamplerOptions::review(const core::LlcSettings &settings,
                               const std::vector<core::LlcSettings::Problem> &problems) {
  using core::SamplerKind;
  for (const QString &field : {u"rmspropDecay"_s, u"rmspropFloor"_s, u"preconditioning"_s, u"rmspropAdaptsAlways"_s})
    m_form->setFieldVisible(field, settings.sampler == SamplerKind::RmspropSgld);
  m_form->setFieldVisible(u"friction"_s,
                          settings.sampler == SamplerKind::Sgnht || settings.sampler == SamplerKind::Baoab);
  m_form->setFieldVisible(u"maximalDraws"_s, settings.targetStandardError != 0);
  m_form->setFieldVisible(u"temperatureRule"_s, settings.inverseTemperature == 0);
  const QList<FieldProblem> shown = fieldProblems(problems);
  m_form->showProblems(shown);
  QString sign;
  for (const FieldProblem &problem : shown)
    if (m_form->hasField(problem.field) && sign != u"✕"_s)
      sign = problem.fatal ? u"✕"_s : u"⚠"_s;
  if (!sign.isEmpty())
    return sign;
  core::LlcSettings plain; // with what the first page shows
  plain.stepSize = settings.stepSize;
  plain.localization = settings.localization;
  plain.inverseTemperature = settings.inverseTemperature;
  plain.sampler = settings.sampler;
  plain.chainCount = settings.chainCount;
  plain.drawCount = settings.drawCount;
  plain.burnInSteps = settings.burnInSteps;
  plain.stepsBetweenDraws = settings.stepsBetweenDraws;
  plain.batchSize = settings.batchSize;
  plain.sampleCount = settings.sampleCount;
  plain.estimator = settings.estimator;
  plain.doublePrecision = settings.doublePrecision;
  plain.seed = settings.seed;
  return plain == settings ? QString() : u"•"_s;
}

} // namespace evolute::app
