// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

class QMainWindow;
class QTabWidget;
class QUndoStack;

namespace evolute::app {

class BrowserDock;
class CalibratePage;
class CommandPalette;
class ComparePage;
class DemoRun;
class EdPage;
class FamilySession;
class HeadsPage;
class InspectorDock;
class JobQueue;
class LiveEstimates;
class Overview;
class PanePage;
class RunSession;
class SessionStore;
class StageCommands;
class StagesPage;
class TrainingProcess;
class ViewState;
class WindowLayout;

/// What a window is made of, for those who act on it. Nothing is owned here; all outlive the window's
/// actions.
struct WindowParts {
  QMainWindow *window = nullptr;
  JobQueue *jobs = nullptr;
  RunSession *session = nullptr;
  LiveEstimates *liveEstimates = nullptr;
  FamilySession *family = nullptr;
  ViewState *view = nullptr;
  QUndoStack *undo = nullptr;
  SessionStore *store = nullptr;
  TrainingProcess *training = nullptr;
  DemoRun *demo = nullptr;
  QTabWidget *tabs = nullptr;
  std::vector<PanePage *> pages; ///< in the order of the tabs; the next six
  Overview *overview = nullptr;
  CalibratePage *calibrate = nullptr;
  EdPage *ed = nullptr;
  StagesPage *stagesPage = nullptr;
  StageCommands *stages = nullptr;
  ComparePage *compare = nullptr;
  HeadsPage *heads = nullptr;
  BrowserDock *browser = nullptr;
  InspectorDock *inspector = nullptr;
  WindowLayout *layout = nullptr;
  CommandPalette *palette = nullptr;
};

} // namespace evolute::app
