// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/key_sheet.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/window/action_registry.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

struct Row {
  QStringList keys;
  QString text;
};
struct Group {
  QString title;
  QList<Row> rows;
};

QList<Group> groupsOf(const ActionRegistry &registry) {
  QList<Group> groups;
  for (const QAction *action : registry.actions()) {
    if (action->shortcuts().isEmpty())
      continue;
    const QString title = ActionRegistry::menuOf(action).section(u'/', 0, 0);
    if (groups.isEmpty() || groups.last().title != title)
      groups << Group{title, {}};
    QStringList keys;
    for (const QKeySequence &key : action->shortcuts())
      keys << key.toString(QKeySequence::NativeText);
    groups.last().rows << Row{keys, ActionRegistry::textOf(action)};
  }
  return groups;
}

QString keyChips(const QStringList &keys) {
  QStringList chips;
  for (const QString &key : keys)
    chips << u"<b>%1</b>"_s.arg(key.toHtmlEscaped());
  return chips.join(u" &nbsp;"_s);
}

QWidget *groupBox(const Group &group) {
  auto *box = new QWidget;
  auto *grid = new QGridLayout(box);
  grid->setContentsMargins(0, 0, 0, 12);
  grid->setHorizontalSpacing(16);
  grid->setVerticalSpacing(3);
  auto *title = new QLabel(group.title);
  QFont font = title->font();
  font.setPointSizeF(font.pointSizeF() * 1.15);
  font.setBold(true);
  title->setFont(font);
  grid->addWidget(title, 0, 0, 1, 2);
  for (int i = 0; i < group.rows.size(); ++i) {
    auto *keys = new QLabel(keyChips(group.rows[i].keys));
    keys->setTextFormat(Qt::RichText);
    auto *text = new QLabel(group.rows[i].text);
    grid->addWidget(keys, i + 1, 0);
    grid->addWidget(text, i + 1, 1);
  }
  grid->setColumnMinimumWidth(0, 150);
  grid->setColumnStretch(1, 1);
  return box;
}

} // namespace

KeySheet::KeySheet(const ActionRegistry &registry, QWidget *parent) : QDialog(parent) {
  setObjectName(u"keySheet"_s);
  setWindowTitle(tr("Keys and mouse"));
  QList<Group> groups = groupsOf(registry);
  groups << Group{tr("Mouse in plots"),
                  {{{tr("Click")}, tr("Move the time cursor")},
                   {{tr("Left-drag")}, tr("Zoom to the box")},
                   {{tr("Ctrl+drag"), tr("Middle-drag")}, tr("Pan")},
                   {{tr("Wheel")}, tr("Zoom at the pointer; over an axis, that axis alone")},
                   {{tr("Double-click")}, tr("Fit all data")},
                   {{tr("Click in the legend")}, tr("Hide or show a curve")}}};

  // Two columns of about equal length, in the order of the menus.
  int total = 0;
  for (const Group &group : groups)
    total += int(group.rows.size()) + 2;
  auto *content = new QWidget;
  auto *columns = new QHBoxLayout(content);
  columns->setSpacing(32);
  QVBoxLayout *column = nullptr;
  int used = 0;
  for (const Group &group : groups) {
    const bool second = columns->count() == 1 && used + (group.rows.size() + 2) / 2 > total / 2;
    if (!column || second) {
      column = new QVBoxLayout;
      columns->addLayout(column);
    }
    column->addWidget(groupBox(group));
    used += int(group.rows.size()) + 2;
  }
  for (int i = 0; i < columns->count(); ++i)
    static_cast<QVBoxLayout *>(columns->itemAt(i)->layout())->addStretch();

  auto *scroll = new QScrollArea;
  scroll->setWidget(content);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto *layout = new QVBoxLayout(this);
  layout->addWidget(scroll);
  layout->addWidget(buttons);
  const QSize wanted = content->sizeHint() + QSize(60, 80);
  resize(wanted.boundedTo(QSize(1100, 760)));
}

} // namespace evolute::app
