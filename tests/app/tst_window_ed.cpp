// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QComboBox>
#include <QDir>
#include <QImage>
#include <QJsonArray>
#include <QJsonObject>
#include <QSlider>
#include <QTabWidget>
#include <QUndoStack>

#include "app/window/ed_controls.h"
#include "app/window/ed_data.h"
#include "app/window/ed_page.h"
#include "app/window/ed_space_data.h"
#include "app/window/stage_commands.h"
#include "app/window/window_commands.h"
#include "app/window/window_layout.h"
#include "tests/app/window_fixture.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scatter_matrix.h"
#include "widgets/plots/trajectory_plot.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

/// An ellipse with a cusp-free path in three components: four vertices in its plane.
core::Trajectory ellipse(int points) {
  core::Trajectory path;
  path.points.resize(points, 3);
  for (int i = 0; i < points; ++i) {
    const double t = 2 * M_PI * i / points;
    path.steps.push_back(10 * i);
    path.points.row(i) << 3 * std::cos(t), 2 * std::sin(t), 0.1 * t;
  }
  path.explained.resize(3);
  path.explained << 0.6, 0.3, 0.1;
  return path;
}

EdView everything() {
  EdView view;
  view.circles = view.evolute = true;
  return view;
}

} // namespace

class TestWindowEd : public QObject {
  Q_OBJECT
private Q_SLOTS:
  // -- values --

  void aViewComesBackFromItsFile() {
    EdView view = everything();
    view.first = 1;
    view.second = 2;
    view.width = core::SmoothingWidth::LogTime;
    view.widthPercent = 3.5;
    view.byArcLength = view.beforePca = true;
    view.raw = view.forms = false;
    QCOMPARE(EdView::fromJson(view.toJson()), view);
    QCOMPARE(EdView::fromJson({}), EdView());
    QCOMPARE(EdView::fromJson({{u"plane"_s, QJsonArray{3, 1}}, {u"widthPercent"_s, 1e9}}), EdView());
  }

  void theSliderTakesEveryWidthBack() {
    for (int tick = 0; tick <= kWidthTicks; ++tick)
      QVERIFY(std::abs(tickFromPercent(percentFromTick(tick)) - tick) <= 1);
    QCOMPARE(percentFromTick(0), 0.0);
    QCOMPARE(percentFromTick(kWidthTicks), EdView::kMostPercent);
  }

  void everyWidthIsOneThatCoreTakes() {
    for (const auto width :
         {core::SmoothingWidth::Constant, core::SmoothingWidth::Ramp, core::SmoothingWidth::LogTime})
      for (const double percent : {0.0, 0.1, 10.0}) {
        EdView view;
        view.width = width;
        view.widthPercent = percent;
        const auto problems = view.geometry(14).problems();
        QVERIFY2(problems.empty(), problems.empty() ? "" : problems.front().c_str());
        QCOMPARE(view.geometry(14).smoothing.isOn(), percent > 0); // 0 is the path as it is, ramp or not
      }
  }

  void theFigureStatesTheWidth() {
    EdView view;
    view.widthPercent = 2;
    view.width = core::SmoothingWidth::LogTime;
    QCOMPARE(smoothingText(view.geometry(500).smoothing, 500),
             u"smoothed: Gaussian, σ = 10 checkpoints (2 %), even in log time"_s);
    view.widthPercent = 0;
    QVERIFY(smoothingText(view.geometry(500).smoothing, 500).isEmpty());
  }

  void anEllipseHasItsFourVerticesMarked() {
    const core::Trajectory path = ellipse(400);
    EdView view = everything();
    view.widthPercent = 0.5;
    view.forms = false;
    const core::TrajectoryGeometry geometry = core::computeGeometry(path, view.geometry(400));
    const auto marks = edMarks(geometry, view);
    QVERIFY(marks.size() >= 3 && marks.size() <= 4); // one of them may lie at the ends, which are left out
    for (const auto &mark : marks) {
      QVERIFY(std::abs(mark.x) < 0.2 || std::abs(mark.y) < 0.2);
      QVERIFY(mark.doubtful); // not ranked
      QVERIFY(mark.note.contains(u"not ranked"_s));
    }
    view.vertices = false;
    QVERIFY(edMarks(geometry, view).empty());
  }

