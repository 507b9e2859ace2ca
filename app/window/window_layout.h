// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QObject>

#include "app/session/view_state.h"

class QMainWindow;
class QUndoStack;

namespace evolute::app {

class Overview;

/// How the window is arranged, as one value that can be kept in a file, put back and undone: docks,
/// splitters, visible panes and curves, time axis. Knows nothing of the run: a layout can be shared between
/// runs.
class WindowLayout : public QObject {
  Q_OBJECT
public:
  static constexpr int kStateVersion = 1; ///< of QMainWindow::saveState; raise when a dock comes or goes

  WindowLayout(QMainWindow *window, Overview *overview, ViewState &view, QUndoStack &undo);

  QJsonObject current() const;
  void apply(const QJsonObject &layout); ///< what it does not say or says wrongly gets its default
  /// What the window looks like now is what "Reset layout" brings back.
  void takeAsDefault() { m_default = current(); }

  void reset(); ///< undoable
  /// The three with a file give an empty text, or one sentence on what went wrong.
  QString save(const QString &file) const;
  QString load(const QString &file); ///< undoable
  static QString read(const QString &file, QJsonObject &layout);
  void load(const QJsonObject &layout); ///< as read() gives it; undoable

Q_SIGNALS:
  void remarked(const QString &sentence); ///< something in a layout was not understood
  void applied(); ///< docks may have been shown or hidden behind the view state's back

private:
  void push(const QString &text, const QJsonObject &after);
  QMainWindow *m_window;
  Overview *m_overview;
  ViewState &m_view;
  QUndoStack &m_undo;
  QJsonObject m_default;
};

} // namespace evolute::app
