// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_commands.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMainWindow>
#include <QStandardPaths>
#include <QTabWidget>
#include <QUndoStack>

#include "app/jobs/training_process.h"
#include "app/session/family_session.h"
#include "app/session/live_estimates.h"
#include "app/session/run_session.h"
#include "app/session/session_store.h"
#include "app/session/undo.h"
#include "app/window/about_dialog.h"
#include "app/window/browser_dock.h"
#include "app/window/calibrate_page.h"
#include "app/window/command_palette.h"
#include "app/window/compare_page.h"
#include "app/window/compute_llc_dialog.h"
#include "app/window/heads_page.h"
#include "app/window/key_sheet.h"
#include "app/window/launch_options.h"
#include "app/window/new_training_dialog.h"
#include "app/window/overview.h"
#include "app/window/stage_commands.h"
#include "app/window/window_layout.h"
#include "widgets/figure/figure_export.h"
#include "widgets/plots/curve_plot.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

/// A figure and a log may bear the same ending: what it is shows in its first bytes.
bool isFigure(const QFileInfo &info) {
  QFile file(info.filePath());
  return info.isFile() && file.open(QIODevice::ReadOnly) && widgets::mayHoldRecipe(file.peek(1024));
}

/// A TOML file that is not a run's description. Whether it holds stages shows when it is read.
bool isStages(const QFileInfo &info) {
  return info.isFile() && info.suffix().compare(u"toml"_s, Qt::CaseInsensitive) == 0 &&
         info.fileName() != u"run.toml"_s;
}

} // namespace

WindowCommands::WindowCommands(const WindowParts &parts, QObject *parent) : QObject(parent), m_parts(parts) {
  connect(m_parts.session, &RunSession::closed, this, [this] { m_lastLlcRequest.reset(); });
}

void WindowCommands::present(QDialog *dialog) {
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

bool WindowCommands::hasRun() const {
  return m_parts.session->phase() == RunSession::Phase::Open;
}

bool WindowCommands::hasCheckpoints() const {
  return hasRun() && !m_parts.session->checkpoints().empty();
}

PanePage *WindowCommands::pageInFront() const {
  return m_parts.pages[std::size_t(m_parts.tabs->currentIndex())];
}

widgets::PlotPane *WindowCommands::focusedPane() const {
  return pageInFront()->focusedPane();
}

void WindowCommands::nextTab() {
  m_parts.tabs->setCurrentIndex((m_parts.tabs->currentIndex() + 1) % m_parts.tabs->count());
}

void WindowCommands::showTab(const QString &name) {
  m_parts.tabs->setCurrentIndex(int(tabNames().indexOf(name)));
}

void WindowCommands::toggleMaximised() {
  pageInFront()->toggleMaximised(focusedPane());
}

bool WindowCommands::isMaximised() const {
  return pageInFront()->isMaximised();
}

void WindowCommands::showPage(PanePage *page) {
  m_parts.tabs->setCurrentWidget(page);
  page->focusedPane()->setFocus(Qt::ShortcutFocusReason);
}

void WindowCommands::calibrate() {
  showPage(m_parts.calibrate);
}

void WindowCommands::compare() {
  showPage(m_parts.compare);
}

void WindowCommands::showHeads() {
  showPage(m_parts.heads);
}

QString WindowCommands::parentFolderOfRuns() const {
  if (!m_parts.store->recentRuns().empty())
    return QFileInfo(m_parts.store->recentRuns().front().path).absolutePath();
  return QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
}

void WindowCommands::chooseRun() {
  auto *dialog = new QFileDialog(m_parts.window, tr("Open a run: the folder with its checkpoints"),
                                 parentFolderOfRuns());
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) { openPaths({path}); });
  present(dialog);
}

void WindowCommands::chooseFamily() {
  auto *dialog = new QFileDialog(m_parts.window, tr("Open a family: the folder whose sub-folders are runs"),
                                 parentFolderOfRuns());
  dialog->setFileMode(QFileDialog::Directory);
  dialog->setOption(QFileDialog::ShowDirsOnly);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &path) {
    if (core::isFamilyFolder(path.toStdU16String()))
      openPaths({path});
    else
      Q_EMIT failed(tr("%1: expected a folder with two or more runs (sub-folders with a run.toml) in it.")
                        .arg(QDir::toNativeSeparators(path)));
  });
  present(dialog);
}

