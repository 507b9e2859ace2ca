// SPDX-License-Identifier: GPL-3.0-or-later
#include <optional>

#include <QComboBox>
#include <QDir>
#include <QDockWidget>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>

#include "app/window/calibrate_page.h"
#include "app/window/compute_llc_dialog.h"
#include "app/window/window_commands.h"
#include "tests/app/window_fixture.h"
#include "tests/support/fake_calibration.h"
#include "tests/support/gui_watchdog.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

/// A window whose calibration is steered from here.
class CalibrateFixture : public test::WindowFixture {
public:
  CalibrateFixture() {
    Numerics numerics = test::quickNumerics();
    test::FakeCalibration::addTo(numerics, fake);
    openWindow(numerics);
  }
  CalibratePage &page() { return window().calibratePage(); }
  template <class T> T *find(const QString &name) { return page().findChild<T *>(name); }
  widgets::TraceGrid *grid() { return find<widgets::TraceGrid>(u"pane.calibrate.cells"_s); }
  widgets::LinePlot *plot(const QString &id) { return find<widgets::LinePlot>(u"pane.calibrate."_s + id); }
  bool hasPlan() {
    return QTest::qWaitFor([&] { return find<QPushButton>(u"startCalibration"_s)->isEnabled(); },
                           test::kPatienceMs);
  }
  bool runToTheEnd() {
    find<QPushButton>(u"startCalibration"_s)->click();
    return page().isRunning() && QTest::qWaitFor([&] { return !page().isRunning(); }, test::kPatienceMs);
  }
  QString problemAt(const QString &field) {
    const auto *label = find<QLabel>(u"problem."_s + field);
    return label && !label->isHidden() ? label->text() : QString();
  }

  std::shared_ptr<test::FakeCalibration> fake = std::make_shared<test::FakeCalibration>();
};

} // namespace

