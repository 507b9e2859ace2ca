// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>

#include "widgets/figure/figure_export.h"
#include "widgets/plots/scatter_matrix.h"
#include "widgets/plots/stage_path.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {
ComponentData threeComponents() {
  ComponentData data;
  data.steps = {0, 1, 10, 100};
  data.columns = {{0, 1, 2, 3}, {0, 10, 20, 30}, {5, -5, 5, -5}};
  data.labels = {u"PC1 (60 %)"_s, u"PC2 (20 %)"_s, u"PC3 (5 %)"_s};
  return data;
}
} // namespace

class TestScatterMatrix : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    pane = std::make_unique<ScatterMatrix>();
    pane->resize(500, 400);
    pane->setComponents(threeComponents());
    pane->show();
    QVERIFY(QTest::qWaitForWindowExposed(pane.get()));
    canvas = pane->findChild<QWidget *>(u"plotCanvas"_s);
  }

  void everyPairHasOnePanelOfItsOwn() {
    const auto panels = pane->panels();
    QCOMPARE(panels.size(), std::size_t(3));
    for (std::size_t i = 0; i < panels.size(); ++i) {
      QVERIFY(panels[i].x < panels[i].y);
      QVERIFY(QRectF(canvas->rect()).contains(panels[i].rect));
      for (std::size_t j = 0; j < i; ++j) {
        QVERIFY(!panels[i].rect.intersects(panels[j].rect));
        QVERIFY(panels[i].x != panels[j].x || panels[i].y != panels[j].y);
      }
    }
  }

  void aClickTakesTheNearestPointOfItsPanel() {
    QSignalSpy moved(pane.get(), &ScatterMatrix::cursorMoved);
    const QRectF panel = pane->panels().front().rect; // PC1 x PC2: a diagonal
    QTest::mouseClick(canvas, Qt::LeftButton, {}, (panel.topRight() + QPointF(-4, 4)).toPoint());
    QTest::mouseClick(canvas, Qt::LeftButton, {}, (panel.bottomLeft() + QPointF(4, -4)).toPoint());
    QCOMPARE(moved.count(), 2);
    QCOMPARE(moved[0][0].toLongLong(), 100);
    QCOMPARE(moved[1][0].toLongLong(), 0);
  }

  void aDoubleClickAsksForThePlane() {
    QSignalSpy chosen(pane.get(), &ScatterMatrix::planeChosen);
    const auto panel = pane->panels().back();
    QTest::mouseDClick(canvas, Qt::LeftButton, {}, panel.rect.center().toPoint());
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen[0][0].toInt(), panel.x);
    QCOMPARE(chosen[0][1].toInt(), panel.y);
  }

  void figuresNameEachComponentOnItsEdge() {
    const QByteArray svg = figureBytes(*pane, FigureSpec(), FigureFormat::Svg);
    QCOMPARE(svg.count("PC1 (60 %)"), 1);
    QCOMPARE(svg.count("PC2 (20 %)"), 2);
    QCOMPARE(svg.count("PC3 (5 %)"), 1);
    QVERIFY(!svg.contains("<image"));
  }

  void stagesColourEveryPlane() {
    ComponentData data = threeComponents();
    data.stages = {{data.steps[0], data.steps[2], u"A1"_s, StageKind::Rising},
                   {data.steps[2], data.steps[3], u"B1"_s, StageKind::Falling}};
    const auto strokes = [&](int stage) {
      pane->setComponents(data);
      return figureBytes(*pane, FigureSpec(), FigureFormat::Svg)
          .count(stagePathColor(data.stages, stage, false).name().toUtf8());
    };
    QCOMPARE(strokes(0), 0); // colours tell the step
    data.byStage = true;
    QVERIFY(strokes(0) >= 3 && strokes(1) >= 3); // in each of the three planes
  }

  void theTableHoldsAllComponents() {
    QVERIFY(pane->tableText().startsWith(u"step,PC1 (60 %),PC2 (20 %),PC3 (5 %)\n0,0,0,5\n"_s));
  }

  void oneComponentIsNoPlane() {
    ComponentData one = threeComponents();
    one.columns.resize(1);
    one.labels = {u"PC1"_s};
    pane->setComponents(one);
    QVERIFY(pane->isEmpty());
    pane->setComponents({});
    QVERIFY(pane->isEmpty());
  }

  void aComponentWithoutSpreadIsDrawn() {
    ComponentData flat = threeComponents();
    flat.columns[2] = {1, 1, 1, 1};
    pane->setComponents(flat);
    QVERIFY(!pane->grab().isNull());
  }

private:
  std::unique_ptr<ScatterMatrix> pane;
  QWidget *canvas = nullptr;
};

QTEST_MAIN(TestScatterMatrix)
#include "tst_scatter_matrix.moc"