void WindowCommands::openPaths(const QStringList &paths) {
  if (paths.isEmpty())
    return;
  const QFileInfo file(paths.front());
  if (isFigure(file)) {
    openRecipe(file.filePath());
    return;
  }
  if (isStages(file)) {
    m_parts.session->phase() == RunSession::Phase::Open
        ? m_parts.stages->importFile(file.absoluteFilePath())
        : Q_EMIT failed(tr("%1: open a run first, stages belong to one.")
                            .arg(QDir::toNativeSeparators(file.filePath())));
    return;
  }
  std::vector<std::filesystem::path> asked;
  for (const QString &path : paths)
    asked.emplace_back(QFileInfo(path).absoluteFilePath().toStdU16String());
  const std::vector<std::filesystem::path> runs = core::runFolders(asked);
  m_parts.session->open(QString::fromStdU16String(runs.front().u16string()));
  if (runs.size() < 2)
    return;
  QStringList folders;
  for (const std::filesystem::path &run : runs)
    folders << QString::fromStdU16String(run.u16string());
  m_parts.family->open(folders);
  m_parts.session->whenOpened(this, [this] { compare(); });
}

void WindowCommands::showRun(const QString &folder) {
  m_parts.tabs->setCurrentWidget(m_parts.overview);
  m_parts.session->open(folder);
}

void WindowCommands::chooseRecent() {
  QList<PaletteEntry> entries;
  for (const RecentRun &recent : m_parts.store->recentRuns())
    entries << PaletteEntry{QFileInfo(recent.path).fileName(),
                            QDir::toNativeSeparators(recent.path),
                            {},
                            !recent.missing,
                            [this, path = recent.path] { openPaths({path}); }};
  m_parts.palette->open(tr("Open a recent run"), entries);
}

void WindowCommands::startTraining() {
  auto *dialog = new NewTrainingDialog(parentFolderOfRuns(), m_parts.window);
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    const QString folder = dialog->folder();
    if (m_parts.training->isRunning()) {
      Q_EMIT failed(tr("A training runs already, in %1; stop it first.")
                        .arg(QDir::toNativeSeparators(m_parts.training->folder())));
      return;
    }
    if (!QDir().mkpath(folder)) {
      Q_EMIT failed(tr("%1: the folder cannot be made.").arg(QDir::toNativeSeparators(folder)));
      return;
    }
    m_parts.training->start(dialog->settings(), folder, dialog->dataFile());
    Q_EMIT reported(tr("Training starts in %1").arg(QDir::toNativeSeparators(folder)));
  });
  present(dialog);
}

void WindowCommands::saveLayout() {
  auto *dialog =
      new QFileDialog(m_parts.window, tr("Save the layout"), QDir::homePath(), tr("Layouts (*.json)"));
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setDefaultSuffix(u"json"_s);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) {
    const QString problem = m_parts.layout->save(file);
    problem.isEmpty() ? Q_EMIT reported(tr("Layout saved.")) : Q_EMIT failed(problem);
  });
  present(dialog);
}

void WindowCommands::loadLayout() {
  auto *dialog =
      new QFileDialog(m_parts.window, tr("Load a layout"), QDir::homePath(), tr("Layouts (*.json)"));
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) {
    if (const QString problem = m_parts.layout->load(file); !problem.isEmpty())
      Q_EMIT failed(problem);
  });
  present(dialog);
}

void WindowCommands::setAxis(TimeAxisKind kind) {
  pushTimeAxis(*m_parts.undo, *m_parts.view, kind);
}

void WindowCommands::setEdView(const EdView &wanted, const QString &text) {
  pushEdView(*m_parts.undo, *m_parts.view, wanted, text);
}

bool WindowCommands::isPaneVisible(const QString &id) const {
  return m_parts.view->isPaneVisible(id);
}

