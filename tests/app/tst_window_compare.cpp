// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QLabel>
#include <QListWidget>
#include <QTabWidget>

#include "app/session/family_session.h"
#include "app/window/compare_data.h"
#include "app/window/compare_page.h"
#include "app/window/window_commands.h"
#include "tests/app/window_fixture.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/paths_plot.h"

using namespace evolute;
using namespace evolute::app;
using namespace Qt::StringLiterals;

namespace {

/// Runs at 2, 8 and infinitely many tasks on three straight lines; the loss on fresh tasks of the first dips.
core::FamilyResult plainResult(const core::Family &family) {
  core::FamilyResult result;
  result.parameter = family.parameter;
  result.features = result.keptFeatures = 24;
  result.plan = "32-bit";
  result.joint.explained = Eigen::Vector3d(0.5, 0.25, 0.125);
  result.oracles = {{"ridge", std::nullopt}, {"dMMSE 2", 0}, {"dMMSE 8", 1}};
  result.joint.others = Eigen::MatrixXd::Identity(3, 3);
  for (std::size_t i = 0; i < family.members.size(); ++i) {
    const core::FamilyMember &member = family.members[i];
    core::Trajectory curve;
    curve.steps = {0, 10, 20};
    curve.points = Eigen::MatrixXd::Constant(3, 3, double(i));
    curve.points.col(0) << 0, 1, 2;
    result.joint.curves.push_back(curve);
    core::FamilyMemberResult own;
    own.label = member.label;
    own.folder = member.run.index.root.string();
    own.value = member.value;
    const double none = std::numeric_limits<double>::quiet_NaN();
    const bool fresh = std::isinf(member.value);
    own.regression =
        core::RegressionCurve{{0, 10, 20},
                              {4, 3, 2},
                              {4, 2, 3},
                              {3, 2, 1},
                              fresh ? std::vector<double>(3, none) : std::vector<double>{3, 1, 0.5},
                              {3, 1, 2},
                              fresh ? std::vector<double>(3, none) : std::vector<double>{4, 2, 1}};
    own.oracles = core::OracleLosses{1.5, 1.6, fresh ? none : 0.5, fresh ? none : 2.5};
    own.critical = core::CriticalTime{10, 2, 1, 0.1};
    result.members.push_back(own);
  }
  return result;
}

class PlainFamily : public FamilySource {
public:
  explicit PlainFamily(const core::Family &family) : m_family(family) {}
  void addMissing(std::vector<core::SkippedFile> *, const core::Observer &observe) override {
    observe({1, 1, {}});
  }
  core::FamilyResult result() const override { return plainResult(m_family); }

private:
  core::Family m_family;
};

class CompareFixture : public test::WindowFixture {
public:
  CompareFixture() {
    Numerics numerics = test::quickNumerics();
    numerics.makeFamily = [this](const core::Family &family, const core::FamilySettings &settings,
                                 const core::DeviceOptions &) -> std::unique_ptr<FamilySource> {
      weighting = settings.weighting;
      return std::make_unique<PlainFamily>(family);
    };
    for (const char *tasks : {"2", "8", "inf"}) {
      const std::filesystem::path folder = sweepFolder() / (std::string("tasks-") + tasks);
      for (const std::int64_t step : {0, 10, 20})
        test::SyntheticRun::writeWeights(folder / "checkpoints" /
                                             ("step_" + std::to_string(step) + ".safetensors"),
                                         test::SyntheticRun::weights(step, 0));
      std::ofstream(folder / "run.toml")
          << "[data.train]\nkind = \"icl-regression\"\n"
          << (tasks == std::string("inf") ? "" : std::string("tasks = ") + tasks + "\n");
    }
    openWindow(numerics);
  }
  std::filesystem::path sweepFolder() const {
    return std::filesystem::path(m_sweep.path().toStdString()) / "sweep";
  }
  QString sweep() const { return QString::fromStdString(sweepFolder().string()); }
  ComparePage &page() { return window().comparePage(); }
  template <class T> T *find(const QString &name) { return page().findChild<T *>(name); }
  bool openSweep(const QStringList &paths) {
    window().commands().openPaths(paths);
    return QTest::qWaitFor([&] { return !window().family().result().members.empty() && page().isVisible(); },
                           test::kPatienceMs);
  }
  std::atomic<core::CurveWeighting> weighting = core::CurveWeighting::Checkpoints;

private:
  QTemporaryDir m_sweep;
};

} // namespace

