// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QPointer>
#include <QTimer>
#include <QWidget>

#include "app/session/run_session.h"
#include "app/window/calibration_data.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace evolute::app {

class CalibrationForm;

/// The Calibrate tab: what to try on the left; the cells as they come, and the chosen one in full, on the
/// right; what is recommended, to be kept as a preset.
class CalibratePage : public QWidget {
  Q_OBJECT
public:
  explicit CalibratePage(RunSession &session, QWidget *parent = nullptr);

  struct NamedPane {
    QString id; ///< "calibrate.cells", "calibrate.chains", "calibrate.running", "calibrate.sweep"
    widgets::PlotPane *pane;
  };
  const std::vector<NamedPane> &panes() const { return m_panes; }
  widgets::PlotPane *focusedPane() const;
  QString paneId(const widgets::PlotPane *pane) const; ///< empty for a foreign one
  void toggleMaximised(widgets::PlotPane *pane);
  bool isMaximised() const { return bool(m_maximised); }

  const CalibrationState &state() const { return m_state; }
  bool isRunning() const { return m_job && !m_job->hasEnded(); }
  /// The page came into view: measures a plan if there is none yet.
  void enter();

Q_SIGNALS:
  void hovered(const QString &text);
  void exportRequested(evolute::widgets::PlotPane *pane);
  void copyRequested(evolute::widgets::PlotPane *pane);
  void reported(const QString &sentence);
  void focusedPaneChanged();

private:
  QWidget *makeLeft();
  QWidget *makeRight();
  void connectPane(widgets::PlotPane *pane);
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
  std::vector<NamedPane> m_panes;
  QPointer<widgets::PlotPane> m_focused, m_maximised;

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
