// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QDialog>

#include "app/session/run_session.h"
#include "core/llc/llc_curve.h"
#include "core/model/run_model.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QSpinBox;
class QTabWidget;
class QTimer;

namespace evolute::app {

class FieldForm;
class NumberEdit;
class SamplerOptions;

/// What the dialog has to know of the run.
struct LlcDialogFacts {
  std::vector<std::int64_t> steps; ///< of the checkpoints, ascending
  core::ModelSummary model;
  core::LlcSettings settings;   ///< to begin with
  std::vector<core::LlcPreset> presets = core::llcPresets();
  std::int64_t cursorStep = -1; ///< "only the checkpoint at the cursor"
  bool isLive = false;          ///< checkpoints are arriving: new ones are wanted too, unless told otherwise
};

/// Asks for the settings of a curve of estimates, says what is wrong with them beside each field, and what
/// the work will cost before it starts. The forecast itself is measured elsewhere: see forecastWanted().
class ComputeLlcDialog : public QDialog {
  Q_OBJECT
public:
  explicit ComputeLlcDialog(const LlcDialogFacts &facts, QWidget *parent = nullptr);

  core::LlcRequest request() const;
  bool isForNewCheckpoints() const; ///< those that arrive later are to be estimated too
  bool isUsable() const;
  void setOnlyCursorStep();

public Q_SLOTS:
  /// The answer to the last forecastWanted().
  void showForecast(const evolute::app::LlcForecast &forecast);
  void showForecastFailure(const QString &sentence);

Q_SIGNALS:
  /// The settings changed to usable ones; sent once typing has paused.
  void forecastWanted(const evolute::core::LlcRequest &request);

private:
  enum class Range { All, Between, Cursor };
  QWidget *makeSettingsSide();
  QWidget *makeScopeSide();
  void showSettings(const core::LlcSettings &settings);
  core::LlcSettings settings() const;
  std::vector<std::int64_t> chosenSteps() const;
  QStringList chosenComponents() const;
  void settingsEdited();
  void presetChosen(int index);
  void review();
  void showCost();

  LlcDialogFacts m_facts;
  FieldForm *m_form;
  QTabWidget *m_pages;
  SamplerOptions *m_options;
  QComboBox *m_preset, *m_sampler, *m_estimator, *m_slice, *m_range;
  NumberEdit *m_stepSize, *m_localization, *m_inverseTemperature;
  QSpinBox *m_chains, *m_draws, *m_burnIn, *m_between, *m_batch;
  QSpinBox *m_samples;
  QLineEdit *m_seed;
  QSpinBox *m_from, *m_to, *m_count;
  QCheckBox *m_newOnes;
  FieldForm *m_scope;
  QListWidget *m_components;
  QLabel *m_presetSource, *m_temperatureHint, *m_relaxationHint, *m_scales, *m_cost;
  QPushButton *m_start;
  QTimer *m_pause;
  std::optional<LlcForecast> m_forecast; ///< its counts hold for m_forecastScope alone
  std::pair<std::vector<std::int64_t>, QStringList> m_forecastScope;
  QString m_forecastFailure;
  bool m_filling = false;
};

} // namespace evolute::app
