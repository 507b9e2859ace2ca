// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_commands.h"

#include <algorithm>

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QMainWindow>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTabWidget>
#include <QUndoStack>

#include "app/jobs/film_job.h"
#include "app/jobs/job_queue.h"
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
#include "app/window/ed_page.h"
#include "app/window/heads_page.h"
#include "app/window/key_sheet.h"
#include "app/window/launch_options.h"
#include "app/window/new_training_dialog.h"
#include "app/window/overview.h"
#include "app/window/stage_commands.h"
#include "app/window/stages_page.h"
#include "app/window/window_layout.h"
#include "core/error.h"
#include "widgets/figure/export_dialog.h"
#include "widgets/figure/figure_export.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/stacked_plot.h"
#include "widgets/three_d/shaded_scene.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr int kRecipeVersion = 1;
constexpr int kFilmWidth = 1920, kFilmHeight = 1080, kFilmDpi = 288; // pixels
constexpr std::size_t kMostFrames = 500;                             // 20 s
constexpr int kFilmSeconds = 12,
              kSlowest = 3; // few checkpoints are shown slowly: so long, no fewer frames a second

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

/// Shows a dialog that deletes itself; what it is asked is connected before.
void present(QDialog *dialog) {
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
}

} // namespace

WindowCommands::WindowCommands(const WindowParts &parts, QObject *parent) : QObject(parent), m_parts(parts) {
  connect(m_parts.session, &RunSession::closed, this, [this] { m_lastLlcRequest.reset(); });
}

bool WindowCommands::hasRun() const {
  return m_parts.session->phase() == RunSession::Phase::Open;
}

bool WindowCommands::hasCheckpoints() const {
  return hasRun() && !m_parts.session->checkpoints().empty();
}

bool WindowCommands::isOverview() const {
  return m_parts.tabs->currentWidget() == m_parts.overview;
}

bool WindowCommands::isEd() const {
  return m_parts.tabs->currentWidget() == m_parts.ed;
}

bool WindowCommands::isCompare() const {
  return m_parts.tabs->currentWidget() == m_parts.compare;
}

bool WindowCommands::isHeads() const {
  return m_parts.tabs->currentWidget() == m_parts.heads;
}

widgets::PlotPane *WindowCommands::focusedPane() const {
  if (m_parts.tabs->currentWidget() == m_parts.stagesPage)
    return m_parts.stagesPage->plot();
  if (isCompare())
    return m_parts.compare->focusedPane();
  if (isHeads())
    return m_parts.heads->focusedPane();
  return isOverview() ? m_parts.overview->focusedPane()
         : isEd()     ? m_parts.ed->focusedPane()
                      : m_parts.calibrate->focusedPane();
}

QString WindowCommands::idOf(const widgets::PlotPane *pane) const {
  for (const Overview::NamedPane &named : m_parts.overview->panes())
    if (named.pane == pane)
      return named.id;
  if (pane == m_parts.stagesPage->plot())
    return u"stages.curve"_s;
  for (const QString &id :
       {m_parts.ed->paneId(pane), m_parts.heads->paneId(pane), m_parts.compare->paneId(pane)})
    if (!id.isEmpty())
      return id;
  return m_parts.calibrate->paneId(pane);
}

void WindowCommands::nextTab() {
  m_parts.tabs->setCurrentIndex((m_parts.tabs->currentIndex() + 1) % m_parts.tabs->count());
}

void WindowCommands::showTab(const QString &name) {
  m_parts.tabs->setCurrentIndex(int(tabNames().indexOf(name)));
}

void WindowCommands::toggleMaximised() {
  if (m_parts.tabs->currentWidget() == m_parts.stagesPage)
    return m_parts.stagesPage->toggleMaximised();
  if (isCompare())
    return m_parts.compare->toggleMaximised(focusedPane());
  if (isHeads())
    return m_parts.heads->toggleMaximised(focusedPane());
  isOverview() ? m_parts.overview->toggleMaximised(focusedPane())
  : isEd()     ? m_parts.ed->toggleMaximised(focusedPane())
               : m_parts.calibrate->toggleMaximised(focusedPane());
}

