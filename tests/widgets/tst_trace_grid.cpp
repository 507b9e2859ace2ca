// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include <QHelpEvent>
#include <QSignalSpy>
#include <QTest>
#include <QToolTip>

#include "widgets/figure/figure_export.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/trace_grid.h"

using namespace evolute::widgets;
using namespace Qt::StringLiterals;

namespace {

TraceShape wave(int points, float size) {
  TraceShape shape;
  for (int i = 0; i < points; ++i) {
    shape.low.push_back(size * std::sin(0.3F * float(i)));
    shape.high.push_back(shape.low.back() + 0.2F * size);
  }
  return shape;
}

/// `columns` x 2 panels of two rows: the first good, the second as `kind` says.
std::vector<TracePanel> panels(int columns, ChipKind kind = ChipKind::Good) {
  std::vector<TracePanel> list;
  for (int row = 0; row < 2; ++row)
    for (int column = 0; column < columns; ++column) {
      TracePanel panel;
      panel.title = u"ε %1  γ %2"_s.arg(column).arg(row);
      panel.row = row;
      panel.column = column;
      panel.rows = {{u"step 1"_s,
                     {wave(50, 1), wave(50, 2)},
                     u"$\\hat\\lambda$ 3.0 ± 0.1"_s,
                     ChipKind::Good,
                     u"ok"_s,
                     u"no rule objects"_s},
                    {u"step 9"_s,
                     {wave(50, 1)},
                     u"$\\hat\\lambda$ 4.0"_s,
                     kind,
                     u"diverged"_s,
                     u"1 of the chains ran off."_s}};
      list.push_back(panel);
    }
  return list;
}

void show(TraceGrid &grid) {
  grid.resize(900, 500);
  grid.show();
  QVERIFY(QTest::qWaitForWindowExposed(&grid));
}

QColor colorAt(TraceGrid &grid, const QRect &chip) {
  return grid.canvas()->grab().toImage().pixelColor(
      (QPointF(chip.left() + 5, chip.top() + 3) * grid.devicePixelRatioF()).toPoint());
}

} // namespace

