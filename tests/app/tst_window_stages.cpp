// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QTableView>
#include <QTreeWidget>
#include <QUndoStack>

#include "app/window/stage_commands.h"
#include "app/window/stage_table_model.h"
#include "app/window/stages_page.h"
#include "app/window/timeline_dock.h"
#include "app/window/window_commands.h"
#include "tests/app/window_fixture.h"
#include "tests/support/stage_curves.h"
#include "widgets/panels/banner.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/stacked_plot.h"
#include "widgets/plots/stage_lane.h"
#include "widgets/plots/timeline_widget.h"
#include "widgets/plots/trajectory_plot.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

/// A run whose log has a curve that turns once, where it is known.
class StagesFixture : public test::WindowFixture {
public:
  StagesFixture() {
    const core::CurvePoints points =
        stage_curves::noisy(stage_curves::turn(), stage_curves::checkpoints(60), 1, 1);
    std::string log;
    for (Eigen::Index i = 0; i < points.x.size(); ++i)
      log += "{\"step\": " + std::to_string(core::stepAt(points.x[i])) +
             ", \"loss\": " + std::to_string(points.y[i]) + "}\n";
    run().replaceLog(log);
  }
  StagesPage &page() { return window().stagesPage(); }
  StageCommands &stages() { return window().stageCommands(); }
  template <class T> T *find(const QString &name) { return window().findChild<T *>(name); }
  widgets::StageLane *lane() { return find<widgets::StageLane>(u"stageLane"_s); }
  const core::StageSet &set() { return *session().stages(); }
  bool suggest() {
    trigger(u"stages.suggest"_s);
    return page().isRunning() && QTest::qWaitFor([&] { return page().hasProposal(); }, test::kPatienceMs);
  }
  static std::int64_t turn() {
    return core::stepAt(stage_curves::milestonesOf(stage_curves::turn(), 0.25)[0]);
  }
};

} // namespace

class TestWindowStages : public QObject {
  Q_OBJECT
private Q_SLOTS:
  /// From the menu to stages on every plot, and back again by undo.
  void suggestingProposesAndAcceptingShowsStagesEverywhere() {
    StagesFixture f;
    QVERIFY(f.openRun());
    QVERIFY(f.suggest());
    QVERIFY(f.page().isVisible());
    QVERIFY(!f.session().stages()); // nothing is taken over by itself
    QCOMPARE(f.find<QComboBox>(u"stageSource"_s)->currentText(), u"loss"_s);
    QCOMPARE(f.page().plot()->panels().size(), std::size_t(2));
    QCOMPARE(f.page().plot()->panels()[1].levels, std::vector<double>{0});
    QVERIFY(f.page().plot()->evidence().size() >= 3); // slope, changes, what is proposed
    auto *list = f.find<QTreeWidget>(u"proposedEdges"_s);
    QCOMPARE(list->topLevelItemCount(), 1);
    QVERIFY2(list->topLevelItem(0)->text(2).contains(u"slope of loss"_s),
             qPrintable(list->topLevelItem(0)->text(2)));

    f.find<QPushButton>(u"acceptAll"_s)->click();
    QVERIFY(f.session().stages());
    QCOMPARE(f.set().stages.size(), std::size_t(2));
    QCOMPARE(f.set().stages[0].type, core::StageType::A);
    QCOMPARE(f.set().stages[1].type, core::StageType::B);
    QVERIFY(f.set().edges[0].low <= f.turn() && f.turn() <= f.set().edges[0].high);
    QCOMPARE(f.page().plot()->stages().size(), std::size_t(2));
    QCOMPARE(f.lane()->stages().size(), std::size_t(2));
    QVERIFY(f.lane()->isVisible());
    QVERIFY(f.pane<widgets::CurvePlot>(u"loss"_s)->summary().contains(u"2 stage"_s));
    QVERIFY(f.find<QDockWidget>(u"dock.timeline"_s)->isVisible());
    auto *model = f.find<QTableView>(u"stageTable"_s)->model();
    const auto probability = model->index(1, StageTableModel::Probability);
    QTRY_COMPARE_WITH_TIMEOUT(probability.data().toString(), u"1.00"_s, test::kPatienceMs);
    const auto screenshots = QDir(QCoreApplication::applicationDirPath());
    QVERIFY(f.window().grab().save(screenshots.filePath(u"workflow_stages.png"_s)));

    f.trigger(u"edit.undo"_s);
    QVERIFY(!f.session().stages());
    QVERIFY(!f.lane()->isVisible());
    f.trigger(u"edit.redo"_s);
    QCOMPARE(f.set().stages.size(), std::size_t(2));
    const auto restsOn = model->index(0, StageTableModel::RestsOn);
    QVERIFY2(restsOn.data().toString().startsWith(u"slope of loss"_s), qPrintable(restsOn.data().toString()));
    QVERIFY(model->setData(model->index(1, StageTableModel::From), u"300"_s, Qt::EditRole));
    QTRY_VERIFY(restsOn.data().toString().startsWith(u"moved by hand; first from slope of loss"_s));
  }