  void overlaysAreThoseAskedFor() {
    const core::Trajectory path = ellipse(400);
    EdView view;
    view.widthPercent = 0.5;
    const core::TrajectoryGeometry geometry = core::computeGeometry(path, view.geometry(400));
    QVERIFY(edOverlays(path, geometry, view).circles.empty());
    QVERIFY(edOverlays(path, geometry, view).evoluteX.empty());
    QCOMPARE(edOverlays(path, geometry, view).rawX.size(), std::size_t(400));
    view.circles = view.evolute = true;
    view.raw = false;
    const auto over = edOverlays(path, geometry, view);
    QVERIFY(over.rawX.empty());
    QCOMPARE(over.circles.size(), std::size_t(400));
    // The evolute of an ellipse with half axes 3 and 2 reaches (a^2 - b^2) / a = 5/3 and (a^2 - b^2) / b =
    // 5/2.
    double right = 0, up = 0;
    for (std::size_t i = 0; i < over.evoluteX.size(); ++i)
      if (std::isfinite(over.evoluteX[i])) {
        right = std::max(right, over.evoluteX[i]);
        up = std::max(up, over.evoluteY[i]);
      }
    QVERIFY2(std::abs(right - 5.0 / 3) < 0.05 && std::abs(up - 2.5) < 0.05,
             qPrintable(u"%1 %2"_s.arg(right).arg(up)));
  }

  void theEvoluteBreaksWhereTheBendChangesSides() {
    core::Trajectory path = ellipse(400); // turned into an S: sin t over t
    for (int i = 0; i < 400; ++i) {
      const double t = 2 * M_PI * i / 400;
      path.points.row(i) << t, std::sin(t), 0;
    }
    EdView view = everything();
    view.widthPercent = 0;
    const auto geometry = core::computeGeometry(path, view.geometry(400));
    const auto over = edOverlays(path, geometry, view);
    for (std::size_t i = 1; i < over.evoluteX.size(); ++i) {
      const double jump =
          std::hypot(over.evoluteX[i] - over.evoluteX[i - 1], over.evoluteY[i] - over.evoluteY[i - 1]);
      QVERIFY2(!(jump > 5), qPrintable(QString::number(jump))); // no line from above the S to below it
    }
  }

  void spaceAndPlaneShowTheSame() {
    const core::Trajectory path = ellipse(400);
    EdView view = everything();
    view.widthPercent = 0.5;
    const auto geometry = core::computeGeometry(path, view.geometry(400));
    const auto space = edSpace(path, geometry.path, &geometry, view);
    const auto plane = edOverlays(path, geometry, view);
    QCOMPARE(space.points.size(), std::size_t(400));
    QCOMPARE(space.raw.size(), std::size_t(400));
    QCOMPARE(space.circles.size(), plane.circles.size());
    QCOMPARE(space.note, plane.note);
    QCOMPARE(space.marks.size(), edMarks(geometry, view).size());
    QCOMPARE(space.axisLabels[0], u"PC1 (60.0 %)"_s);
    core::Trajectory flat = path;
    flat.points.conservativeResize(400, 2);
    flat.explained.conservativeResize(2);
    QVERIFY(edSpace(flat, flat, nullptr, view).steps.empty());
  }

  // -- the window --

