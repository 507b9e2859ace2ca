// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <QPointer>
#include <QTimer>

#include "app/session/run_session.h"
#include "app/window/calibration_data.h"
#include "app/window/pane_page.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace evolute::app {

class CalibrationForm;

/// The Calibrate tab: what to try on the left; the cells as they come, and the chosen one in full, on the
/// right; what is recommended, to be kept as a preset.
class CalibratePage : public PanePage {
  Q_OBJECT
public:
  explicit CalibratePage(RunSession &session, QWidget *parent = nullptr);

  const CalibrationState &state() const { return m_state; }
  bool isRunning() const { return m_job && !m_job->hasEnded(); }
  void enter() override; ///< measures a plan if there is none yet

Q_SIGNALS:
  void reported(const QString &sentence);

protected:
  void arrange() override;

private:
  QWidget *makeLeft();
  QWidget *makeRight();
  void reset();
  void measure();
  void start();
  void takeEnd(const core::CalibrationResult &result);
  void endJob();
  void showCells();
  void choose(const CalibrationPlace &place);
  void showChosen();
  void showSweep();
  void showChoice();
  void store();
  std::size_t chosenStep() const;

  RunSession &m_session;
  CalibrationForm *m_form;
  widgets::TraceGrid *m_grid;
  widgets::LinePlot *m_chains, *m_running, *m_sweep;
  QWidget *m_left, *m_evidence, *m_detail;
  QLabel *m_reason, *m_comparable, *m_storeProblem, *m_evidenceTitle, *m_evidenceText;
  QLineEdit *m_name;
  QPushButton *m_use;
  QComboBox *m_arrangement, *m_step, *m_axis;

  CalibrationState m_state;
  core::CalibrationRequest m_request; ///< of the cells shown
  QString m_reasonText;
  bool m_onPlateau = false;
  std::optional<CalibrationPlace> m_chosen;
  bool m_chosenByHand = false; ///< otherwise it follows the best
  bool m_planned = false;      ///< a plan was asked for
  QPointer<Job> m_job;
  QTimer m_refresh; ///< many cells at once are shown once
};

} // namespace evolute::app
