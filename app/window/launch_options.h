// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include <QString>
#include <QStringList>

namespace evolute::app {

/// What the command line of the desktop program asks for.
struct LaunchOptions {
  QStringList paths; ///< a run's folder, a file in it, or a figure with its recipe
  bool demo = false;
  QString layout;                     ///< layout file
  std::optional<std::int64_t> atStep; ///< where the time cursor goes
  bool follow = false;
  QString tab;        ///< to show once the run is open; see tabNames()
  QString screenshot; ///< for scripts: the window as a picture, then quit
  double afterSeconds = 5;
  QString exportRun, figure, out; ///< a figure without a window
  bool help = false, version = false;
};

/// \return one sentence when the arguments make no sense, else an empty text. `arguments` hold the program's
/// name first.
QString parseLaunch(const QStringList &arguments, LaunchOptions &options);
QString launchHelp();

/// "overview", "loss", "llc", "ed", "scree", "development" (loss above λ̂), "stages" (a curve above its
/// slope), "validation"
QStringList figureKinds();
QStringList tabNames(); ///< as in the window, from left to right

} // namespace evolute::app
