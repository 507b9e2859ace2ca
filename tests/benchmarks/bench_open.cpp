// SPDX-License-Identifier: GPL-3.0-or-later
// From the start of the program on a run to its first curve and to its essential-dynamics curve, in seconds.
//   bench_open RUN    (offscreen; results stored by earlier calls are used, as they would be by the program)
#include <chrono>
#include <cstdio>

#include <QApplication>
#include <QElapsedTimer>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTimer>

#include "app/jobs/numerics.h"
#include "app/window/main_window.h"
#include "app/window/window_commands.h"

using namespace evolute::app;

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_open RUN\n");
    return 2;
  }
  QElapsedTimer clock;
  clock.start();
  if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
    qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QStandardPaths::setTestModeEnabled(true); // not the user's session
  QTemporaryDir config;
  MainWindow window({config.path(), {}, coreNumerics()});
  window.setUnattended(true);
  window.show();
  RunSession &session = window.session();
  double firstCurve = 0, firstTrajectory = 0;
  const auto seconds = [&] { return double(clock.elapsed()) / 1000; };
  const auto showCurve = [&] {
    if (firstCurve == 0 && session.metrics()) {
      window.repaint(); // shown, not only known
      firstCurve = seconds();
    }
  };
  QObject::connect(&session, &RunSession::opened, &window, showCurve);
  QObject::connect(&session, &RunSession::metricsChanged, &window, showCurve);
  QObject::connect(&session, &RunSession::trajectoryChanged, &window, [&] {
    window.repaint();
    if (firstTrajectory == 0)
      firstTrajectory = seconds();
    if (session.trajectory().steps.size() < session.checkpoints().size())
      return;
    std::printf("%zu checkpoints: first curve %.2f s, first trajectory %.2f s, whole trajectory %.2f s\n",
                session.checkpoints().size(), firstCurve, firstTrajectory, seconds());
    QTimer::singleShot(2000, &window, [&] { window.close(); }); // the result is stored meanwhile
  });
  window.commands().openPaths({QString::fromLocal8Bit(argv[1])});
  return QApplication::exec();
}