  /// The log is there first, estimates come later: who has chosen nothing gets the stages of λ̂.
  void lambdaHatIsTakenOverWhenItArrives() {
    StagesFixture f;
    QVERIFY(f.openRun());
    f.window().commands().showTab(u"stages"_s);
    QVERIFY(QTest::qWaitFor([&] { return f.page().hasProposal(); }, test::kPatienceMs));
    QCOMPARE(f.page().proposal()->curve, std::string("loss"));
    f.session().computeLlc({});
    QVERIFY(QTest::qWaitFor([&] { return f.page().proposal()->curve == "llc of all"; }, test::kPatienceMs));
    QVERIFY(f.find<QComboBox>(u"stageSource"_s)->currentText().startsWith(u"λ̂ of all"_s));
    QVERIFY(!f.session().stages()); // read, not accepted
  }

  void aChosenCurveStaysWhenLambdaHatArrives() {
    StagesFixture f;
    QVERIFY(f.openRun());
    QVERIFY(f.suggest()); // from the log, by the user's own wish
    f.session().computeLlc({});
    QVERIFY(QTest::qWaitFor([&] { return f.session().estimates().size() == 14; }, test::kPatienceMs));
    QVERIFY(!f.page().isRunning());
    QCOMPARE(f.page().proposal()->curve, std::string("loss"));
    QCOMPARE(f.find<QComboBox>(u"stageSource"_s)->currentText(), u"loss"_s);
  }

