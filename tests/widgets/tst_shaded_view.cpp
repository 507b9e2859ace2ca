// SPDX-License-Identifier: GPL-3.0-or-later
// With OpenGL: under a virtual X server, with Mesa's software renderer. Asserts structure and blobs of
// colour, not pixels: renderers differ.
#include <cmath>

#include <QApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QTest>

#include "tests/widgets/space_path.h"
#include "widgets/figure/figure_export.h"
#include "widgets/three_d/gl_canvas.h"
#include "widgets/three_d/shaded_scene.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace evolute;
using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

constexpr int kRounds = 50;
constexpr int kOpenings = 10; // each sets OpenGL up anew

/// Middle and size of what has about this hue, and is no grey.
struct Blob {
  QPointF middle;
  int pixels = 0;
};
Blob blobOf(const QImage &picture, const QColor &color) {
  Blob blob;
  for (int y = 0; y < picture.height(); ++y)
    for (int x = 0; x < picture.width(); ++x) {
      const QColor c = picture.pixelColor(x, y);
      if (c.hsvSaturation() > 80 && std::abs(c.hsvHue() - color.hsvHue()) < 12) {
        blob.middle += QPointF(x, y);
        ++blob.pixels;
      }
    }
  if (blob.pixels > 0)
    blob.middle /= blob.pixels;
  return blob;
}

Bodies3d twoBalls() {
  Bodies3d bodies;
  bodies.balls = {{{-1, 0, 0}, 0.5, QColor(220, 30, 30)}, {{1, 0.5F, 0}, 0.5, QColor(30, 30, 220)}};
  bodies.extent = 3;
  return bodies;
}

Camera3d fromTheFront() {
  Camera3d camera;
  camera.height = 4;
  return camera;
}

} // namespace

