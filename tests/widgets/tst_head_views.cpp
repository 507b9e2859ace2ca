// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <set>

#include <QSignalSpy>
#include <QTest>

#include "widgets/figure/figure_export.h"
#include "widgets/plots/head_color.h"
#include "widgets/plots/matrix_plot.h"
#include "widgets/plots/small_multiples.h"
#include "widgets/plots/value_ticks.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

const std::vector<std::int64_t> kSteps{0, 1, 10, 100, 1000};

SmallPanel panel(const QString &id, double level, bool lastSuspect = false) {
  SmallPanel out;
  out.series.id = id;
  out.series.label = id;
  out.series.color = Qt::red;
  for (std::size_t i = 0; i < kSteps.size(); ++i) {
    CurvePoint &point = out.series.points.emplace_back();
    point.step = kSteps[i];
    point.value = level + double(i);
  }
  out.series.points.back().suspect = lastSuspect;
  return out;
}

std::vector<SmallPanel> panels(int count) {
  std::vector<SmallPanel> list;
  for (int i = 0; i < count; ++i)
    list.push_back(panel(u"h%1"_s.arg(i), i));
  return list;
}

template <class T> void show(T &plot) {
  plot.resize(700, 500);
  plot.show();
  QVERIFY(QTest::qWaitForWindowExposed(&plot));
}

MatrixData matrix() {
  MatrixData data;
  data.rows = {u"a"_s, u"b"_s};
  data.columns = {u"0"_s, u"10"_s, u"20"_s};
  data.values = {0, 1, 2, kNone, 4, 5};
  return data;
}

} // namespace

