// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <QImage>
#include <QString>

#include "app/jobs/job_control.h"

namespace evolute::app {

/// Pictures along time, as numbered PNG files or as a film.
struct FilmRequest {
  /// A file ending in .mp4 is a film; else a folder without frames, made where it is missing, for frame_00001.png
  /// and on.
  QString target;
  std::vector<std::int64_t> steps;           ///< a frame each
  std::function<QImage(std::int64_t)> frame; ///< called on the worker, in order
  int framesPerSecond = 25;
  QString encoder; ///< program; empty: ffmpegProgram()

  bool isFilm() const { return target.endsWith(QLatin1String(".mp4"), Qt::CaseInsensitive); }
};

/// Full path of ffmpeg; empty where it is not installed.
QString ffmpegProgram();

/// Evenly many of `steps`, first and last among them, in order.
std::vector<std::int64_t> filmSteps(const std::vector<std::int64_t> &steps, std::size_t most);

/// Returns the sentence for the job. Stopped: frames written stay, a film is not left half done.
/// \throws Error where a file cannot be written, frames are there already, or the encoder is missing or fails.
QString runFilmJob(const FilmRequest &request, JobControl &control);

} // namespace evolute::app
