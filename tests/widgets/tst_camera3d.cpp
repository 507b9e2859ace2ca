// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QTest>

#include "widgets/three_d/camera3d.h"

using namespace evolute::widgets;

namespace {
const QSizeF kView(800, 400);
constexpr double kPixel = 1e-3; // the camera counts in single precision

bool near(const QPointF &a, const QPointF &b) {
  return std::abs(a.x() - b.x()) < kPixel && std::abs(a.y() - b.y()) < kPixel;
}
} // namespace

class TestCamera3d : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void theAxisViewsAreThePlanes_data() {
    QTest::addColumn<int>("right");
    QTest::addColumn<int>("up");
    QTest::addColumn<int>("away");
    QTest::addColumn<double>("side"); // of the third axis: positive where it points to the viewer
    QTest::newRow("PC1 x PC2") << 0 << 1 << 2 << 1.0;
    QTest::newRow("PC1 x PC3") << 0 << 2 << 1 << -1.0;
    QTest::newRow("PC2 x PC3") << 1 << 2 << 0 << 1.0;
  }
  void theAxisViewsAreThePlanes() {
    QFETCH(int, right);
    QFETCH(int, up);
    QFETCH(int, away);
    QFETCH(double, side);
    Camera3d camera;
    camera.turn = Camera3d::alongPlane(right, up);
    camera.height = 4; // 100 pixels a unit
    QVector3D point;
    point[right] = 1;
    point[up] = 0.5;
    point[away] = 3;
    QVERIFY(near(camera.toPixel(point, kView), {500, 150}));
    QVERIFY(std::abs(camera.depth(point) - 3 * side) < 1e-5);
  }

  void panningMovesThePictureWithTheMouse() {
    Camera3d camera;
    camera.turn = Camera3d::fromTheSide();
    const QVector3D point(0.3F, -0.2F, 0.1F);
    const QPointF before = camera.toPixel(point, kView);
    camera.pan({37, -21}, kView);
    QVERIFY(near(camera.toPixel(point, kView), before + QPointF(37, -21)));
  }

  void zoomingKeepsWhatIsUnderTheMouse() {
    Camera3d camera;
    camera.turn = Camera3d::fromTheSide();
    const QVector3D point(0.3F, -0.2F, 0.1F), other(0.5F, 0.1F, 0.2F);
    const QPointF at = camera.toPixel(point, kView), away = camera.toPixel(other, kView) - at;
    camera.zoom(2, at, kView);
    QVERIFY(near(camera.toPixel(point, kView), at));
    QVERIFY(near(camera.toPixel(other, kView), at + 2 * away));
  }

  void aDragOverTheViewsHeightTurnsHalfWay() {
    Camera3d camera;
    camera.turn = Camera3d::alongPlane(0, 1);
    camera.rotate({kView.height(), 0}, kView);
    QVERIFY(near(camera.toPixel({1, 0.5F, 0}, kView), {400 - 400, 200 - 200}));
    QVERIFY(camera.depth({0, 0, 1}) < -0.999);
  }

  void turningKeepsLengths() {
    Camera3d camera;
    for (int i = 0; i < 1000; ++i)
      camera.rotate({7, 3}, kView);
    QVERIFY(std::abs(camera.turn.length() - 1) < 1e-5F);
  }

  void fittingShowsEveryPointAtAnyShape() {
    const std::vector<QVector3D> points = {{-3, 1, 2}, {5, 0, -1}, {0, 9, 0}, {1, 1, 1}};
    for (const QSizeF &view : {QSizeF(800, 400), QSizeF(200, 900), QSizeF(1, 1)}) {
      Camera3d camera;
      camera.turn = Camera3d::fromTheSide();
      camera.fit(points, view);
      double widest = 0;
      for (const QVector3D &point : points) {
        const QPointF at = camera.toPixel(point, view);
        QVERIFY(QRectF(QPointF(0, 0), view).contains(at));
        widest =
            std::max({widest, std::abs(at.x() / view.width() - 0.5), std::abs(at.y() / view.height() - 0.5)});
      }
      QVERIFY(widest > 0.4); // and not from far away
    }
  }

  void onePointIsShownToo() {
    Camera3d camera;
    camera.fit({{2, 3, 4}}, kView);
    QVERIFY(near(camera.toPixel({2, 3, 4}, kView), {400, 200}));
  }
};

QTEST_GUILESS_MAIN(TestCamera3d)
#include "tst_camera3d.moc"
