// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/main_window.h"

#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QCloseEvent>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QKeyEvent>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabWidget>
#include <QTime>
#include <QUrl>

#include "app/session/undo.h"
#include "app/window/action_registry.h"
#include "app/window/browser_dock.h"
#include "app/window/calibrate_page.h"
#include "app/window/command_palette.h"
#include "app/window/compare_page.h"
#include "app/window/ed_page.h"
#include "app/window/heads_page.h"
#include "app/window/inspector_dock.h"
#include "app/window/jobs_dock.h"
#include "app/window/message_button.h"
#include "app/window/overview.h"
#include "app/window/stage_commands.h"
#include "app/window/stages_page.h"
#include "app/window/themed_icon.h"
#include "app/window/timeline_dock.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "widgets/panels/banner.h"
#include "widgets/panels/dropped_paths.h"
#include "widgets/panels/empty_state.h"
#include "widgets/plots/plot_pane.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

MainWindow::MainWindow(const Options &options, QWidget *parent)
    : QMainWindow(parent), m_store(options.configFolder), m_session(m_jobs, options.numerics),
      m_liveEstimates(m_session), m_shape(m_session, m_view), m_family(m_jobs, options.numerics),
      m_training(options.trainingProgram), m_demo(m_session, m_training) {
  setObjectName(u"mainWindow"_s);
  setWindowIcon(themedIcon(u"evolute"_s));
  setAcceptDrops(true);
  buildCentre();
  buildDocks();
  m_layout = new WindowLayout(this, m_overview, m_view, m_undo);
  m_palette = new CommandPalette(this);
  buildActions();
  buildToolBar();
  buildStatusBar();
  connectSession();
  connectStages();
  connectView();
  connectTraining();
  resize(1440, 900);
  showRun(false);
  m_layout->takeAsDefault();
  showRecent();
  m_store.checkRecent();
  m_store.follow(&m_undo, [this] {
    m_saved->setText(tr("session kept %1").arg(QTime::currentTime().toString(u"HH:mm"_s)));
    return savedSession();
  });
  qApp->installEventFilter(this);
}

MainWindow::~MainWindow() {
  // Whatever reads the services goes before them.
  qApp->removeEventFilter(this);
  m_store.stop();
  m_undo.disconnect();
  m_jobs.disconnect(this); // ending the session cancels its jobs, which they announce
  delete std::exchange(m_registry, nullptr);
  delete m_commands;
  delete takeCentralWidget();
  for (QDockWidget *dock : findChildren<QDockWidget *>())
    delete dock;
}