  void theShapeComesByItselfAndIsRankedAfterwards() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    QTRY_VERIFY_WITH_TIMEOUT(fixture.window().shape().isSettled() && fixture.window().shape().isRanked(),
                             test::kPatienceMs);
    QCOMPARE(fixture.window().shape().geometry()->walks, TrajectoryShape::kWalks);
    auto *ed = fixture.pane<widgets::TrajectoryPlot>(u"ed"_s);
    QCOMPARE(ed->trajectory().steps.size(), std::size_t(14));
    QVERIFY(ed->overlays().note.contains(u"(2 %)"_s));
  }

  void theSliderSmoothsAndOneDragIsOneStepBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *ed = fixture.pane<widgets::TrajectoryPlot>(u"ed"_s);
    auto *slider = ed->findChild<QSlider *>(u"edWidth"_s);
    QVERIFY(slider);
    QTRY_VERIFY_WITH_TIMEOUT(!ed->overlays().note.isEmpty(), test::kPatienceMs);
    const int before = slider->value();
    slider->setSliderDown(true);
    for (int tick = before; tick <= kWidthTicks; tick += 5)
      slider->setValue(tick);
    slider->setValue(kWidthTicks);
    slider->setSliderDown(false);
    QCOMPARE(fixture.window().undoStack().count(), 1);
    QTRY_VERIFY_WITH_TIMEOUT(ed->overlays().note.contains(u"(10 %)"_s), test::kPatienceMs);
    fixture.window().undoStack().undo();
    QCOMPARE(slider->value(), before);
    QTRY_VERIFY_WITH_TIMEOUT(ed->overlays().note.contains(u"(2 %)"_s), test::kPatienceMs);
    slider->setValue(0);
    QTRY_VERIFY_WITH_TIMEOUT(ed->overlays().note.isEmpty(), test::kPatienceMs);
    QVERIFY(ed->overlays().rawX.empty()); // it is the path
  }

  void planesAndOverlaysAreCommandsThatCanBeTakenBack() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    auto *ed = fixture.pane<widgets::TrajectoryPlot>(u"ed"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!fixture.session().trajectory().steps.empty() &&
                                 fixture.window().shape().isSettled(),
                             test::kPatienceMs);
    fixture.trigger(u"ed.plane-23"_s);
    QVERIFY2(ed->trajectory().xLabel.startsWith(u"PC2"_s) && ed->trajectory().yLabel.startsWith(u"PC3"_s),
             qPrintable(ed->trajectory().xLabel + ed->trajectory().yLabel));
    QCOMPARE(ed->findChild<QComboBox *>(u"edPlane"_s)->currentText(), u"PC2 × PC3"_s);
    fixture.trigger(u"ed.circles"_s);
    QCOMPARE(ed->overlays().circles.size(), std::size_t(14));
    QVERIFY(fixture.actions().action(u"ed.circles"_s)->isChecked());
    fixture.trigger(u"edit.undo"_s);
    QVERIFY(ed->overlays().circles.empty());
    fixture.trigger(u"edit.undo"_s);
    QVERIFY(ed->trajectory().xLabel.startsWith(u"PC1"_s));
  }

  void theChoicesOutliveTheWindow() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"ed.plane-13"_s);
    fixture.trigger(u"ed.width-log"_s);
    fixture.trigger(u"ed.evolute"_s);
    const EdView wanted = fixture.window().view().edView();
    fixture.window().close();
    fixture.closeWindow();
    fixture.openWindow();
    QVERIFY(fixture.window().restoreSession());
    QCOMPARE(fixture.window().view().edView(), wanted);
    QCOMPARE(EdView::fromJson(fixture.window().layoutState().current()[u"essentialDynamics"_s].toObject()),
             wanted);
  }

  void theTabShowsOneTimeCursorEverywhere() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    EdPage &page = fixture.window().edPage();
    fixture.trigger(u"compute.ed"_s);
    QVERIFY(page.isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(!page.space().isEmpty(), test::kPatienceMs);
    for (const EdPage::NamedPane &named : page.panes())
      QVERIFY2(!named.pane->isEmpty(), qPrintable(named.id));
    fixture.session().setCursor(3000);
    QCOMPARE(page.space().cursorStep(), std::optional<std::int64_t>(3000));
    QCOMPARE(static_cast<widgets::TrajectoryPlot *>(page.pane(u"ed.plane"_s))->cursorStep(),
             std::optional<std::int64_t>(3000));
    QCOMPARE(static_cast<widgets::CurvePlot *>(page.pane(u"ed.series"_s))->cursorStep(),
             std::optional<std::int64_t>(3000));
    page.space().setFocus();
    QTest::keyClick(&page.space(), Qt::Key_Right);
    QCOMPARE(fixture.session().cursor(), 4000);
  }

  void aDoubleClickInTheMatrixChoosesThePlane() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    EdPage &page = fixture.window().edPage();
    fixture.trigger(u"compute.ed"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!page.space().isEmpty(), test::kPatienceMs);
    Q_EMIT static_cast<widgets::ScatterMatrix *>(page.pane(u"ed.matrix"_s))->planeChosen(0, 2);
    QCOMPARE(fixture.window().view().edView().second, 2);
  }

  void oneOfTheFourCanHaveAllTheRoom() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    fixture.trigger(u"compute.ed"_s);
    EdPage &page = fixture.window().edPage();
    fixture.trigger(u"view.maximise"_s);
    QVERIFY(page.isMaximised() && page.space().isVisible() && !page.pane(u"ed.matrix"_s)->isVisible());
    fixture.trigger(u"view.maximise"_s);
    QVERIFY(!page.isMaximised() && page.pane(u"ed.matrix"_s)->isVisible());
  }

  void aFigureOfSpaceRemembersItsCamera() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    EdPage &page = fixture.window().edPage();
    QVERIFY(page.cameraState().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(fixture.actions().action(u"ed.look-13"_s)->isEnabled(), test::kPatienceMs);
    fixture.trigger(u"ed.look-13"_s);
    const widgets::Camera3d wanted = page.space().camera();
    const QJsonObject state = page.cameraState();
    QVERIFY(fixture.window().commands().recipe(u"ed.space"_s).contains(u"\"turn\""_s));
    page.space().fit();
    page.setCameraState({{u"turn"_s, u"nonsense"_s}});
    QVERIFY(!page.space().isViewEdited());
    page.setCameraState(state);
    QVERIFY((page.space().camera().turn - wanted.turn).length() < 1e-5F);
    QCOMPARE(page.space().camera().height, wanted.height);
  }

  void framesOfTheTrajectoryAreWritten() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    QTRY_VERIFY_WITH_TIMEOUT(fixture.window().commands().hasSpace(), test::kPatienceMs);
    QTemporaryDir folder;
    QSignalSpy told(&fixture.window().commands(), &WindowCommands::reported);
    fixture.window().commands().writeFilm(folder.filePath(u"frames"_s));
    QTRY_VERIFY_WITH_TIMEOUT(told.count() == 1, 30'000);
    const QDir frames(folder.filePath(u"frames"_s));
    QCOMPARE(frames.entryList(QDir::Files).size(), 14);
    QCOMPARE(QImage(frames.filePath(u"frame_00001.png"_s)).size(), QSize(1920, 1080));
  }

  void closingTheRunEmptiesThePanes() {
    test::WindowFixture fixture;
    QVERIFY(fixture.openRun());
    EdPage &page = fixture.window().edPage();
    QTRY_VERIFY_WITH_TIMEOUT(!page.space().isEmpty(), test::kPatienceMs);
    fixture.session().close();
    for (const EdPage::NamedPane &named : page.panes())
      QVERIFY2(named.pane->isEmpty(), qPrintable(named.id));
    QVERIFY(!fixture.window().shape().geometry());
  }

  void coloursTellTheStageInEveryView() {
    test::WindowFixture f;
    QVERIFY(f.openRun());
    f.window().commands().showTab(u"ed"_s);
    auto &page = f.window().edPage();
    auto *color = page.findChild<QComboBox *>(u"edColor"_s);
    QVERIFY(QTest::qWaitFor([&] { return page.space().trajectory().steps.size() == 14; }, test::kPatienceMs));
    QVERIFY(!color->isEnabled()); // no stages yet
    f.window().stageCommands().split(2000);
    QVERIFY(color->isEnabled());
    QVERIFY(!page.space().trajectory().showsStages());
    color->setCurrentIndex(1);
    Q_EMIT color->activated(1);
    QVERIFY(page.space().trajectory().showsStages());
    QCOMPARE(page.space().trajectory().stages.size(), std::size_t(2));
    QVERIFY(static_cast<widgets::TrajectoryPlot *>(page.pane(u"ed.plane"_s))->isColoredByStage());
    QVERIFY(f.pane<widgets::TrajectoryPlot>(u"ed"_s)->isColoredByStage());
    f.trigger(u"edit.undo"_s);
    QVERIFY(!page.space().trajectory().showsStages());
    QCOMPARE(color->currentIndex(), 0);
  }
};

QTEST_MAIN(TestWindowEd)
#include "tst_window_ed.moc"
