// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <numbers>

#include <QTest>

#include "core/error.h"
#include "core/stages/stage_proposal.h"
#include "core/stages/vertex_marks.h"
#include "tests/support/stage_curves.h"

using namespace evolute::core;
using namespace evolute::stage_curves;

namespace {

Curve curveOf(const char *name, const Shape &shape, double noise, std::uint64_t seed) {
  Curve curve{name, {}, {}, {}};
  const CurvePoints points = noisy(shape, checkpoints(60), noise, seed);
  for (Eigen::Index i = 0; i < points.x.size(); ++i) {
    curve.steps.push_back(stepAt(points.x[i]));
    curve.values.push_back(points.y[i]);
  }
  return curve;
}

/// Straight pieces that meet at x = 6.
Curve bent(const char *name, std::uint64_t seed) {
  Curve curve = curveOf(name, nothing(), 0.2, seed);
  for (std::size_t i = 0; i < curve.steps.size(); ++i)
    curve.values[i] += std::max(0.0, logTime(curve.steps[i]) - 6) * 5;
  return curve;
}

} // namespace

class TestStageProposal : public QObject {
  Q_OBJECT

private Q_SLOTS:
  /// An ellipse has four vertices, at its axes; one plane shows them, and a mark is a bend once.
  void verticesOfATrajectoryAreMarks() {
    constexpr int kPoints = 500;
    constexpr double kTurns = 1.25;
    Trajectory path;
    path.points.resize(kPoints, 2);
    const auto angleAt = [](double i) { return 2 * std::numbers::pi * kTurns * i / (kPoints - 1) - 0.8; };
    for (int i = 0; i < kPoints; ++i) {
      path.steps.push_back(10 * i);
      path.points.row(i) << 3 * std::cos(angleAt(i)), std::sin(angleAt(i));
    }
    path.explained = Eigen::Vector2d(0.9, 0.1);
    const std::vector<VertexMark> marks = vertexMarks(path, 20);
    QCOMPARE(marks.size(), std::size_t(5));
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const double quarters = angleAt(double(marks[i].step) / 10) / (std::numbers::pi / 2);
      QVERIFY2(std::abs(quarters - double(i)) < 0.05, qPrintable(QString::number(quarters)));
      QVERIFY(marks[i].low <= marks[i].step && marks[i].step <= marks[i].high);
      QVERIFY(marks[i].rank >= 1.0 / 21 && marks[i].rank <= 1);
    }
    path.steps.resize(5);
    path.points.conservativeResize(5, 2);
    QVERIFY(vertexMarks(path, 20).empty());
  }

  void stoppingLeavesAProposalThatSaysSo() {
    const Curve llc = curveOf("llc", turn(), 1, 1);
    int asked = 0;
    const StageProposal proposal = proposeStages({llc, {llc}, {}}, {}, [&](const Progress &progress) {
      return progress.done == asked++ && asked < 3 ? Flow::Continue : Flow::Stop;
    });
    QCOMPARE(asked, 3);
    QVERIFY(proposal.stopped && proposal.boundaries.empty());
    QVERIFY(!proposeStages({llc, {}, {}}).stopped);
  }

  void aMilestoneIsProposedAndNamesWhatAgrees() {
    const Curve llc = curveOf("llc", turn(), 1, 1);
    const std::int64_t peak = stepAt(milestonesOf(turn(), 0.25)[0]);
    const StageProposal proposal = proposeStages({llc, {}, {{peak, peak, peak}, {1, 1, 1}}});
    QCOMPARE(proposal.boundaries.size(), std::size_t(1));
    const ProposedBoundary &boundary = proposal.boundaries[0];
    QVERIFY(boundary.low <= peak && peak <= boundary.high);
    QCOMPARE(boundary.evidence.front().kind, EvidenceKind::Slope);
    QVERIFY(boundary.evidence.front().probability >= 0.99);
    QCOMPARE(boundary.evidence.back().kind, EvidenceKind::Vertex);
    QCOMPARE(boundary.evidence.back().step, peak);
    QCOMPARE(proposal.stages.size(), std::size_t(2));
    QCOMPARE(proposal.stages[0].change.type, StageType::A);
    QCOMPARE(proposal.stages[1].change.type, StageType::B);
    QCOMPARE(proposal.stages[0].end, boundary.step);
    QCOMPARE(proposal.stages[1].start, boundary.step);
    QCOMPARE(proposal.stages[0].start, std::int64_t(0));
    QCOMPARE(proposal.stages[1].end, llc.steps.back());
    // The other vertex stays in its lane.
    QCOMPARE(proposal.lanes.back().kind, EvidenceKind::Vertex);
    QCOMPARE(proposal.lanes.back().marks.size(), std::size_t(2));
  }

  void otherEvidenceNeedsASecondSource() {
    const Curve llc = curveOf("llc", line(), 1, 1);
    const StageProposal one = proposeStages({llc, {bent("loss", 2)}, {}});
    QVERIFY(one.boundaries.empty());
    QCOMPARE(one.lanes[2].source, std::string("loss"));
    QCOMPARE(one.lanes[2].marks.size(), std::size_t(1));
    QVERIFY(one.lanes[2].marks[0].gain > 0);
    const StageProposal two = proposeStages({llc, {bent("loss", 2), bent("accuracy", 3)}, {}});
    QCOMPARE(two.boundaries.size(), std::size_t(1));
    QCOMPARE(two.boundaries[0].evidence.size(), std::size_t(2));
    QVERIFY(std::abs(logTime(two.boundaries[0].step) - 6) < 0.5);
    QCOMPARE(two.stages.size(), std::size_t(2));
  }

  void aCurveWithoutStagesHasOne() {
    const StageProposal proposal = proposeStages({curveOf("llc", line(), 1, 1), {}, {}});
    QCOMPARE(proposal.stages.size(), std::size_t(1));
    QCOMPARE(proposal.stages[0].change.type, StageType::A);
    QVERIFY(proposal.warnings.empty());
  }

  void fewPointsAreRemarkedAndNoneRefused() {
    const Curve few{"llc", {0, 10, 100}, {1, 2, 3}, {}};
    const StageProposal proposal = proposeStages({few, {}, {}});
    QCOMPARE(proposal.warnings.size(), std::size_t(1));
    QCOMPARE(proposal.stages.size(), std::size_t(1));
    // Two sources that agree, on a curve that says nothing: no number is made up.
    const StageProposal agreed = proposeStages({few, {bent("a", 2), bent("b", 3)}, {}});
    for (const ProposedStage &stage : agreed.stages)
      QCOMPARE(stage.change.type, StageType::Other);
    QVERIFY_EXCEPTION_THROWN(proposeStages({{"llc", {1}, {std::nan("")}, {}}, {}, {}}), Error);
  }
};

QTEST_GUILESS_MAIN(TestStageProposal)
#include "tst_stage_proposal.moc"