void MainWindow::connectSession() {
  using widgets::Banner;
  connect(&m_session, &RunSession::opened, this, &MainWindow::showOpened);
  connect(&m_session, &RunSession::closed, this, [this] { showRun(false); });
  connect(&m_session, &RunSession::openFailed, this, [this](const QString &sentence) {
    m_banner->showMessage(Banner::Kind::Error, sentence);
    showRun(m_session.phase() == RunSession::Phase::Open);
  });
  connect(&m_session, &RunSession::message, m_messages, &MessageButton::add);
  connect(&m_session, &RunSession::modelChanged, this, [this] {
    const QString problem = QString::fromStdString(m_session.model().problem);
    const bool news = !problem.isEmpty() && !m_session.checkpoints().empty() && !m_foundText.endsWith(problem);
    if (news)
      m_messages->add(problem); // the banner may be put away
    if (news || showsFound())
      showFound();
  });
  connect(m_banner, &Banner::actionTriggered, m_commands, &WindowCommands::matchTensors);
  connect(&m_session, &RunSession::folderLost, this,
          [this](const QString &sentence) { m_banner->showMessage(Banner::Kind::Warning, sentence); });
  connect(&m_session, &RunSession::folderFound, m_banner, &Banner::dismiss);
  connect(&m_session, &RunSession::liveChanged, this, &MainWindow::showLive);
  connect(&m_session, &RunSession::checkpointsAdded, this, &MainWindow::showLive);
  connect(&m_session, &RunSession::summaryChanged, this, [this] {
    // While what was found stands in the banner it tells what is there now; once put away it stays away.
    if (showsFound())
      showFound();
  });
  for (const PanePage *page : m_pages) {
    connect(page, &PanePage::cursorChosen, m_commands, &WindowCommands::moveCursor);
    connect(page, &PanePage::copyRequested, m_commands, &WindowCommands::copyFigure);
    connect(page, &PanePage::exportRequested, m_commands, &WindowCommands::exportFigure);
  }
  connect(m_timeline, &TimelineDock::cursorChosen, m_commands, &WindowCommands::moveCursor);
  connect(m_tabs, &QTabWidget::currentChanged, this, &MainWindow::showTab);
  connect(m_heads, &HeadsPage::computeRequested, m_commands, [this] { m_commands->computeLlc(false); });
  connect(m_calibrate, &CalibratePage::reported, m_messages, &MessageButton::add);
  connect(m_compare, &ComparePage::chooseFamilyRequested, m_commands, &WindowCommands::chooseFamily);
  connect(m_compare, &ComparePage::runRequested, m_commands, &WindowCommands::showRun);
  connect(m_browser, &BrowserDock::runRequested, m_commands, &WindowCommands::showRun);
  connect(m_compare, &ComparePage::runsListed, m_browser, [this] {
    std::vector<BrowserDock::FamilyRun> runs;
    for (int i = 0; i < m_compare->runs().count(); ++i) {
      const QListWidgetItem *item = m_compare->runs().item(i);
      runs.push_back({item->text(), item->data(Qt::UserRole).toString(), item->icon()});
    }
    m_browser->setFamily(runs);
  });
  connect(&m_family, &FamilySession::message, m_messages, &MessageButton::add);
  connect(&m_family, &FamilySession::failed, this,
          [this](const QString &sentence) { m_banner->showMessage(Banner::Kind::Error, sentence); });
  connect(m_overview, &Overview::computeLlcRequested, m_commands, [this] { m_commands->computeLlc(false); });
  connect(m_inspector, &InspectorDock::computeHereRequested, m_commands,
          [this] { m_commands->computeLlc(true); });
  connect(m_browser, &BrowserDock::componentChosen, m_inspector, &InspectorDock::setComponent);
  connect(m_browser, &BrowserDock::estimateSetChosen, this, [this](const QString &key) {
    m_overview->setEstimateSet(key);
    m_inspector->setEstimateSet(key);
    m_browser->setEstimateSet(key);
    m_stagesPage->setEstimateSet(key);
  });
  connect(m_empty, &widgets::EmptyState::openRequested, m_commands, &WindowCommands::chooseRun);
  connect(m_empty, &widgets::EmptyState::demoRequested, &m_demo, &DemoRun::start);
  connect(m_empty, &widgets::EmptyState::pathsDropped, m_commands, &WindowCommands::openPaths);
  connect(m_empty, &widgets::EmptyState::recentRequested, m_commands,
          [this](const QString &path) { m_commands->openPaths({path}); });
}

void MainWindow::connectStages() {
  m_timeline->connectStages(*m_stages);
  connect(m_stages, &StageCommands::cursorChosen, m_commands, &WindowCommands::moveCursor);
  connect(m_stages, &StageCommands::failed, m_commands, &WindowCommands::failed);
  connect(m_stages, &StageCommands::reported, m_commands, &WindowCommands::reported);
}

void MainWindow::connectView() {
  connect(&m_view, &ViewState::pathByStageChanged, this, [this] { m_registry->refresh(); });
  connect(&m_view, &ViewState::timeAxisChanged, this, [this](TimeAxisKind kind) {
    m_axis->setCurrentIndex(m_axis->findData(int(kind)));
    m_registry->refresh();
  });
  connect(&m_view, &ViewState::paneVisibilityChanged, this, [this] {
    applyDockVisibility();
    m_registry->refresh();
  });
  connect(&m_view, &ViewState::edViewChanged, m_registry, &ActionRegistry::refresh);
  connect(m_layout, &WindowLayout::applied, this, &MainWindow::applyDockVisibility);
  connect(m_layout, &WindowLayout::remarked, m_commands, &WindowCommands::reported);
  connect(&m_store, &SessionStore::recentRunsChanged, this, &MainWindow::showRecent);
  connect(&m_store, &SessionStore::saveFailed, m_messages, &MessageButton::add);
}

void MainWindow::connectTraining() {
  using widgets::Banner;
  const auto fail = [this](const QString &sentence) { m_banner->showMessage(Banner::Kind::Error, sentence); };
  connect(&m_training, &TrainingProcess::failed, this, fail);
  connect(&m_training, &TrainingProcess::progressed, this, &MainWindow::openTrainedRun);
  connect(&m_training, &TrainingProcess::finished, this, &MainWindow::openTrainedRun);
  connect(&m_training, &TrainingProcess::started, this,
          [this](const QString &folder) { m_awaitedRun = folder; });
  connect(&m_demo, &DemoRun::failed, this, fail);
  connect(&m_training, &TrainingProcess::finished, this, [this](const QString &folder) {
    m_messages->add(tr("Training finished: %1").arg(QDir::toNativeSeparators(folder)));
  });
  connect(&m_training, &TrainingProcess::stopped, this, [this](const QString &folder) {
    m_messages->add(tr("Training stopped, can be resumed: %1").arg(QDir::toNativeSeparators(folder)));
  });
  connect(&m_demo, &DemoRun::shownChanged, this, [this](bool shown) {
    if (shown)
      m_demoStrip->showMessage(Banner::Kind::Info, m_demo.stripText());
    else
      m_demoStrip->dismiss();
  });
}

