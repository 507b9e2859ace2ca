// SPDX-License-Identifier: GPL-3.0-or-later
#include <atomic>
#include <thread>

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include "app/jobs/inbox.h"
#include "tests/support/gui_watchdog.h"

using namespace evolute::app;
using namespace std::chrono_literals;

class TestInbox : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void itemsArriveInOrderInTheReceiversThread() {
    Inbox inbox;
    std::vector<int> got;
    bool rightThread = true;
    std::thread worker([sender = inbox.sender(), &got, &rightThread] {
      for (int i = 0; i < 100; ++i)
        sender.post([&, i] {
          got.push_back(i);
          rightThread = rightThread && QThread::currentThread() == QCoreApplication::instance()->thread();
        });
    });
    worker.join();
    QVERIFY(got.empty());
    QTRY_COMPARE(got.size(), 100u);
    for (int i = 0; i < 100; ++i)
      QCOMPARE(got[std::size_t(i)], i);
    QVERIFY(rightThread);
  }

  void aFloodIsTenBatchesASecondAtMost() {
    Inbox inbox;
    QSignalSpy batches(&inbox, &Inbox::delivered);
    std::atomic<bool> stop = false;
    int count = 0;
    QElapsedTimer clock;
    clock.start();
    std::thread worker([&stop, &count, sender = inbox.sender()] {
      while (!stop) {
        sender.post([&count] { ++count; });
        std::this_thread::sleep_for(100us);
      }
    });
    QTRY_VERIFY_WITH_TIMEOUT(count > 1000, 20'000);
    const auto most = clock.elapsed() / Inbox::kInterval.count() + 2; // both ends
    const auto seen = batches.size();
    stop = true;
    worker.join();
    QVERIFY2(seen <= most, qPrintable(QStringLiteral("%1 batches, %2 allowed").arg(seen).arg(most)));
    QVERIFY(seen >= 1);
  }

  void aLongBatchLetsOtherEventsIn() {
    evolute::test::verifyNothingIsHeldUp([] {
      Inbox inbox;
      int done = 0;
      for (int i = 0; i < 40; ++i)
        inbox.sender().post([&done] {
          std::this_thread::sleep_for(5ms);
          ++done;
        });
      QTRY_COMPARE(done, 40);
    });
  }

  void sendingToAnInboxThatIsGoneIsHarmless() {
    auto inbox = std::make_unique<Inbox>();
    const Inbox::Sender sender = inbox->sender();
    bool ran = false;
    sender.post([&ran] { ran = true; });
    inbox.reset();
    sender.post([&ran] { ran = true; });
    QTest::qWait(10);
    QVERIFY(!ran);
  }
};

QTEST_GUILESS_MAIN(TestInbox)
#include "tst_inbox.moc"
