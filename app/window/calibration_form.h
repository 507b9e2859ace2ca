// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "core/llc/calibration.h"
#include "core/model/run_model.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace evolute::app {

class FieldForm;

/// What the form has to know of the run.
struct CalibrationFacts {
  std::vector<std::int64_t> steps; ///< of the checkpoints, ascending
  core::ModelSummary model;
  std::vector<core::LlcPreset> presets;
};

/// Asks what to calibrate: the grid as lists of numbers, filled by a plan that is measured elsewhere; says
/// what is wrong with each beside it, and what the work costs before it starts.
class CalibrationForm : public QWidget {
  Q_OBJECT
public:
  explicit CalibrationForm(QWidget *parent = nullptr);

  /// Of another run, or of one whose model became known: fields begin anew.
  void setFacts(const CalibrationFacts &facts);
  void setPresets(const std::vector<core::LlcPreset> &presets); ///< the fields stay

  core::CalibrationRequest request() const; ///< without a grid: what a plan is asked with
  /// The measured plan with the grid of the fields; nothing while one is wrong or nothing is measured yet.
  std::optional<core::CalibrationPlan> plan() const;
  QString problem() const; ///< why there is no plan to be had; empty otherwise

public Q_SLOTS:
  void showMeasuring(); ///< empties the grid's fields
  void showPlan(const evolute::core::CalibrationPlan &plan);
  void showPlanFailure(const QString &sentence);
  void setRunning(bool running);

Q_SIGNALS:
  void planWanted(); ///< what the measurement rests on has changed
  void startRequested();
  void cancelRequested();

private:
  void review();
  void presetChosen();
  void showCost(const std::optional<core::CalibrationPlan> &plan, bool fatal);

  CalibrationFacts m_facts;
  FieldForm *m_form;
  QComboBox *m_preset, *m_component, *m_slice;
  QLineEdit *m_stepSizes, *m_localizations, *m_inverseTemperatures, *m_steps;
  QSpinBox *m_chains, *m_draws, *m_burnIn;
  QLabel *m_cost;
  QPushButton *m_start, *m_cancel;
  std::optional<core::CalibrationPlan> m_measured;
  std::int64_t m_measuredSteps = 0; ///< sampler steps of a cell when it was measured
  QString m_failure;
  bool m_running = false, m_filling = false;
};

} // namespace evolute::app