void WindowCommands::togglePane(const QString &id) {
  pushPaneVisible(*m_parts.undo, *m_parts.view, id, !isPaneVisible(id));
}

void WindowCommands::showPane(const QString &id) {
  for (PanePage *page : m_parts.pages)
    if (widgets::PlotPane *pane = page->pane(id)) {
      m_parts.tabs->setCurrentWidget(page);
      if (page == m_parts.overview)
        pushPaneVisible(*m_parts.undo, *m_parts.view, id, true);
      pane->setFocus(Qt::ShortcutFocusReason);
    }
}

void WindowCommands::toggleLogValues() {
  if (auto *plot = qobject_cast<widgets::CurvePlot *>(focusedPane()))
    plot->setLogValues(!plot->isLogValues());
}

bool WindowCommands::isLogValues() const {
  const auto *plot = qobject_cast<widgets::CurvePlot *>(focusedPane());
  return plot && plot->isLogValues();
}

void WindowCommands::toggleTable() {
  focusedPane()->setTableShown(!focusedPane()->isTableShown());
}

bool WindowCommands::isTableShown() const {
  return focusedPane()->isTableShown();
}

void WindowCommands::moveCursor(std::int64_t step) {
  m_parts.session->setFollow(false);
  m_parts.session->setCursor(step);
}

void WindowCommands::stepCursor(int checkpoints) {
  m_parts.session->setFollow(false);
  m_parts.session->moveCursorBy(checkpoints);
}

void WindowCommands::cursorToEnd(bool last) {
  const auto &all = m_parts.session->checkpoints();
  moveCursor(last ? all.back().step : all.front().step);
}

void WindowCommands::computeLlc(bool onlyAtCursor) {
  RunSession &session = *m_parts.session;
  if (const QString obstacle = session.llcObstacle(); !obstacle.isEmpty()) {
    Q_EMIT reported(obstacle);
    return;
  }
  LlcDialogFacts facts;
  for (const CheckpointMark &mark : session.checkpoints())
    facts.steps.push_back(mark.step);
  facts.model = session.model();
  facts.presets = session.presets();
  facts.settings = facts.presets.front().settings;
  facts.cursorStep = hasCheckpoints() ? session.cursor() : -1;
  facts.isLive = session.isLive();
  auto *dialog = new ComputeLlcDialog(facts, m_parts.window);
  if (onlyAtCursor)
    dialog->setOnlyCursorStep();
  connect(dialog, &ComputeLlcDialog::forecastWanted, this, [this, dialog](const core::LlcRequest &request) {
    m_parts.session->forecast(request, dialog,
                              [dialog](const std::optional<LlcForecast> &forecast, const QString &problem) {
                                if (forecast)
                                  dialog->showForecast(*forecast);
                                else
                                  dialog->showForecastFailure(problem);
                              });
  });
  connect(dialog, &QDialog::accepted, this, [this, dialog] {
    m_lastLlcRequest = dialog->request();
    if (dialog->isForNewCheckpoints())
      m_parts.liveEstimates->start(*m_lastLlcRequest);
    m_parts.session->computeLlc(*m_lastLlcRequest);
  });
  present(dialog);
}

void WindowCommands::toggleLiveEstimates() {
  if (m_parts.liveEstimates->isOn())
    m_parts.liveEstimates->stop();
  else if (m_lastLlcRequest)
    m_parts.liveEstimates->start(*m_lastLlcRequest);
  else
    computeLlc(false);
}

void WindowCommands::showPalette(const ActionRegistry &registry) {
  m_parts.palette->open(tr("Type a command"), CommandPalette::commandsOf(registry));
}

void WindowCommands::findItem() {
  if (!m_parts.view->isPaneVisible(u"dock.browser"_s))
    togglePane(u"dock.browser"_s);
  m_parts.browser->focusFilter();
}

void WindowCommands::showKeys(const ActionRegistry &registry) {
  present(new KeySheet(registry, m_parts.window));
}

void WindowCommands::showAbout() {
  present(new AboutDialog(m_parts.window));
}

} // namespace evolute::app