class TestWindowCalibrate : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theCommandOpensTheTabAndFillsTheGridWithItsCost() {
    CalibrateFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.page().isVisible());
    QVERIFY(f.hasPlan());
    QCOMPARE(f.find<QLineEdit>(u"field.stepSizes"_s)->text(), u"1e-4, 3e-4, 1e-3, 3e-3"_s);
    QCOMPARE(f.find<QLineEdit>(u"field.steps"_s)->text(), u"10, 1000, 10000"_s);
    // 24 cells and twice the 3 checkpoints for the check at half the step, 12 s each
    const QString cost = f.find<QLabel>(u"calibrationCost"_s)->text();
    QVERIFY2(cost.contains(u"24 cell"_s) && cost.contains(u"6 min"_s), qPrintable(cost));
    QVERIFY(f.grid()->isEmpty());
    QVERIFY(!f.window().findChild<QDockWidget *>(u"dock.inspector"_s)->isVisible());
    while (f.page().isVisible() || !f.window().overview().isVisible())
      f.trigger(u"view.next-tab"_s);
    QVERIFY(f.window().findChild<QDockWidget *>(u"dock.inspector"_s)->isVisible());
  }

  void whatIsWrongStandsBesideItsField_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    QTest::newRow("no number") << u"stepSizes"_s << u"1e-4, abc"_s << u"abc"_s;
    QTest::newRow("negative") << u"localizations"_s << u"-3"_s << u"above 0"_s;
    QTest::newRow("nothing") << u"inverseTemperatures"_s << u" "_s << u"at least one"_s;
    QTest::newRow("no such checkpoint") << u"steps"_s << u"10, 1100"_s << u"nearest is 1000"_s;
  }
  void whatIsWrongStandsBesideItsField() {
    QFETCH(QString, field);
    QFETCH(QString, text);
    QFETCH(QString, expected);
    CalibrateFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.hasPlan());
    f.find<QLineEdit>(u"field."_s + field)->setText(text);
    QVERIFY2(f.problemAt(field).contains(expected), qPrintable(f.problemAt(field)));
    QVERIFY(!f.find<QPushButton>(u"startCalibration"_s)->isEnabled());
  }

  void aLargeStepIsWarnedOfButAllowed() {
    CalibrateFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.hasPlan());
    f.find<QLineEdit>(u"field.stepSizes"_s)->setText(u"1e-4, 0.05"_s);
    QVERIFY(f.problemAt(u"stepSizes"_s).contains(u"0.05"_s));
    QVERIFY(f.find<QPushButton>(u"startCalibration"_s)->isEnabled());
    const QString cost = f.find<QLabel>(u"calibrationCost"_s)->text();
    QVERIFY2(cost.contains(u"12 cell"_s), qPrintable(cost));
  }

  /// From the menu to the preset in the list of Compute LLC.
  void calibratingEndsInAPresetThatComputeLlcOffers() {
    std::optional<CalibrateFixture> fixture;
    const auto plan = [&] {
      fixture.emplace();
      QVERIFY(fixture->openRun());
      fixture->trigger(u"compute.calibrate"_s);
      QVERIFY(fixture->hasPlan());
    };
    test::verifyNothingIsHeldUp(plan, [&] { QVERIFY(fixture->runToTheEnd()); });
    QVERIFY(!QTest::currentTestFailed());
    CalibrateFixture &f = *fixture;
    QCOMPARE(f.grid()->panels().size(), std::size_t(8));
    // The recommended one comes first, is marked and chosen; what ran off stands last and has lost no other.
    QVERIFY(f.grid()->panels().front().marked);
    QCOMPARE(f.grid()->current(), 0);
    QCOMPARE(f.grid()->panels().front().rows.front().word, u"ok"_s);
    QCOMPARE(f.grid()->panels().back().rows.front().word, u"diverged"_s);
    QCOMPARE(f.find<QLabel>(u"calibrationReason"_s)->text(),
             u"healthy at every checkpoint, and its neighbours agree"_s);
    QVERIFY(f.find<QLabel>(u"calibrationComparable"_s)->text().contains(u"nβ = 50"_s));

    // The details of the late checkpoint are there, and those of another cell after a key.
    QTRY_COMPARE_WITH_TIMEOUT(f.plot(u"chains"_s)->data().series.size(), std::size_t(3), test::kPatienceMs);
    const double level = *f.plot(u"running"_s)->data().valueMark;
    QCOMPARE(f.plot(u"sweep"_s)->data().series.size(), std::size_t(3));
    QCOMPARE(f.plot(u"sweep"_s)->data().series.front().points.size(), std::size_t(4));
    const auto screenshots = QDir(QCoreApplication::applicationDirPath());
    QVERIFY(f.window().grab().save(screenshots.filePath(u"workflow_calibrate.png"_s)));
    f.grid()->canvas()->setFocus();
    const std::int64_t cursor = f.session().cursor();
    QTest::keyClick(f.grid()->canvas(), Qt::Key_End);
    QCOMPARE(f.grid()->current(), 7);
    QCOMPARE(f.session().cursor(), cursor); // the key was the grid's
    QTRY_VERIFY_WITH_TIMEOUT(*f.plot(u"running"_s)->data().valueMark != level, test::kPatienceMs);
    QVERIFY(f.find<QLabel>(u"evidence"_s)->text().contains(u"ran off"_s));
    QTest::keyClick(f.grid()->canvas(), Qt::Key_Home);

    f.find<QLineEdit>(u"presetName"_s)->setText(u"careful"_s);
    f.find<QPushButton>(u"useSettings"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(f.problemAt(u"presetName"_s).contains(u"careful"_s), test::kPatienceMs);
    QTRY_COMPARE_WITH_TIMEOUT(f.session().presets().back().name, std::string("careful"), test::kPatienceMs);
    f.trigger(u"compute.llc"_s);
    auto *dialog = f.window().findChild<ComputeLlcDialog *>();
    auto *preset = dialog->findChild<QComboBox *>(u"field.preset"_s);
    preset->setCurrentText(u"careful"_s);
    Q_EMIT preset->activated(preset->currentIndex());
    QCOMPARE(dialog->request().settings.inverseTemperature, 50.0);
    QCOMPARE(preset->currentText(), u"careful"_s);
    dialog->reject();
  }

  void cancelKeepsWhatIsThere() {
    CalibrateFixture f;
    f.fake->microsecondsPerStep = 5000;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.hasPlan());
    f.find<QPushButton>(u"startCalibration"_s)->click();
    QVERIFY(!f.find<QPushButton>(u"startCalibration"_s)->isEnabled());
    QTRY_VERIFY_WITH_TIMEOUT(f.page().state().cells.size() >= 2, test::kPatienceMs);
    f.find<QPushButton>(u"cancelCalibration"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(!f.page().isRunning(), test::kPatienceMs);
    const std::size_t kept = f.page().state().cells.size();
    QVERIFY(kept >= 2 && kept < 24);
    QVERIFY(f.find<QLabel>(u"calibrationReason"_s)->text().contains(u"kept"_s));
    f.fake->microsecondsPerStep = 0;
    QVERIFY(f.runToTheEnd());
    QCOMPARE(f.fake->cellsComputed.load(), 24);
    QCOMPARE(f.page().state().cells.size(), std::size_t(24));
  }

  void figureCommandsTakeThePaneOfTheTabInFront() {
    CalibrateFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.hasPlan());
    QVERIFY(!f.actions().action(u"figure.export"_s)->isEnabled()); // nothing is drawn yet
    QVERIFY(f.runToTheEnd());
    f.actions().refresh();
    QCOMPARE(f.window().commands().focusedPane(), static_cast<widgets::PlotPane *>(f.grid()));
    QVERIFY(f.actions().action(u"figure.export"_s)->isEnabled());
    f.trigger(u"view.table"_s);
    QVERIFY(f.grid()->isTableShown());
    const QString csv = f.grid()->tableText();
    QCOMPARE(csv.count(u'\n'), 25);
    QVERIFY(csv.startsWith(u"epsilon,gamma,nbeta,step,llc,se"_s));
    QVERIFY(csv.contains(u"diverged"_s));
  }

  void anotherRunBeginsAnew() {
    CalibrateFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"compute.calibrate"_s);
    QVERIFY(f.hasPlan());
    QVERIFY(f.runToTheEnd());
    f.session().close();
    QVERIFY(f.grid()->isEmpty());
    QVERIFY(f.openRun());
    QVERIFY(!f.page().isVisible()); // at the overview
    QVERIFY(f.page().state().cells.empty());
  }
};

QTEST_MAIN(TestWindowCalibrate)
#include "tst_window_calibrate.moc"
