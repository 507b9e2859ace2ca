// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/browser_dock.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QTreeWidget>
#include <QUndoStack>
#include <QVBoxLayout>

#include "app/session/undo.h"
#include "app/window/fuzzy_match.h"
#include "app/window/pane_data.h"
#include "app/window/plain_text.h"
#include "app/window/themed_icon.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kSeriesRole = Qt::UserRole;        // id of the curve that the eye belongs to
constexpr int kComponentRole = Qt::UserRole + 1; // name of the component
constexpr int kSetRole = Qt::UserRole + 2;       // key of the set of estimates
constexpr int kFolderRole = Qt::UserRole + 3;    // of a run of the family
constexpr int kEyeColumn = 1;

void clearChildren(QTreeWidgetItem *item) {
  qDeleteAll(item->takeChildren());
}

} // namespace

BrowserDock::BrowserDock(RunSession &session, ViewState &view, QUndoStack &undo, QWidget *parent)
    : QDockWidget(tr("Browser"), parent), m_session(session), m_view(view), m_undo(undo),
      m_filter(new QLineEdit), m_tree(new QTreeWidget) {
  setObjectName(u"dock.browser"_s);
  m_filter->setObjectName(u"browserFilter"_s);
  m_filter->setPlaceholderText(tr("Filter metrics, components, results"));
  m_filter->setAccessibleName(m_filter->placeholderText());
  m_filter->setClearButtonEnabled(true);
  m_tree->setObjectName(u"browserTree"_s);
  m_tree->setAccessibleName(tr("Contents of the run"));
  m_tree->setColumnCount(2);
  m_tree->setHeaderHidden(true);
  m_tree->setUniformRowHeights(true);
  m_tree->setFrameShape(QFrame::NoFrame);
  m_tree->setIndentation(14);
  m_tree->header()->setStretchLastSection(false);
  m_tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_tree->header()->setSectionResizeMode(kEyeColumn, QHeaderView::Fixed);
  m_tree->header()->resizeSection(kEyeColumn, 28);
  m_tree->installEventFilter(this);
  auto *body = new QWidget;
  auto *layout = new QVBoxLayout(body);
  layout->setContentsMargins(4, 4, 4, 4);
  layout->addWidget(m_filter);
  layout->addWidget(m_tree);
  setWidget(body);

  m_run = group(tr("Run"));
  m_family = group(tr("Family"));
  m_family->setHidden(true);
  m_metrics = group(tr("Metrics"));
  m_components = group(tr("Components"));
  m_sets = group(tr("Estimates"));

  connect(m_filter, &QLineEdit::textChanged, this, &BrowserDock::filter);
  connect(m_tree, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem *item, int column) {
    if (column == kEyeColumn)
      toggle(item);
  });
  connect(m_tree, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem *item) {
    if (const QString folder = item->data(0, kFolderRole).toString(); !folder.isEmpty())
      Q_EMIT runRequested(folder);
  });
  connect(m_tree, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem *item) {
    if (!item)
      return;
    if (const QString name = item->data(0, kComponentRole).toString(); !name.isEmpty())
      Q_EMIT componentChosen(name);
    if (const QString key = item->data(0, kSetRole).toString(); !key.isEmpty())
      Q_EMIT estimateSetChosen(key);
  });
  connect(&m_session, &RunSession::opened, this, &BrowserDock::refresh);
  connect(&m_session, &RunSession::closed, this, &BrowserDock::refresh);
  connect(&m_session, &RunSession::modelChanged, this, &BrowserDock::fillComponents);
  connect(&m_session, &RunSession::checkpointsAdded, this, &BrowserDock::fillRun);
  connect(&m_session, &RunSession::metricsChanged, this, &BrowserDock::fillMetrics);
  connect(&m_session, &RunSession::estimatesChanged, this, [this] {
    fillComponents();
    fillSets();
  });
  connect(&m_view, &ViewState::seriesVisibilityChanged, this, [this] {
    for (QTreeWidgetItem *parentItem : {m_metrics, m_components})
      for (int i = 0; i < parentItem->childCount(); ++i)
        showEye(parentItem->child(i));
  });
  refresh();
}

QTreeWidgetItem *BrowserDock::group(const QString &title) {
  auto *item = new QTreeWidgetItem(m_tree, {title});
  QFont bold = m_tree->font();
  bold.setBold(true);
  item->setFont(0, bold);
  item->setExpanded(true);
  return item;
}

QTreeWidgetItem *BrowserDock::leaf(QTreeWidgetItem *parent, const QString &text, const QString &tip,
                                   const QString &seriesId) {
  auto *item = new QTreeWidgetItem(parent, {text});
  item->setToolTip(0, tip);
  item->setData(0, kSeriesRole, seriesId);
  showEye(item);
  return item;
}

void BrowserDock::refresh() {
  fillRun();
  fillMetrics();
  fillComponents();
  fillSets();
}

void BrowserDock::fillRun() {
  clearChildren(m_run);
  if (m_session.phase() != RunSession::Phase::Open)
    return;
  leaf(m_run, m_session.summary().name, m_session.summary().path, {});
  leaf(m_run, tr("%n checkpoint(s)", nullptr, int(m_session.checkpoints().size())),
       m_session.summary().sentence, {});
  if (m_session.isModelKnown() && !m_session.model().text.empty())
    leaf(m_run, QString::fromStdString(m_session.model().text),
         tr("%1 weights").arg(groupedText(m_session.model().parameterCount)), {});
  filter(m_filter->text());
}

