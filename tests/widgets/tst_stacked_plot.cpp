// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPainter>
#include <QSignalSpy>
#include <QTest>

#include <qcustomplot.h>

#include "widgets/figure/figure_export.h"
#include "widgets/plots/stacked_plot.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

CurveSeries series(double factor) {
  CurveSeries s;
  s.id = s.label = u"curve"_s;
  for (const std::int64_t step : {0, 10, 100, 1000}) {
    CurvePoint p;
    p.step = step;
    p.value = factor * double(step);
    p.low = p.value - 1;
    p.high = p.value + 1;
    s.points.push_back(p);
  }
  return s;
}

} // namespace

class TestStackedPlot : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    pane = std::make_unique<StackedPlot>(2, true);
    pane->resize(800, 600);
    pane->setTimeAxis(TimeAxis(TimeAxisKind::LogOnePlus, {0, 10, 100, 1000}));
    pane->setPanels({{u"value"_s, {series(1)}}, {u"slope"_s, {series(-2)}, {0}}});
    pane->setEvidence({{u"slope of value"_s, EvidenceSign::Slope, {{100, 50, 200, u"because"_s}}},
                       {u"proposed"_s, EvidenceSign::Together, {{100, 50, 200, u"altogether"_s}}}},
                      {{100, 50, 200}});
    pane->setStages({{0, 100, u"A1"_s, StageKind::Rising}, {100, 1000, u"B1"_s, StageKind::Falling}});
    pane->show();
    QVERIFY(QTest::qWaitForWindowExposed(pane.get()));
    plot = pane->findChild<QCustomPlot *>(u"plotCanvas"_s);
    plot->replot();
  }
  void cleanup() { pane.reset(); }

  void panelsAndRowsShareTheTimeAxis() {
    const auto rects = plot->axisRects();
    QCOMPARE(rects.size(), 3);
    for (const QCPAxisRect *rect : rects) {
      QCOMPARE(rect->left(), rects[0]->left());
      QCOMPARE(rect->width(), rects[0]->width());
      QCOMPARE(rect->axis(QCPAxis::atBottom)->range(), rects[0]->axis(QCPAxis::atBottom)->range());
    }
    QVERIFY(rects[0]->bottom() < rects[1]->top() && rects[1]->bottom() < rects[2]->top());
    QVERIFY(rects[2]->height() < rects[1]->height() && rects[1]->height() > 100);
    // Each panel shows its own values whole.
    QVERIFY(rects[0]->axis(QCPAxis::atLeft)->range().contains(1001));
    QVERIFY(rects[1]->axis(QCPAxis::atLeft)->range().contains(-2001));
  }

  void zoomingInOnePanelZoomsTimeInAllAndValuesThere() {
    const auto rects = plot->axisRects();
    const QCPRange first = rects[0]->axis(QCPAxis::atLeft)->range(),
                   second = rects[1]->axis(QCPAxis::atLeft)->range();
    const QPoint at = rects[1]->rect().center();
    QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(plot, &event);
    QCOMPARE(rects[0]->axis(QCPAxis::atBottom)->range(), rects[2]->axis(QCPAxis::atBottom)->range());
    QCOMPARE(rects[0]->axis(QCPAxis::atLeft)->range(), first);
    QVERIFY(rects[1]->axis(QCPAxis::atLeft)->range().size() < second.size());
  }

  void hoveringAMarkSaysWhatItRestsOn() {
    QSignalSpy hovered(pane.get(), &PlotPane::hovered);
    const QCPAxisRect *rows = plot->axisRects()[2];
    const TimeAxis time(TimeAxisKind::LogOnePlus, {0, 10, 100, 1000});
    const double x = rows->axis(QCPAxis::atBottom)->coordToPixel(time.coordinate(100));
    QTest::mouseMove(plot, QPoint(int(x), rows->top() + rows->height() / 4));
    QTRY_VERIFY(!hovered.isEmpty());
    QCOMPARE(hovered.last().first().toString(), u"because"_s);
    QTest::mouseMove(plot, QPoint(int(x), rows->top() + 3 * rows->height() / 4));
    QTRY_COMPARE(hovered.last().first().toString(), u"altogether"_s);
  }

  void aClickMovesTheCursorToACheckpoint() {
    QSignalSpy moved(pane.get(), &StackedPlot::cursorMoved);
    const QCPAxisRect *slope = plot->axisRects()[1];
    const TimeAxis time(TimeAxisKind::LogOnePlus, {0, 10, 100, 1000});
    const double x = slope->axis(QCPAxis::atBottom)->coordToPixel(time.coordinate(90));
    QTest::mouseClick(plot, Qt::LeftButton, {}, QPoint(int(x), slope->center().y()));
    QCOMPARE(moved.size(), 1);
    QCOMPARE(moved[0][0].toLongLong(), 100);
  }

  void theTableHoldsCurvesAndEvidence() {
    const QString csv = pane->tableText();
    QCOMPARE(csv.count(u'\n'), 1 + 4 + 4 + 2);
    QVERIFY(csv.contains(u"evidence,slope of value,100"_s));
  }

  void aFigureShowsStagesBehindBothPanels() {
    FigureSpec spec;
    spec.heightMm = spec.widthMm;
    const auto warmPixels = [&] {
      const QImage picture = figureImage(*pane, spec);
      int warm = 0;
      for (int y = 0; y < picture.height(); ++y)
        for (int x = 0; x < picture.width(); ++x) {
          const QColor c = picture.pixelColor(x, y);
          warm += c.red() > c.blue() + 10 && c.red() > 200;
        }
      return double(warm) / (picture.width() * picture.height());
    };
    // The first stage takes log10(101) / log10(1001) of the width, and is warm in panels and rows.
    QVERIFY2(warmPixels() > 0.3, qPrintable(QString::number(warmPixels())));
    pane->setStages({});
    QVERIFY(warmPixels() < 0.05);
  }

private:
  std::unique_ptr<StackedPlot> pane;
  QCustomPlot *plot = nullptr;
};

QTEST_MAIN(TestStackedPlot)
#include "tst_stacked_plot.moc"
