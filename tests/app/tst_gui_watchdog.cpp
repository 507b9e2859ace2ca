// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctime>
#include <thread>

#include <QTest>

#include "tests/support/gui_watchdog.h"

using namespace evolute::test;
using namespace std::chrono_literals;

class TestGuiWatchdog : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void findsAnEventLoopThatSleeps() {
    GuiWatchdog watchdog;
    QTimer::singleShot(0, this, [] { std::this_thread::sleep_for(120ms); });
    QTest::qWait(20);
    QVERIFY2(watchdog.longestGap() > 100ms, qPrintable(QString::number(watchdog.longestGap().count())));
    QVERIFY(!watchdog.isFine());
  }

  void findsAnEventLoopThatComputes() {
    GuiWatchdog watchdog;
    QTimer::singleShot(0, this, [] {
      for (const auto end = std::clock() + CLOCKS_PER_SEC / 8; std::clock() < end;) {
      }
    });
    QTest::qWait(20);
    QVERIFY2(!watchdog.isFine(), qPrintable(QString::number(watchdog.longestGap().count())));
  }

  void isQuietAboutAnIdleLoop() {
    GuiWatchdog watchdog;
    QTest::qWait(200);
    QVERIFY2(watchdog.isFine(), qPrintable(QString::number(watchdog.longestGap().count())));
  }

  void restartForgets() {
    GuiWatchdog watchdog;
    std::this_thread::sleep_for(120ms);
    QVERIFY(!watchdog.isFine());
    watchdog.restart();
    QVERIFY(watchdog.isFine());
  }
};

QTEST_GUILESS_MAIN(TestGuiWatchdog)
#include "tst_gui_watchdog.moc"
