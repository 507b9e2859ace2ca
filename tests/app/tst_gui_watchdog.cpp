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
    QTimer::singleShot(0, this, [] { std::this_thread::sleep_for(GuiWatchdog::kLimit + 70ms); });
    QTest::qWait(20);
    QVERIFY2(watchdog.longestGap() > GuiWatchdog::kLimit + 50ms, qPrintable(QString::number(watchdog.longestGap().count())));
    QVERIFY(!watchdog.isFine());
  }

  void findsAnEventLoopThatComputes() {
    GuiWatchdog watchdog;
    QTimer::singleShot(0, this, [] {
      const std::clock_t span = CLOCKS_PER_SEC / 1000 * (GuiWatchdog::kLimit + 75ms).count();
      for (const auto end = std::clock() + span; std::clock() < end;) {
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

  void aTroubleOfOneTryIsNotCountedButOneOfEachTryIs() {
    int tries = 0;
    verifyNothingIsHeldUp([&] {
      if (++tries == 1)
        std::this_thread::sleep_for(GuiWatchdog::kLimit + 70ms);
    });
    QCOMPARE(tries, 2);
    QEXPECT_FAIL("", "held up each time", Continue);
    verifyNothingIsHeldUp([&] { std::this_thread::sleep_for(GuiWatchdog::kLimit + 70ms); });
  }

  void restartForgets() {
    GuiWatchdog watchdog;
    std::this_thread::sleep_for(GuiWatchdog::kLimit + 70ms);
    QVERIFY(!watchdog.isFine());
    watchdog.restart();
    QVERIFY(watchdog.isFine());
  }
};

QTEST_GUILESS_MAIN(TestGuiWatchdog)
#include "tst_gui_watchdog.moc"
