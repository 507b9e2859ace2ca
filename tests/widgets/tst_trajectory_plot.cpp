// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>

#include <qcustomplot.h>

#include "widgets/figure/figure_export.h"
#include "widgets/plots/scree_plot.h"
#include "widgets/plots/trajectory_plot.h"
#include "widgets/plots/trajectory_scene.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {
TrajectoryData path() {
  TrajectoryData d;
  d.steps = {0, 1, 10, 100, 1000};
  d.x = {-10, -5, 0, 5, 10};
  d.y = {3, 0, -2, 0, 3};
  d.xLabel = u"PC1 (62.1 %)"_s;
  d.yLabel = u"PC2 (21.4 %)"_s;
  return d;
}
} // namespace

class TestTrajectoryPlot : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    pane = std::make_unique<TrajectoryPlot>();
    pane->resize(700, 380);
    pane->setTrajectory(path());
    pane->show();
    QVERIFY(QTest::qWaitForWindowExposed(pane.get()));
    plot = pane->findChild<QCustomPlot *>(u"plotCanvas"_s);
    plot->replot();
  }
  void cleanup() { pane.reset(); }

  void bothAxesHaveOneScaleAtEverySize() {
    for (const QSize &size : {QSize(700, 380), QSize(300, 600), QSize(1200, 300)}) {
      pane->resize(size);
      plot->replot();
      QVERIFY(scaleRatioError() < 1e-9);
      QVERIFY(plot->xAxis->range().contains(-10) && plot->xAxis->range().contains(10));
      QVERIFY(plot->yAxis->range().contains(-2) && plot->yAxis->range().contains(3));
    }
  }

  void coloursTellTheStageWhenAskedTo() {
    const auto pixelBefore = [&](int point) { // half-way from the point before
      const QPointF a(plot->xAxis->coordToPixel(path().x[std::size_t(point) - 1]),
                      plot->yAxis->coordToPixel(path().y[std::size_t(point) - 1])),
          b(plot->xAxis->coordToPixel(path().x[std::size_t(point)]),
            plot->yAxis->coordToPixel(path().y[std::size_t(point)]));
      plot->replot();
      return QColor(plot->grab().toImage().pixel((0.5 * (a + b)).toPoint()));
    };
    const QColor byTime = pixelBefore(1);
    pane->setColoredByStage(true);
    plot->replot();
    QCOMPARE(pixelBefore(1), byTime); // without stages: time all the same
    pane->setStages({{0, 10, u"A1"_s, StageKind::Rising}, {10, 1000, u"B1"_s, StageKind::Falling}});
    QVERIFY(pixelBefore(1).red() > pixelBefore(1).blue());
    QVERIFY(pixelBefore(4).blue() > pixelBefore(4).red());
    pane->setColoredByStage(false);
    QCOMPARE(pixelBefore(1), byTime);
  }

  void zoomingKeepsTheScaleEqual() {
    const QPoint at = plot->axisRect()->rect().center();
    const double before = plot->xAxis->range().size();
    QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(plot, &event);
    plot->replot();
    QVERIFY(plot->xAxis->range().size() < before);
    QVERIFY(scaleRatioError() < 1e-9);
    pane->fit();
    plot->replot();
    QVERIFY(std::abs(plot->xAxis->range().size() - before) < 1e-9 * before);
  }

  void aNameStandsOffThePathAndItsMarks() {
    const QRectF inside(0, 0, 400, 300);
    const QPointF start(200, 150);
    const QSizeF room(40, 12);
    // The path leaves to the right, the side that would be first: all other sides are free.
    std::vector<QLineF> lines = {{start, {390, 150}}};
    const QRectF off = freePlace(start, room, 5, inside, lines, {});
    QVERIFY(!off.contains(300, 150) && off.bottom() < 150);
    QVERIFY(inside.contains(off));
    // A line crosses a name without ending in it.
    lines = {{start, {390, 150}}, {{0, 120}, {400, 135}}, {{150, 0}, {150, 300}}};
    const QRectF place = freePlace(start, room, 5, inside, lines, {});
    for (const QLineF &line : lines)
      for (int i = 0; i <= 1000; ++i)
        QVERIFY2(!place.contains(line.pointAt(i / 1000.0)), qPrintable(QString::number(place.top())));
    // What is taken is worse than any line.
    const QRectF squeezed = freePlace(start, room, 5, inside, lines, {place});
    QVERIFY(!squeezed.intersects(place));
  }

  void theRingIsAwayWhereThePathHasNoPointOfTheStep() {
    const auto ring = [this] {
      const QCPItemTracer *found = nullptr;
      for (int i = 0; i < plot->itemCount(); ++i)
        if (auto *tracer = qobject_cast<QCPItemTracer *>(plot->item(i)); tracer && tracer->size() == 13)
          found = tracer;
      return found;
    };
    pane->setCursorStep(10);
    QVERIFY(ring()->visible());
    QCOMPARE(ring()->position->coords(), QPointF(0, -2));
    pane->setCursorStep(50); // its outputs could not be had
    QVERIFY(!ring()->visible());
    pane->setCursorStep(100);
    QVERIFY(ring()->visible());
  }

  void clickTakesTheNearestPoint() {
    QSignalSpy moved(pane.get(), &TrajectoryPlot::cursorMoved);
    QTest::mouseClick(plot, Qt::LeftButton, {}, pixel(4.6, 0.4));
    QCOMPARE(moved.count(), 1);
    QCOMPARE(moved[0][0].toLongLong(), 100);
  }

  void hoverReadsTheStep() {
    QSignalSpy hovered(pane.get(), &PlotPane::hovered);
    const QPoint at = pixel(10, 3);
    QMouseEvent event(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                      Qt::NoModifier);
    QApplication::sendEvent(plot, &event);
    QCOMPARE(hovered.last()[0].toString(), u"step 1,000: (10, 3)"_s);
  }

  void theStartAndTheEndHaveTheEndsOfTheColourScale() {
    const QImage picture = plot->toPixmap(plot->width(), plot->height()).toImage();
    const auto near = [&](const QPoint &at, const QColor &wanted) {
      for (int dx = -2; dx <= 2; ++dx)
        for (int dy = -2; dy <= 2; ++dy) {
          const QColor c = picture.pixelColor(at + QPoint(dx, dy));
          if (std::abs(c.red() - wanted.red()) + std::abs(c.green() - wanted.green()) +
                  std::abs(c.blue() - wanted.blue()) <
              12)
            return true;
        }
      return false;
    };
    // Dots of the second and of the last but one point: their place on log10(1 + t) is known.
    const double last = std::log10(1001.0);
    QVERIFY(near(pixel(-5, 0), progressColor(std::log10(2.0) / last, false)));
    QVERIFY(near(pixel(5, 0), progressColor(std::log10(101.0) / last, false)));
  }

  void figuresHaveEqualScalesAndAllTicks() {
    const QByteArray svg = figureBytes(*pane, FigureSpec(), FigureFormat::Svg);
    QVERIFY(svg.contains(">−5</text>") || svg.contains(">−10</text>"));
    QVERIFY(svg.contains("step 0"));
  }

  void theTableNamesTheComponents() {
    QVERIFY(pane->tableText().startsWith(u"step,PC1 (62.1 %),PC2 (21.4 %)\n0,-10,3\n"_s));
    QVERIFY(pane->summary().contains(u"5 point"_s));
  }

  void emptyAndSinglePointAreFine() {
    pane->setTrajectory({});
    QVERIFY(pane->isEmpty());
    TrajectoryData one;
    one.steps = {5};
    one.x = {1};
    one.y = {2};
    pane->setTrajectory(one);
    plot->replot();
    QVERIFY(!pane->isEmpty());
    QVERIFY(!figureBytes(*pane, FigureSpec(), FigureFormat::Png).isEmpty());
  }

  void screeSumsUp() {
    ScreePlot scree;
    QVERIFY(scree.isEmpty());
    scree.setExplained({0.5, 0.25, 0.125});
    QCOMPARE(scree.tableText(),
             u"component,share,cumulative share\n1,0.5,0.5\n2,0.25,0.75\n3,0.125,0.875\n"_s);
    QVERIFY(scree.summary().contains(u"87.5 %"_s));
    auto *canvas = scree.findChild<QCustomPlot *>(u"plotCanvas"_s);
    QVERIFY(canvas->yAxis->range().contains(100) && canvas->yAxis->range().contains(0));
  }

private:
  double scaleRatioError() const {
    const QRect inside = plot->axisRect()->rect();
    const double x = plot->xAxis->range().size() / inside.width();
    const double y = plot->yAxis->range().size() / inside.height();
    return std::abs(x / y - 1);
  }
  QPoint pixel(double x, double y) const {
    return QPointF(plot->xAxis->coordToPixel(x), plot->yAxis->coordToPixel(y)).toPoint();
  }
  std::unique_ptr<TrajectoryPlot> pane;
  QCustomPlot *plot = nullptr;
};

QTEST_MAIN(TestTrajectoryPlot)
#include "tst_trajectory_plot.moc"
