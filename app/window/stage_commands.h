// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include <QObject>
#include <QPoint>
#include <QPointer>

#include "core/stages/stage_set.h"

class QMenu;
class QUndoStack;
class QWidget;

namespace evolute::app {

class RunSession;

/// What can be done to the stages of the open run by hand. Every edit is one step that can be undone. Stages
/// and edges are counted from 0; one that is not there is left alone. Dialogs are window-modal and answer
/// later.
class StageCommands : public QObject {
  Q_OBJECT
public:
  StageCommands(RunSession &session, QUndoStack &undo, QWidget *window, QObject *parent = nullptr);

  bool hasStages() const;
  int stageCount() const;
  int stageAtCursor() const; ///< -1 without stages
  core::StageType typeOf(int stage) const;

  /// An edge; the first one makes two stages of the whole run.
  void split(std::int64_t step);
  void splitAtCursor();
  void moveEdge(int edge, std::int64_t step);
  void mergeWithNext(int stage);
  void remove(int stage); ///< its steps go to the stage before it, those of the first to the next
  void setName(int stage, const QString &name);
  void setNote(int stage, const QString &note);
  void setType(int stage, core::StageType type);
  void clear();
  /// As one step, called `text`.
  void replace(const QString &text, const std::optional<core::StageSet> &set);
  void goToEdge(bool next); ///< the time cursor, to the nearest checkpoint

  void askName(int stage);
  void askNote(int stage);
  void showMenu(int stage, std::int64_t step, const QPoint &globalPosition);

  void chooseImport();
  void importFile(const QString &file);
  void chooseExport();
  void exportTo(const QString &file);
  void chooseComparedRun();
  void chooseComparedFile();
  void compareWith(const QString &path);
  void endComparison();

Q_SIGNALS:
  void cursorChosen(qint64 step);
  void failed(const QString &sentence);
  void reported(const QString &sentence);

private:
  void edit(const QString &text, const std::function<bool(core::StageSet &)> &change);
  void ask(const QString &title, const QString &label, const QString &now,
           const std::function<void(const QString &)> &take);
  QString folder() const;

  RunSession &m_session;
  QUndoStack &m_undo;
  QWidget *m_window;
  QPointer<QMenu> m_menu;
};

} // namespace evolute::app
