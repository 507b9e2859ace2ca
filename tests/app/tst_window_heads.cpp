// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QTabWidget>
#include <QToolButton>

#include "app/window/head_range.h"
#include "app/window/heads_page.h"
#include "app/window/window_commands.h"
#include "core/checkpoint/checkpoint_file.h"
#include "core/error.h"
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
        estimate.checkpointHash = core::CheckpointFile::open(entry).contentHash(); // else it would be of a file since replaced
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
  numerics.attentionOn = [](const core::Run &, const core::AttentionRequest &request) {
    if (request.text == "wrong")
      throw core::Error("text: expected token ids, found \"wrong\"");
    core::AttentionOnText found;
    found.tokens = {1, 2, 3};
    found.labels = {"a", request.text.empty() ? "sequence " + std::to_string(request.sequence) : request.text,
                    "c"};
    found.losses = {2, 0.5};
    if (!request.ablated.empty())
      found.ablationEffects = {1.5, -0.25};
    for (int l = 0; l < kLayers; ++l)
      for (int h = 0; h < kHeads; ++h) {
        found.heads.push_back("L" + std::to_string(l) + ".H" + std::to_string(h));
        Eigen::MatrixXd pattern = Eigen::MatrixXd::Zero(3, 3);
        for (int q = 0; q < 3; ++q)
          pattern(q, std::max(0, q - h)) = 1;
        found.patterns.push_back(pattern);
      }
    return found;
  };
  return numerics;
}

