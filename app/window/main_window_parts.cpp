// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MainWindow that makes its pieces.
#include <utility>

#include <QComboBox>
#include <QLabel>
#include <QMenuBar>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <QVBoxLayout>

#include "app/window/action_registry.h"
#include "app/window/browser_dock.h"
#include "app/window/calibrate_page.h"
#include "app/window/command_palette.h"
#include "app/window/compare_page.h"
#include "app/window/ed_page.h"
#include "app/window/ed_plane.h"
#include "app/window/heads_page.h"
#include "app/window/inspector_dock.h"
#include "app/window/jobs_dock.h"
#include "app/window/main_window.h"
#include "app/window/message_button.h"
#include "app/window/overview.h"
#include "app/window/stage_commands.h"
#include "app/window/stages_page.h"
#include "app/window/timeline_dock.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "widgets/panels/banner.h"
#include "widgets/panels/empty_state.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

void MainWindow::buildCentre() {
  m_banner = new widgets::Banner;
  m_banner->setObjectName(u"banner"_s);
  m_demoStrip = new widgets::Banner;
  m_demoStrip->setObjectName(u"demoStrip"_s);
  m_empty = new widgets::EmptyState;
  m_empty->setObjectName(u"emptyState"_s);
  m_overview = new Overview(m_session, m_view, m_shape, m_undo);
  m_centre = new QStackedWidget;
  m_centre->addWidget(m_empty);
  m_calibrate = new CalibratePage(m_session);
  m_stages = new StageCommands(m_session, m_undo, this, this);
  m_stagesPage = new StagesPage(m_session, m_view, *m_stages);
  m_compare = new ComparePage(m_family, m_view);
  m_heads = new HeadsPage(m_session, m_view);
  m_tabs = new QTabWidget;
  m_tabs->setObjectName(u"workspaceTabs"_s);
  m_tabs->setDocumentMode(true);
  m_edPage = new EdPage(m_session, m_view, m_shape, m_undo);
  const std::pair<PanePage *, QString> pages[] = {{m_overview, tr("Overview")},   {m_edPage, tr("ED")},
                                                  {m_calibrate, tr("Calibrate")}, {m_heads, tr("Heads")},
                                                  {m_stagesPage, tr("Stages")},   {m_compare, tr("Compare")}};
  for (const auto &[page, title] : pages) {
    m_tabs->addTab(page, title);
    m_pages.push_back(page);
  }
  m_centre->addWidget(m_tabs);
  auto *body = new QWidget;
  auto *layout = new QVBoxLayout(body);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_banner);
  layout->addWidget(m_demoStrip);
  layout->addWidget(m_centre, 1);
  setCentralWidget(body);
}

void MainWindow::buildDocks() {
  m_browser = new BrowserDock(m_session, m_view, m_undo, this);
  m_inspector = new InspectorDock(m_session, this);
  m_timeline = new TimelineDock(m_session, m_view, this);
  m_jobsDock = new JobsDock(m_jobs, m_training, this);
  setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea); // the timeline runs under everything
  setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
  addDockWidget(Qt::LeftDockWidgetArea, m_browser);
  addDockWidget(Qt::RightDockWidgetArea, m_inspector);
  addDockWidget(Qt::BottomDockWidgetArea, m_timeline);
  addDockWidget(Qt::BottomDockWidgetArea, m_jobsDock);
  splitDockWidget(m_timeline, m_jobsDock, Qt::Vertical);
  resizeDocks({m_browser, m_inspector}, {240, 270}, Qt::Horizontal);
}

