// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop program. Exit codes as evolute-cli: 0 done, 2 usage, 3 bad input.
#include <cstdio>

#include <QApplication>
#include <QJsonObject>
#include <QTimer>

#include "app/jobs/numerics.h"
#include "app/window/demo_run.h"
#include "app/window/english_plurals.h"
#include "app/window/figure_command.h"
#include "app/window/launch_options.h"
#include "app/window/main_window.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "widgets/three_d/shaded_scene.h"

namespace {

using namespace evolute::app;

constexpr int kUsage = 2, kBadInput = 3;

int fail(int code, const QString &sentence) {
  std::fprintf(stderr, "evolute: %s\n", qPrintable(sentence));
  return code;
}

/// A cluster node has no display, and neither a figure nor a sentence on a wrong option needs one. Options of
/// Qt itself ("-platform xcb") read as wrong here; Qt heeds them above the environment.
bool needsNoWindow(int argc, char **argv) {
  QStringList arguments;
  for (int i = 0; i < argc; ++i)
    arguments << QString::fromLocal8Bit(argv[i]);
  LaunchOptions options;
  return !parseLaunch(arguments, options).isEmpty() || options.help || options.version ||
         !options.exportRun.isEmpty();
}

void openWhatIsAsked(MainWindow &window, const LaunchOptions &options) {
  if (options.demo || !options.paths.isEmpty())
    window.restoreArrangement();
  if (options.demo)
    window.demo().start();
  else if (!options.paths.isEmpty())
    window.commands().openPaths(options.paths);
  else
    window.restoreSession();
  if (options.atStep || options.follow || !options.tab.isEmpty())
    window.session().whenOpened(&window, [&window, options] {
      if (!options.tab.isEmpty())
        window.commands().showTab(options.tab);
      if (options.atStep)
        window.session().setCursor(*options.atStep);
      if (options.follow)
        window.session().setFollow(true);
    });
}

void photographAndQuit(MainWindow &window, const LaunchOptions &options) {
  window.setUnattended(true);
  QTimer::singleShot(
      std::chrono::milliseconds(qint64(1000 * options.afterSeconds)), &window, [&window, options] {
        const bool saved = window.grab().save(options.screenshot);
        if (!saved)
          fail(kBadInput, MainWindow::tr("%1: the picture could not be written.").arg(options.screenshot));
        window.close();
        QCoreApplication::exit(saved ? 0 : kBadInput);
      });
}

} // namespace

int main(int argc, char **argv) {
  if (needsNoWindow(argc, argv))
    qputenv("QT_QPA_PLATFORM", "offscreen");
  evolute::widgets::prepareOpenGl(); // has to be known before the application is
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("evolute"));
  QApplication::setApplicationDisplayName(QStringLiteral("Evolute"));
  QApplication::setApplicationVersion(QStringLiteral(EVOLUTE_VERSION));
  QApplication::setDesktopFileName(QStringLiteral("evolute"));

  EnglishPlurals plurals;
  QApplication::installTranslator(&plurals);

  LaunchOptions options;
  if (const QString problem = parseLaunch(QApplication::arguments(), options); !problem.isEmpty())
    return fail(kUsage, problem);
  if (options.help || options.version) {
    std::printf("%s\n", options.help ? qPrintable(launchHelp()) : "evolute " EVOLUTE_VERSION);
    return 0;
  }
  if (!options.exportRun.isEmpty()) {
    const QString problem = drawFigure(options.exportRun, options.figure, options.out);
    return problem.isEmpty() ? 0 : fail(kBadInput, problem);
  }

  QJsonObject layout;
  if (!options.layout.isEmpty())
    if (const QString problem = WindowLayout::read(options.layout, layout); !problem.isEmpty())
      return fail(kBadInput, problem);

  MainWindow::Options parts;
  parts.numerics = coreNumerics();
  MainWindow window(parts);
  window.show();
  openWhatIsAsked(window, options);
  if (!options.layout.isEmpty())
    window.layoutState().load(layout);
  if (!options.screenshot.isEmpty())
    photographAndQuit(window, options);
  return QApplication::exec();
}
