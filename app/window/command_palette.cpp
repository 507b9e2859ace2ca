// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/command_palette.h"

#include <algorithm>

#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QTimer>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "app/window/action_registry.h"
#include "app/window/fuzzy_match.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kIndexRole = Qt::UserRole;

/// A hit in the text is worth more than the same letters scattered over the menu's name.
std::optional<int> scoreOf(const PaletteEntry &entry, const QString &query) {
  const std::optional<int> byText = fuzzyScore(query, entry.text);
  if (byText)
    return *byText + 20;
  return fuzzyScore(query, entry.text + u' ' + entry.detail);
}

} // namespace

CommandPalette::CommandPalette(QWidget *parent)
    : QDialog(parent, Qt::Popup), m_query(new QLineEdit(this)), m_list(new QTreeWidget(this)) {
  setObjectName(u"commandPalette"_s);
  m_query->setObjectName(u"paletteQuery"_s);
  m_query->setClearButtonEnabled(true);
  m_query->installEventFilter(this);
  m_list->setObjectName(u"paletteList"_s);
  m_list->setAccessibleName(tr("Matching commands"));
  m_list->setColumnCount(3);
  m_list->setHeaderHidden(true);
  m_list->setRootIsDecorated(false);
  m_list->setUniformRowHeights(true);
  m_list->setFocusPolicy(Qt::NoFocus); // typing always goes to the query
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->header()->setStretchLastSection(false);
  m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  m_list->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->addWidget(m_query);
  layout->addWidget(m_list);
  connect(m_query, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(m_list, &QTreeWidget::itemClicked, this, &CommandPalette::runCurrent);
}

QList<PaletteEntry> CommandPalette::commandsOf(const ActionRegistry &registry) {
  QList<PaletteEntry> entries;
  for (QAction *action : registry.actions())
    entries << PaletteEntry{ActionRegistry::textOf(action), ActionRegistry::menuOf(action),
                            action->shortcut().toString(QKeySequence::NativeText), action->isEnabled(),
                            [action] { action->trigger(); }};
  return entries;
}

void CommandPalette::open(const QString &prompt, const QList<PaletteEntry> &entries) {
  m_entries = entries;
  m_query->setPlaceholderText(prompt);
  m_query->setAccessibleName(prompt);
  m_query->clear();
  filter({});
  const QWidget *over = parentWidget()->window();
  const int width = std::clamp(over->width() * 6 / 10, 420, 760);
  const int height = std::clamp(over->height() * 6 / 10, 240, 520);
  resize(width, height);
  move(over->mapToGlobal(QPoint((over->width() - width) / 2, over->height() / 10)));
  show();
  m_query->setFocus();
}

void CommandPalette::filter(const QString &query) {
  std::vector<std::pair<int, int>> ranked; // (score, index)
  for (int i = 0; i < m_entries.size(); ++i)
    if (const std::optional<int> score = scoreOf(m_entries[i], query))
      ranked.emplace_back(*score - (m_entries[i].enabled ? 0 : 30), i);
  std::stable_sort(ranked.begin(), ranked.end(), [](auto a, auto b) { return a.first > b.first; });
  m_list->clear();
  for (const auto &[score, index] : ranked) {
    const PaletteEntry &entry = m_entries[index];
    auto *item = new QTreeWidgetItem(m_list, {entry.text, entry.detail, entry.keys});
    item->setData(0, kIndexRole, index);
    item->setForeground(1, palette().brush(QPalette::Disabled, QPalette::Text));
    item->setTextAlignment(2, Qt::AlignRight | Qt::AlignVCenter);
    if (!entry.enabled) {
      item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
      item->setToolTip(0, tr("Not available now"));
    }
  }
  if (m_list->topLevelItemCount() > 0)
    m_list->setCurrentItem(m_list->topLevelItem(0));
}

QStringList CommandPalette::shownTexts() const {
  QStringList texts;
  for (int i = 0; i < m_list->topLevelItemCount(); ++i)
    texts << m_list->topLevelItem(i)->text(0);
  return texts;
}

void CommandPalette::runCurrent() {
  const QTreeWidgetItem *item = m_list->currentItem();
  if (!item || !(item->flags() & Qt::ItemIsEnabled))
    return;
  const std::function<void()> run = m_entries[item->data(0, kIndexRole).toInt()].run;
  hide();
  // After this event: the command may open a dialog, and the popup must have let go of the keyboard.
  QTimer::singleShot(0, parentWidget(), [run] { run(); });
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event) {
  if (watched != m_query || event->type() != QEvent::KeyPress)
    return QDialog::eventFilter(watched, event);
  const int key = static_cast<QKeyEvent *>(event)->key();
  if (key == Qt::Key_Return || key == Qt::Key_Enter) {
    runCurrent();
    return true;
  }
  const int count = m_list->topLevelItemCount();
  const int page = 10;
  int step = 0;
  switch (key) {
  case Qt::Key_Down:
    step = 1;
    break;
  case Qt::Key_Up:
    step = -1;
    break;
  case Qt::Key_PageDown:
    step = page;
    break;
  case Qt::Key_PageUp:
    step = -page;
    break;
  default:
    return QDialog::eventFilter(watched, event);
  }
  if (count > 0) {
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    m_list->setCurrentItem(m_list->topLevelItem(std::clamp(row + step, 0, count - 1)));
  }
  return true;
}

} // namespace evolute::app
