// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/film_job.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

#include "core/error.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr double kShareOfFrames = 0.85; // of the time of a film
constexpr int kLookMs = 100;            // how soon the encoder is stopped
constexpr qsizetype kMostWords = 400;   // of the encoder's complaint

struct FilmJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::FilmJob)
};

[[noreturn]] void fail(const QString &sentence) {
  throw core::Error(sentence.toStdString());
}

QString frameName(std::size_t number) {
  return u"frame_%1.png"_s.arg(number + 1, 5, 10, QChar(u'0'));
}

/// False when stopped.
bool writeFrames(const FilmRequest &request, const QDir &folder, double share, JobControl &control) {
  for (std::size_t i = 0; i < request.steps.size(); ++i) {
    if (control.proceed() == core::Flow::Stop)
      return false;
    const QString file = folder.filePath(frameName(i));
    if (!request.frame(request.steps[i]).save(file))
      fail(FilmJob::tr("%1: the frame could not be written.").arg(QDir::toNativeSeparators(file)));
    control.report(share * double(i + 1) / double(request.steps.size()), std::nan(""),
                   FilmJob::tr("frame %1 of %2").arg(i + 1).arg(request.steps.size()));
  }
  return true;
}

/// False when stopped.
bool encode(const FilmRequest &request, const QString &program, const QDir &frames, const QString &out,
            JobControl &control) {
  QProcess encoder;
  // Even sides and this pixel format are what players ask for.
  encoder.start(program,
                {u"-y"_s, u"-loglevel"_s, u"error"_s, u"-framerate"_s,
                 QString::number(request.framesPerSecond), u"-i"_s, frames.filePath(u"frame_%05d.png"_s),
                 u"-vf"_s, u"pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white"_s, u"-pix_fmt"_s, u"yuv420p"_s, out});
  if (!encoder.waitForStarted())
    fail(FilmJob::tr("%1 could not be started: %2.").arg(program, encoder.errorString()));
  control.report(kShareOfFrames, std::nan(""), FilmJob::tr("encoding"));
  while (!encoder.waitForFinished(kLookMs))
    if (encoder.state() == QProcess::NotRunning)
      break;
    else if (control.proceed() == core::Flow::Stop) {
      encoder.kill();
      encoder.waitForFinished();
      return false;
    }
  if (encoder.exitStatus() != QProcess::NormalExit || encoder.exitCode() != 0)
    fail(FilmJob::tr("The film could not be made; ffmpeg says: %1")
             .arg(QString::fromLocal8Bit(encoder.readAllStandardError().trimmed()).left(kMostWords)));
  return true;
}

} // namespace

QString ffmpegProgram() {
  return QStandardPaths::findExecutable(u"ffmpeg"_s);
}

std::vector<std::int64_t> filmSteps(const std::vector<std::int64_t> &steps, std::size_t most) {
  if (steps.size() <= most || most < 2)
    return steps;
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < most; ++i)
    chosen.push_back(
        steps[std::size_t(std::llround(double(i) * double(steps.size() - 1) / double(most - 1)))]);
  return chosen;
}

QString runFilmJob(const FilmRequest &request, JobControl &control) {
  const QString shown = QDir::toNativeSeparators(request.target);
  if (!request.isFilm()) {
    if (!QDir().mkpath(request.target))
      fail(FilmJob::tr("%1: the folder for the frames cannot be made.").arg(shown));
    // With fewer frames than an earlier film it would end in that one's.
    if (!QDir(request.target).entryList({u"frame_*.png"_s}, QDir::Files).isEmpty())
      fail(FilmJob::tr("%1: the folder holds frames already; choose another or remove them.").arg(shown));
    return writeFrames(request, QDir(request.target), 1, control)
               ? FilmJob::tr("%n frame(s) in %1", nullptr, int(request.steps.size())).arg(shown)
               : FilmJob::tr("Stopped; frames made so far are in %1.").arg(shown);
  }
  const QString program = request.encoder.isEmpty() ? ffmpegProgram() : request.encoder;
  if (program.isEmpty())
    fail(FilmJob::tr("A film needs ffmpeg, which is not installed; frames can be written without it."));
  const QTemporaryDir scratch;
  if (!scratch.isValid())
    fail(FilmJob::tr("No room for the film's frames: %1.").arg(scratch.errorString()));
  // Under another name until it is whole.
  const QString part = scratch.filePath(u"film.mp4"_s);
  if (!writeFrames(request, QDir(scratch.path()), kShareOfFrames, control) ||
      !encode(request, program, QDir(scratch.path()), part, control))
    return FilmJob::tr("Stopped; no film was written.");
  QFile::remove(request.target);
  if (!QFile::rename(part, request.target))
    fail(FilmJob::tr("%1: the film cannot be written.").arg(shown));
  return FilmJob::tr("Film of %n frame(s): %1", nullptr, int(request.steps.size())).arg(shown);
}

} // namespace evolute::app
