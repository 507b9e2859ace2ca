// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QPainter>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include "widgets/plots/timeline_widget.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

class TestTimelineWidget : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    timeline = std::make_unique<TimelineWidget>();
    timeline->resize(900, 62);
    timeline->setCheckpoints({{0, CheckpointState::File, {}},
                              {10, CheckpointState::Metrics, {}},
                              {100, CheckpointState::Computing, {}},
                              {1000, CheckpointState::Done, {}},
                              {10000, CheckpointState::Failed, u"truncated file"_s}});
    timeline->show();
    QVERIFY(QTest::qWaitForWindowExposed(timeline.get()));
  }
  void cleanup() { timeline.reset(); }

  void marksStandInOrderAlongTheAxis() {
    for (int i = 1; i < 5; ++i)
      QVERIFY(timeline->markPosition(i).x() > timeline->markPosition(i - 1).x());
    // Decades of 1 + t are nearly equal in length on this axis.
    const double a = timeline->markPosition(3).x() - timeline->markPosition(2).x();
    const double b = timeline->markPosition(4).x() - timeline->markPosition(3).x();
    QVERIFY(std::abs(a - b) < 0.02 * b);
    timeline->setAxisKind(TimeAxisKind::Index);
    QCOMPARE(timeline->markPosition(2).x() - timeline->markPosition(1).x(),
             timeline->markPosition(1).x() - timeline->markPosition(0).x());
  }

  void theLastMarkStaysClearOfTheReadOut() {
    const auto clear = [&] {
      const auto *readout = timeline->findChild<QSpinBox *>()->parentWidget();
      return timeline->markPosition(4).x() + 7 <= readout->x();
    };
    QVERIFY(clear());
    timeline->setLive(TimelineWidget::Live::Following, u"● LIVE, 12 new checkpoints"_s); // wider than before
    QTRY_VERIFY(clear());
    QTRY_VERIFY(timeline->findChild<QToolButton *>()->geometry().right() < 900);
  }

  void everyStateLooksDifferent() {
    timeline->setCursorStep(0);
    QSet<QByteArray> pictures;
    for (const auto state : {CheckpointState::File, CheckpointState::Metrics, CheckpointState::Computing,
                             CheckpointState::Done, CheckpointState::Failed}) {
      timeline->setState(1000, state);
      QCOMPARE(timeline->stateAt(3), state);
      const QPoint at = timeline->markPosition(3).toPoint();
      const QImage mark = timeline->grab(QRect(at - QPoint(7, 7), QSize(14, 14))).toImage();
      pictures.insert(QByteArray(reinterpret_cast<const char *>(mark.constBits()), mark.sizeInBytes()));
    }
    QCOMPARE(pictures.size(), 5);
  }

  void filesThatCannotBeReadAreCrossesWhereTheCursorDoesNotStop() {
    timeline->setCursorStep(1000);
    timeline->setUnreadable({{30000, CheckpointState::Failed, u"step_30000.pt: not a zip file"_s}});
    const QPointF at = timeline->unreadablePosition(0);
    QVERIFY(at.x() > timeline->markPosition(4).x()); // the track reaches to it
    QVERIFY(timeline->rect().contains(at.toPoint()));
    QCOMPARE(timeline->textAt(at.x()), u"step 30,000, cannot be read: step_30000.pt: not a zip file"_s);
    QCOMPARE(timeline->textAt(timeline->markPosition(3).x()), u"step 1,000, λ̂ done"_s);
    QCOMPARE(timeline->cursorIndex(), 3);
    QTest::keyClick(timeline.get(), Qt::Key_End);
    QCOMPARE(*timeline->cursorStep(), std::int64_t(10000));
    const auto picture = [&] {
      const QPoint middle = timeline->unreadablePosition(0).toPoint();
      return timeline->grab(QRect(middle - QPoint(5, 5), QSize(10, 10))).toImage();
    };
    const QImage cross = picture();
    QVERIFY(cross.pixelColor(5, 5) != cross.pixelColor(5, 0)); // ink in the middle, none above it

    timeline->setCheckpoints({}); // all files are bad: they are shown all the same
    QVERIFY(timeline->rect().contains(timeline->unreadablePosition(0).toPoint()));
    QVERIFY(timeline->textAt(0).startsWith(u"step 30,000"_s));
    QTest::mouseClick(timeline.get(), Qt::LeftButton, {}, timeline->unreadablePosition(0).toPoint());
    QVERIFY(!timeline->cursorStep());
  }

  void clickAndDragMoveTheCursor() {
    timeline->setCursorStep(0);
    QSignalSpy moved(timeline.get(), &TimelineWidget::cursorMoved);
    QTest::mouseClick(timeline.get(), Qt::LeftButton, {}, timeline->markPosition(2).toPoint());
    QCOMPARE(moved.last()[0].toLongLong(), 100);
    QTest::mousePress(timeline.get(), Qt::LeftButton, {}, timeline->markPosition(2).toPoint());
    const QPointF to = timeline->markPosition(4);
    QMouseEvent event(QEvent::MouseMove, to, timeline->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, {});
    QApplication::sendEvent(timeline.get(), &event);
    QCOMPARE(moved.last()[0].toLongLong(), 10000);
    QCOMPARE(moved.count(), 2); // the press on the present checkpoint says nothing
  }

  void keysMoveTheCursorAndStopAtTheEnds() {
    timeline->setCursorStep(100);
    QSignalSpy moved(timeline.get(), &TimelineWidget::cursorMoved);
    QTest::keyClick(timeline.get(), Qt::Key_Right);
    QCOMPARE(*timeline->cursorStep(), std::int64_t(1000));
    QTest::keyClick(timeline.get(), Qt::Key_Home);
    QTest::keyClick(timeline.get(), Qt::Key_Left);
    QCOMPARE(timeline->cursorIndex(), 0);
    QTest::keyClick(timeline.get(), Qt::Key_End);
    QCOMPARE(timeline->cursorIndex(), 4);
    QTest::keyClick(timeline.get(), Qt::Key_PageUp);
    QCOMPARE(timeline->cursorIndex(), 0);
    QCOMPARE(moved.count(), 4);
  }

  void theStepBoxGoesToTheNearestAndByCheckpoints() {
    timeline->setCursorStep(100);
    auto *box = timeline->findChild<QSpinBox *>(u"stepBox"_s);
    QCOMPARE(box->value(), 100);
    box->setValue(700);
    QCOMPARE(*timeline->cursorStep(), std::int64_t(1000));
    QCOMPARE(box->value(), 1000);
    box->stepDown();
    QCOMPARE(*timeline->cursorStep(), std::int64_t(100));
    QCOMPARE(timeline->findChild<QLabel *>(u"indexLabel"_s)->text(), u"3 / 5"_s);
  }

  void settingTheCursorFromOutsideIsSilent() {
    QSignalSpy moved(timeline.get(), &TimelineWidget::cursorMoved);
    timeline->setCursorStep(12);
    QCOMPARE(*timeline->cursorStep(), std::int64_t(10));
    QCOMPARE(moved.count(), 0);
  }

  void theCursorKeepsItsStepWhenCheckpointsJoin() {
    timeline->setCursorStep(100);
    timeline->setCheckpoints({{0, CheckpointState::File, {}},
                              {5, CheckpointState::File, {}},
                              {100, CheckpointState::File, {}},
                              {20000, CheckpointState::File, {}}});
    QCOMPARE(*timeline->cursorStep(), std::int64_t(100));
    QCOMPARE(timeline->cursorIndex(), 2);
  }

  void emptyAndSingleAreFine() {
    timeline->setCheckpoints({});
    QVERIFY(!timeline->cursorStep());
    QTest::keyClick(timeline.get(), Qt::Key_Right);
    QTest::mouseClick(timeline.get(), Qt::LeftButton, {}, QPoint(50, 20));
    timeline->grab();
    timeline->setCheckpoints({{7, CheckpointState::File, {}}});
    QCOMPARE(*timeline->cursorStep(), std::int64_t(7));
    QVERIFY(timeline->rect().contains(timeline->markPosition(0).toPoint()));
  }

  void doubleClickAndReturnAskForACheckpoint() {
    QSignalSpy asked(timeline.get(), &TimelineWidget::checkpointActivated);
    QTest::mouseDClick(timeline.get(), Qt::LeftButton, {}, timeline->markPosition(1).toPoint());
    QCOMPARE(asked.last()[0].toLongLong(), 10);
    timeline->setCursorStep(1000);
    QTest::keyClick(timeline.get(), Qt::Key_Return);
    QCOMPARE(asked.last()[0].toLongLong(), 1000);
  }

  void theLiveBadgeIsAButton() {
    auto *badge = timeline->findChild<QToolButton *>(u"liveBadge"_s);
    QVERIFY(!badge->isVisible());
    timeline->setLive(TimelineWidget::Live::Paused, u"Follow ▸ 12 new"_s);
    QCOMPARE(badge->text(), u"Follow ▸ 12 new"_s);
    QSignalSpy clicked(timeline.get(), &TimelineWidget::liveClicked);
    badge->click();
    QCOMPARE(clicked.count(), 1);
  }

  void itTellsScreenReadersWhereTheCursorIs() {
    timeline->setCursorStep(10000);
    QVERIFY(timeline->accessibleDescription().contains(u"step 10,000, failed: truncated file"_s));
  }

private:
  std::unique_ptr<TimelineWidget> timeline;
};

QTEST_MAIN(TestTimelineWidget)
#include "tst_timeline_widget.moc"
