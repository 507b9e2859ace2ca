// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>

class QMenu;
class QMenuBar;

namespace evolute::app {

/// One command of the window, whole: menus, toolbar, palette, key sheet and tests know no other source.
struct ActionSpec {
  QString id;   ///< "file.open": stable; never shown
  QString menu; ///< "&File" or "&View/Time &axis"; where the command stands in the menu bar
  QString text;
  QString tip;                        ///< one sentence: tool tip and status tip
  QList<QKeySequence> shortcuts = {}; ///< the first is the one that is shown
  QString icon = {};                  ///< name of a drawing in resources/icons; may be empty
  std::function<void()> handler;
  std::function<bool()> enabledWhen = {}; ///< empty: always
  std::function<bool()> checkedWhen = {}; ///< empty: not checkable
  /// In place of enabledWhen where the reason is worth telling: why it cannot be done now, shown as its tool
  /// tip; an empty text where it can.
  std::function<QString()> obstacle = {};
  bool startsGroup = false; ///< a separator stands before it in the menu
};

/// The list of all commands, in the order of the menus.
class ActionRegistry : public QObject {
  Q_OBJECT
public:
  /// `scope`: the window in which the shortcuts work; also owns the actions.
  explicit ActionRegistry(QWidget *scope);

  QAction *add(const ActionSpec &spec);     ///< asserts that the id is new
  QAction *action(const QString &id) const; ///< nullptr for an unknown id
  const QList<QAction *> &actions() const { return m_actions; }
  static QString idOf(const QAction *action);
  static QString menuOf(const QAction *action); ///< path without mnemonics: "View/Time axis"
  static QString textOf(const QAction *action); ///< text without mnemonic and dots

  void fillMenuBar(QMenuBar *bar) const;
  /// The submenu at `path` (with its mnemonics), made when it is not there.
  static QMenu *menuAt(QMenuBar *bar, const QString &path);

public Q_SLOTS:
  /// Asks every predicate again: call after the state that they read has changed.
  void refresh();
  /// Draws the icons again in the palette's colours.
  void retint();

private:
  struct Rule {
    QAction *action;
    QString icon;
    QString tip; // with the key
    std::function<bool()> enabledWhen, checkedWhen;
    std::function<QString()> obstacle;
  };
  QWidget *m_scope;
  QList<QAction *> m_actions;
  QList<Rule> m_rules;
};

} // namespace evolute::app
