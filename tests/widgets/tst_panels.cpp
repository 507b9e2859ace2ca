// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDropEvent>
#include <QLabel>
#include <QListWidget>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "widgets/panels/banner.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/jobs_strip.h"
#include "widgets/plots/plot_data.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

class TestPanels : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aBannerSpeaksAndGoes() {
    Banner banner;
    QVERIFY(!banner.isVisible());
    banner.showMessage(Banner::Kind::Warning, u"3 files skipped <b>"_s, u"a.pt: truncated"_s);
    QVERIFY(banner.isVisible());
    QCOMPARE(banner.text(), u"3 files skipped <b>"_s);
    auto *details = banner.findChild<QLabel *>(u"details"_s);
    QVERIFY(!details->isVisible());
    banner.findChild<QToolButton *>(u"details button"_s)->click();
    QVERIFY(details->isVisible());
    QSignalSpy dismissed(&banner, &Banner::dismissed);
    banner.findChild<QToolButton *>(u"close"_s)->click();
    QVERIFY(!banner.isVisible());
    QCOMPARE(dismissed.count(), 1);
  }

  void aBannerCanOfferOneAction() {
    Banner banner;
    banner.showMessage(Banner::Kind::Error, u"Cannot read"_s);
    auto *action = banner.findChild<QToolButton *>(u"action"_s);
    QVERIFY(!action->isVisible());
    banner.setAction(u"Retry"_s);
    QSignalSpy triggered(&banner, &Banner::actionTriggered);
    action->click();
    QCOMPARE(triggered.count(), 1);
  }

  void theFirstScreenOffersAllWaysIn() {
    EmptyState screen;
    screen.show();
    QSignalSpy open(&screen, &EmptyState::openRequested), demo(&screen, &EmptyState::demoRequested);
    screen.findChild<QPushButton *>(u"openButton"_s)->click();
    screen.findChild<QPushButton *>(u"demoButton"_s)->click();
    QCOMPARE(open.count(), 1);
    QCOMPARE(demo.count(), 1);
    auto *list = screen.findChild<QListWidget *>(u"recentList"_s);
    QVERIFY(!list->isVisible());
    screen.setRecentRuns({{u"/a"_s, u"A"_s, {}, false}, {u"/gone"_s, u"G"_s, {}, true}});
    QVERIFY(list->isVisible());
    QVERIFY(!(list->item(1)->flags() & Qt::ItemIsEnabled));
    QSignalSpy recent(&screen, &EmptyState::recentRequested);
    Q_EMIT list->itemActivated(list->item(0));
    Q_EMIT list->itemActivated(list->item(1));
    QCOMPARE(recent.count(), 1);
    QCOMPARE(recent[0][0].toString(), u"/a"_s);
  }

  void oneClickOpensARecentRunOnce() {
    EmptyState screen;
    screen.resize(800, 600);
    screen.setRecentRuns({{u"/a"_s, u"A"_s, {}, false}});
    screen.show();
    auto *list = screen.findChild<QListWidget *>(u"recentList"_s);
    QSignalSpy recent(&screen, &EmptyState::recentRequested);
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
    QCOMPARE(recent.count(), 1);
  }

  void foldersCanBeDropped() {
    EmptyState screen;
    screen.show();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(u"/runs/x"_s), QUrl(u"https://example.org/y"_s)});
    QSignalSpy dropped(&screen, &EmptyState::pathsDropped);
    QDragEnterEvent enter(QPoint(50, 50), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&screen, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(50, 50), Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&screen, &drop);
    QCOMPARE(dropped.count(), 1);
    QCOMPARE(dropped[0][0].toStringList(), QStringList{u"/runs/x"_s});
  }

  void jobsShowProgressAndCanBeStopped() {
    JobsStrip strip;
    strip.resize(900, 200);
    strip.show();
    JobStatus running{u"a"_s, u"λ\u0302"_s, JobPhase::Running, 0.25, 760, u"1 of 4"_s, true};
    JobStatus queued{u"b"_s, u"ED"_s, JobPhase::Queued, 0, kNone, {}, true};
    strip.setJobs({running, queued});
    auto *head = strip.findChild<QWidget *>(u"headRow"_s);
    QVERIFY(head->isVisible());
    QCOMPARE(head->findChild<QProgressBar *>()->value(), 250);
    QVERIFY(head->accessibleName().contains(u"12:40 left"_s));

    strip.setExpanded(true);
    QVERIFY(!head->isVisible());
    auto *row = strip.findChild<QWidget *>(u"job a"_s);
    QVERIFY(row->isVisible());
    QSignalSpy paused(&strip, &JobsStrip::pauseRequested), resumed(&strip, &JobsStrip::resumeRequested),
        cancelled(&strip, &JobsStrip::cancelRequested);
    row->findChild<QToolButton *>(u"pause"_s)->click();
    QCOMPARE(paused[0][0].toString(), u"a"_s);
    running.phase = JobPhase::Paused;
    strip.updateJob(running);
    row->findChild<QToolButton *>(u"pause"_s)->click();
    QCOMPARE(resumed.count(), 1);
    strip.findChild<QWidget *>(u"job b"_s)->findChild<QToolButton *>(u"cancel"_s)->click();
    QCOMPARE(cancelled[0][0].toString(), u"b"_s);
    running.phase = JobPhase::Finished;
    strip.updateJob(running);
    QVERIFY(!row->findChild<QToolButton *>(u"cancel"_s)->isVisible());
  }

  void updatesOfUnknownJobsAreIgnored() {
    JobsStrip strip;
    strip.setJobs({});
    strip.updateJob({u"ghost"_s, u"x"_s, JobPhase::Running, 0.5, 1, {}, true});
    QVERIFY(!strip.findChild<QWidget *>(u"job ghost"_s));
  }
};

QTEST_MAIN(TestPanels)
#include "tst_panels.moc"
