// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "app/session/undo.h"

using namespace evolute::app;

class TestUndo : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theTimeAxisGoesBackAndForth() {
    QUndoStack stack;
    ViewState view;
    QSignalSpy changed(&view, &ViewState::timeAxisChanged);
    pushTimeAxis(stack, view, TimeAxisKind::Linear);
    pushTimeAxis(stack, view, TimeAxisKind::Index);
    QCOMPARE(view.timeAxis(), TimeAxisKind::Index);
    stack.undo();
    QCOMPARE(view.timeAxis(), TimeAxisKind::Linear);
    stack.undo();
    QCOMPARE(view.timeAxis(), TimeAxisKind::LogPlusOne);
    stack.redo();
    QCOMPARE(view.timeAxis(), TimeAxisKind::Linear);
    QCOMPARE(changed.size(), 5);
    QVERIFY(!stack.undoText().isEmpty());
  }

  void doingWhatIsAlreadySoIsNoStep() {
    QUndoStack stack;
    ViewState view;
    pushTimeAxis(stack, view, view.timeAxis());
    pushPaneVisible(stack, view, QStringLiteral("ed"), true);
    pushSeriesVisible(stack, view, QStringLiteral("loss"), true);
    QCOMPARE(stack.count(), 0);
  }

  void panesAndCurvesAreHiddenAndShownApart() {
    QUndoStack stack;
    ViewState view;
    QSignalSpy panes(&view, &ViewState::paneVisibilityChanged),
        series(&view, &ViewState::seriesVisibilityChanged);
    const QString name = QStringLiteral("loss"); // a pane and a curve of one name are two things
    pushPaneVisible(stack, view, name, false);
    QVERIFY(!view.isPaneVisible(name));
    QVERIFY(view.isSeriesVisible(name));
    pushSeriesVisible(stack, view, name, false);
    stack.undo();
    QVERIFY(view.isSeriesVisible(name));
    QVERIFY(!view.isPaneVisible(name));
    stack.undo();
    QVERIFY(view.isPaneVisible(name));
    stack.redo();
    QVERIFY(!view.isPaneVisible(name));
    QCOMPARE(panes.size(), 3);
    QCOMPARE(series.size(), 2);
  }

  void axisNamesComeBack() {
    for (const auto kind : {TimeAxisKind::LogPlusOne, TimeAxisKind::Linear, TimeAxisKind::Index})
      QCOMPARE(timeAxisFromName(nameOf(kind)), std::optional(kind));
    QCOMPARE(timeAxisFromName(QStringLiteral("sideways")), std::nullopt);
  }
};

QTEST_GUILESS_MAIN(TestUndo)
#include "tst_undo.moc"
