// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QMainWindow>
#include <QUndoStack>

#include "app/jobs/job_queue.h"
#include "app/jobs/training_process.h"
#include "app/session/family_session.h"
#include "app/session/live_estimates.h"
#include "app/session/run_session.h"
#include "app/session/session_store.h"
#include "app/session/trajectory_shape.h"
#include "app/session/view_state.h"
#include "app/window/demo_run.h"

class QComboBox;
class QLabel;
class QStackedWidget;
class QTabWidget;

namespace evolute::widgets {
class Banner;
class EmptyState;
} // namespace evolute::widgets

namespace evolute::app {

class ActionRegistry;
class BrowserDock;
class CalibratePage;
class CommandPalette;
class EdPage;
class ComparePage;
class HeadsPage;
class InspectorDock;
class JobsDock;
class MessageButton;
class Overview;
class PanePage;
class StageCommands;
class StagesPage;
class TimelineDock;
class WindowCommands;
class WindowLayout;

/// Builds the parts of the window and connects them; does nothing itself. Without an open run it shows the
/// empty state alone.
class MainWindow : public QMainWindow {
  Q_OBJECT
public:
  struct Options {
    QString configFolder;    ///< of session and recent runs; empty = the user's
    QString trainingProgram; ///< empty = evolute-cli beside this program
    Numerics numerics;       ///< what computes
  };
  explicit MainWindow(const Options &options, QWidget *parent = nullptr);
  ~MainWindow() override;

  RunSession &session() { return m_session; }
  FamilySession &family() { return m_family; }
  ViewState &view() { return m_view; }
  TrajectoryShape &shape() { return m_shape; }
  QUndoStack &undoStack() { return m_undo; }
  SessionStore &store() { return m_store; }
  ActionRegistry &actions() { return *m_registry; }
  WindowCommands &commands() { return *m_commands; }
  WindowLayout &layoutState() { return *m_layout; }
  Overview &overview() { return *m_overview; }
  CalibratePage &calibratePage() { return *m_calibrate; }
  EdPage &edPage() { return *m_edPage; }
  StagesPage &stagesPage() { return *m_stagesPage; }
  StageCommands &stageCommands() { return *m_stages; }
  ComparePage &comparePage() { return *m_compare; }
  HeadsPage &headsPage() { return *m_heads; }
  DemoRun &demo() { return m_demo; }

  /// Puts back the last session: its run, cursor and arrangement. False when there is none.
  bool restoreSession();
  /// Only size and arrangement of the last session.
  void restoreArrangement();
  /// Closing asks no questions: for scripts.
  void setUnattended(bool unattended) { m_unattended = unattended; }

protected:
  void closeEvent(QCloseEvent *event) override;
  void dragEnterEvent(QDragEnterEvent *event) override;
  void dropEvent(QDropEvent *event) override;
  bool eventFilter(QObject *watched, QEvent *event) override;
  void changeEvent(QEvent *event) override;

private:
  void buildCentre();
  void buildDocks();
  void buildActions();
  void buildToolBar();
  void buildStatusBar();
  void connectSession();
  void connectStages();
  void connectView();
  void connectTraining();
  void openTrainedRun();
  void showRun(bool open);
  void showOpened(const RunSummary &summary);
  bool showsFound() const;
  void showFound(); ///< in the banner: what the folder holds, and why nothing can be estimated
  void showRecent();
  void showLive();
  void showTab();
  void applyDockVisibility();
  SavedSession savedSession() const;

  // Services first: the destructor takes down what reads them before they go.
  JobQueue m_jobs;
  ViewState m_view;
  QUndoStack m_undo;
  SessionStore m_store;
  RunSession m_session;
  LiveEstimates m_liveEstimates;
  TrajectoryShape m_shape;
  FamilySession m_family;
  TrainingProcess m_training;
  DemoRun m_demo;

  QStackedWidget *m_centre;
  widgets::EmptyState *m_empty;
  widgets::Banner *m_banner, *m_demoStrip;
  QTabWidget *m_tabs;
  std::vector<PanePage *> m_pages; ///< in the order of the tabs
  Overview *m_overview;
  CalibratePage *m_calibrate;
  EdPage *m_edPage;
  StageCommands *m_stages;
  StagesPage *m_stagesPage;
  ComparePage *m_compare;
  HeadsPage *m_heads;
  BrowserDock *m_browser;
  InspectorDock *m_inspector;
  TimelineDock *m_timeline;
  JobsDock *m_jobsDock;
  CommandPalette *m_palette;
  WindowLayout *m_layout;
  WindowCommands *m_commands;
  ActionRegistry *m_registry = nullptr;
  QComboBox *m_axis;
  QLabel *m_live, *m_hover, *m_saved;
  MessageButton *m_messages;
  QString m_foundText;  ///< what the banner says of the run, or did last
  QString m_awaitedRun; ///< in training, opened as soon as there is something to open
  QString m_undoOf;     ///< the run whose stages the undo stack knows
  std::int64_t m_cursorToRestore = -1;
  bool m_unattended = false;
};

} // namespace evolute::app