void MainWindow::openTrainedRun() {
  // Not before run.toml is there: a run opened without it would stay a run of unknown make.
  if (m_awaitedRun.isEmpty() || !QFileInfo::exists(QDir(m_awaitedRun).filePath(u"run.toml"_s)))
    return;
  const QString folder = std::exchange(m_awaitedRun, {});
  if (m_session.phase() == RunSession::Phase::Open && QDir(m_session.summary().path) == QDir(folder)) {
    m_session.setFollow(true);
    return;
  }
  m_session.open(folder);
  m_session.whenOpened(this, [this] { m_session.setFollow(m_training.isRunning()); });
}

bool MainWindow::showsFound() const {
  return !m_banner->isHidden() && m_banner->text() == m_foundText;
}

void MainWindow::showFound() {
  const RunSummary &summary = m_session.summary();
  const bool bare = summary.checkpointCount == 0 && !m_training.isRunning();
  const QString problem =
      m_session.checkpoints().empty() ? QString() : QString::fromStdString(m_session.model().problem);
  m_foundText = problem.isEmpty() ? summary.sentence : summary.sentence + u'\n' + problem;
  using Kind = widgets::Banner::Kind;
  m_banner->showMessage(bare || !problem.isEmpty() ? Kind::Warning : Kind::Info, m_foundText,
                        summary.details());
  if (!problem.isEmpty())
    m_banner->setAction(tr("Match tensors…"));
}

void MainWindow::showOpened(const RunSummary &summary) {
  showFound();
  m_messages->add(tr("Opened %1: %2").arg(summary.name, summary.sentence));
  m_messages->add(m_session.resultsLocation());
  m_store.addRecent(summary.path);
  if (std::exchange(m_undoOf, summary.path) != summary.path)
    m_undo.clear(); // steps of another run's stages
  showRun(true);
  if (m_cursorToRestore >= 0)
    m_session.setCursor(std::exchange(m_cursorToRestore, -1));
}

void MainWindow::showRun(bool open) {
  m_centre->setCurrentWidget(open ? static_cast<QWidget *>(m_tabs) : m_empty);
  applyDockVisibility();
  m_registry->refresh();
  setWindowTitle(open ? tr("%1 — Evolute").arg(m_session.summary().name) : tr("Evolute"));
  if (!open) {
    m_hover->clear();
    m_tabs->setCurrentWidget(m_overview);
  }
  showLive();
  if (open)
    m_commands->focusedPane()->setFocus(); // so that keys work at once
}

void MainWindow::applyDockVisibility() {
  // What browser and inspector tell is of the overview; a calibration needs their room. The timeline also
  // belongs to a trajectory and to heads, which are all about time, and to stages, which are moved in it.
  const bool open = m_centre->currentWidget() == m_tabs;
  const QWidget *tab = m_tabs->currentWidget();
  for (QDockWidget *dock : findChildren<QDockWidget *>()) {
    const bool belongs = tab == m_overview || dock == m_jobsDock ||
                         (dock == m_timeline && (tab == m_edPage || tab == m_stagesPage || tab == m_heads));
    dock->setVisible(open && belongs && m_view.isPaneVisible(dock->objectName()));
  }
  if (m_timeline->isHidden()) // else the list of jobs would inherit its height
    resizeDocks({m_jobsDock}, {m_jobsDock->sizeHint().height()}, Qt::Vertical);
}

void MainWindow::showTab() {
  applyDockVisibility();
  m_pages[std::size_t(m_tabs->currentIndex())]->enter();
  m_registry->refresh();
}

void MainWindow::showLive() {
  const bool open = m_session.phase() == RunSession::Phase::Open;
  if (open && m_session.isLive())
    m_live->setText(tr("<span style=\"color:%1\">●</span> LIVE").arg(u"#d1495b"_s));
  else if (open && m_session.lastArrival().isValid())
    m_live->setText(tr("no new data since %1").arg(m_session.lastArrival().toString(u"HH:mm"_s)));
  else
    m_live->clear();
}

void MainWindow::showRecent() {
  std::vector<widgets::RecentRun> shown;
  for (const RecentRun &recent : m_store.recentRuns())
    shown.push_back({recent.path, QFileInfo(recent.path).fileName(),
                     QLocale().toString(recent.lastOpened, QLocale::ShortFormat), recent.missing});
  m_empty->setRecentRuns(shown);
}