class TestHeadViews : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void ticksAreRoundAndInside_data() {
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("small") << 0.0013 << 0.0087;
    QTest::newRow("across zero") << -3.0 << 17.0;
    QTest::newRow("narrow") << 171.2 << 171.9;
    QTest::newRow("large") << 0.0 << 123456.0;
  }
  void ticksAreRoundAndInside() {
    QFETCH(double, low);
    QFETCH(double, high);
    for (const int most : {2, 4, 8}) {
      const std::vector<double> ticks = valueTicks(low, high, most);
      QVERIFY(!ticks.empty() && int(ticks.size()) <= most + 1);
      for (const double tick : ticks)
        QVERIFY(tick >= low - 1e-9 * high && tick <= high * (1 + 1e-9));
    }
    QVERIFY(valueTicks(1, 1, 4).empty());
    QVERIFY(valueTicks(0, kNone, 4).empty());
  }

  void headsDifferInColourAndLayersInHue() {
    std::set<QRgb> few, many;
    for (int l = 0; l < 2; ++l)
      for (int h = 0; h < 8; ++h) {
        many.insert(headColor(l, h, 2, 8).rgb());
        if (h < 4)
          few.insert(headColor(l, h, 2, 4).rgb());
      }
    QCOMPARE(few.size(), std::size_t(8));
    QCOMPARE(many.size(), std::size_t(16));
    QCOMPARE(headColor(1, 0, 2, 8).hslHue(), headColor(1, 7, 2, 8).hslHue());
    QVERIFY(std::abs(headColor(0, 0, 2, 8).hslHue() - headColor(1, 0, 2, 8).hslHue()) > 60);
    for (int h = 0; h < 8; ++h) { // seen on white and on black
      const float lightness = headColor(0, h, 2, 8).lightnessF();
      QVERIFY(lightness > 0.25F && lightness < 0.75F);
    }
  }

  void panelsShareTheirAxesAndDoNotOverlap() {
    SmallMultiples plot;
    plot.setTimeAxis(TimeAxis(TimeAxisKind::LogOnePlus, kSteps));
    plot.setPanels(panels(16));
    show(plot);
    QVERIFY(plot.valueRange().low < 0 && plot.valueRange().high > 19);
    for (int i = 0; i < 16; ++i) {
      const QRect rect = plot.panelRect(i);
      QVERIFY(rect.width() > 60 && rect.height() > 40);
      QCOMPARE(rect.size(), plot.panelRect(0).size());
      QVERIFY(plot.canvas()->rect().contains(rect));
      for (int k = 0; k < i; ++k)
        QVERIFY(!rect.intersects(plot.panelRect(k)));
    }
    // More than fit are scrolled to, not squeezed.
    plot.setPanels(panels(144));
    QVERIFY(plot.panelRect(143).height() > 40);
    QVERIFY(plot.canvas()->rect().contains(plot.panelRect(143)));
  }

  void aSuspectPointDoesNotStretchTheSharedAxis() {
    SmallMultiples plot;
    std::vector<SmallPanel> list = panels(2);
    list[1].series.points.back().value = 1e6;
    list[1].series.points.back().suspect = true;
    plot.setPanels(list);
    QVERIFY(plot.valueRange().high < 10);
    plot.setPanels({panel(u"only"_s, 3, true)});
    QVERIFY(plot.valueRange().low < 3);
  }

  void whatLiesOutsideTheRangeIsMarkedAtTheEdge() {
    SmallMultiples plot;
    std::vector<SmallPanel> list = panels(2);
    list[1].series.points[2].value = 1e30;
    list[1].series.points[3].value = -HUGE_VAL;
    list[1].series.points[4].value = kNone;
    const auto shown = [&](double low, double high) {
      plot.setValueRange(SmallMultiples::Range{low, high});
      plot.setPanels(list);
      const auto range = plot.valueRange();
      return std::pair(range.low, range.high);
    };
    const auto [low, high] = shown(0, 5);
    QVERIFY(low < 0 && low > -1 && high > 5 && high < 6);
    show(plot);
    const QImage shot = plot.canvas()->grab().toImage();
    const auto reddish = [&](const QRect &rect) {
      for (int x = rect.left(); x <= rect.right(); ++x)
        for (int y = rect.top(); y <= rect.bottom(); ++y)
          if (const QColor c = shot.pixelColor(QPoint(x, y) * shot.devicePixelRatio()); c.red() > 200 && c.green() < 120)
            return true;
      return false;
    };
    // Near the top and the bottom of the plot, at the places of steps 10 and 100.
    const QRect second = plot.panelRect(1);
    const auto near = [&](double share, bool top) {
      return reddish(QRect(int(second.left() + share * second.width()) - 8, top ? second.top() + 16 : second.bottom() - 9, 16, 8));
    };
    const auto share = [](double step) { return (0.02 + std::log1p(step) / std::log1p(1000)) / 1.04; };
    QVERIFY(near(share(10), true) && !near(share(10), false));
    QVERIFY(near(share(100), false) && !near(share(100), true));
    QSignalSpy hovered(&plot, &PlotPane::hovered);
    QTest::mouseMove(plot.canvas(), QPoint(int(second.left() + share(10) * second.width()), second.center().y()));
    QTRY_VERIFY(!hovered.isEmpty() && hovered.last().at(0).toString().contains(u"outside the range"_s));
    plot.setValueRange({});
    QVERIFY(plot.valueRange().high > 1e29);
  }

  void clicksSelectAndKeysMove() {
    SmallMultiples plot;
    plot.setPanels(panels(6));
    show(plot);
    QSignalSpy clicked(&plot, &SmallMultiples::panelClicked),
        cleared(&plot, &SmallMultiples::selectionCleared);
    QTest::mouseClick(plot.canvas(), Qt::LeftButton, Qt::NoModifier, plot.panelRect(2).center());
    QCOMPARE(clicked.takeFirst(), (QList<QVariant>{u"h2"_s, false}));
    QTest::mouseClick(plot.canvas(), Qt::LeftButton, Qt::ControlModifier, plot.panelRect(4).center());
    QCOMPARE(clicked.takeFirst(), (QList<QVariant>{u"h4"_s, true}));
    plot.setSelected({u"h2"_s});
    QTest::keyClick(plot.canvas(), Qt::Key_Right);
    QCOMPARE(clicked.takeFirst().at(0).toString(), u"h3"_s);
    QTest::keyClick(plot.canvas(), Qt::Key_End);
    QCOMPARE(clicked.takeFirst().at(0).toString(), u"h5"_s);
    QTest::keyClick(plot.canvas(), Qt::Key_Escape);
    QCOMPARE(cleared.count(), 1);
  }

  void hoveringTellsTheValueAtTheMouse() {
    SmallMultiples plot;
    plot.setTimeAxis(TimeAxis(TimeAxisKind::LogOnePlus, kSteps));
    plot.setPanels(panels(2));
    show(plot);
    QSignalSpy hovered(&plot, &PlotPane::hovered), over(&plot, &SmallMultiples::panelHovered);
    const QRect rect = plot.panelRect(1);
    QTest::mouseMove(plot.canvas(), QPoint(rect.right() - 4, rect.center().y()));
    QTRY_VERIFY(!hovered.isEmpty());
    const QString text = hovered.last().at(0).toString();
    QVERIFY2(text.contains(u"h1"_s) && text.contains(u"1k"_s) && text.contains(u"5"_s), qPrintable(text));
    QCOMPARE(over.last().at(0).toString(), u"h1"_s);
    QSignalSpy moved(&plot, &SmallMultiples::cursorMoved);
    QTest::mouseDClick(plot.canvas(), Qt::LeftButton, Qt::NoModifier,
                       QPoint(rect.right() - 4, rect.center().y()));
    QCOMPARE(moved.last().at(0).toLongLong(), 1000);
  }

  void theTableHoldsEveryPoint() {
    SmallMultiples plot;
    plot.setPanels(panels(3));
    QCOMPARE(plot.table().rows, 15);
    QVERIFY(plot.tableText().startsWith(u"name,step,value,error,group\nh0,0,0,,\n"_s));
  }

  void figuresOfManyPanelsStayOnThePage() {
    for (const int count : {1, 16, 144}) {
      SmallMultiples plot;
      plot.setPanels(panels(count));
      const QImage page = figureImage(plot, FigureSpec());
      QVERIFY(!page.isNull());
      bool bottom = false; // something is drawn in the lowest fifth: the axis' title
      for (int y = page.height() * 4 / 5; y < page.height() && !bottom; ++y)
        for (int x = 0; x < page.width() && !bottom; ++x)
          bottom = page.pixelColor(x, y).lightness() < 128;
      QVERIFY(bottom);
    }
  }

  void cellsHaveTheColoursOfTheirValues() {
    MatrixPlot plot;
    plot.setData(matrix());
    show(plot);
    QCOMPARE(plot.colorRange(), std::make_pair(0.0, 5.0));
    const QImage shot = plot.canvas()->grab().toImage();
    const auto at = [&](int row, int column) {
      return shot.pixelColor((plot.cellRect(row, column).center() * shot.devicePixelRatio()).toPoint());
    };
    QCOMPARE(at(0, 0), viridis(0));
    QCOMPARE(at(1, 2), viridis(1));
    QCOMPARE(at(1, 1), viridis(0.8));
    MatrixData fixed = matrix();
    fixed.range = {0.0, 10.0};
    plot.setData(fixed);
    QCOMPARE(plot.colorRange().second, 10.0);
    // Beyond the range a cell has the colour of the end and a mark in its middle.
    fixed.range = {1.0, 4.0};
    plot.setData(fixed);
    const QImage clipped = plot.canvas()->grab().toImage();
    const auto pixel = [&](int row, int column, double dx) {
      const QRectF rect = plot.cellRect(row, column);
      return clipped.pixelColor(((rect.center() + QPointF(dx * rect.width(), 0)) * clipped.devicePixelRatio()).toPoint());
    };
    QCOMPARE(pixel(1, 2, 0.3), viridis(1));
    QVERIFY(pixel(1, 2, 0) != viridis(1));
    QCOMPARE(pixel(0, 0, 0.3), viridis(0));
    QVERIFY(pixel(0, 0, 0) != viridis(0));
    QCOMPARE(pixel(1, 1, 0), viridis(1)); // at the end itself: none
  }

  void rowsAndColumnsAnswerTheMouse() {
    MatrixPlot plot;
    plot.setData(matrix());
    show(plot);
    QSignalSpy row(&plot, &MatrixPlot::rowClicked), column(&plot, &MatrixPlot::columnChosen),
        hovered(&plot, &PlotPane::hovered);
    QTest::mouseClick(
        plot.canvas(), Qt::LeftButton, Qt::ControlModifier,
        (plot.cellRect(1, 0).center() - QPointF(plot.cellRect(1, 0).width() / 2 + 8, 0)).toPoint());
    QCOMPARE(row.takeFirst(), (QList<QVariant>{1, true}));
    QTest::mouseClick(plot.canvas(), Qt::LeftButton, Qt::NoModifier, plot.cellRect(0, 2).center().toPoint());
    QCOMPARE(column.takeFirst().at(0).toInt(), 2);
    QCOMPARE(row.count(), 0);
    QTest::mouseMove(plot.canvas(), plot.cellRect(1, 1).center().toPoint());
    QTRY_VERIFY(!hovered.isEmpty() && hovered.last().at(0).toString() == u"b, 10: 4"_s);
  }

  void squareCellsAreSquareAndTablesAreWhole() {
    MatrixPlot plot;
    MatrixData data = matrix();
    data.squareCells = true;
    plot.setData(data);
    show(plot);
    const QRectF cell = plot.cellRect(1, 1);
    QVERIFY(std::abs(cell.width() - cell.height()) < 1e-9);
    QCOMPARE(plot.tableText(), u"name,0,10,20\na,0,1,2\nb,,4,5\n"_s);
    QVERIFY(!figureImage(plot, FigureSpec()).isNull());
    plot.setData({});
    QVERIFY(plot.isEmpty());
  }
};

QTEST_MAIN(TestHeadViews)
#include "tst_head_views.moc"
