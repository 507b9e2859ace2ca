// SPDX-License-Identifier: GPL-3.0-or-later
// What needs no OpenGL: the platform "offscreen" has none, so the scene is drawn as lines.
#include <cmath>
#include <limits>

#include <QPainter>
#include <QSignalSpy>
#include <QTest>

#include "tests/widgets/space_path.h"
#include "widgets/figure/figure_export.h"
#include "widgets/plots/plot_style.h"
#include "widgets/three_d/paint3d.h"
#include "widgets/three_d/shaded_scene.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace evolute;
using namespace evolute::widgets;
using namespace Qt::StringLiterals;

class TestTrajectoryView3d : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    view = std::make_unique<TrajectoryView3d>();
    view->resize(700, 500);
    view->setTrajectory(test::helix());
    view->show();
    QVERIFY(QTest::qWaitForWindowExposed(view.get()));
    area = view->findChild<QWidget *>(u"plotCanvas"_s);
  }
  void cleanup() { view.reset(); }

  void withoutOpenGlASentenceSaysSo() {
    QVERIFY(!view->isShaded());
    QVERIFY(view->canvas() == nullptr);
    QVERIFY(openGlProblem().startsWith(u"No OpenGL"_s) && openGlProblem().contains(u"offscreen"_s));
    QVERIFY(ShadedRenderer().render({50, 50}).isNull());
  }

  void theSceneHasWhatIsAskedFor() {
    QCOMPARE(view->bodies().lines.size(), std::size_t(3 + 1)); // axes and path
    QVERIFY(view->cursorBodies().balls.empty());
    view->setCursorStep(500);
    QCOMPARE(view->cursorBodies().lines.size(), std::size_t(1)); // the tail
    QCOMPARE(view->cursorBodies().balls.size(), std::size_t(1));
    QCOMPARE(view->cursorBodies().balls.front().at, test::helix().points[50]);
    Trajectory3dData data = test::helix();
    data.circlesDrawn = data.evolute = true;
    data.raw = data.points;
    view->setTrajectory(data);
    // Eleven circles, the evolute (straight up the middle), the path before smoothing.
    QCOMPARE(view->bodies().lines.size(), std::size_t(3 + 1 + 11 + 1 + 1));
    QCOMPARE(view->cursorBodies().lines.size(), std::size_t(2)); // and the circle there
  }

  void circlesTouchThePathInTheirPlane() {
    Trajectory3dData data = test::helix();
    data.circlesDrawn = true;
    data.circleEvery = 1000; // that of the first point alone
    view->setTrajectory(data);
    const Line3d &circle = view->bodies().lines[3];
    float nearest = 1e9F;
    for (const QVector3D &p : circle.points) {
      QCOMPARE(p.z(), data.points[0].z());
      nearest = std::min(nearest, p.distanceToPoint(data.points[0]));
      QVERIFY(std::abs(std::hypot(p.x(), p.y()) - 2) < 1e-5F);
    }
    QVERIFY(nearest < 1e-5F);
  }

  void aLineBreaksWhereItHasNoValue() {
    Trajectory3dData data = test::helix();
    data.points[50].setX(std::numeric_limits<float>::quiet_NaN());
    data.points[20] = data.points[19]; // a tube has no direction there
    view->setTrajectory(data);
    QCOMPARE(view->bodies().lines.size(), std::size_t(3 + 2));
    QCOMPARE(view->bodies().lines[3].points.size(), std::size_t(49));
  }

  void stagesColourThePath() {
    Trajectory3dData data = test::helix();
    const auto colors = [this] { return view->bodies().lines[3].colors; };
    view->setTrajectory(data);
    const std::vector<QColor> byStep = colors();
    QVERIFY(byStep.front() != byStep[1]);
    data.byStage = true;
    view->setTrajectory(data);
    QVERIFY(colors() == byStep); // there are no stages to tell
    const std::int64_t edge = data.steps[10];
    data.stages = {{0, edge, u"A1"_s, StageKind::Rising},
                   {edge, data.steps.back(), u"B1"_s, StageKind::Falling}};
    view->setTrajectory(data);
    QCOMPARE(colors()[9], colors()[0]);
    QVERIFY(colors()[10] != colors()[9]); // the later stage at the edge
    QCOMPARE(colors().back(), colors()[10]);
    data.byStage = false;
    view->setTrajectory(data);
    QVERIFY(colors() == byStep);
  }

  void aClickMovesTheTimeCursor() {
    QSignalSpy moved(view.get(), &TrajectoryView3d::cursorMoved);
    const QPoint at = view->camera().toPixel(test::helix().points[30], area->size()).toPoint();
    QTest::mouseClick(area, Qt::LeftButton, {}, at);
    QCOMPARE(moved.count(), 1);
    QVERIFY(std::abs(moved[0][0].toLongLong() - 300) <= 10); // a pixel is about as far as two points
    QCOMPARE(view->cursorStep(), moved[0][0].toLongLong());
  }

  void theCursorIsMarkedAtAnEndWhoseSignHidesTheBall() {
    const auto outlineAt = [this](std::int64_t cursor, std::size_t point) {
      view->setCursorStep(cursor);
      const QPointF at = view->camera().toPixel(test::helix().points[point], area->size());
      const QPointF onIt = at - QPointF(1.1 * look().markerSize, 0); // left of the start's circle
      return area->grab().toImage().pixelColor(onIt.toPoint());
    };
    const QColor cursor = look().cursor;
    const auto isCursor = [&](const QColor &c) {
      return std::abs(c.red() - cursor.red()) + std::abs(c.green() - cursor.green()) +
                 std::abs(c.blue() - cursor.blue()) <
             120;
    };
    QVERIFY(!isCursor(outlineAt(500, 0)));
    QVERIFY(isCursor(outlineAt(0, 0)));
  }

  void theScaleOfColoursTellsWhereTheCursorIs() {
    // Of all in the cursor's colour the wedge lies farthest right.
    const auto heightOfWedge = [this](std::int64_t step) {
      view->setCursorStep(step);
      const QImage picture = area->grab().toImage();
      for (int x = picture.width() - 1; x > picture.width() / 2; --x)
        for (int y = 0; y < picture.height(); ++y)
          if (picture.pixelColor(x, y) == look().cursor)
            return y;
      return -1;
    };
    view->setTimeAxis(TimeAxis(TimeAxisKind::Linear, test::helix().steps));
    const int first = heightOfWedge(0), middle = heightOfWedge(500), last = heightOfWedge(1000);
    QVERIFY(last > 0 && middle > last && first > middle);
    QVERIFY(std::abs(first - 2 * middle + last) <= 2); // halfway is halfway
  }

  void whereThePathCrossesItselfTheNearerPartIsMeant() {
    view->lookAtPlane(0, 1); // the helix' ends lie over one another
    const QPointF at = view->camera().toPixel(test::helix().points[0], area->size());
    QCOMPARE(view->pointNear(at, 5), std::optional<std::size_t>(100));
  }

  void dragsTurnAndMoveAndDoNotClick() {
    QSignalSpy moved(view.get(), &TrajectoryView3d::cursorMoved);
    const Camera3d before = view->camera();
    QTest::mousePress(area, Qt::LeftButton, {}, {300, 200});
    QTest::mouseMove(area, {360, 230});
    QTest::mouseRelease(area, Qt::LeftButton, {}, {360, 230});
    const Camera3d turned = view->camera();
    QVERIFY(turned.turn != before.turn && turned.centre == before.centre && turned.height == before.height);
    QTest::mousePress(area, Qt::MiddleButton, {}, {300, 200});
    QTest::mouseMove(area, {340, 200});
    QTest::mouseRelease(area, Qt::MiddleButton, {}, {340, 200});
    QVERIFY(view->camera().turn == turned.turn && view->camera().centre != turned.centre);
    QCOMPARE(moved.count(), 0);
    QTest::keyClick(view.get(), Qt::Key_Return);
    QCOMPARE(view->camera(), before);
  }

  void keysLookAtThePlanes() {
    for (const auto &[key, right, up] :
         {std::tuple(Qt::Key_1, 0, 1), std::tuple(Qt::Key_3, 0, 2), std::tuple(Qt::Key_7, 1, 2)}) {
      QTest::keyClick(view.get(), key);
      QCOMPARE(view->camera().turn, Camera3d::alongPlane(right, up));
    }
  }

  void arrowKeysStepAlongThePath() {
    view->setCursorStep(500);
    QTest::keyClick(view.get(), Qt::Key_Right);
    QCOMPARE(view->cursorStep(), std::optional<std::int64_t>(510));
    view->setCursorStep(0);
    QTest::keyClick(view.get(), Qt::Key_Left);
    QCOMPARE(view->cursorStep(), std::optional<std::int64_t>(0));
  }

  void theViewFollowsTheSizeUntilItIsTheUsers() {
    const float before = view->camera().height;
    view->resize(300, 700);
    QTRY_VERIFY(view->camera().height > before);
    view->lookAtPlane(0, 1);
    const Camera3d users = view->camera();
    view->resize(700, 300);
    QTRY_COMPARE(area->width(), 700);
    QCOMPARE(view->camera(), users);
  }

  void figuresAreTrueVectorsWithTheirText() {
    view->setCursorStep(500);
    FigureSpec spec;
    spec.showCursor = true;
    const QByteArray svg = figureBytes(*view, spec, FigureFormat::Svg, u"recipe"_s);
    QVERIFY(!svg.contains("<image"));
    QVERIFY(svg.contains("PC1 (63.1 %)") && svg.contains("step 1k") && svg.contains("smoothed"));
    QVERIFY(svg.contains("step 500"));                          // where the cursor is
    QVERIFY(svg.count("<polyline") + svg.count("<path") > 150); // 100 tubes, each with its halo
    QCOMPARE(recipeFromFigure(svg), u"recipe"_s);
    const QByteArray pdf = figureBytes(*view, spec, FigureFormat::Pdf);
    QVERIFY(!pdf.contains("/Subtype /Image"));
    QVERIFY(!figureBytes(*view, spec, FigureFormat::Png).isEmpty());
  }

  void whatLiesNearerIsDrawnLater() {
    view->lookAtPlane(0, 1);
    Bodies3d bodies;
    bodies.lines.push_back({{{-1, 0, 1}, {1, 0, 1}}, {Qt::red}, 8, 0.1});
    bodies.lines.push_back({{{0, -1, 0}, {0, 1, 0}}, {Qt::blue}, 8, 0.1});
    Camera3d camera;
    camera.height = 3;
    QImage picture(90, 90, QImage::Format_RGB32);
    picture.fill(Qt::white);
    QPainter painter(&picture);
    paintBodies(painter, bodies, camera, QSizeF(90, 90), figureTheme(FigureSpec()));
    painter.end();
    QCOMPARE(picture.pixelColor(45, 45), QColor(Qt::red));
    QCOMPARE(picture.pixelColor(45, 20), QColor(Qt::blue));
  }

  void theTableHoldsThePoints() {
    QVERIFY(view->tableText().startsWith(u"step,PC1 (63.1 %),PC2 (21.0 %),PC3 (8.4 %)\n0,2,0,0\n"_s));
    QCOMPARE(view->tableText(), view->figure().tableText());
  }

  void nothingAndOnePointAreFine() {
    view->setTrajectory({});
    QVERIFY(view->isEmpty());
    Trajectory3dData one;
    one.steps = {7};
    one.points = {{1, 2, 3}};
    view->setTrajectory(one);
    QVERIFY(!view->isEmpty());
    view->setCursorStep(7);
    QVERIFY(!figureBytes(*view, FigureSpec(), FigureFormat::Svg).isEmpty());
    QVERIFY(!view->grab().isNull());
  }

private:
  PlotTheme look() const { return screenTheme(view->palette(), view->font()); }
  std::unique_ptr<TrajectoryView3d> view;
  QWidget *area = nullptr;
};

QTEST_MAIN(TestTrajectoryView3d)
#include "tst_trajectory_view3d.moc"