void BrowserDock::setFamily(const std::vector<FamilyRun> &runs) {
  clearChildren(m_family);
  for (const FamilyRun &run : runs) {
    auto *item = leaf(m_family, run.label, run.folder, {});
    item->setIcon(0, run.icon);
    item->setData(0, kFolderRole, run.folder);
  }
  m_family->setHidden(runs.empty());
  filter(m_filter->text());
}

void BrowserDock::fillMetrics() {
  // Metrics grow several times a second; the tree changes only when a column appears.
  QStringList columns;
  if (m_session.phase() == RunSession::Phase::Open && m_session.metrics())
    for (const auto &[name, series] : m_session.metrics()->series)
      columns << QString::fromStdString(name);
  QStringList shown;
  for (int i = 0; i < m_metrics->childCount(); ++i)
    shown << m_metrics->child(i)->text(0);
  if (columns != shown) {
    clearChildren(m_metrics);
    for (const QString &name : columns)
      leaf(m_metrics, name, name, metricId(name.toStdString()));
  }
  m_metrics->setHidden(columns.isEmpty());
  filter(m_filter->text());
}

void BrowserDock::fillComponents() {
  const QString before =
      m_tree->currentItem() ? m_tree->currentItem()->data(0, kComponentRole).toString() : QString();
  const QSignalBlocker quiet(m_tree); // rebuilding chooses nothing
  clearChildren(m_components);
  for (const core::Component &component : m_session.model().components) {
    const bool estimated =
        std::any_of(m_session.estimates().begin(), m_session.estimates().end(),
                    [&](const core::LlcEstimate &e) { return e.component == component.name; });
    auto *item = leaf(
        m_components, QString::fromStdString(component.name),
        tr("%1 weights; %2")
            .arg(groupedText(component.weightCount), estimated ? tr("has estimates") : tr("no estimate yet")),
        estimated ? componentId(component.name) : QString());
    item->setData(0, kComponentRole, QString::fromStdString(component.name));
    if (!estimated)
      item->setForeground(0, palette().brush(QPalette::PlaceholderText));
    if (item->text(0) == before)
      m_tree->setCurrentItem(item);
  }
  m_components->setHidden(m_session.model().components.empty());
  fillRun();
}

void BrowserDock::fillSets() {
  const QSignalBlocker quiet(m_tree);
  clearChildren(m_sets);
  const std::vector<EstimateSet> sets = estimateSets(m_session.estimates());
  for (const EstimateSet &set : sets) {
    const bool drawn = set.key() == m_setKey || (m_setKey.isEmpty() && &set == &sets.front());
    auto *item = leaf(
        m_sets, (drawn ? u"● "_s : u"○ "_s) + set.text(),
        tr("%n estimate(s) with these settings; choose to draw them.", nullptr, int(set.members.size())), {});
    item->setData(0, kSetRole, set.key());
  }
  m_sets->setHidden(sets.empty());
  filter(m_filter->text());
}

void BrowserDock::setEstimateSet(const QString &key) {
  m_setKey = key;
  for (int i = 0; i < m_sets->childCount(); ++i) {
    QTreeWidgetItem *item = m_sets->child(i);
    const bool drawn = item->data(0, kSetRole).toString() == key;
    item->setText(0, (drawn ? u"● "_s : u"○ "_s) + item->text(0).mid(2));
  }
}

void BrowserDock::showEye(QTreeWidgetItem *item) {
  const QString id = item->data(0, kSeriesRole).toString();
  if (id.isEmpty())
    return;
  const bool visible = m_view.isSeriesVisible(id);
  item->setIcon(kEyeColumn, themedIcon(visible ? u"eye"_s : u"eye-off"_s));
  item->setToolTip(kEyeColumn, visible ? tr("Hide this curve (Space)") : tr("Show this curve (Space)"));
  item->setData(kEyeColumn, Qt::AccessibleTextRole, visible ? tr("shown") : tr("hidden"));
}

void BrowserDock::toggle(QTreeWidgetItem *item) {
  const QString id = item ? item->data(0, kSeriesRole).toString() : QString();
  if (!id.isEmpty())
    pushSeriesVisible(m_undo, m_view, id, !m_view.isSeriesVisible(id));
}

void BrowserDock::filter(const QString &query) {
  for (int g = 0; g < m_tree->topLevelItemCount(); ++g) {
    QTreeWidgetItem *parentItem = m_tree->topLevelItem(g);
    for (int i = 0; i < parentItem->childCount(); ++i)
      parentItem->child(i)->setHidden(!fuzzyScore(query, parentItem->child(i)->text(0)));
  }
}

QStringList BrowserDock::shownTexts() const {
  QStringList texts;
  for (int g = 0; g < m_tree->topLevelItemCount(); ++g)
    for (int i = 0; i < m_tree->topLevelItem(g)->childCount(); ++i)
      if (!m_tree->topLevelItem(g)->isHidden() && !m_tree->topLevelItem(g)->child(i)->isHidden())
        texts << m_tree->topLevelItem(g)->child(i)->text(0);
  return texts;
}

void BrowserDock::focusFilter() {
  show();
  raise();
  m_filter->setFocus(Qt::ShortcutFocusReason);
  m_filter->selectAll();
}

void BrowserDock::changeEvent(QEvent *event) {
  QDockWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange)
    return;
  clearChildren(m_metrics); // else the columns count as unchanged and keep their icons
  refresh();
}

bool BrowserDock::eventFilter(QObject *watched, QEvent *event) {
  if (watched == m_tree && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent *>(event)->key() == Qt::Key_Space) {
    toggle(m_tree->currentItem());
    return true;
  }
  return QDockWidget::eventFilter(watched, event);
}

} // namespace evolute::app
