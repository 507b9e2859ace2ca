// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include <QPointer>
#include <QSet>

#include "app/session/run_session.h"
#include "app/session/view_state.h"
#include "app/window/pane_page.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QListWidget;
class QPushButton;
class QTableView;
class QTreeWidget;

namespace evolute::widgets {
class StackedPlot;
}

namespace evolute::app {

class StageCommands;
class StageTableModel;

/// The Stages tab: which curve to read and what else to look at on the left; the curve with its slope, the
/// evidence and the stages on the right, below it the stages as a table. What is proposed becomes the run's
/// stages only when it is accepted, all at once or edge by edge.
class StagesPage : public PanePage {
  Q_OBJECT
public:
  StagesPage(RunSession &session, ViewState &view, StageCommands &commands, QWidget *parent = nullptr);

  widgets::StackedPlot *plot() const { return m_plot; } ///< the tab's only pane, "stages.curve"
  bool hasProposal() const { return m_proposal.has_value(); }
  const std::optional<core::StageProposal> &proposal() const { return m_proposal; }
  bool isRunning() const { return m_job && !m_job->hasEnded(); }
  /// Reads the curve if none has been read yet, or if a better one has come since. Nothing is taken over by that.
  void enter() override;

public Q_SLOTS:
  void suggest();
  void acceptAll();
  void accept(int boundary); ///< of the proposal
  void labelFromCurve();
  void setEstimateSet(const QString &key); ///< whose λ̂ is offered first

Q_SIGNALS:
  void proposalChanged();

protected:
  void arrange() override;

private:
  struct Source {
    QString text;
    QString label;    ///< markup of the axis
    std::string name; ///< as a stage set keeps it
    QString setKey;   ///< of estimates; empty: a column of the log
    std::string component, column;
    std::size_t points = 0; ///< of estimates
  };
  QWidget *makeLeft();
  QWidget *makeRight();
  QWidget *makeComparison();
  void reset();
  void fillSources();
  int preferredSource() const;
  void takeBetter();
  bool isTrajectoryWhole() const;
  void propose();
  void fillMetrics();
  std::optional<StagesRequest> request() const;
  void takeProposal(const core::StageProposal &proposal);
  void showProposal();
  void showStages();
  void showComparison();
  void showAxis();
  void measure();
  void endJob();
  core::MilestoneSettings milestoneSettings() const;

  RunSession &m_session;
  ViewState &m_view;
  StageCommands &m_commands;
  widgets::StackedPlot *m_plot;
  QComboBox *m_source;
  QListWidget *m_metrics;
  QCheckBox *m_vertices;
  QDoubleSpinBox *m_certainty, *m_flatness;
  QPushButton *m_suggest, *m_cancel, *m_acceptAll, *m_accept;
  QLabel *m_status, *m_warnings, *m_comparisonTitle;
  QTreeWidget *m_boundaries, *m_comparison;
  QTableView *m_table;
  StageTableModel *m_model;
  QWidget *m_left, *m_bottom, *m_comparisonBox;

  std::vector<Source> m_sources;
  bool m_sourceChosen = false; ///< by the user: then no other curve is taken by itself
  std::string m_asked;         ///< name of the curve that was read last, with or without success
  bool m_askedWithTrajectory = false;
  QString m_setKey;
  std::optional<core::StageProposal> m_proposal;
  core::MilestoneSettings m_proposedWith;
  std::vector<core::StageChange> m_changes; ///< of the stages shown; empty: not known yet
  QString m_label;                          ///< markup of the curve that was read
  QSet<QString> m_metricsSeen;
  QPointer<Job> m_job;
};

} // namespace evolute::app
