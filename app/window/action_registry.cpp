// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/action_registry.h"

#include <QMenu>
#include <QMenuBar>
#include <QVariant>
#include <QWidget>

#include "app/window/themed_icon.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr char kMenuProperty[] = "evoluteMenu";
constexpr char kGroupProperty[] = "evoluteStartsGroup";

QString withoutMnemonics(QString text) {
  return text.remove(u'&');
}

} // namespace

ActionRegistry::ActionRegistry(QWidget *scope) : QObject(scope), m_scope(scope) {}

QAction *ActionRegistry::add(const ActionSpec &spec) {
  Q_ASSERT(!action(spec.id));
  auto *made = new QAction(spec.text, m_scope);
  made->setObjectName(spec.id);
  made->setProperty(kMenuProperty, spec.menu);
  made->setProperty(kGroupProperty, spec.startsGroup);
  made->setShortcuts(spec.shortcuts);
  made->setStatusTip(spec.tip);
  // A tool tip that names the key teaches it without a manual.
  const QString key = made->shortcut().toString(QKeySequence::NativeText);
  made->setToolTip(key.isEmpty() ? spec.tip : u"%1 (%2)"_s.arg(spec.tip, key));
  if (!spec.icon.isEmpty())
    made->setIcon(themedIcon(spec.icon));
  made->setCheckable(bool(spec.checkedWhen));
  made->setShortcutContext(Qt::WindowShortcut);
  // triggered() comes after Qt has flipped a check mark; refresh() puts it to what the state says.
  connect(made, &QAction::triggered, this, [this, run = spec.handler] {
    run();
    refresh();
  });
  m_scope->addAction(made); // shortcuts work even where no menu shows the action
  m_actions << made;
  m_rules << Rule{made, spec.icon, made->toolTip(), spec.enabledWhen, spec.checkedWhen, spec.obstacle};
  return made;
}

QAction *ActionRegistry::action(const QString &id) const {
  for (QAction *candidate : m_actions)
    if (candidate->objectName() == id)
      return candidate;
  return nullptr;
}

QString ActionRegistry::idOf(const QAction *action) {
  return action->objectName();
}

QString ActionRegistry::menuOf(const QAction *action) {
  return withoutMnemonics(action->property(kMenuProperty).toString());
}

QString ActionRegistry::textOf(const QAction *action) {
  QString text = withoutMnemonics(action->text());
  if (text.endsWith(u'…'))
    text.chop(1);
  return text;
}

QMenu *ActionRegistry::menuAt(QMenuBar *bar, const QString &path) {
  QMenu *menu = nullptr;
  for (const QString &title : path.split(u'/')) {
    QWidget *parent = menu ? static_cast<QWidget *>(menu) : bar;
    QMenu *next = nullptr;
    for (QAction *entry : parent->actions())
      if (entry->menu() && entry->menu()->title() == title)
        next = entry->menu();
    if (!next) {
      next = menu ? menu->addMenu(title) : bar->addMenu(title);
      next->setObjectName(u"menu."_s + withoutMnemonics(title));
      next->setToolTipsVisible(true);
    }
    menu = next;
  }
  return menu;
}

void ActionRegistry::fillMenuBar(QMenuBar *bar) const {
  for (QAction *entry : m_actions) {
    QMenu *menu = menuAt(bar, entry->property(kMenuProperty).toString());
    if (entry->property(kGroupProperty).toBool() && !menu->isEmpty())
      menu->addSeparator();
    menu->addAction(entry);
  }
}

void ActionRegistry::refresh() {
  for (const Rule &rule : m_rules) {
    if (rule.enabledWhen)
      rule.action->setEnabled(rule.enabledWhen());
    if (rule.checkedWhen)
      rule.action->setChecked(rule.checkedWhen());
    if (rule.obstacle) {
      const QString reason = rule.obstacle();
      rule.action->setEnabled(reason.isEmpty());
      rule.action->setToolTip(reason.isEmpty() ? rule.tip : reason);
    }
  }
}

void ActionRegistry::retint() {
  for (const Rule &rule : m_rules)
    if (!rule.icon.isEmpty())
      rule.action->setIcon(themedIcon(rule.icon));
}

} // namespace evolute::app
