// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that draw: figures with their recipes, films.
#include "app/window/window_commands.h"

#include <algorithm>

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonDocument>
#include <QMainWindow>
#include <QScopeGuard>

#include "app/jobs/film_job.h"
#include "app/jobs/job_queue.h"
#include "app/session/run_session.h"
#include "app/window/ed_page.h"
#include "app/window/overview.h"
#include "app/window/window_layout.h"
#include "core/error.h"
#include "widgets/figure/export_dialog.h"
#include "widgets/figure/figure_export.h"
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

} // namespace

QString WindowCommands::idOf(const widgets::PlotPane *pane) const {
  for (const PanePage *page : m_parts.pages)
    if (const QString id = page->paneId(pane); !id.isEmpty())
      return id;
  return {};
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

} // namespace evolute::app