SavedSession MainWindow::savedSession() const {
  SavedSession saved;
  if (m_session.phase() == RunSession::Phase::Open)
    saved.runs.push_back({m_session.summary().path, m_session.cursor(), m_session.isFollowing()});
  saved.timeAxis = m_view.timeAxis();
  saved.edView = m_view.edView().toJson();
  saved.pathByStage = m_view.isPathByStage();
  saved.hiddenPanes = m_view.hiddenPanes().values();
  saved.hiddenSeries = m_view.hiddenSeries().values();
  saved.hiddenPanes.sort();
  saved.hiddenSeries.sort();
  saved.windowGeometry = saveGeometry();
  saved.paneSizes = m_overview->layoutState();
  saved.windowState = saveState(WindowLayout::kStateVersion);
  return saved;
}

void MainWindow::restoreArrangement() {
  const std::optional<SavedSession> saved = m_store.load();
  if (!saved)
    return;
  restoreGeometry(saved->windowGeometry);
  restoreState(saved->windowState, WindowLayout::kStateVersion);
  if (!saved->paneSizes.isEmpty())
    m_overview->setLayoutState(saved->paneSizes);
  m_view.setTimeAxis(saved->timeAxis);
  m_view.setEdView(EdView::fromJson(saved->edView));
  m_view.setPathByStage(saved->pathByStage);
  for (const QString &id : saved->hiddenPanes)
    m_view.setPaneVisible(id, false);
  applyDockVisibility();
}

bool MainWindow::restoreSession() {
  restoreArrangement();
  const std::optional<SavedSession> saved = m_store.load();
  if (!saved || saved->runs.empty())
    return false;
  for (const QString &id : saved->hiddenSeries)
    m_view.setSeriesVisible(id, false);
  m_cursorToRestore = saved->runs.front().cursorStep;
  m_session.open(saved->runs.front().path);
  return true;
}

void MainWindow::closeEvent(QCloseEvent *event) {
  const bool busy = m_jobs.isBusy() || m_training.isRunning();
  if (m_unattended || !busy) {
    m_store.save(savedSession());
    event->accept();
    return;
  }
  event->ignore();
  auto *question = new QMessageBox(QMessageBox::Question, tr("Work is running"),
                                   tr("Stop what is running and leave?"), QMessageBox::Cancel, this);
  question->setObjectName(u"closeQuestion"_s);
  question->setAttribute(Qt::WA_DeleteOnClose);
  question->setInformativeText(
      (m_jobs.isBusy() ? tr("Finished estimates are stored; only the one in work is lost.") : QString()) +
      (m_training.isRunning() ? u' ' + tr("Training stops at a checkpoint and can be resumed.") : QString()));
  const QAbstractButton *stop = question->addButton(tr("Stop and leave"), QMessageBox::AcceptRole);
  connect(question, &QMessageBox::buttonClicked, this, [this, stop](const QAbstractButton *clicked) {
    if (clicked != stop)
      return;
    m_unattended = true;
    m_jobs.cancelAll();
    m_training.stop();
    close();
  });
  question->open();
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event) {
  if (!widgets::droppedPaths(event->mimeData()).isEmpty())
    event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent *event) {
  const QStringList paths = widgets::droppedPaths(event->mimeData());
  if (paths.isEmpty())
    return;
  event->acceptProposedAction();
  m_commands->openPaths(paths);
}

bool MainWindow::eventFilter(QObject *watched, QEvent *event) {
  // Lists, tables and number fields keep their arrow, letter and Home/End keys: a plain key that the focused
  // widget can use is not a shortcut.
  if (event->type() == QEvent::ShortcutOverride) {
    const auto *key = static_cast<QKeyEvent *>(event);
    const bool plain = (key->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) == Qt::NoModifier;
    if (plain && (qobject_cast<QAbstractItemView *>(watched) || qobject_cast<QAbstractSpinBox *>(watched) ||
                  qobject_cast<QComboBox *>(watched))) {
      event->accept();
      return true;
    }
  }
  // Closing a dock by its button is a step that can be taken back, like closing it by its command.
  if (event->type() == QEvent::Close)
    if (auto *dock = qobject_cast<QDockWidget *>(watched);
        dock && dock->parentWidget() == this && isVisible()) {
      event->ignore();
      pushPaneVisible(m_undo, m_view, dock->objectName(), false);
      return true;
    }
  return QMainWindow::eventFilter(watched, event);
}

void MainWindow::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange && m_registry)
    m_registry->retint();
  QMainWindow::changeEvent(event);
}

} // namespace evolute::app