class TestShadedView : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { QVERIFY2(openGlProblem().isEmpty(), qPrintable(openGlProblem())); }

  void shadingAndProjectionAgree() {
    ShadedRenderer renderer;
    renderer.scene().setBackground(Qt::white);
    renderer.scene().setBodies(twoBalls());
    renderer.scene().setCamera(fromTheFront());
    const QSize size(400, 200); // 50 pixels a unit
    const QImage picture = renderer.render(size);
    QCOMPARE(picture.size(), size);
    QCOMPARE(picture.pixelColor(2, 2), QColor(Qt::white));
    for (const Ball3d &ball : twoBalls().balls) {
      const Blob blob = blobOf(picture, ball.color);
      const QPointF wanted = fromTheFront().toPixel(ball.at, size);
      QVERIFY2(std::abs(blob.middle.x() - wanted.x()) < 1.5 && std::abs(blob.middle.y() - wanted.y()) < 1.5,
               qPrintable(u"%1, %2"_s.arg(blob.middle.x()).arg(blob.middle.y())));
      // A disc of 25 pixels; its dark rim may have lost its colour.
      QVERIFY(blob.pixels > 0.8 * M_PI * 25 * 25 && blob.pixels < 1.1 * M_PI * 25 * 25);
    }
    QCOMPARE(renderer.scene().actorCount(), 2);
    const auto bounds = renderer.scene().bounds();
    QVERIFY(std::abs(bounds[0] + 1.5) < 0.02 && std::abs(bounds[1] - 1.5) < 0.02);
  }

  void whatIsNearerHidesWhatIsBehind() {
    Bodies3d bodies;
    bodies.balls = {{{0, 0, -1}, 0.5, QColor(220, 30, 30)}, {{0, 0, 1}, 0.5, QColor(30, 30, 220)}};
    bodies.extent = 3;
    ShadedRenderer renderer;
    renderer.scene().setBackground(Qt::white);
    renderer.scene().setBodies(bodies);
    renderer.scene().setCamera(fromTheFront());
    QVERIFY(blobOf(renderer.render({200, 200}), QColor(220, 30, 30)).pixels < 60);
    Camera3d behind = fromTheFront();
    behind.rotate({200, 0}, {200, 200});
    renderer.scene().setCamera(behind);
    QVERIFY(blobOf(renderer.render({200, 200}), QColor(30, 30, 220)).pixels < 60);
  }

  void aPictureLargerThanOpenGlAllowsIsNone() {
    ShadedRenderer renderer;
    renderer.scene().setBodies(twoBalls());
    QVERIFY(renderer.render({1 << 20, 10}).isNull());
    QVERIFY(renderer.render({0, 10}).isNull());
    QVERIFY(!renderer.render({20, 10}).isNull()); // and goes on
  }

  void theWindowShowsTheSceneOpaque() {
    TrajectoryView3d view;
    view.resize(600, 500);
    view.setTrajectory(test::helix());
    view.setCursorStep(500);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    QVERIFY(view.isShaded());
    QCOMPARE(view.canvas()->scene().actorCount(), 4); // axes, path, tail, ball
    const auto bounds = view.canvas()->scene().bounds();
    QVERIFY(bounds[0] < -2 && bounds[0] > -2.3 && bounds[5] > 2.9 && bounds[5] < 3.2);
    QTRY_VERIFY(view.canvas()->contextCount() == 1);
    const QImage picture = view.canvas()->grabFramebuffer();
    QCOMPARE(picture.pixelColor(3, 3).rgb(), view.palette().color(QPalette::Base).rgb());
    QVERIFY(blobOf(picture, view.cursorBodies().balls.front().color).pixels > 50);
  }

  void pngIsShadedAndPdfIsNot() {
    TrajectoryView3d view;
    view.setTrajectory(test::helix());
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    FigureSpec spec;
    spec.dpi = 600;
    const QImage picture = figureImage(view, spec);
    QCOMPARE(picture.size(), spec.pixels());
    // A shaded tube has more colours than the 101 of its points' flat lines and their smoothed edges on
    // white.
    QSet<QRgb> saturated;
    for (int y = 0; y < picture.height(); ++y)
      for (int x = 0; x < picture.width(); ++x)
        if (picture.pixelColor(x, y).value() < 70)
          saturated.insert(picture.pixel(x, y));
    QVERIFY(saturated.size() > 100);
    const QByteArray svg = figureBytes(view, spec, FigureFormat::Svg);
    QVERIFY(!svg.contains("<image"));
  }

  void floatingDockingAndClosingKeepThePicture() {
    QMainWindow window;
    window.resize(700, 500);
    auto *dock = new QDockWidget(&window);
    auto *view = new TrajectoryView3d;
    view->setTrajectory(test::helix());
    view->setCursorStep(500);
    dock->setWidget(view);
    window.setCentralWidget(new QWidget);
    window.addDockWidget(Qt::RightDockWidgetArea, dock);
    window.show();
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    QTRY_COMPARE(view->canvas()->contextCount(), 1);
    for (int round = 0; round < kRounds; ++round) {
      dock->setFloating(true);
      QCoreApplication::processEvents();
      dock->setFloating(false);
      QCoreApplication::processEvents();
      dock->hide();
      QCoreApplication::processEvents();
      dock->show();
      QCoreApplication::processEvents();
    }
    QVERIFY(QTest::qWaitForWindowExposed(&window));
    const QColor ball = view->cursorBodies().balls.front().color;
    QTRY_VERIFY(blobOf(view->canvas()->grabFramebuffer(), ball).pixels > 30);
    QCOMPARE(view->canvas()->scene().actorCount(), 4);
  }

  void openingAndClosingAgainAndAgainIsFine() {
    for (int round = 0; round < kOpenings; ++round) {
      TrajectoryView3d view;
      view.resize(120, 100);
      view.setTrajectory(test::helix());
      view.show();
      QVERIFY(QTest::qWaitForWindowExposed(&view));
    }
  }
};

int main(int argc, char **argv) {
  prepareOpenGl();
  QApplication application(argc, argv);
  TestShadedView test;
  return QTest::qExec(&test, argc, argv);
}
#include "tst_shaded_view.moc"
