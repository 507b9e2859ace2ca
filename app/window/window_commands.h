// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>

#include <QObject>
#include <QStringList>

#include "app/session/view_state.h"
#include "app/window/window_parts.h"
#include "core/checkpoint/tensor_mapping.h"
#include "core/llc/llc_curve.h"

class QDialog;

namespace evolute::widgets {
class PlotPane;
}

namespace evolute::app {

class ActionRegistry;

/// What the commands of the window do. Dialogs are window-modal and answer later: no nested event loops.
class WindowCommands : public QObject {
  Q_OBJECT
public:
  WindowCommands(const WindowParts &parts, QObject *parent);
  const WindowParts &parts() const { return m_parts; }

  bool hasRun() const;
  bool hasCheckpoints() const;
  void showHeads(); ///< goes to their tab
  /// Of the tab in front, the pane that has, or had last, the keyboard.
  widgets::PlotPane *focusedPane() const;

  // File
  void chooseRun();
  void chooseFamily(); ///< a folder whose sub-folders are runs
  /// A run's folder, a file in it, stages for the open run, or a figure that carries its recipe. Several
  /// runs, or a folder of runs, are compared and the first of them is opened.
  void openPaths(const QStringList &paths);
  void showRun(const QString &folder); ///< opens it and goes to the overview
  void chooseRecent();
  void startTraining();
  void matchTensors(); ///< shows names of the files against those that the model expects
  void saveLayout();
  void loadLayout();

  // View
  void setAxis(TimeAxisKind kind);
  void setEdView(const EdView &wanted, const QString &text); ///< undoable
  void togglePane(const QString &id);
  bool isPaneVisible(const QString &id) const;
  void showPane(const QString &id);
  void toggleLogValues();
  bool isLogValues() const;
  void toggleTable();
  bool isTableShown() const;
  void nextTab();
  void showTab(const QString &name); ///< one of tabNames()
  void toggleMaximised();
  bool isMaximised() const;

  // Time
  void moveCursor(std::int64_t step); ///< by hand: ends following
  void stepCursor(int checkpoints);
  void cursorToEnd(bool last);

  // Compute
  void computeLlc(bool onlyAtCursor);
  /// With the settings of the estimates asked for last; asks for some where there are none yet.
  void toggleLiveEstimates();
  void calibrate(); ///< goes to its tab
  void compare();   ///< likewise

  // Figure
  void exportFigure(widgets::PlotPane *pane);
  void copyFigure(widgets::PlotPane *pane);
  void copyData();
  void exportFilm(); ///< of the trajectory in space, as the camera sees it
  bool hasSpace() const;
  void writeFilm(const QString &target);       ///< see FilmRequest::target
  QString recipe(const QString &paneId) const; ///< JSON: all that is needed to see this again

  // Help
  void showPalette(const ActionRegistry &registry);
  void findItem();
  void showKeys(const ActionRegistry &registry);
  void showAbout();

Q_SIGNALS:
  void failed(const QString &sentence);   ///< for the banner
  void reported(const QString &sentence); ///< for the status bar

private:
  bool openRecipe(const QString &figureFile);
  void keepTensors(const std::filesystem::path &run, const core::TensorMapping &mapping);
  /// Shows a dialog that deletes itself; what it is asked is connected before.
  static void present(QDialog *dialog);
  PanePage *pageInFront() const;
  void showPage(PanePage *page);
  QString idOf(const widgets::PlotPane *pane) const;
  QString parentFolderOfRuns() const;
  WindowParts m_parts;
  std::optional<core::LlcRequest> m_lastLlcRequest; ///< of the open run
};

/// Those of the essential dynamics; called by addWindowActions().
void addEdActions(ActionRegistry &registry, WindowCommands &commands);

/// Puts every command into the registry; the only place that knows their texts and keys.
void addWindowActions(ActionRegistry &registry, WindowCommands &commands);

} // namespace evolute::app