/// Heads of even number attend to the token before, those of odd number match prefixes; composition is i + j.
std::vector<core::MetricValue> storedMetrics() {
  std::vector<core::MetricValue> values;
  const auto add = [&](const std::string &name, const std::string &component, std::int64_t step,
                       double value) {
    core::MetricValue v;
    v.checkpointHash = "checkpoint" + std::to_string(step);
    v.settingsHash = "metrics";
    v.name = name;
    v.component = component;
    v.step = step;
    v.value = value;
    values.push_back(v);
  };
  for (const std::int64_t step : {0, 1000, 10000})
    for (int l = 0; l < kLayers; ++l)
      for (int h = 0; h < kHeads; ++h) {
        const std::string head = "L" + std::to_string(l) + ".H" + std::to_string(h);
        const double late = step == 10000 ? 0.8 : 0.05;
        add("previous-token", head, step, h % 2 == 0 ? late : 0.05);
        add("prefix-matching", head, step, h % 2 == 0 ? 0.01 : late);
        for (int k = 0; k < kHeads && l == 0; ++k)
          add("k-composition", head + ">L1.H" + std::to_string(k), step, h + k);
      }
  return values;
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
    const auto *groups = f.find<widgets::PlotPane>(u"pane.heads.clusters"_s);
    const auto says = [&](const QString &words) {
      const auto labels = groups->findChildren<QLabel *>();
      return std::any_of(labels.begin(), labels.end(), [&](const QLabel *l) { return l->text().contains(words); });
    };
    QTRY_VERIFY(groups->isEmpty() && says(u"found 8"_s));
    QVERIFY(f.panels()->panels().front().badge.isEmpty());
    f.find<QSpinBox>(u"clusterCount"_s)->setValue(3);
    QTRY_VERIFY_WITH_TIMEOUT(!groups->isEmpty(), test::kPatienceMs);
  }

  void suspectEstimatesAreTakenInWhenAskedFor() {
    HeadsFixture f;
    QVERIFY(f.open());
    const auto suspects = [&] {
      int count = 0;
      for (const HeadCurve &head : f.page().heads())
        count += int(std::count_if(head.curve.points.begin(), head.curve.points.end(),
                                   [](const auto &point) { return point.suspect; }));
      return count;
    };
    QVERIFY(suspects() > 0);
    f.find<QCheckBox>(u"headSuspects"_s)->setChecked(true);
    QCOMPARE(suspects(), 0);
    f.find<QCheckBox>(u"headSuspects"_s)->setChecked(false);
    QVERIFY(suspects() > 0);
  }

  void oneRangeServesAllViewsAndAClickShowsTheWhole() {
    HeadsFixture f;
    QVERIFY(f.open());
    auto *whole = f.find<QToolButton>(u"headFullRange"_s);
    QVERIFY(whole->isVisible());
    QVERIFY2(whole->text().startsWith(u"1 "_s), qPrintable(whole->text())); // the estimate that diverged
    const double high = f.panels()->valueRange().high;
    QVERIFY(high < 100);
    QVERIFY(f.overlay()->view().highValue < 100);
    // Taken in, it is drawn and a cell of the map, and still does not decide the range.
    f.find<QCheckBox>(u"headSuspects"_s)->setChecked(true);
    QCOMPARE(f.panels()->valueRange().high, high);
    QVERIFY(f.overlay()->view().highValue < 100);
    QCOMPARE(f.map()->data().at(7, 2), 1e9);
    QVERIFY(f.map()->colorRange().second < 100);
    whole->click();
    QVERIFY(f.panels()->valueRange().high > 1e9);
    QVERIFY(f.overlay()->view().highValue > 1e9);
    QCOMPARE(f.map()->colorRange().second, 1e9);
    QVERIFY(whole->isVisible());
    whole->click();
    QCOMPARE(f.panels()->valueRange().high, high);
  }

  void theRangeFollowsHealthyEstimatesAndTheirErrors() {
    const auto head = [](std::vector<std::pair<double, bool>> values) {
      HeadCurve curve;
      for (const auto &[value, suspect] : values) {
        widgets::CurvePoint &point = curve.curve.points.emplace_back();
        point.value = value;
        point.error = 1;
        point.suspect = suspect;
      }
      return curve;
    };
    std::vector<HeadCurve> heads{head({{10, false}, {20, false}, {29, true}, {1000, true}, {-5, true}})};
    heads[0].healthy = {9.0, 21.0};
    heads.push_back(head({{HUGE_VAL, true}, {widgets::kNone, true}, {15, true}}));
    const HeadRange range = *headRange(heads); // half of 12 is reached on each side: 3 to 27
    QCOMPARE(range.pair(), std::pair(9.0, 21.0));
    QCOMPARE(range.outside, 4); // 29, 1000, -5, infinity; what is not known lies nowhere
    heads[0].curve.points[2].value = 26;
    QCOMPARE(headRange(heads)->pair(), std::pair(9.0, 26.0));
    QCOMPARE(headRange(heads, true)->pair(), std::pair(-5.0, 1000.0));
    QCOMPARE(headRange(heads, true)->outside, 1);
    heads[0].healthy.reset(); // none that is healthy: all that is finite
    QCOMPARE(headRange(heads)->pair(), std::pair(-5.0, 1000.0));
    QVERIFY(!headRange({head({{widgets::kNone, true}})}));
    QCOMPARE(colorRange({1, 2, 50, widgets::kNone}, {0, 10, 0}), std::pair(1.0, 2.0));
  }

  void headsStandOverTheMetricChosenWithTheirFit() {
    HeadsFixture f;
    core::ResultStore(f.run().path().toStdString()).putMetrics(storedMetrics());
    QVERIFY(f.open());
    auto *scatter = f.find<widgets::LinePlot>(u"pane.heads.scatter"_s);
    QTRY_COMPARE_WITH_TIMEOUT(scatter->data().series.size(), std::size_t(9), test::kPatienceMs); // heads, fit
    QCOMPARE(scatter->data().series.front().points.front().label, u"L0.H0"_s);
    QVERIFY(scatter->data().xLabel.startsWith(u"prefix-matching"_s) && scatter->data().xLabel.contains(u"r = "_s));
    f.choose(u"scatterMetric"_s, f.find<QComboBox>(u"scatterMetric"_s)->findText(u"previous-token"_s));
    QVERIFY(scatter->data().xLabel.startsWith(u"previous-token"_s));
    f.click(2);
    QCOMPARE(scatter->data().series.size(), std::size_t(1)); // one head alone has no line
    QCOMPARE(scatter->data().series.front().points.front().label, u"L0.H2"_s);
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

  void storedScoresNameFamiliesAndAgreeWithGroups() {
    HeadsFixture f;
    core::ResultStore(f.run().path().toStdString()).putMetrics(storedMetrics());
    QVERIFY(f.open());
    f.find<QSpinBox>(u"clusterCount"_s)->setValue(2);
    auto *quantity = f.find<QComboBox>(u"headQuantity"_s);
    QTRY_COMPARE_WITH_TIMEOUT(quantity->count(), 3, test::kPatienceMs); // λ̂ and two scores
    QTRY_COMPARE_WITH_TIMEOUT(f.page().clusters().clusters.centres.rows(), Eigen::Index(2),
                              test::kPatienceMs);
    const auto &families = f.find<widgets::MatrixPlot>(u"pane.heads.agreement"_s)->data();
    QCOMPARE(families.columns, (QStringList{u"previous-token"_s, u"induction"_s}));
    QCOMPARE(families.values, (std::vector<double>{4, 0, 0, 4}));
    QVERIFY2(families.columnLabel.contains(u"1.00"_s), qPrintable(families.columnLabel));
    f.click(1);
    const QString card = f.find<QLabel>(u"headCard"_s)->text();
    QVERIFY2(card.contains(u"induction"_s) && card.contains(u"prefix-matching"_s), qPrintable(card));
    // A score can be drawn like λ̂.
    QTest::keyClick(f.panels()->canvas(), Qt::Key_Escape);
    f.choose(u"headQuantity"_s, quantity->findText(u"prefix-matching"_s));
    QCOMPARE(f.panels()->panels().size(), std::size_t(8));
    QCOMPARE(f.panels()->panels()[1].series.points.back().value, 0.8);
    QCOMPARE(f.panels()->panels()[1].series.color, widgets::headColor(0, 1, kLayers, kHeads));
    QCOMPARE(f.map()->data().columns.size(), 3);
  }

  void compositionIsAGridOfWritersAndReaders() {
    HeadsFixture f;
    core::ResultStore(f.run().path().toStdString()).putMetrics(storedMetrics());
    QVERIFY(f.open());
    auto *grid = f.find<widgets::MatrixPlot>(u"pane.heads.composition"_s);
    QTRY_COMPARE_WITH_TIMEOUT(grid->data().rows.size(), 4, test::kPatienceMs);
    QCOMPARE(grid->data().columns.back(), u"L1.H3"_s);
    QCOMPARE(grid->data().at(2, 3), 5.0);
    f.click(2); // L0.H2: what it writes
    QCOMPARE(grid->data().rows, QStringList{u"L0.H2"_s});
    QCOMPARE(grid->data().at(0, 3), 5.0);
    f.click(2);
    f.click(7); // L1.H3: what it reads
    QCOMPARE(grid->data().columns, QStringList{u"L1.H3"_s});
    QCOMPARE(grid->data().rows.size(), 4);
    f.click(7);
    QCOMPARE(grid->data().columns.size(), 4);
    f.choose(u"compositionKind"_s, 1); // none is stored
    QVERIFY(grid->isEmpty());
  }

  void scoresOfTheModelAreCurvesOverTraining() {
    HeadsFixture f;
    std::vector<core::MetricValue> values;
    const auto add = [&](const std::string &name, const std::string &component, std::int64_t step,
                         double value, const std::string &settings = "now") {
      core::MetricValue &v = values.emplace_back();
      v.checkpointHash = "checkpoint" + std::to_string(step);
      v.settingsHash = settings;
      v.name = name;
      v.component = component;
      v.slice = "code";
      v.step = step;
      v.value = value;
    };
    for (const std::int64_t step : {0, 1000, 10000}) {
      for (const char *name : {"2-gram-score", "3-gram-score"})
        add(name, "all", step, double(step));
      add("bigram-score", "all", step, 4);
      add("bigram-floor", "all", step, 3);
      for (const char *token : {"token 2", "token 4", "token 16"})
        add("loss-by-position", token, step, 2);
    }
    add("3-gram-score", "all", 1000, 77, "before"); // other sequences: no point of the same curve
    core::ResultStore(f.run().path().toStdString()).putMetrics(values);
    QVERIFY(f.open());
    auto *plot = f.find<widgets::CurvePlot>(u"pane.heads.model"_s);
    auto *group = f.find<QComboBox>(u"modelMetric"_s);
    QTRY_COMPARE_WITH_TIMEOUT(group->count(), 3, test::kPatienceMs);
    const auto labels = [&] {
      QStringList list;
      for (const widgets::CurveSeries &series : plot->series())
        list << series.label;
      return list;
    };
    f.choose(u"modelMetric"_s, group->findText(u"n-gram scores"_s));
    QCOMPARE(labels(), QStringList({u"2-gram-score"_s, u"3-gram-score"_s}));
    QCOMPARE(plot->series()[1].points.size(), std::size_t(3));
    QCOMPARE(plot->series()[1].points[1].value, 1000.0);
    f.choose(u"modelMetric"_s, group->findText(u"bigram score (nats)"_s));
    QCOMPARE(labels(), QStringList({u"bigram-floor"_s, u"bigram-score"_s}));
    QCOMPARE(plot->series()[0].line, Qt::DashLine);
    f.choose(u"modelMetric"_s, group->findText(u"loss-by-position"_s));
    QCOMPARE(labels(), QStringList({u"token 2"_s, u"token 4"_s, u"token 16"_s}));
  }

  void attentionFollowsTextHeadAndCursor() {
    HeadsFixture f;
    QVERIFY(f.open());
    auto *attention = f.find<widgets::MatrixPlot>(u"pane.heads.attention"_s);
    auto *tabs = f.page().findChild<QTabWidget *>();
    tabs->setCurrentWidget(attention->parentWidget());
    QTRY_COMPARE_WITH_TIMEOUT(attention->data().rows.size(), 3, test::kPatienceMs);
    QCOMPARE(attention->data().rows[1], u"sequence 0"_s);
    f.click(2);
    QVERIFY(attention->title().contains(u"L0.H2"_s));
    QCOMPARE(attention->data().at(2, 0), 1.0);       // two places back
    QVERIFY(std::isnan(attention->data().at(0, 2))); // what lies ahead is no 0
    auto *text = f.find<QLineEdit>(u"attentionText"_s);
    text->setText(u"word"_s);
    Q_EMIT text->editingFinished();
    QTRY_COMPARE_WITH_TIMEOUT(attention->data().rows[1], u"word"_s, test::kPatienceMs);
    QVERIFY(f.find<QLabel>(u"attentionTokens"_s)->text().contains(u"2.00 nats"_s));
    f.choose(u"attentionShade"_s, 1);
    QTRY_VERIFY_WITH_TIMEOUT(f.find<QLabel>(u"attentionTokens"_s)->text().contains(u"without L0.H2, up to 1.50"_s),
                             test::kPatienceMs);
    text->setText(u"wrong"_s);
    Q_EMIT text->editingFinished();
    QTRY_VERIFY_WITH_TIMEOUT(attention->isEmpty(), test::kPatienceMs);
    QVERIFY(f.find<QLabel>(u"attentionTokens"_s)->text().contains(u"expected token ids"_s));
    f.page().toggleMaximised(attention);
    QVERIFY(attention->isVisible() && !f.panels()->isVisible());
    f.page().toggleMaximised(attention);
    QVERIFY(f.panels()->isVisible());
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
