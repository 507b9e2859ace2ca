// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "core/llc/llc_settings.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QSpinBox;

namespace evolute::app {

class FieldForm;
class NumberEdit;

/// The settings of an estimate that few people change: everything of core::LlcSettings that the dialog's first
/// page leaves out. Shows only what the sampler has a use for.
class SamplerOptions : public QWidget {
  Q_OBJECT
public:
  explicit SamplerOptions(QWidget *parent = nullptr);

  void showSettings(const core::LlcSettings &settings);
  /// Writes what stands in the fields; a field that cannot be read becomes one that settings.problems() names.
  void writeTo(core::LlcSettings &settings) const;
  /// Marks the fields and shows those of settings.sampler. \return a sign for the page: "✕", "⚠", "•" when
  /// something differs from the defaults, else empty.
  QString review(const core::LlcSettings &settings, const std::vector<core::LlcSettings::Problem> &problems);

Q_SIGNALS:
  void edited();

private:
  void addNumber(const QString &field, const QString &label, NumberEdit *&edit, const QString &hint);

  FieldForm *m_form;
  QComboBox *m_temperatureRule, *m_drawRule, *m_adapts, *m_products;
  NumberEdit *m_noiseScale, *m_weightDecay, *m_box, *m_initialNoise, *m_friction, *m_decay, *m_floor, *m_weight;
  NumberEdit *m_targetError;
  QSpinBox *m_accumulation, *m_evaluation, *m_maximalDraws, *m_initialBatches;
  QLineEdit *m_factors;
  QCheckBox *m_includeBurnIn, *m_sharedMinibatches;
};

} // namespace evolute::app
