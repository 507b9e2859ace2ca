// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QSpinBox>

#include "app/window/heads_page.h"
#include "app/window/window_commands.h"
#include "core/metrics/head_place.h"
#include "tests/app/window_fixture.h"
#include "tests/support/gui_watchdog.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/head_color.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

constexpr int kLayers = 2, kHeads = 4;

/// Heads of known shape: those of even number rise early, the others late; level and noise differ.
double llcOf(int layer, int head, std::int64_t step) {
  const double t = std::log1p(double(step)), middle = head % 2 == 0 ? 2 : 6.5;
  return 10 + 2 * head + 5 * layer + (3 + layer) * std::tanh(t - middle) + 0.05 * std::sin(7 * t + head);
}

Numerics headNumerics() {
  Numerics numerics = test::quickNumerics();
  numerics.summarizeModel = [](const core::Run &) {
    core::ModelSummary model;
    model.family = "test";
    model.parameterCount = 16;
    model.components.push_back({"all", {}, 16});
    for (int l = 0; l < kLayers; ++l)
      for (int h = 0; h < kHeads; ++h)
        model.components.push_back({"L" + std::to_string(l) + ".H" + std::to_string(h), {}, 2});
    model.slices = {"train", "code"};
    return model;
  };
  numerics.computeLlcCurve = [](const core::Run &run, const core::LlcRequest &request,
                                core::ResultStore &store, const core::LlcCurveEvents &events) {
    core::LlcCurveOutcome outcome;
    for (const auto &entry : run.index.checkpoints)
      for (const std::string &component : request.components) {
        core::LlcEstimate estimate;
        estimate.step = entry.step;
        estimate.component = component;
        estimate.slice = request.slice;
        estimate.checkpointHash = "checkpoint" + std::to_string(entry.step);
        estimate.dataHash = request.slice;
        estimate.settingsHash = request.settings.hash();
        const auto place = core::headPlaceOf(component);
        estimate.llc = estimate.llcPaired =
            (place ? llcOf(place->layer, place->head, entry.step) : 50) + (request.slice == "code" ? 3 : 0);
        estimate.standardError = 0.2;
        estimate.chains.resize(2);
        if (component == "L1.H3" && entry.step == 10) {
          estimate.llc = 1e9;
          estimate.verdict = {"diverged", "A chain ran off."};
        }
        store.put(estimate, request.settings);
        events.done(estimate, false);
        ++outcome.computed;
      }
    return outcome;
  };
  return numerics;
}

class HeadsFixture : public test::WindowFixture {
public:
  HeadsFixture() { openWindow(headNumerics()); }
  HeadsPage &page() { return window().headsPage(); }
  template <class T> T *find(const QString &name) { return page().findChild<T *>(name); }
  widgets::SmallMultiples *panels() { return find<widgets::SmallMultiples>(u"pane.heads.panels"_s); }
  widgets::CurvePlot *overlay() { return find<widgets::CurvePlot>(u"pane.heads.overlay"_s); }
  widgets::MatrixPlot *map() { return find<widgets::MatrixPlot>(u"pane.heads.map"_s); }

  bool estimate(const std::string &slice = "train") {
    core::LlcRequest request;
    for (int l = 0; l < kLayers; ++l)
      for (int h = 0; h < kHeads; ++h)
        request.components.push_back("L" + std::to_string(l) + ".H" + std::to_string(h));
    request.components.push_back("all");
    request.slice = slice;
    const std::size_t before = session().estimates().size();
    session().computeLlc(request);
    return QTest::qWaitFor([&] { return session().estimates().size() >= before + 9 * 14; },
                           test::kPatienceMs);
  }
  bool open() {
    if (!openRun() || !estimate())
      return false;
    trigger(u"view.heads"_s);
    return QTest::qWaitFor(
        [&] { return page().heads().size() == 8 && !page().clusters().clusters.labels.empty(); },
        test::kPatienceMs);
  }
  void choose(const QString &box, int index) {
    auto *combo = find<QComboBox>(box);
    combo->setCurrentIndex(index);
    Q_EMIT combo->activated(index);
  }
  QStringList order() {
    QStringList names;
    for (const widgets::SmallPanel &panel : panels()->panels())
      names << panel.series.id.mid(4);
    return names;
  }
  void click(int panel, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QTest::mouseClick(panels()->canvas(), Qt::LeftButton, modifiers, panels()->panelRect(panel).center());
  }
};

} // namespace