class TestTraceGrid : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void withoutPanelsItSaysWhatToDo() {
    TraceGrid grid;
    grid.setEmptyText({u"No cell yet."_s, u"why"_s, u"Start"_s});
    show(grid);
    QVERIFY(grid.isEmpty());
    QVERIFY(!grid.canvas()->isVisible());
    grid.setPanels(panels(2));
    QVERIFY(grid.canvas()->isVisible());
  }

  void panelsDoNotOverlapInEitherArrangement() {
    TraceGrid grid;
    show(grid);
    grid.setPanels(panels(5));
    for (const auto arrangement : {TraceGrid::Arrangement::InOrder, TraceGrid::Arrangement::ByPlace}) {
      grid.setArrangement(arrangement);
      for (int a = 0; a < 10; ++a) {
        QVERIFY(grid.canvas()->rect().contains(grid.panelRect(a)));
        for (int b = 0; b < a; ++b)
          QVERIFY(!grid.panelRect(a).intersects(grid.panelRect(b)));
      }
    }
    QCOMPARE(grid.panelRect(7).left(), grid.panelRect(2).left()); // by place: one column each step size
    QVERIFY(grid.panelRect(5).top() > grid.panelRect(4).top());
  }

  void aClickChoosesPanelAndRow() {
    TraceGrid grid;
    show(grid);
    grid.setPanels(panels(3));
    QSignalSpy chosen(&grid, &TraceGrid::panelChosen), row(&grid, &TraceGrid::rowChosen);
    QTest::mouseClick(grid.canvas(), Qt::LeftButton, {}, grid.chipRect(1, 1).center());
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.front().front().toInt(), 1);
    QCOMPARE(row.front().front().toInt(), 1);
    QCOMPARE(grid.current(), 1);
    QTest::mouseClick(grid.canvas(), Qt::LeftButton, {}, QPoint(1, 1)); // between panels
    QCOMPARE(chosen.count(), 1);
  }

  void arrowKeysMoveBetweenPanels() {
    TraceGrid grid;
    show(grid);
    grid.setPanels(panels(3));
    grid.setArrangement(TraceGrid::Arrangement::ByPlace);
    const auto press = [&](Qt::Key key) {
      QTest::keyClick(grid.canvas(), key);
      return grid.current();
    };
    QCOMPARE(press(Qt::Key_Right), 0); // none yet: the first
    QCOMPARE(press(Qt::Key_Right), 1);
    QCOMPARE(press(Qt::Key_Down), 4);
    QCOMPARE(press(Qt::Key_Down), 4); // stays inside
    QCOMPARE(press(Qt::Key_Left), 3);
    QCOMPARE(press(Qt::Key_Left), 3);
    QCOMPARE(press(Qt::Key_Up), 0);
    QCOMPARE(press(Qt::Key_End), 5);
    QCOMPARE(press(Qt::Key_Home), 0);
    QSignalSpy chosen(&grid, &TraceGrid::panelChosen);
    press(Qt::Key_Left);
    QCOMPARE(chosen.count(), 0); // nothing else was chosen
  }

  void aSetterSendsNoSignal() {
    TraceGrid grid;
    grid.setPanels(panels(2));
    QSignalSpy chosen(&grid, &TraceGrid::panelChosen);
    grid.setCurrent(2);
    QCOMPARE(grid.current(), 2);
    QCOMPARE(chosen.count(), 0);
    grid.setPanels({});
    QCOMPARE(grid.current(), -1);
  }

  void chipsAreToldApartByColourAndSayWhyOnHover() {
    TraceGrid grid;
    show(grid);
    grid.setPanels(panels(1, ChipKind::Bad));
    const bool dark =
        grid.palette().color(QPalette::Text).lightness() > grid.palette().color(QPalette::Base).lightness();
    QCOMPARE(colorAt(grid, grid.chipRect(0, 0)), chipColors(ChipKind::Good, dark).fill);
    QCOMPARE(colorAt(grid, grid.chipRect(0, 1)), chipColors(ChipKind::Bad, dark).fill);
    const QPoint at = grid.chipRect(0, 1).center();
    QHelpEvent help(QEvent::ToolTip, at, grid.canvas()->mapToGlobal(at));
    QApplication::sendEvent(grid.canvas(), &help);
    QVERIFY2(QToolTip::text().contains(u"diverged"_s) && QToolTip::text().contains(u"ran off"_s),
             qPrintable(QToolTip::text()));
  }

  void textOnAChipCanBeRead() {
    // WCAG 2: relative luminances differ by 4.5 or more
    const auto luminance = [](const QColor &color) {
      const auto part = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
      };
      return 0.2126 * part(color.redF()) + 0.7152 * part(color.greenF()) + 0.0722 * part(color.blueF());
    };
    for (const bool dark : {false, true})
      for (const auto kind : {ChipKind::Waiting, ChipKind::Good, ChipKind::Advice, ChipKind::Bad}) {
        const ChipColors colors = chipColors(kind, dark);
        const double a = luminance(colors.fill), b = luminance(colors.text);
        QVERIFY((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05) >= 4.5);
      }
  }

  void chainsThatEndedAndEmptyOnesAreDrawn() {
    TraceGrid grid;
    show(grid);
    auto list = panels(1);
    for (std::size_t i = 20; i < 50; ++i)
      list[0].rows[0].chains[0].low[i] = list[0].rows[0].chains[0].high[i] =
          std::numeric_limits<float>::quiet_NaN();
    list[0].rows[1].chains.clear();
    grid.setPanels(list);
    QVERIFY(!grid.canvas()->grab().isNull());
  }

  void aHundredPanelsDrawOnlyWhatIsInView() {
    TraceGrid grid;
    show(grid);
    grid.setPanels(panels(100));
    QVERIFY(grid.canvas()->height() > 4 * grid.height());
    grid.setCurrent(199);
    grid.fit();
    QVERIFY(grid.canvas()->visibleRegion().boundingRect().contains(grid.panelRect(199)));
  }

  void itExportsAsAFigureAndAsATable() {
    TraceGrid grid;
    grid.setPanels(panels(3));
    PlotTable table;
    table.header = {u"epsilon"_s, u"verdict"_s};
    table.rows = 1;
    table.cell = [](int, int column) { return column == 0 ? u"1e-4"_s : u"ok, really"_s; };
    grid.setTable(table);
    QCOMPARE(grid.tableText(), u"epsilon,verdict\n1e-4,\"ok, really\"\n"_s);
    QVERIFY(!figureImage(grid, FigureSpec()).isNull());
  }

  void aLinePlotLosesNoSuspectPointInItsTable() {
    LinePlot plot;
    QVERIFY(plot.isEmpty());
    LineData data;
    data.header = {u"epsilon"_s, u"llc"_s};
    data.logX = true;
    data.series = {{u"step 1"_s,
                    {},
                    {{.x = 1e-4, .value = 5, .error = 0.5, .note = {}},
                     {.x = 1e-3, .value = 900, .error = 40, .suspect = true, .note = u"diverged"_s}},
                    true,
                    false}};
    plot.setData(data);
    QVERIFY(!plot.isEmpty());
    QCOMPARE(plot.tableText().count(u'\n'), 3);
    QVERIFY(plot.tableText().contains(u",900,40,"_s));
    QVERIFY(plot.tableText().contains(u"diverged"_s));
  }
};

QTEST_MAIN(TestTraceGrid)
#include "tst_trace_grid.moc"