  void oneEdgeIsAcceptedAloneWithItsLabels() {
    StagesFixture f;
    QVERIFY(f.openRun());
    QVERIFY(f.suggest());
    auto *list = f.find<QTreeWidget>(u"proposedEdges"_s);
    QVERIFY(!f.find<QPushButton>(u"acceptEdge"_s)->isEnabled());
    list->setCurrentItem(list->topLevelItem(0));
    f.find<QPushButton>(u"acceptEdge"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(f.session().stages(), test::kPatienceMs);
    QCOMPARE(f.set().stages[0].type, core::StageType::A);
    QCOMPARE(f.set().stages[1].type, core::StageType::B);
    QVERIFY(!f.set().edges[0].isByHand && !f.set().edges[0].evidence.empty());
    QCOMPARE(f.window().undoStack().count(), 1);
    f.trigger(u"edit.undo"_s);
    QVERIFY(!f.session().stages());
  }

  void theLaneIsEditedByMouseAndEveryEditIsOneStep() {
    StagesFixture f;
    QVERIFY(f.openRun());
    f.session().setCursor(100);
    f.trigger(u"stages.add-edge"_s); // the first one makes two stages of the whole run
    QCOMPARE(f.set().edges.size(), std::size_t(1));
    QCOMPARE(f.set().last, std::int64_t(10'000));
    QTRY_VERIFY(f.lane()->width() > 200);
    const int y = f.lane()->height() / 2;
    const auto at = [&](std::int64_t step) { return QPoint(int(std::lround(f.lane()->pixelOf(step))), y); };

    QCOMPARE(f.lane()->edgeAt(at(100).x()), 0);
    QTest::mousePress(f.lane(), Qt::LeftButton, {}, at(100));
    QTest::mouseMove(f.lane(), at(500));
    QTest::mouseMove(f.lane(), at(1000));
    QCOMPARE(f.set().edges[0].step, std::int64_t(100)); // not before it is let go
    QTest::mouseRelease(f.lane(), Qt::LeftButton, {}, at(1000));
    const std::int64_t moved = f.set().edges[0].step;
    QVERIFY2(std::abs(double(moved) - 1000) < 40, qPrintable(QString::number(moved)));
    QVERIFY(f.set().edges[0].isByHand);

    QTest::mouseDClick(f.lane(), Qt::LeftButton, {}, at(20));
    QCOMPARE(f.set().edges.size(), std::size_t(2));
    QVERIFY(std::abs(f.set().edges[0].step - 20) <= 1);

    // An edge cannot be drawn over its neighbour.
    QTest::mousePress(f.lane(), Qt::LeftButton, {}, at(moved));
    QTest::mouseMove(f.lane(), at(500));
    QTest::mouseMove(f.lane(), QPoint(0, y));
    QTest::mouseRelease(f.lane(), Qt::LeftButton, {}, QPoint(0, y));
    QCOMPARE(f.set().edges[1].step, f.set().edges[0].step + 1);
    QCOMPARE(f.window().undoStack().count(), 4);
    for (int i = 0; i < 4; ++i)
      f.trigger(u"edit.undo"_s);
    QVERIFY(!f.session().stages());
  }

  void theMenuOfAStageDoesWhatItSays() {
    StagesFixture f;
    QVERIFY(f.openRun());
    for (const std::int64_t step : {10, 1000})
      f.stages().split(step);
    const auto choose = [&](const QString &text) {
      f.stages().showMenu(1, 50, f.window().mapToGlobal(QPoint(20, 20)));
      auto *menu = f.find<QMenu>(u"stageMenu"_s);
      QVERIFY(menu);
      for (QMenu *part : {menu, menu->findChild<QMenu *>()})
        for (QAction *action : part->actions())
          if (action->text().remove(u'&').startsWith(text)) {
            QVERIFY(action->isEnabled());
            action->trigger();
            menu->close();
            return;
          }
      QFAIL(qPrintable(text));
    };
    choose(u"B: the curve falls"_s);
    QCOMPARE(f.set().stages[1].type, core::StageType::B);
    choose(u"Rename"_s);
    auto *dialog = f.find<QInputDialog>(u"stageText"_s);
    QVERIFY(dialog);
    dialog->setTextValue(u" heads_form "_s);
    dialog->accept();
    QCOMPARE(f.set().stages[1].name, std::string("heads_form"));
    // A name is no markup, and stands in the lane.
    QCOMPARE(f.lane()->stages()[1].name, u"heads\\_form"_s);
    choose(u"Add edge at step 50"_s);
    QCOMPARE(f.set().edges[1].step, std::int64_t(50));
    choose(u"Merge"_s);
    QCOMPARE(f.set().edges.size(), std::size_t(2));
    choose(u"Delete"_s);
    QCOMPARE(f.set().edges.size(), std::size_t(1));
    QCOMPARE(f.set().edges[0].step, std::int64_t(1000));
    QVERIFY(f.set().stages[0].name.empty()); // its steps went to the one before it
  }

  void theCursorJumpsFromEdgeToEdge() {
    StagesFixture f;
    QVERIFY(f.openRun());
    for (const std::int64_t step : {90, 4200})
      f.stages().split(step);
    f.session().setCursor(0);
    std::vector<std::int64_t> seen;
    for (int i = 0; i < 4; ++i) {
      f.trigger(u"stages.next-edge"_s);
      seen.push_back(f.session().cursor());
    }
    QCOMPARE(seen, (std::vector<std::int64_t>{100, 4000, 10'000, 10'000}));
    f.trigger(u"stages.previous-edge"_s);
    QCOMPARE(f.session().cursor(), std::int64_t(4000));
    f.trigger(u"stages.previous-edge"_s);
    f.trigger(u"stages.previous-edge"_s);
    QCOMPARE(f.session().cursor(), std::int64_t(0));
  }

  void theTableIsEdited() {
    StagesFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"stages.add-edge"_s); // at the end of the run there is no room
    QVERIFY(!f.session().stages());
    f.stages().split(100);
    auto *model = f.find<QTableView>(u"stageTable"_s)->model();
    QAbstractItemModelTester tester(model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const auto put = [&](int row, int column, const QString &text) {
      return model->setData(model->index(row, column), text, Qt::EditRole);
    };
    QVERIFY(put(0, StageTableModel::Name, u"bigrams"_s));
    QTRY_COMPARE(f.set().stages[0].name, std::string("bigrams"));
    QVERIFY(put(1, StageTableModel::Label, u"a"_s));
    QTRY_COMPARE(f.set().stages[1].type, core::StageType::A);
    QVERIFY(!put(1, StageTableModel::Label, u"C"_s));
    QVERIFY(put(1, StageTableModel::From, u"2,000"_s));
    QTRY_COMPARE(f.set().edges[0].step, std::int64_t(2000));
    QVERIFY(!put(0, StageTableModel::To, u"soon"_s));
    QVERIFY(put(0, StageTableModel::To, u"99999"_s)); // outside: refused by the stages
    QVERIFY(put(0, StageTableModel::Note, u"see figure 2"_s));
    QTRY_COMPARE(f.set().stages[0].note, std::string("see figure 2"));
    QCOMPARE(f.set().edges[0].step, std::int64_t(2000));
    QVERIFY(!(model->flags(model->index(0, StageTableModel::From)) & Qt::ItemIsEditable));
    QVERIFY(!(model->flags(model->index(1, StageTableModel::To)) & Qt::ItemIsEditable));
  }

  void labelsFollowTheCurveWhenAskedTo() {
    StagesFixture f;
    QVERIFY(f.openRun());
    QVERIFY(f.suggest());
    f.stages().split(f.turn());
    QCOMPARE(f.set().stages[0].type, core::StageType::Other);
    auto *model = f.find<QTableView>(u"stageTable"_s)->model();
    const auto label = [&] { return model->index(0, StageTableModel::Label).data().toString(); };
    QTRY_VERIFY_WITH_TIMEOUT(label().contains(u"curve: A"_s), test::kPatienceMs); // told, not changed
    f.trigger(u"stages.label"_s);
    QTRY_COMPARE_WITH_TIMEOUT(f.set().stages[0].type, core::StageType::A, test::kPatienceMs);
    QCOMPARE(f.set().stages[1].type, core::StageType::B);
    f.trigger(u"edit.undo"_s);
    QCOMPARE(f.set().stages[0].type, core::StageType::Other);
  }

  void stagesAndColoursComeBackWithTheSession() {
    StagesFixture f;
    QVERIFY(f.openRun());
    f.stages().split(100);
    f.stages().setName(1, u"late"_s);
    f.trigger(u"stages.color-path"_s);
    QVERIFY(f.pane<widgets::TrajectoryPlot>(u"ed"_s)->isColoredByStage());
    const core::StageSet kept = f.set();
    f.window().close();
    f.openWindow();
    QVERIFY(f.window().restoreSession());
    QTRY_VERIFY_WITH_TIMEOUT(f.session().stages(), test::kPatienceMs);
    QCOMPARE(f.set(), kept);
    QTRY_COMPARE(f.lane()->stages().size(), std::size_t(2));
    QVERIFY(f.pane<widgets::TrajectoryPlot>(u"ed"_s)->isColoredByStage());
    QVERIFY(f.actions().action(u"stages.color-path"_s)->isChecked());
  }

  void aFileOfStagesIsExportedDroppedAndRefusedInOneSentence() {
    StagesFixture f;
    QVERIFY(f.openRun());
    f.stages().split(100);
    const core::StageSet kept = f.set();
    const QString file = f.run().path() + u"/mine.toml"_s;
    f.stages().exportTo(file);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file), test::kPatienceMs);
    f.trigger(u"stages.clear"_s);
    QVERIFY(!f.session().stages());
    f.window().commands().openPaths({file}); // what a drop on the window does
    QTRY_VERIFY_WITH_TIMEOUT(f.session().stages(), test::kPatienceMs);
    QCOMPARE(f.set(), kept);
    f.trigger(u"edit.undo"_s);
    QVERIFY(!f.session().stages());

    QFile broken(file);
    QVERIFY(broken.open(QIODevice::WriteOnly | QIODevice::Truncate) &&
            broken.write("first = 0\nlast = true\n") > 0);
    broken.close();
    f.window().commands().openPaths({file});
    auto *banner = f.find<widgets::Banner>(u"banner"_s);
    QTRY_VERIFY_WITH_TIMEOUT(banner->text().contains(u"line 2"_s), test::kPatienceMs);
    QVERIFY(!f.session().stages());
    f.session().close();
    f.window().commands().openPaths({file});
    QVERIFY2(banner->text().contains(u"open a run first"_s), qPrintable(banner->text()));
  }

  void anotherRunsStagesStandAboveTheOwn() {
    StagesFixture f;
    test::SyntheticRun other;
    other.writeCheckpoints({0, 10'000});
    core::StageSet theirs = core::wholeRun(0, 10'000);
    QVERIFY(core::split(theirs, 199) && core::split(theirs, 5000));
    core::ResultStore(other.folder()).putStageSet(theirs);
    QVERIFY(f.openRun());
    f.stages().split(99);
    f.stages().compareWith(other.path());
    QTRY_VERIFY_WITH_TIMEOUT(f.session().comparedStages(), test::kPatienceMs);
    auto *lane = f.find<widgets::StageLane>(u"comparedLane"_s);
    QVERIFY(lane->isVisible());
    QCOMPARE(lane->stages().size(), std::size_t(3));
    QVERIFY(lane->y() < f.lane()->y());
    QCOMPARE(lane->edgeAt(lane->pixelOf(199)), -1); // not to be moved
    auto *table = f.find<QTreeWidget>(u"comparedEdges"_s);
    QCOMPARE(table->topLevelItemCount(), 2);
    QCOMPARE(table->topLevelItem(0)->text(2), u"× 2"_s); // 200 / 100
    QCOMPARE(table->topLevelItem(1)->text(0), u"–"_s);
    f.trigger(u"stages.compare-end"_s);
    QVERIFY(!lane->isVisible());
    f.stages().compareWith(f.run().path() + u"/nowhere"_s);
    QTRY_VERIFY_WITH_TIMEOUT(f.find<widgets::Banner>(u"banner"_s)->text().contains(u"nowhere"_s),
                             test::kPatienceMs);
  }
};

QTEST_MAIN(TestWindowStages)
#include "tst_window_stages.moc"