class TestWindowHeads : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void withoutEstimatesOfHeadsItSaysHowToGetThem() {
    HeadsFixture f;
    QVERIFY(f.openRun());
    f.trigger(u"view.heads"_s);
    QVERIFY(f.page().isVisible());
    QVERIFY(f.panels()->isEmpty());
    QSignalSpy asked(&f.page(), &HeadsPage::computeRequested);
    Q_EMIT f.panels()->emptyActionRequested();
    QCOMPARE(asked.count(), 1);
  }

  void everyHeadHasItsPanelItsLineAndItsRowInOneColour() {
    HeadsFixture f;
    QVERIFY(f.open());
    QCOMPARE(f.panels()->panels().size(), std::size_t(8));
    QCOMPARE(f.overlay()->series().size(), std::size_t(8)); // "all" is no head
    QCOMPARE(f.map()->data().rows.size(), 8);
    QCOMPARE(f.map()->data().columns.size(), 14);
    for (int i = 0; i < 8; ++i) {
      const QColor color = widgets::headColor(i / kHeads, i % kHeads, kLayers, kHeads);
      QCOMPARE(f.panels()->panels()[std::size_t(i)].series.color, color);
      QCOMPARE(f.overlay()->series()[std::size_t(i)].color, color);
      QCOMPARE(f.map()->data().rowColors[std::size_t(i)], color);
    }
    for (const auto &curve : f.pane<widgets::CurvePlot>(u"llc"_s)->series())
      if (curve.id == u"llc:L1.H2"_s)
        QCOMPARE(curve.color, widgets::headColor(1, 2, kLayers, kHeads));
    // The estimate that diverged is no cell, and does not stretch the axes.
    QVERIFY(f.panels()->valueRange().high < 100);
    QVERIFY(std::isnan(f.map()->data().at(7, 2)));
    QCOMPARE(f.map()->data().at(0, 0), llcOf(0, 0, 0));
    QVERIFY(f.window().grab().save(
        QDir(QCoreApplication::applicationDirPath()).filePath(u"workflow_heads.png"_s)));
  }

  void selectingHeadsNarrowsEveryView() {
    HeadsFixture f;
    QVERIFY(f.open());
    f.click(2);
    QCOMPARE(f.overlay()->series().size(), std::size_t(1));
    QCOMPARE(f.map()->data().rows, QStringList{u"L0.H2"_s});
    QCOMPARE(f.find<QLabel>(u"headCardTitle"_s)->text(), u"L0.H2"_s);
    const QString card = f.find<QLabel>(u"headCard"_s)->text();
    QVERIFY2(card.contains(u"± 0.20"_s) && card.contains(u"cluster"_s), qPrintable(card));
    QCOMPARE(f.panels()->panels().size(), std::size_t(8)); // they stay, to choose from
    f.click(5, Qt::ControlModifier);
    QCOMPARE(f.overlay()->series().size(), std::size_t(2));
    QCOMPARE(f.pane<widgets::CurvePlot>(u"llc"_s)->series().size(), std::size_t(2));
    f.click(5, Qt::ControlModifier);
    QCOMPARE(f.overlay()->series().size(), std::size_t(1));
    QTest::keyClick(f.panels()->canvas(), Qt::Key_Escape);
    QCOMPARE(f.overlay()->series().size(), std::size_t(8));
    QCOMPARE(f.pane<widgets::CurvePlot>(u"llc"_s)->series().size(), std::size_t(9));
  }

  void headsAreSortedByValueAndByCluster() {
    HeadsFixture f;
    QVERIFY(f.open());
    QCOMPARE(f.order().front(), u"L0.H0"_s);
    f.choose(u"headOrder"_s, 1);
    QCOMPARE(f.order().front(), u"L1.H3"_s);
    QCOMPARE(f.order().back(), u"L0.H0"_s);
    QCOMPARE(f.map()->data().rows.front(), u"L1.H3"_s);
    // Standardised, there are two shapes: early and late, whatever level and layer.
    f.find<QSpinBox>(u"clusterCount"_s)->setValue(2);
    QTRY_COMPARE_WITH_TIMEOUT(f.page().clusters().clusters.centres.rows(), Eigen::Index(2),
                              test::kPatienceMs);
    f.choose(u"headOrder"_s, 2);
    QCOMPARE(f.order(), (QStringList{u"L0.H0"_s, u"L0.H2"_s, u"L1.H0"_s, u"L1.H2"_s, u"L0.H1"_s, u"L0.H3"_s,
                                     u"L1.H1"_s, u"L1.H3"_s}));
    QCOMPARE(f.panels()->panels().front().badge, u"cluster 1"_s);
    QCOMPARE(f.panels()->panels().back().badge, u"cluster 2"_s);
    // As they are, levels count, and level tells other groups.
    f.choose(u"clusterScaling"_s, 2);
    QTRY_VERIFY_WITH_TIMEOUT(f.order()[1] != u"L0.H2"_s, test::kPatienceMs);
  }

  void everyMethodOfGroupingAnswersWithoutHoldingTheWindowUp() {
    std::optional<HeadsFixture> fixture;
    const auto begin = [&] {
      fixture.emplace();
      QVERIFY(fixture->open());
    };
    test::verifyNothingIsHeldUp(begin, [&] {
      for (int method = 1; method < 4; ++method) {
        fixture->choose(u"clusterMethod"_s, method);
        QTRY_VERIFY_WITH_TIMEOUT(!fixture->page().isGrouping(), test::kPatienceMs);
        QCOMPARE(fixture->page().clusters().clusters.labels.size(), std::size_t(8));
      }
    });
  }

  void moreGroupsThanHeadsAreRefusedInOneSentence() {
    HeadsFixture f;
    QVERIFY(f.open());
    f.find<QSpinBox>(u"clusterCount"_s)->setValue(9);
    const auto *problem = f.find<QLabel>(u"clusterProblem"_s);
    QTRY_VERIFY(problem->text().contains(u"found 8"_s));
    QVERIFY(f.panels()->panels().front().badge.isEmpty());
    f.find<QSpinBox>(u"clusterCount"_s)->setValue(3);
    QTRY_VERIFY_WITH_TIMEOUT(problem->text().isEmpty(), test::kPatienceMs);
  }

  void anotherDataSetStandsBesideInTheSamePanels() {
    HeadsFixture f;
    QVERIFY(f.open());
    QVERIFY(!f.find<QComboBox>(u"headBeside"_s)->isEnabled());
    QVERIFY(f.estimate("code"));
    auto *beside = f.find<QComboBox>(u"headBeside"_s);
    QTRY_COMPARE_WITH_TIMEOUT(beside->count(), 3, test::kPatienceMs);
    const double before = f.panels()->valueRange().high;
    const QString drawn = f.find<QComboBox>(u"headSet"_s)->currentData().toString();
    f.choose(u"headBeside"_s, beside->itemData(1).toString() == drawn ? 2 : 1);
    const widgets::SmallPanel &panel = f.panels()->panels().front();
    QVERIFY(panel.beside);
    QCOMPARE(panel.beside->line, Qt::DashLine);
    QCOMPARE(std::abs(panel.beside->points.front().value - panel.series.points.front().value), 3.0);
    QVERIFY(f.panels()->valueRange().high >= before);
    QCOMPARE(f.overlay()->series().size(), std::size_t(16));
  }

  void hoveringOneViewHighlightsAll() {
    HeadsFixture f;
    QVERIFY(f.open());
    Q_EMIT f.map()->rowHovered(3);
    Q_EMIT f.map()->rowHovered(-1);
    QTest::mouseMove(f.panels()->canvas(), f.panels()->panelRect(1).center());
    QTRY_VERIFY(!f.window().findChild<QLabel *>(u"hoverText"_s)->text().isEmpty());
    QVERIFY(f.window().findChild<QLabel *>(u"hoverText"_s)->text().startsWith(u"L0.H1"_s));
  }

  void aClickOnTheMapMovesTheTimeCursorAndOneOnANameSelects() {
    HeadsFixture f;
    QVERIFY(f.open());
    QTest::mouseClick(f.map()->canvas(), Qt::LeftButton, Qt::NoModifier,
                      f.map()->cellRect(4, 3).center().toPoint());
    QCOMPARE(f.session().cursor(), std::int64_t(100));
    QVERIFY(f.window().view().selectedComponents().isEmpty());
    const QRectF cell = f.map()->cellRect(4, 0);
    QTest::mouseClick(f.map()->canvas(), Qt::LeftButton, Qt::NoModifier,
                      QPointF(cell.left() - 8, cell.center().y()).toPoint());
    QCOMPARE(f.window().view().selectedComponents(), QSet<QString>{u"llc:L1.H0"_s});
  }

  void figureCommandsTakeThePaneOfTheTabInFront() {
    HeadsFixture f;
    QVERIFY(f.open());
    QCOMPARE(f.window().commands().focusedPane(), static_cast<widgets::PlotPane *>(f.panels()));
    f.trigger(u"view.table"_s);
    QVERIFY(f.panels()->isTableShown());
    QVERIFY(f.panels()->tableText().contains(u"L1.H3,10,"_s));
    f.page().toggleMaximised(f.map());
    QVERIFY(f.map()->isVisible() && !f.panels()->isVisible());
    f.page().toggleMaximised(f.map());
    QVERIFY(f.panels()->isVisible());
  }

  void anotherRunBeginsAnew() {
    HeadsFixture f;
    QVERIFY(f.open());
    f.click(0);
    f.session().close();
    QVERIFY(f.window().view().selectedComponents().isEmpty());
    QVERIFY(f.openRun());
    f.trigger(u"view.heads"_s);
    QTRY_COMPARE_WITH_TIMEOUT(f.page().heads().size(), std::size_t(8), test::kPatienceMs); // stored ones
  }
};

QTEST_MAIN(TestWindowHeads)
#include "tst_window_heads.moc"