bool WindowCommands::isMaximised() const {
  if (m_parts.tabs->currentWidget() == m_parts.stagesPage)
    return m_parts.stagesPage->isMaximised();
  if (isCompare())
    return m_parts.compare->isMaximised();
  if (isHeads())
    return m_parts.heads->isMaximised();
  return isOverview() ? m_parts.overview->isMaximised()
         : isEd()     ? m_parts.ed->isMaximised()
                      : m_parts.calibrate->isMaximised();
}

void WindowCommands::calibrate() {
  m_parts.tabs->setCurrentWidget(m_parts.calibrate);
  m_parts.calibrate->focusedPane()->setFocus(Qt::ShortcutFocusReason);
}

void WindowCommands::compare() {
  m_parts.tabs->setCurrentWidget(m_parts.compare);
  m_parts.compare->focusedPane()->setFocus(Qt::ShortcutFocusReason);
}

void WindowCommands::showHeads() {
  m_parts.tabs->setCurrentWidget(m_parts.heads);
  m_parts.heads->focusedPane()->setFocus(Qt::ShortcutFocusReason);
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

bool WindowCommands::openRecipe(const QString &figureFile) {
  QFile file(figureFile);
  if (!file.open(QIODevice::ReadOnly)) {
    Q_EMIT failed(tr("%1: cannot be read: %2.").arg(figureFile, file.errorString()));
    return false;
  }
  const QByteArray recipe = widgets::recipeFromFigure(file.readAll()).toUtf8();
  const QJsonObject json = QJsonDocument::fromJson(recipe).object();
  if (json[u"evoluteRecipe"_s].toInt() != kRecipeVersion) {
    Q_EMIT failed(
        tr("%1: expected a folder of checkpoints or a figure made by Evolute; this file holds no recipe.")
            .arg(QDir::toNativeSeparators(figureFile)));
    return false;
  }
  m_parts.session->open(json[u"run"_s].toString());
  m_parts.session->whenOpened(this, [this, json] {
    m_parts.layout->apply(json[u"layout"_s].toObject());
    m_parts.overview->setEstimateSet(json[u"estimates"_s].toString());
    m_parts.session->setCursor(json[u"cursor"_s].toInteger());
    showPane(json[u"figure"_s].toString());
    m_parts.ed->setCameraState(json[u"camera"_s].toObject());
  });
  return true;
}

QString WindowCommands::recipe(const QString &paneId) const {
  const QJsonObject json{{u"evoluteRecipe"_s, kRecipeVersion},
                         {u"run"_s, m_parts.session->summary().path},
                         {u"figure"_s, paneId},
                         {u"cursor"_s, qint64(m_parts.session->cursor())},
                         {u"estimates"_s, m_parts.overview->estimateSet()},
                         {u"camera"_s, paneId == u"ed.space"_s ? m_parts.ed->cameraState() : QJsonObject()},
                         {u"layout"_s, m_parts.layout->current()}};
  return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
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
  if (id.startsWith(u"stages."_s)) {
    m_parts.tabs->setCurrentWidget(m_parts.stagesPage);
    m_parts.stagesPage->plot()->setFocus(Qt::ShortcutFocusReason);
    return;
  }
  if (id.startsWith(u"heads."_s)) {
    showHeads();
    return;
  }
  if (id.startsWith(u"calibrate."_s)) {
    calibrate();
    return;
  }
  if (widgets::PlotPane *pane = m_parts.ed->pane(id)) {
    m_parts.tabs->setCurrentWidget(m_parts.ed);
    pane->setFocus(Qt::ShortcutFocusReason);
    return;
  }
  if (id.startsWith(u"compare."_s)) {
    compare();
    return;
  }
  widgets::PlotPane *pane = m_parts.overview->pane(id);
  if (!pane)
    return;
  m_parts.tabs->setCurrentWidget(m_parts.overview);
  pushPaneVisible(*m_parts.undo, *m_parts.view, id, true);
  pane->setFocus(Qt::ShortcutFocusReason);
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

void WindowCommands::exportFigure(widgets::PlotPane *pane) {
  auto *dialog = new widgets::ExportDialog(*pane, recipe(idOf(pane)), m_parts.window);
  dialog->setRunner([jobs = m_parts.jobs](const auto &write, const auto &done) {
    Job *job = jobs->add({tr("Write figure"),
                          {},
                          JobPriority::Interactive,
                          [write](JobControl &) {
                            if (const QString problem = write(); !problem.isEmpty())
                              throw core::Error(problem.toStdString());
                            return QString();
                          },
                          true});
    QObject::connect(job, &Job::ended, job,
                     [job, done] { done(job->state() == JobState::Finished ? QString() : job->sentence()); });
  });
  connect(dialog, &widgets::ExportDialog::exported, this, [this](const QString &file) {
    Q_EMIT reported(tr("Figure written to %1").arg(QDir::toNativeSeparators(file)));
  });
  present(dialog);
}

void WindowCommands::copyFigure(widgets::PlotPane *pane) {
  widgets::copyFigure(*pane, widgets::FigureSpec(), recipe(idOf(pane)));
  Q_EMIT reported(tr("Figure copied: %1").arg(pane->figureTitle()));
}

bool WindowCommands::hasSpace() const {
  return hasRun() && !m_parts.ed->space().isEmpty();
}

void WindowCommands::exportFilm() {
  const bool films = !ffmpegProgram().isEmpty();
  const QString film = tr("Film (*.mp4)"), frames = tr("Folder of PNG frames (*)");
  auto *dialog = new QFileDialog(
      m_parts.window,
      films ? tr("Write the trajectory's film")
            : tr("Write the trajectory's frames (a film needs ffmpeg, which is not installed)"),
      parentFolderOfRuns());
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters(films ? QStringList{film, frames} : QStringList{frames});
  connect(dialog, &QFileDialog::fileSelected, this, [this, dialog, film](const QString &name) {
    const bool wantsFilm = dialog->selectedNameFilter() == film;
    writeFilm(wantsFilm && QFileInfo(name).suffix().isEmpty() ? name + u".mp4"_s : name);
  });
  present(dialog);
}

void WindowCommands::writeFilm(const QString &target) {
  // Values and a renderer of its own: the window goes on while the film is made.
  auto figure = std::make_shared<widgets::SpaceFigure>(m_parts.ed->space().figure());
  figure->renderer = std::make_shared<widgets::ShadedRenderer>();
  widgets::FigureSpec spec;
  spec.widthMm = 25.4 * kFilmWidth / kFilmDpi;
  spec.heightMm = 25.4 * kFilmHeight / kFilmDpi;
  spec.dpi = kFilmDpi;
  spec.fontPt = 9;
  spec.lineWidthPt = 1.2;
  spec.showCursor = true;
  FilmRequest request;
  request.target = target;
  request.steps = filmSteps(figure->data.steps, kMostFrames);
  request.framesPerSecond =
      std::clamp(int(request.steps.size()) / kFilmSeconds, kSlowest, request.framesPerSecond);
  request.frame = [figure, spec](std::int64_t step) {
    figure->cursor = step;
    return widgets::figureImage(*figure, spec);
  };
  Job *job = m_parts.jobs->add(
      {tr("Film of the trajectory"), {}, JobPriority::Interactive, [request, figure](JobControl &control) {
         // Its OpenGL belongs to this thread, also where the work fails.
         const auto release = qScopeGuard([&] { figure->renderer->release(); });
         return runFilmJob(request, control);
       }});
  // `figure` is held here too: its surface has to end in this thread.
  connect(job, &Job::ended, this, [this, job, figure] {
    job->state() == JobState::Failed ? Q_EMIT failed(job->sentence()) : Q_EMIT reported(job->sentence());
  });
}

void WindowCommands::copyData() {
  widgets::copyTable(*focusedPane());
  Q_EMIT reported(tr("Data copied: %1").arg(focusedPane()->figureTitle()));
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