void MainWindow::buildActions() {
  WindowParts parts;
  parts.window = this;
  parts.jobs = &m_jobs;
  parts.session = &m_session;
  parts.liveEstimates = &m_liveEstimates;
  parts.family = &m_family;
  parts.view = &m_view;
  parts.undo = &m_undo;
  parts.store = &m_store;
  parts.training = &m_training;
  parts.demo = &m_demo;
  parts.tabs = m_tabs;
  parts.pages = m_pages;
  parts.overview = m_overview;
  parts.calibrate = m_calibrate;
  parts.ed = m_edPage;
  parts.stagesPage = m_stagesPage;
  parts.stages = m_stages;
  parts.compare = m_compare;
  parts.heads = m_heads;
  parts.browser = m_browser;
  parts.inspector = m_inspector;
  parts.layout = m_layout;
  parts.palette = m_palette;
  m_commands = new WindowCommands(parts, this);
  m_registry = new ActionRegistry(this);
  addWindowActions(*m_registry, *m_commands);
  m_registry->fillMenuBar(menuBar());
  QMenu *shape = ActionRegistry::menuAt(menuBar(), WindowCommands::tr("&View/&Essential dynamics"));
  m_overview->edPlane().setMenu(shape);
  m_edPage->plane().setMenu(shape);
  connect(&m_undo, &QUndoStack::indexChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_liveEstimates, &LiveEstimates::onChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::stagesChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::comparedStagesChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::cursorMoved, m_registry, &ActionRegistry::refresh);
  connect(m_stagesPage, &StagesPage::proposalChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_jobs, &JobQueue::jobsChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_store, &SessionStore::recentRunsChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::checkpointsAdded, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::modelChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::followChanged, m_registry, &ActionRegistry::refresh);
  for (const PanePage *page : m_pages)
    connect(page, &PanePage::focusedPaneChanged, m_registry, &ActionRegistry::refresh);
  connect(m_overview, &Overview::estimateSetsChanged, m_registry, &ActionRegistry::refresh);
  connect(&m_session, &RunSession::trajectoryChanged, m_registry, &ActionRegistry::refresh);
  connect(m_commands, &WindowCommands::failed, this,
          [this](const QString &sentence) { m_banner->showMessage(widgets::Banner::Kind::Error, sentence); });
}

void MainWindow::buildToolBar() {
  QToolBar *bar = addToolBar(tr("Main tools"));
  bar->setObjectName(u"toolbar.main"_s);
  bar->setMovable(false);
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  bar->setIconSize(QSize(18, 18));
  const auto put = [&](const QString &id, const QString &text) {
    QAction *action = m_registry->action(id);
    action->setIconText(text); // shorter than in the menu
    bar->addAction(action);
  };
  put(u"file.open"_s, tr("Open"));
  put(u"file.train"_s, tr("New training run…"));
  bar->addSeparator();
  put(u"compute.calibrate"_s, tr("Calibrate"));
  put(u"compute.llc"_s, tr("Compute LLC…"));
  put(u"compute.ed"_s, tr("ED"));
  put(u"stages.suggest"_s, tr("Stages"));
  put(u"figure.export"_s, tr("Export"));
  bar->addSeparator();
  auto *label = new QLabel(tr("Time axis "));
  bar->addWidget(label);
  m_axis = new QComboBox;
  m_axis->setObjectName(u"axisKind"_s);
  m_axis->setAccessibleName(tr("Time axis"));
  m_axis->setToolTip(tr("How training time is laid out in every pane"));
  m_axis->addItem(tr("log(1 + t)"), int(TimeAxisKind::LogPlusOne));
  m_axis->addItem(tr("linear"), int(TimeAxisKind::Linear));
  m_axis->addItem(tr("checkpoint index"), int(TimeAxisKind::Index));
  label->setBuddy(m_axis);
  bar->addWidget(m_axis);
  connect(m_axis, &QComboBox::activated, this,
          [this] { m_commands->setAxis(TimeAxisKind(m_axis->currentData().toInt())); });
  auto *space = new QWidget;
  space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  bar->addWidget(space);
  m_live = new QLabel;
  m_live->setObjectName(u"liveBadge"_s);
  m_live->setContentsMargins(8, 0, 8, 0);
  bar->addWidget(m_live);
  put(u"time.follow"_s, tr("Follow"));
}

void MainWindow::buildStatusBar() {
  m_hover = new QLabel;
  m_hover->setObjectName(u"hoverText"_s);
  m_saved = new QLabel;
  m_saved->setForegroundRole(QPalette::PlaceholderText);
  m_messages = new MessageButton;
  statusBar()->addWidget(m_hover, 1);
  statusBar()->addPermanentWidget(m_messages);
  statusBar()->addPermanentWidget(m_saved);
  for (const PanePage *page : m_pages)
    connect(page, &PanePage::hovered, m_hover, &QLabel::setText);
  connect(m_timeline, &TimelineDock::hovered, m_hover, &QLabel::setText);
  connect(m_commands, &WindowCommands::reported, this, [this](const QString &sentence) {
    statusBar()->showMessage(sentence, 6000);
    m_messages->add(sentence);
  });
}

} // namespace evolute::app