class TestWindowCompare : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aFolderOfRunsOpensInTheCompareTab() {
    CompareFixture f;
    QVERIFY(f.openSweep({f.sweep()}));
    auto *runs = f.find<QListWidget>(u"familyRuns"_s);
    QCOMPARE(runs->count(), 3);
    QCOMPARE(runs->item(0)->text(), u"tasks 2"_s);
    QCOMPARE(runs->item(2)->text(), u"tasks inf"_s);
    const widgets::PlaneData &joint = f.find<widgets::PathsPlot>(u"pane.compare.joint"_s)->data();
    QCOMPARE(joint.paths.size(), 3u);
    QVERIFY(joint.paths[0].color != joint.paths[1].color);
    const auto count = [&](widgets::MarkShape shape) {
      return std::count_if(joint.marks.begin(), joint.marks.end(),
                           [&](const widgets::PlaneMark &mark) { return mark.shape == shape; });
    };
    QCOMPARE(count(widgets::MarkShape::Square), 1);  // ridge
    QCOMPARE(count(widgets::MarkShape::Diamond), 2); // a task set each
    QCOMPARE(count(widgets::MarkShape::Circle), 3);  // t_crit
    QCOMPARE(count(widgets::MarkShape::Star), 3);    // the ends
    QCOMPARE(f.find<widgets::PathsPlot>(u"pane.compare.distance"_s)->data().paths.size(),
             2u);                                                            // fresh tasks have none
    QVERIFY(f.find<widgets::PathsPlot>(u"pane.compare.phase"_s)->isEmpty()); // no estimate yet
    QCOMPARE(f.session().summary().name.isEmpty(), false); // the first run is open in the other tabs
  }

  void severalPathsAreComparedToo() {
    CompareFixture f;
    QVERIFY(f.openSweep({f.sweep() + u"/tasks-8"_s, f.sweep() + u"/tasks-2"_s}));
    QCOMPARE(f.find<QListWidget>(u"familyRuns"_s)->count(), 2);
  }

  void anUncheckedRunLeavesEveryPlot() {
    CompareFixture f;
    QVERIFY(f.openSweep({f.sweep()}));
    f.find<QListWidget>(u"familyRuns"_s)->item(0)->setCheckState(Qt::Unchecked);
    const widgets::PlaneData &joint = f.find<widgets::PathsPlot>(u"pane.compare.joint"_s)->data();
    QCOMPARE(joint.paths.size(), 2u);
    QVERIFY(std::none_of(joint.marks.begin(), joint.marks.end(),
                         [](const widgets::PlaneMark &mark) { return mark.note == u"dMMSE 2"_s; }));
    QCOMPARE(f.find<widgets::CurvePlot>(u"pane.compare.ood"_s)->series().size(), 3u); // two lines, t_crit
  }

  void anotherWeightingIsComputedAnew() {
    CompareFixture f;
    QVERIFY(f.openSweep({f.sweep()}));
    QCOMPARE(f.weighting.load(), core::CurveWeighting::Checkpoints);
    f.window().family().setWeighting(core::CurveWeighting::LogTime);
    QVERIFY(QTest::qWaitFor([&] { return f.weighting.load() == core::CurveWeighting::LogTime; },
                            test::kPatienceMs));
  }

  void aSingleRunIsNotCompared() {
    CompareFixture f;
    f.window().commands().openPaths({f.sweep() + u"/tasks-2"_s});
    QVERIFY(
        QTest::qWaitFor([&] { return f.session().phase() == RunSession::Phase::Open; }, test::kPatienceMs));
    QVERIFY(!f.page().isVisible());
    QVERIFY(!f.window().family().isOpen());
    f.trigger(u"compute.compare"_s);
    QVERIFY(f.page().isVisible());
    QVERIFY(f.find<widgets::PathsPlot>(u"pane.compare.joint"_s)->isEmpty());
  }

  /// Evenly in log M, infinity an octave further: 2, 4, 8, inf are alike apart.
  void coloursFollowTheParameter() {
    const double inf = std::numeric_limits<double>::infinity();
    const auto colors = memberColors({1, 8, 32, inf}, false);
    QCOMPARE(colors.size(), 4u);
    QCOMPARE(colors.front(), memberColors({1, 100}, false).front());
    QCOMPARE(colors.back(), memberColors({1, 100}, false).back());
    QCOMPARE(memberColors({1, 8, 64}, false)[1], memberColors({1, 2, 3}, false)[1]); // half-way in each way
    QCOMPARE(memberColors({5}, false).size(), 1u);
    QVERIFY(memberColors({}, true).empty());
  }

  void lossByRunShowsBothPredictorsAndInfinity() {
    core::Family family;
    family.parameter = "tasks";
    for (const double value : {2.0, 32.0, std::numeric_limits<double>::infinity()}) {
      family.members.emplace_back();
      family.members.back().value = value;
    }
    const core::FamilyResult result = plainResult(family);
    core::FamilyEstimates estimates;
    estimates.members = {{{20, 5, 0.5, 2, "ok"}}, {{20, 9, 0.5, 2, "diverged"}}, {{20, 7, 0.5, 2, "ok"}}};
    const CompareView view{result, estimates, memberColors({2, 32, 64}, false), {}, true};
    const widgets::LineData loss = lossOverParameter(view);
    QVERIFY(loss.logX);
    QCOMPARE(loss.series.size(), 3u);
    QCOMPARE(loss.series[1].points.size(), 2u); // dMMSE of the task sets
    QCOMPARE(loss.xTicks.back(), (std::pair<double, QString>{64, u"∞"_s}));
    const widgets::LineData llc = llcOverParameter(view);
    QCOMPARE(llc.valueMark, std::optional(7.0));
    QCOMPARE(llc.series.size(), 2u); // what is not to be trusted stands apart
    QCOMPARE(llc.series[1].points.size(), 1u);
    QCOMPARE(llc.series[1].points[0].value, 9.0);
    const auto stars = lossLlcPlane(view).marks;
    QCOMPARE(std::count_if(stars.begin(), stars.end(),
                           [](const auto &m) { return m.shape == widgets::MarkShape::Star; }),
             2);
    QCOMPARE(lossLlcPlane(view).paths.size(), 3u);
  }
};

QTEST_MAIN(TestWindowCompare)
#include "tst_window_compare.moc"
