// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <fstream>
#include <future>
#include <optional>

#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTreeWidget>

#include "app/window/browser_dock.h"
#include "app/window/inspector_dock.h"
#include "app/window/pane_page.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "tests/app/window_fixture.h"
#include "tests/support/gui_watchdog.h"
#include "widgets/figure/figure_export.h"
#include "widgets/panels/banner.h"
#include "widgets/panels/empty_state.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/timeline_widget.h"
#include "widgets/plots/trajectory_plot.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

void drop(QWidget *target, const QString &path) {
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(path)});
  QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(target, &enter);
  QVERIFY(enter.isAccepted());
  QDropEvent dropped(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(target, &dropped);
  QVERIFY(dropped.isAccepted());
}

} // namespace

class TestWindowRun : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void withoutARunOnlyTheEmptyStateIsShown() {
    test::WindowFixture fixture;
    QVERIFY(fixture.window().findChild<widgets::EmptyState *>()->isVisible());
    for (const QDockWidget *dock : fixture.window().findChildren<QDockWidget *>())
      QVERIFY2(!dock->isVisible(), qPrintable(dock->objectName()));
  }

  void droppingAFolderOpensItAndSaysWhatWasFound() {
    test::WindowFixture fixture;
    drop(&fixture.window(), fixture.run().path());
    QTRY_COMPARE_WITH_TIMEOUT(fixture.session().phase(), RunSession::Phase::Open, test::kPatienceMs);
    const auto *banner = fixture.window().findChild<widgets::Banner *>(u"banner"_s);
    QVERIFY(banner->isVisible());
    QVERIFY2(banner->text().contains(u"14 checkpoint"_s), qPrintable(banner->text()));
    QVERIFY2(banner->text().contains(u"metrics.jsonl"_s), qPrintable(banner->text()));
    QVERIFY(!fixture.window().findChild<widgets::EmptyState *>()->isVisible());
    for (const QDockWidget *dock : fixture.window().findChildren<QDockWidget *>())
      QVERIFY2(dock->isVisible(), qPrintable(dock->objectName()));
  }

  void aDroppedTableIsTakenForWhatItHolds() {
    test::WindowFixture fixture;
    const QString log = fixture.run().path() + u"/metrics.csv"_s;
    QFile file(log);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("step,loss\n0,1\n") > 0);
    file.close();
    drop(&fixture.window(), log); // no figure of ours: a file in a run
    QTRY_COMPARE_WITH_TIMEOUT(fixture.session().phase(), RunSession::Phase::Open, test::kPatienceMs);
    QCOMPARE(fixture.session().summary().path, fixture.run().path());
    fixture.session().setCursor(100);

    QTemporaryDir folder;
    const QString figure = folder.filePath(u"figure without an ending"_s);
    auto *pane = fixture.pane<widgets::CurvePlot>(u"loss"_s);
    QCOMPARE(widgets::writeFigure(*pane, {}, widgets::FigureFormat::Csv, figure,
                                  fixture.window().commands().recipe(u"loss"_s)),
             QString());
    fixture.session().close();
    drop(&fixture.window(), figure);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.session().phase(), RunSession::Phase::Open, test::kPatienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.session().cursor(), std::int64_t(100), test::kPatienceMs);
  }

  void whatAFailedOpeningWouldHaveDoneIsForgotten() {
    test::WindowFixture fixture;
    RunSession &session = fixture.session();
    int done = 0;
    const auto open = [&](const QString &path) {
      session.open(path);
      session.whenOpened(&fixture.window(), [&] { ++done; });
    };
    QSignalSpy failed(&session, &RunSession::openFailed);
    open(fixture.run().path() + u"/nowhere"_s);
    QTRY_COMPARE_WITH_TIMEOUT(failed.count(), 1, test::kPatienceMs);
    open(fixture.run().path() + u"/elsewhere"_s); // replaced before it can fail
    QVERIFY(fixture.openRun());
    QCOMPARE(done, 0);
    open(fixture.run().path());
    QTRY_COMPARE_WITH_TIMEOUT(done, 1, test::kPatienceMs);
    QVERIFY(fixture.openRun());
    QCOMPARE(done, 1);
  }

  void whatCannotBeOpenedIsNamedInTheBanner() {
    test::WindowFixture fixture;
    fixture.window().commands().openPaths({fixture.run().path() + u"/nowhere"_s});
    const auto *banner = fixture.window().findChild<widgets::Banner *>(u"banner"_s);
    QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), test::kPatienceMs);
    QCOMPARE(banner->kind(), widgets::Banner::Kind::Error);
    QVERIFY2(banner->text().contains(u"nowhere"_s), qPrintable(banner->text()));
    QVERIFY(fixture.window().findChild<widgets::EmptyState *>()->isVisible());
  }

  void theBannerTellsWhatWasFoundAlsoWhenTheModelIsUnknown() {
    test::WindowFixture fixture;
    Numerics numerics = test::quickNumerics();
    const QString problem = u"step_10000.safetensors: expected weights of a known model, found w alone"_s;
    numerics.summarizeModel = [&](const core::Run &) {
      core::ModelSummary model;
      model.problem = problem.toStdString();
      return model;
    };
    fixture.openWindow(std::move(numerics));
    std::ofstream(fixture.run().folder() / "checkpoints" / "step_20000.pt") << "no checkpoint at all";
    fixture.run().writeHalf(30000);
    QVERIFY(fixture.openRun());
    const auto *banner = fixture.window().findChild<widgets::Banner *>(u"banner"_s);
    QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(problem), test::kPatienceMs);
    QVERIFY(banner->isVisible());
    QCOMPARE(banner->kind(), widgets::Banner::Kind::Warning);
    for (const QString &part : {u"14 checkpoint"_s, u"1 file"_s, u"still growing"_s, u"skipped"_s})
      QVERIFY2(banner->text().contains(part), qPrintable(banner->text()));
    const QString details = banner->findChild<QLabel *>(u"details"_s)->text();
    QVERIFY2(details.contains(u"step_20000.pt: "_s) && details.contains(u"step_30000.safetensors: "_s),
             qPrintable(details));
    // Said once: panes name the matter, not the sentence.
    for (const auto *label : fixture.window().overview().findChildren<QLabel *>())
      QVERIFY2(!label->text().contains(problem), qPrintable(label->text()));

    // What cannot be done says why.
    for (const QString &id : {u"compute.llc"_s, u"compute.llc-here"_s}) {
      QVERIFY(!fixture.actions().action(id)->isEnabled());
      QCOMPARE(fixture.actions().action(id)->toolTip(), problem);
    }
    const auto *button =
        fixture.window().overview().pane(u"llc"_s)->findChild<QPushButton *>(u"emptyButton"_s);
    QVERIFY(!button->isEnabled());
    QCOMPARE(button->toolTip(), problem);

    const auto *timeline = fixture.window().findChild<widgets::TimelineWidget *>();
    QCOMPARE(timeline->unreadable().size(), std::size_t(2));
    QVERIFY2(
        timeline->textAt(timeline->unreadablePosition(0).x()).startsWith(u"step 20,000, cannot be read: "_s),
        qPrintable(timeline->textAt(timeline->unreadablePosition(0).x())));
    QCOMPARE(timeline->unreadable().back().step, std::int64_t(30000));

    // The file comes to its end, another turns up bad: the banner and the timeline follow.
    fixture.run().writeCheckpoint(30000);
    std::ofstream(fixture.run().folder() / "checkpoints" / "step_40000.pt") << "nor is this";
    QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(u"15 checkpoint"_s) &&
                                 banner->text().contains(u"2 file"_s),
                             test::kPatienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(timeline->unreadable().back().step, std::int64_t(40000), test::kPatienceMs);
  }

  void anEmptyRunSaysSoEverywhere() {
    test::WindowFixture fixture;
    QTemporaryDir empty;
    QSignalSpy opened(&fixture.session(), &RunSession::opened);
    fixture.session().open(empty.path());
    QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, test::kPatienceMs);
    const auto *button =
        fixture.window().overview().pane(u"llc"_s)->findChild<QPushButton *>(u"emptyButton"_s);
    QVERIFY(!button->isEnabled());
    QVERIFY2(button->toolTip().contains(u"no readable checkpoint"_s), qPrintable(button->toolTip()));
    QVERIFY(!fixture.actions().action(u"compute.llc"_s)->isEnabled());
    QCOMPARE(fixture.window().findChild<widgets::TimelineWidget *>()->emptyText(),
             u"This run has no checkpoint yet."_s);
    fixture.session().close();
    QVERIFY(fixture.window().findChild<widgets::TimelineWidget *>()->emptyText().startsWith(u"Open a run"_s));
  }

  void aTrajectoryThatWaitsSaysForWhat() {
    test::WindowFixture fixture;
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future();
    Job *before = fixture.session().jobs().add(
        {u"Some long work"_s, u"auto"_s, JobPriority::Interactive, [ended](JobControl &) {
           ended.wait();
           return QString();
         }});
    QTRY_COMPARE_WITH_TIMEOUT(before->state(), JobState::Running, test::kPatienceMs);
    QVERIFY(fixture.openRun());
    const auto says = [&](const QString &part) {
      const auto labels = fixture.window().overview().pane(u"ed"_s)->findChildren<QLabel *>();
      return std::any_of(labels.begin(), labels.end(),
                         [&](const QLabel *label) { return label->text().contains(part); });
    };
    QTRY_VERIFY_WITH_TIMEOUT(says(u"waits for its turn"_s), test::kPatienceMs);
    QVERIFY(says(u"Some long work"_s));
    end.set_value();
    QTRY_VERIFY_WITH_TIMEOUT(!fixture.pane<widgets::TrajectoryPlot>(u"ed"_s)->isEmpty(), test::kPatienceMs);
  }

  void theCursorMovesThroughAllPanesByKeyboard() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *loss = fixture.pane<widgets::CurvePlot>(u"loss"_s);
    auto *llc = fixture.pane<widgets::CurvePlot>(u"llc"_s);
    auto *ed = fixture.pane<widgets::TrajectoryPlot>(u"ed"_s);
    const auto *timeline = fixture.window().findChild<widgets::TimelineWidget *>();
    QTRY_VERIFY_WITH_TIMEOUT(!ed->isEmpty(), test::kPatienceMs);
    const auto everywhere = [&](std::int64_t step) {
      return fixture.session().cursor() == step && loss->cursorStep() == step && llc->cursorStep() == step &&
             ed->cursorStep() == step && timeline->cursorStep() == step;
    };
    loss->setFocus();
    QTest::keyClick(&fixture.window(), Qt::Key_Home);
    QVERIFY(everywhere(0));
    QTest::keyClick(&fixture.window(), Qt::Key_Right);
    QVERIFY(everywhere(1));
    QTest::keyClick(&fixture.window(), Qt::Key_PageDown);
    QVERIFY(everywhere(8000));
    QTest::keyClick(&fixture.window(), Qt::Key_Left);
    QVERIFY(everywhere(7000));
    QTest::keyClick(&fixture.window(), Qt::Key_End);
    QVERIFY(everywhere(10000));
    QTest::keyClick(&fixture.window(), Qt::Key_Right); // stays inside
    QVERIFY(everywhere(10000));
  }

  void arrowKeysBelongToAListThatHasTheFocus() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *tree = fixture.window().findChild<QTreeWidget *>(u"browserTree"_s);
    tree->setFocus();
    const std::int64_t before = fixture.session().cursor();
    QTest::keyClick(tree, Qt::Key_Left);
    QTest::keyClick(tree, Qt::Key_Home);
    QCOMPARE(fixture.session().cursor(), before);
  }

  void oneAxisSwitchReachesEveryPaneAndCanBeTakenBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    const auto *timeline = fixture.window().findChild<widgets::TimelineWidget *>();
    auto *combo = fixture.window().findChild<QComboBox *>(u"axisKind"_s);
    fixture.trigger(u"view.axis-index"_s);
    QCOMPARE(timeline->timeAxis().kind(), widgets::TimeAxisKind::Index);
    QCOMPARE(combo->currentText(), u"checkpoint index"_s);
    QVERIFY(fixture.actions().action(u"view.axis-index"_s)->isChecked());
    QVERIFY(!fixture.actions().action(u"view.axis-log"_s)->isChecked());
    fixture.trigger(u"edit.undo"_s);
    QCOMPARE(timeline->timeAxis().kind(), widgets::TimeAxisKind::LogOnePlus);
    QCOMPARE(combo->currentIndex(), 0);
    fixture.trigger(u"edit.redo"_s);
    QCOMPARE(timeline->timeAxis().kind(), widgets::TimeAxisKind::Index);
  }

  void onlyLossesAreShownAtFirstAndTheEyeShowsTheRest() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *loss = fixture.pane<widgets::CurvePlot>(u"loss"_s);
    QCOMPARE(loss->hiddenSeries(), QStringList{u"metric:learning_rate"_s});
    auto *tree = fixture.window().findChild<QTreeWidget *>(u"browserTree"_s);
    const auto found = tree->findItems(u"learning_rate"_s, Qt::MatchExactly | Qt::MatchRecursive);
    QCOMPARE(found.size(), 1);
    tree->setCurrentItem(found.front());
    QTest::keyClick(tree, Qt::Key_Space);
    QVERIFY(loss->hiddenSeries().isEmpty());
    fixture.trigger(u"edit.undo"_s);
    QCOMPARE(loss->hiddenSeries(), QStringList{u"metric:learning_rate"_s});
  }

  void theBrowserFiltersByLettersInOrder() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *browser = fixture.window().findChild<BrowserDock *>();
    QVERIFY(browser->shownTexts().contains(u"loss"_s));
    fixture.trigger(u"edit.find"_s);
    auto *filter = browser->findChild<QLineEdit *>(u"browserFilter"_s);
    QTRY_VERIFY_WITH_TIMEOUT(filter->hasFocus(), test::kPatienceMs);
    QTest::keyClicks(filter, u"l0h1"_s);
    QCOMPARE(browser->shownTexts(), QStringList{u"L0.H1"_s});
  }

  void panesAndDocksHideAndComeBackByUndo() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *dock = fixture.window().findChild<QDockWidget *>(u"dock.inspector"_s);
    dock->close();
    QVERIFY(!dock->isVisible());
    fixture.trigger(u"view.pane-scree"_s);
    QVERIFY(!fixture.window().overview().pane(u"scree"_s)->isVisible());
    fixture.trigger(u"edit.undo"_s);
    QVERIFY(fixture.window().overview().pane(u"scree"_s)->isVisible());
    fixture.trigger(u"edit.undo"_s);
    QVERIFY(dock->isVisible());
  }

  void resetLayoutBringsEverythingBackAndCanBeTakenBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"view.pane-loss"_s);
    fixture.trigger(u"view.dock-browser"_s);
    fixture.trigger(u"view.axis-linear"_s);
    fixture.trigger(u"view.reset"_s);
    QVERIFY(fixture.window().overview().pane(u"loss"_s)->isVisible());
    QVERIFY(fixture.window().findChild<QDockWidget *>(u"dock.browser"_s)->isVisible());
    QCOMPARE(fixture.window().view().timeAxis(), TimeAxisKind::LogPlusOne);
    fixture.trigger(u"edit.undo"_s);
    QVERIFY(!fixture.window().overview().pane(u"loss"_s)->isVisible());
    QVERIFY(!fixture.window().findChild<QDockWidget *>(u"dock.browser"_s)->isVisible());
    QCOMPARE(fixture.window().view().timeAxis(), TimeAxisKind::Linear);
  }

  void aMovedSplitterIsTakenBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *rows = fixture.window().overview().findChild<QSplitter *>(u"splitter.rows"_s);
    const QList<int> before = rows->sizes();
    QSplitterHandle *handle = rows->handle(1);
    const QPoint middle = handle->rect().center();
    QTest::mousePress(handle, Qt::LeftButton, {}, middle);
    QTest::mouseMove(handle, middle + QPoint(0, 60));
    QTest::mouseRelease(handle, Qt::LeftButton, {}, middle + QPoint(0, 60));
    QVERIFY(rows->sizes() != before);
    fixture.trigger(u"edit.undo"_s);
    QCOMPARE(rows->sizes(), before);
    QVERIFY(!fixture.actions().action(u"edit.undo"_s)->isEnabled()); // one drag is one step
  }

  void everyTabGivesOnePaneAllTheRoomAndTakesItBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *tabs = fixture.window().findChild<QTabWidget *>(u"workspaceTabs"_s);
    for (int i = 0; i < tabs->count(); ++i) {
      tabs->setCurrentIndex(i);
      auto *page = qobject_cast<PanePage *>(tabs->widget(i));
      QVERIFY(page && !page->panes().empty());
      const PanePage::NamedPane last = page->panes().back();
      QCOMPARE(page->pane(last.id), last.pane);
      QCOMPARE(page->paneId(last.pane), last.id);
      for (const PanePage::NamedPane &named : page->panes()) {
        const auto shown = [page] {
          return std::count_if(page->panes().begin(), page->panes().end(),
                               [](const auto &other) { return other.pane->isVisible(); });
        };
        const auto before = shown();
        if (!named.pane->isVisible())
          continue; // in a tab of the page's own, or nothing to show yet
        page->toggleMaximised(named.pane);
        QVERIFY2(named.pane->isVisible() && shown() == 1, qPrintable(named.id));
        QCOMPARE(fixture.window().commands().focusedPane(), named.pane);
        page->toggleMaximised(named.pane);
        QCOMPARE(shown(), before);
      }
    }
  }

  void aLayoutFileArrangesAnotherWindow() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    QTemporaryDir folder;
    const QString file = folder.filePath(u"layout.json"_s);
    fixture.trigger(u"view.pane-ed"_s);
    fixture.trigger(u"view.axis-linear"_s);
    QCOMPARE(fixture.window().layoutState().save(file), QString());
    fixture.trigger(u"view.reset"_s);
    QCOMPARE(fixture.window().layoutState().load(file), QString());
    QVERIFY(!fixture.window().overview().pane(u"ed"_s)->isVisible());
    QCOMPARE(fixture.window().view().timeAxis(), TimeAxisKind::Linear);
    QFile(file).resize(10);
    const QString problem = fixture.window().layoutState().load(file);
    QVERIFY2(problem.contains(u"layout.json"_s) && problem.contains(u"byte"_s), qPrintable(problem));
  }

  void aLayoutThatNamesAnUnknownTimeAxisIsUsedAndTheNameIsTold() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"view.axis-linear"_s);
    QTemporaryDir folder;
    QFile file(folder.filePath(u"layout.json"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"evoluteLayout": 1, "timeAxis": "log", "hiddenPanes": ["scree"]})");
    file.close();
    QSignalSpy told(&fixture.window().commands(), &WindowCommands::reported);
    QCOMPARE(fixture.window().layoutState().load(file.fileName()), QString());
    QVERIFY(!fixture.window().overview().pane(u"scree"_s)->isVisible());
    QCOMPARE(fixture.window().view().timeAxis(), TimeAxisKind::LogPlusOne);
    QCOMPARE(fixture.window().findChild<QComboBox *>(u"axisKind"_s)->currentText(), u"log(1 + t)"_s);
    QCOMPARE(told.count(), 1);
    const QString sentence = told.front().front().toString();
    QVERIFY2(sentence.contains(u"timeAxis"_s) && sentence.contains(u"\"log\""_s), qPrintable(sentence));
  }

  void theInspectorSpeaksOfTheCursorAndTheChosenComponent() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *inspector = fixture.window().findChild<InspectorDock *>();
    fixture.trigger(u"time.last"_s);
    QCOMPARE(inspector->valueOf(u"step"_s), u"10,000"_s);
    QCOMPARE(inspector->valueOf(u"index"_s), u"14 of 14"_s);
    QCOMPARE(inspector->valueOf(u"llc"_s), QString());
    core::LlcRequest request;
    request.components = {"all", "L0.H1"};
    fixture.session().computeLlc(request);
    QTRY_COMPARE_WITH_TIMEOUT(inspector->valueOf(u"llc"_s), u"9.21 ± 0.10"_s,
                              test::kPatienceMs); // ln(10,001)
    QCOMPARE(inspector->valueOf(u"rhat"_s), u"1.01"_s);
    inspector->setComponent(u"L0.H1"_s);
    QCOMPARE(inspector->valueOf(u"component"_s), u"L0.H1"_s);
    fixture.trigger(u"time.first"_s);
    QCOMPARE(inspector->valueOf(u"llc"_s), u"0.00 ± 0.10"_s);
    const auto &curves = fixture.pane<widgets::CurvePlot>(u"llc"_s)->series();
    QCOMPARE(curves.size(), std::size_t(2));
    QCOMPARE(curves.front().id, u"llc:all"_s);
    QCOMPARE(curves.front().points.size(), std::size_t(14));
    QCOMPARE(curves.front().points.front().error, 0.1);
  }

  void theSessionComesBackWhereItWas() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"view.axis-linear"_s);
    fixture.trigger(u"view.pane-scree"_s);
    fixture.trigger(u"view.dock-inspector"_s);
    fixture.session().setCursor(2000);
    fixture.window().close();
    fixture.openWindow();
    QVERIFY(fixture.window().restoreSession());
    QTRY_COMPARE_WITH_TIMEOUT(fixture.session().phase(), RunSession::Phase::Open, test::kPatienceMs);
    QCOMPARE(fixture.session().summary().path, fixture.run().path());
    QCOMPARE(fixture.session().cursor(), std::int64_t(2000));
    QCOMPARE(fixture.window().view().timeAxis(), TimeAxisKind::Linear);
    QVERIFY(!fixture.window().overview().pane(u"scree"_s)->isVisible());
    QVERIFY(!fixture.window().findChild<QDockWidget *>(u"dock.inspector"_s)->isVisible());
    QVERIFY(fixture.window().findChild<QDockWidget *>(u"dock.browser"_s)->isVisible());
    QCOMPARE(fixture.window().store().recentRuns().front().path, fixture.run().path());
  }

  void aFreshStartRestoresNothing() {
    test::WindowFixture fixture;
    QVERIFY(!fixture.window().restoreSession());
    QVERIFY(fixture.window().findChild<widgets::EmptyState *>()->isVisible());
  }

  void theTableTogglesOnTheFocusedPane() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *loss = fixture.pane<widgets::CurvePlot>(u"loss"_s);
    loss->setFocus();
    QTest::keyClick(&fixture.window(), Qt::Key_T);
    QVERIFY(loss->isTableShown());
    QVERIFY(fixture.actions().action(u"view.table"_s)->isChecked());
    fixture.trigger(u"view.table"_s);
    QVERIFY(!loss->isTableShown());
  }

  void aMaximisedPaneIsAloneUntilItIsGivenBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.window().overview().pane(u"llc"_s)->setFocus();
    fixture.trigger(u"view.maximise"_s);
    for (const Overview::NamedPane &named : fixture.window().overview().panes())
      QCOMPARE(named.pane->isVisible(), named.id == u"llc"_s);
    fixture.trigger(u"view.maximise"_s);
    for (const Overview::NamedPane &named : fixture.window().overview().panes())
      QVERIFY(named.pane->isVisible());
  }

  void copyingGivesFigureAndData() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.pane<widgets::CurvePlot>(u"loss"_s)->setFocus();
    fixture.trigger(u"figure.copy-data"_s);
    QVERIFY(QApplication::clipboard()->text().contains(u"learning_rate"_s));
    fixture.trigger(u"figure.copy"_s);
    QVERIFY(QApplication::clipboard()->mimeData()->hasImage());
  }

  void leavingWhileJobsRunAsksFirst() {
    test::WindowFixture fixture;
    Numerics numerics = test::quickNumerics();
    numerics.computeLlcCurve = [](const core::Run &, const core::LlcRequest &, core::ResultStore &,
                                  const core::LlcCurveEvents &events) {
      while (events.progress({}) == core::Flow::Continue)
        QThread::msleep(2);
      core::LlcCurveOutcome outcome;
      outcome.stopped = true;
      return outcome;
    };
    fixture.openWindow(std::move(numerics));
    fixture.window().setUnattended(false);
    QVERIFY(fixture.openRun());
    fixture.session().computeLlc({});
    fixture.window().close();
    QVERIFY(fixture.window().isVisible());
    auto *question = fixture.window().findChild<QMessageBox *>(u"closeQuestion"_s);
    QVERIFY(question && question->isVisible());
    QVERIFY(question->informativeText().contains(u"Finished estimates are stored"_s));
    QTest::mouseClick(question->button(QMessageBox::Cancel), Qt::LeftButton);
    QVERIFY(fixture.window().isVisible());
    fixture.window().close();
    question = fixture.window().findChild<QMessageBox *>(u"closeQuestion"_s);
    for (QAbstractButton *button : question->buttons())
      if (question->buttonRole(button) == QMessageBox::AcceptRole)
        QTest::mouseClick(button, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(!fixture.window().isVisible(), test::kPatienceMs);
  }

  void openingDoesNotHoldUpTheWindow() {
    std::vector<std::int64_t> steps;
    for (int i = 0; i < 500; ++i)
      steps.push_back(100 * i);
    std::optional<test::WindowFixture> fixture;
    const auto opening = [&] {
      fixture->session().open(fixture->run().path());
      QTRY_VERIFY_WITH_TIMEOUT(fixture->session().isModelKnown() &&
                                   !fixture->window().overview().pane(u"ed"_s)->isEmpty(),
                               test::kPatienceMs);
    };
    const auto newWindow = [&] {
      fixture.emplace();
      fixture->run().writeCheckpoints(steps);
      QTest::qWait(50); // the window's own first frames are over
    };
    test::verifyNothingIsHeldUp(newWindow, opening);
  }
};

QTEST_MAIN(TestWindowRun)
#include "tst_window_run.moc"
