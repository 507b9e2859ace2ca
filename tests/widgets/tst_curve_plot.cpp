// SPDX-License-Identifier: GPL-3.0-or-later
#include <QClipboard>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include <qcustomplot.h>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/curve_scene.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

CurvePoint point(std::int64_t step, double value, double error = kNone) {
  CurvePoint p;
  p.step = step;
  p.value = value;
  p.error = error;
  return p;
}

std::vector<CurveSeries> twoSeries() {
  CurveSeries a, b;
  a.id = u"a"_s;
  a.label = u"$\\hat\\lambda$ all"_s;
  a.points = {point(0, 1, 0.5), point(10, 5, 0.5), point(100, 20), point(1000, 40)};
  b.id = u"b"_s;
  b.label = u"L0.H3"_s;
  b.points = {point(0, 2), point(10, 3), point(100, 4), point(1000, 5)};
  return {a, b};
}

} // namespace

class TestCurvePlot : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    pane = std::make_unique<CurvePlot>();
    pane->resize(640, 420);
    pane->setTitle(u"LLC $\\hat\\lambda$"_s);
    pane->setTimeAxis(TimeAxis(TimeAxisKind::LogOnePlus, {0, 10, 100, 1000}));
    pane->setSeries(twoSeries());
    pane->show();
    QVERIFY(QTest::qWaitForWindowExposed(pane.get()));
    plot = pane->findChild<QCustomPlot *>(u"plotCanvas"_s);
    QVERIFY(plot);
    plot->replot();
  }
  void cleanup() { pane.reset(); }

  void withoutDataItSaysWhatIsMissing() {
    CurvePlot empty;
    empty.setEmptyText({u"No LLC yet"_s, u"It shows the stages."_s, u"Compute LLC…"_s});
    empty.show();
    QVERIFY(empty.isEmpty());
    QVERIFY(!empty.findChild<QWidget *>(u"plotCanvas"_s)->isVisible());
    QSignalSpy asked(&empty, &PlotPane::emptyActionRequested);
    auto *button = empty.findChild<QPushButton *>(u"emptyButton"_s);
    QVERIFY(button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(asked.count(), 1);
    empty.setSeries(twoSeries());
    QVERIFY(!empty.isEmpty());
    QVERIFY(empty.findChild<QWidget *>(u"plotCanvas"_s)->isVisible());
  }

  void fitShowsStepZeroErrorsAndAll() {
    const auto view = pane->view();
    QVERIFY(view.firstStep < 0);
    QVERIFY(view.lastStep > 1000);
    QVERIFY(view.lowValue < 0.5); // 1 - 0.5
    QVERIFY(view.highValue > 40);
    const double zero = plot->xAxis->coordToPixel(0);
    QVERIFY(plot->axisRect()->rect().contains(int(zero), plot->axisRect()->rect().center().y()));
  }

  void aDivergedPointNeitherFlattensNorJoinsTheLine() {
    auto series = twoSeries();
    series[0].points[2].suspect = true;
    series[0].points[2].value = 1e9;
    series[0].points[2].note = u"diverged"_s;
    pane->setSeries(series);
    QVERIFY(pane->view().highValue < 100);
    int withHugeValue = 0, hollow = 0;
    for (int i = 0; i < plot->graphCount(); ++i) {
      const auto *graph = plot->graph(i);
      for (const auto &d : *graph->data())
        if (d.value == 1e9) {
          ++withHugeValue;
          QCOMPARE(graph->lineStyle(), QCPGraph::lsNone);
          hollow += graph->scatterStyle().shape() == QCPScatterStyle::ssCircle;
        }
    }
    QCOMPARE(withHugeValue, 1);
    QCOMPARE(hollow, 1);
    QVERIFY(pane->summary().contains(u"suspect"_s));
    // Out of view, but not lost: a mark at the upper edge with the reason on hover.
    plot->replot();
    QSignalSpy hovered(pane.get(), &PlotPane::hovered);
    moveMouse({pixel(100, 0).x(), plot->axisRect()->top() + 2});
    QVERIFY(hovered.last()[0].toString().endsWith(u"suspect: diverged"_s));
  }

  void aNearSuspectPointIsInView() {
    auto series = twoSeries();
    series[0].points[2].suspect = true;
    series[0].points[2].value = 50;
    pane->setSeries(series);
    QVERIFY(pane->view().highValue > 50);
  }

  void clickMovesTheCursorToACheckpoint() {
    QSignalSpy moved(pane.get(), &CurvePlot::cursorMoved);
    QTest::mouseClick(plot, Qt::LeftButton, {}, pixel(90, 30)); // nearest checkpoint: 100
    QCOMPARE(moved.count(), 1);
    QCOMPARE(moved[0][0].toLongLong(), 100);
    QCOMPARE(*pane->cursorStep(), std::int64_t(100));
    pane->setCursorStep(10); // from outside: no signal, no echo
    QCOMPARE(moved.count(), 1);
  }

  void arrowKeysMoveTheCursor() {
    pane->setCursorStep(10);
    QSignalSpy moved(pane.get(), &CurvePlot::cursorMoved);
    QTest::keyClick(pane.get(), Qt::Key_Right);
    QTest::keyClick(pane.get(), Qt::Key_Left);
    QTest::keyClick(pane.get(), Qt::Key_Left);
    QTest::keyClick(pane.get(), Qt::Key_Left); // stops at the first
    QCOMPARE(moved.count(), 4);
    QCOMPARE(*pane->cursorStep(), std::int64_t(0));
  }

  void theCursorRepaintsItsLayerAlone() {
    QSignalSpy replots(plot, &QCustomPlot::afterReplot);
    for (int i = 0; i < 50; ++i)
      pane->setCursorStep(i);
    QTest::qWait(1);
    QCOMPARE(replots.count(), 0);
    QCOMPARE(plot->layer(u"overlay"_s)->mode(), QCPLayer::lmBuffered);
  }

  void hoverNamesTheNearestPoint() {
    auto series = twoSeries();
    series[1].points[1].suspect = true;
    series[1].points[1].note = u"R-hat 1.4"_s;
    pane->setSeries(series);
    plot->replot();
    QSignalSpy hovered(pane.get(), &PlotPane::hovered);
    QSignalSpy onSeries(pane.get(), &CurvePlot::seriesHovered);
    moveMouse(pixel(10, 3));
    QCOMPARE(hovered.last()[0].toString(), u"L0.H3: 3 @ step 10 — suspect: R-hat 1.4"_s);
    QCOMPARE(onSeries.last()[0].toString(), u"b"_s);
    moveMouse(pixel(0, 1));
    QVERIFY(hovered.last()[0].toString().contains(u"1.00 ± 0.50"_s));
    moveMouse(pixel(60, 38)); // nothing near
    QVERIFY(hovered.last()[0].toString().isEmpty());
  }

  void legendClickHidesAndDoubleClickSolos() {
    QCOMPARE(plot->legend->itemCount(), 2);
    const QPoint first = plot->legend->item(0)->outerRect().center();
    const QPoint second = plot->legend->item(1)->outerRect().center();
    QSignalSpy changed(pane.get(), &CurvePlot::hiddenSeriesChanged);
    QTest::mouseClick(plot, Qt::LeftButton, {}, first);
    QCOMPARE(pane->hiddenSeries(), QStringList{u"a"_s});
    QCOMPARE(changed.count(), 1);
    QVERIFY2(pane->view().highValue < 10, "the view fits what is left");
    QTest::mouseClick(plot, Qt::LeftButton, {}, first);
    QVERIFY(pane->hiddenSeries().isEmpty());
    plot->replot();
    QTest::mouseClick(plot, Qt::LeftButton, {}, second); // as a double click begins
    QTest::mouseDClick(plot, Qt::LeftButton, {}, second);
    QCOMPARE(pane->hiddenSeries(), QStringList{u"a"_s});
    QTest::mouseClick(plot, Qt::LeftButton, {}, second);
    QTest::mouseDClick(plot, Qt::LeftButton, {}, second);
    QVERIFY(pane->hiddenSeries().isEmpty());
  }

  void aFaintSeriesHasAnEntryUnlessItStandsBehindAnother() {
    auto series = twoSeries();
    series[0].faint = true; // the loss of minibatches
    CurveSeries raw = series[1];
    raw.id = u"b:raw"_s;
    raw.faint = true;
    series.push_back(raw); // has the label of "b"
    pane->setSeries(series);
    plot->replot();
    QCOMPARE(plot->legend->itemCount(), 2);
    const QPoint b = plot->legend->item(0)->outerRect().center(),
                 a = plot->legend->item(1)->outerRect().center();
    QTest::mouseClick(plot, Qt::LeftButton, {}, a);
    QCOMPARE(pane->hiddenSeries(), QStringList{u"a"_s});
    QTest::mouseClick(plot, Qt::LeftButton, {}, a);
    QTest::mouseClick(plot, Qt::LeftButton, {}, b);
    QCOMPARE(pane->hiddenSeries(), (QStringList{u"b"_s, u"b:raw"_s}));
  }

  void underscoresOfNamesAreNotCutOff() {
    auto series = twoSeries();
    for (CurveSeries &s : series)
      s.label = u"\\_\\_\\_\\_"_s;
    pane->setSeries(series);
    for (const int size : {10, 11, 12, 13, 14, 17}) {
      QFont font = pane->font();
      font.setPixelSize(size);
      pane->setFont(font);
      plot->replot();
      for (int i = 0; i < 2; ++i) {
        const QRect item = plot->legend->item(i)->outerRect().adjusted(
            plot->legend->iconSize().width() + plot->legend->iconTextPadding(), 0, 0, 1);
        const QImage picture = plot->grab(item).toImage();
        int darkest = 255;
        for (int y = 0; y < picture.height(); ++y)
          for (int x = 0; x < picture.width(); ++x)
            darkest = std::min(darkest, qGray(picture.pixel(x, y)));
        QVERIFY2(darkest < 128, qPrintable(QString::number(size)));
      }
    }
  }

  void inAFigureTheLegendCoversNoData_data() {
    QTest::addColumn<bool>("cornersAreTaken");
    QTest::newRow("a corner is free") << false;
    QTest::newRow("no corner is free") << true;
  }
  void inAFigureTheLegendCoversNoData() {
    QFETCH(bool, cornersAreTaken);
    CurveContent content;
    content.series = twoSeries();
    content.time = TimeAxis(TimeAxisKind::LogOnePlus, {0, 10, 100, 1000});
    if (cornersAreTaken)
      for (CurvePoint &p : content.series[0].points) {
        p.low = 0;
        p.high = 40;
      }
    QCustomPlot figure;
    const FigureSpec spec;
    figure.resize(spec.units());
    figure.setViewport(QRect(QPoint(0, 0), spec.units()));
    CurveScene scene(figure);
    scene.build(content, figureTheme(spec));
    scene.frame().x->setRange(CurveScene::extent(content).x);
    scene.frame().y->setRange(CurveScene::extent(content).y);
    const auto layOut = [&] {
      for (const auto phase :
           {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
        figure.plotLayout()->update(phase);
    };
    layOut();
    scene.placeLegend(content);
    layOut();
    scene.placeLegend(content); // stays where it is
    layOut();
    const QRect legend = scene.frame().legend->outerRect(), axes = scene.frame().axes->rect();
    QVERIFY(QRect(QPoint(0, 0), spec.units()).contains(legend));
    QVERIFY(axes.height() > spec.units().height() / 2);
    for (int i = 0; i < scene.frame().legend->itemCount(); ++i)
      QVERIFY(legend.contains(scene.frame().legend->item(i)->outerRect()));
    QCOMPARE(legend.intersects(axes), !cornersAreTaken);
    for (const CurveSeries &s : content.series)
      for (const CurvePoint &p : s.points)
        QVERIFY(
            !QRectF(legend).contains(scene.frame().x->coordToPixel(content.time.coordinate(double(p.step))),
                                     scene.frame().y->coordToPixel(p.value)));
  }

  void hiddenSeriesStayHiddenWhenDataArrive() {
    pane->setSeriesVisible(u"a"_s, false);
    pane->setSeries(twoSeries());
    QCOMPARE(pane->hiddenSeries(), QStringList{u"a"_s});
  }

  void wheelZoomsAtTheMouse() {
    const QPoint at = pixel(100, 20);
    const double stepBefore = plot->xAxis->pixelToCoord(at.x());
    const QCPRange x = plot->xAxis->range(), y = plot->yAxis->range();
    QSignalSpy edited(pane.get(), &CurvePlot::viewEdited);
    wheel(at, 120);
    QVERIFY(plot->xAxis->range().size() < x.size());
    QVERIFY(plot->yAxis->range().size() < y.size());
    QVERIFY(std::abs(plot->xAxis->pixelToCoord(at.x()) - stepBefore) < 1e-9);
    QCOMPARE(edited.count(), 1);
  }

  void wheelOverAnAxisZoomsThatAxisAlone() {
    const QRect inside = plot->axisRect()->rect();
    QCPRange x = plot->xAxis->range(), y = plot->yAxis->range();
    wheel({inside.center().x(), inside.bottom() + 12}, 120);
    QVERIFY(plot->xAxis->range() != x);
    QVERIFY(plot->yAxis->range() == y);
    x = plot->xAxis->range();
    wheel({inside.left() - 12, inside.center().y()}, -120);
    QVERIFY(plot->xAxis->range() == x);
    QVERIFY(plot->yAxis->range().size() > y.size());
  }

  void lockedValuesStay() {
    pane->setValueLocked(true);
    const QCPRange y = plot->yAxis->range();
    wheel(pixel(100, 20), 120);
    drag(pixel(5, 10), pixel(500, 30), Qt::LeftButton);
    QVERIFY(plot->yAxis->range() == y);
  }

  void boxZoomPanAndFit() {
    const auto fitted = pane->view();
    drag(pixel(10, 5), pixel(100, 20), Qt::LeftButton);
    const auto zoomed = pane->view();
    QVERIFY(std::abs(zoomed.firstStep - 10) < 1 && std::abs(zoomed.lastStep - 100) < 6);
    QVERIFY(std::abs(zoomed.lowValue - 5) < 0.5 && std::abs(zoomed.highValue - 20) < 0.5);
    const double width = plot->xAxis->range().size();
    drag(plot->axisRect()->rect().center(), plot->axisRect()->rect().center() + QPoint(50, 0),
         Qt::MiddleButton);
    QVERIFY(pane->view().firstStep < zoomed.firstStep);
    QVERIFY(std::abs(plot->xAxis->range().size() - width) < 1e-9);
    pane->setSeries(twoSeries()); // live data must not throw the user's view away
    QVERIFY(std::abs(plot->xAxis->range().size() - width) < 1e-9);
    QTest::mouseDClick(plot, Qt::LeftButton, {}, plot->axisRect()->rect().center());
    QCOMPARE(pane->view(), fitted);
  }

  void shiftDragSelectsTime() {
    QSignalSpy selected(pane.get(), &CurvePlot::timeRangeSelected);
    const auto before = pane->view();
    drag(pixel(10, 5), pixel(100, 20), Qt::LeftButton, Qt::ShiftModifier);
    QCOMPARE(selected.count(), 1);
    QVERIFY(std::abs(selected[0][0].toLongLong() - 10) <= 1);
    QVERIFY(std::abs(selected[0][1].toLongLong() - 100) <= 6);
    QCOMPARE(pane->view(), before);
  }

  void changingTheAxisKeepsTheStepsInView() {
    pane->setView({10, 100, 0, 50});
    pane->setTimeAxis(TimeAxis(TimeAxisKind::Index, {0, 10, 100, 1000}));
    QVERIFY(std::abs(pane->view().firstStep - 10) < 1e-6);
    QVERIFY(std::abs(pane->view().lastStep - 100) < 1e-6);
    QVERIFY(std::abs(plot->xAxis->range().lower - 1) < 1e-9);
  }

  void logValuesAreFittedToWhatIsPositive() {
    auto series = twoSeries();
    series[0].points[0].value = -3;
    series[0].points[0].error = kNone;
    pane->setSeries(series);
    pane->setLogValues(true);
    QCOMPARE(plot->yAxis->scaleType(), QCPAxis::stLogarithmic);
    QVERIFY(pane->view().lowValue > 0);
    QVERIFY(pane->view().highValue > 40);
  }

  void theTableHoldsEveryValueExactly() {
    auto series = twoSeries();
    series[0].points[0].value = 0.1 + 0.2;
    series[0].points[1].note = u"a \"quoted\", note"_s;
    pane->setSeries(series);
    const QStringList lines = pane->tableText().split(u'\n');
    QCOMPARE(lines[1].split(u',')[2].toDouble(), 0.1 + 0.2);
    QVERIFY(lines[2].endsWith(u"\"a \"\"quoted\"\", note\""_s));
    QCOMPARE(lines.size(), 1 + 8 + 1);
    QTest::keyClick(pane.get(), Qt::Key_T);
    QVERIFY(pane->isTableShown());
    QCOMPARE(pane->findChild<QTableView *>()->model()->rowCount(), 8);
  }

  void theTableHasOnlyColumnsThatHoldSomething() {
    CurveSeries metric;
    metric.id = u"metric:train_loss"_s;
    metric.label = u"train loss"_s;
    metric.points.resize(2);
    metric.points[1].step = 5;
    metric.points[1].value = 2.5;
    pane->setSeries({metric});
    QCOMPARE(pane->tableText(), u"series,step,value\ntrain loss,0,\ntrain loss,5,2.5\n"_s);
    metric.points[1].suspect = true;
    pane->setSeries({metric});
    QVERIFY(pane->tableText().startsWith(u"series,step,value,suspect\n"_s));
  }

  void screenReadersGetAName() {
    QCOMPARE(pane->accessibleName(), u"LLC λ\u0302"_s);
    QVERIFY(plot->accessibleDescription().contains(u"4 point"_s));
    for (const auto *button : pane->findChildren<QToolButton *>()) {
      QVERIFY(!button->text().isEmpty());
      QVERIFY(!button->toolTip().isEmpty());
      QVERIFY(button->focusPolicy() & Qt::TabFocus);
    }
  }

  void aMillionPointsKeepTheirEnds() {
    CurveSeries big;
    big.id = u"big"_s;
    big.points.reserve(1'000'000);
    for (int i = 0; i < 1'000'000; ++i)
      big.points.push_back(point(i, i % 7));
    pane->setSeries({big});
    plot->replot();
    QVERIFY(plot->graph(plot->graphCount() - 1)->adaptiveSampling());
    QVERIFY(plot->plottingHints() & QCP::phFastPolylines);
    QVERIFY(pane->view().lastStep > 999'999);
    QCOMPARE(pane->table().rows, 1'000'000);
  }

private:
  QPoint pixel(double step, double value) const {
    const TimeAxis axis(TimeAxisKind::LogOnePlus);
    return QPointF(plot->xAxis->coordToPixel(axis.coordinate(step)), plot->yAxis->coordToPixel(value))
        .toPoint();
  }
  void moveMouse(const QPoint &at) {
    QMouseEvent event(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                      Qt::NoModifier);
    QApplication::sendEvent(plot, &event);
  }
  void wheel(const QPoint &at, int delta) {
    QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(plot, &event);
  }
  void drag(const QPoint &from, const QPoint &to, Qt::MouseButton button, Qt::KeyboardModifiers keys = {}) {
    QTest::mousePress(plot, button, keys, from);
    for (const QPoint &at : {(from + to) / 2, to}) {
      QMouseEvent event(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, button, keys);
      QApplication::sendEvent(plot, &event);
    }
    QTest::mouseRelease(plot, button, keys, to);
  }

  std::unique_ptr<CurvePlot> pane;
  QCustomPlot *plot = nullptr;
};

QTEST_MAIN(TestCurvePlot)
#include "tst_curve_plot.moc"
