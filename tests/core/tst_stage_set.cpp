// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include <QTest>

#include "core/error.h"
#include "core/stages/stage_comparison.h"
#include "core/stages/stage_set.h"
#include "tests/support/stage_curves.h"

using namespace evolute::core;

namespace {

StageSet example() {
  StageSet set = wholeRun(0, 50000, "seed 1");
  set.curve = "llc";
  split(set, 900);
  split(set, 8500);
  set.stages[0] = {"LM1", StageType::A, "bigrams \"quoted\"\nand a second line, λ̂ \\ too"};
  set.stages[1] = {"LM2", StageType::A, ""};
  set.stages[2] = {"'", StageType::B, "\t"};
  set.edges[0].evidence = {"slope of llc, p = 1.00", "vertex of trajectory"};
  return set;
}

QString refusal(const std::string &text) {
  try {
    stageSetFromToml(text, "mine.toml");
  } catch (const Error &error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

} // namespace

class TestStageSet : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void edgesAreComparedWithTheirNearest() {
    StageSet own = wholeRun(0, 50'000), other = wholeRun(0, 100'000);
    for (const std::int64_t step : {99, 1000, 20'000})
      QVERIFY(split(own, step));
    for (const std::int64_t step : {199, 999, 1200, 90'000})
      QVERIFY(split(other, step));
    other.edges[0].low = 90;
    const std::vector<EdgePair> pairs = compareEdges(own, other);
    QCOMPARE(pairs.size(), std::size_t(4));
    QCOMPARE(pairs[0].difference, std::log(200.0 / 100.0));
    QVERIFY(pairs[0].overlap);
    QCOMPARE(pairs[1].other->step, std::int64_t(999));
    QVERIFY(!pairs[1].overlap);
    QVERIFY(!pairs[2].own && pairs[2].other->step == 1200); // 999 is nearer to 1000
    QVERIFY(std::isnan(pairs[2].difference));
    QCOMPARE(pairs[3].own->step, std::int64_t(20'000));
    QCOMPARE(pairs[3].other->step, std::int64_t(90'000));
    QVERIFY(compareEdges(wholeRun(0, 5), wholeRun(0, 5)).empty());
  }

  void textReadsBackAsTheSameSet() {
    const StageSet set = example();
    QCOMPARE(stageSetFromToml(toToml(set), "mine.toml"), set);
    QCOMPARE(toToml(stageSetFromToml(toToml(set), "mine.toml")), toToml(set));
    QCOMPARE(stageSetFromToml("first = 0\nlast = 10\n", "x").stages.size(),
             std::size_t(1)); // hardly anything needed
    const StageSet byHand = stageSetFromToml("first = 0\nlast = 10\n[[edge]]\nstep = 4\n", "x");
    QVERIFY(byHand.edges[0].isByHand && byHand.edges[0].low == 4 && byHand.stages.size() == 2);
  }

  void badTextIsToldWithItsPlace_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("no TOML") << QByteArray("first = \n") << "mine.toml, line 1";
    QTest::newRow("no steps") << QByteArray("name = \"a\"\n") << "first should be a step";
    QTest::newRow("backwards") << QByteArray("first = 5\nlast = 1\n") << "no less than first, found 1";
    QTest::newRow("edge outside") << QByteArray("first = 0\nlast = 9\n[[edge]]\nstep = 9\n")
                                  << "line 3, column 1: an edge should lie after 0 and before 9, found 9";
    QTest::newRow("edges out of order") << QByteArray("first=0\nlast=9\n[[edge]]\nstep=5\n[[edge]]\nstep=5\n")
                                        << "after 5 and before 9, found 5";
    QTest::newRow("counts") << QByteArray("first=0\nlast=9\n[[stage]]\n[[stage]]\n")
                            << "found 2 stages and 0 edges";
    QTest::newRow("type") << QByteArray("first=0\nlast=9\n[[stage]]\ntype=\"C\"\n")
                          << "A, B or other, found C";
    QTest::newRow("no sections") << QByteArray("first=0\nlast=9\nedge=3\n") << "sections [[edge]]";
  }
  void badTextIsToldWithItsPlace() {
    QFETCH(QByteArray, text);
    QFETCH(QString, says);
    const QString sentence = refusal(text.toStdString());
    QVERIFY2(sentence.startsWith("mine.toml, line ") && sentence.contains(says), qPrintable(sentence));
  }

  void editsKeepASet() {
    StageSet set = example();
    QVERIFY(!split(set, 0) && !split(set, 900) && !split(set, 50000) && !split(set, 60000));
    QVERIFY(!moveEdge(set, 0, 0) && !moveEdge(set, 0, 8500) && !moveEdge(set, 2, 10));
    QVERIFY(!merge(set, 2));
    QCOMPARE(set, example()); // nothing half done

    QVERIFY(moveEdge(set, 0, 1000));
    QVERIFY(set.edges[0].isByHand && set.edges[0].step == 1000 && set.edges[0].high == 1000);
    QVERIFY(split(set, 20000));
    QCOMPARE(set.stages[2].name, std::string("'"));
    QCOMPARE(set.stages[3].type, StageType::B);
    QCOMPARE(set.startOf(3), std::int64_t(20000));
    QCOMPARE(set.endOf(3), std::int64_t(50000));
    QVERIFY(merge(set, 2));
    QCOMPARE(set.stages.size(), std::size_t(3));
    QCOMPARE(set.stages[2].name, std::string("'"));
  }

  void mergingKeepsTheLongerOneInLogTime() {
    StageSet set = example(); // 0-900 spans 6.8, 900-8500 spans 2.2
    QVERIFY(merge(set, 0));
    QCOMPARE(set.stages[0].name, std::string("LM1"));
    QCOMPARE(set.edges[0].step, std::int64_t(8500));
    QCOMPARE(set.endOf(0), std::int64_t(8500));
  }

  void stagesAreFoundAndCounted() {
    const StageSet set = example();
    QCOMPARE(set.stageAt(-5), std::size_t(0));
    QCOMPARE(set.stageAt(899), std::size_t(0));
    QCOMPARE(set.stageAt(900), std::size_t(1));
    QCOMPARE(set.stageAt(99999), std::size_t(2));
    QCOMPARE(set.labelOf(0), std::string("A1"));
    QCOMPARE(set.labelOf(1), std::string("A2"));
    QCOMPARE(set.labelOf(2), std::string("B1"));
    QCOMPARE(wholeRun(0, 1).labelOf(0), std::string("-"));
  }

  void aProposalBecomesASetAndLabelsFollowItsEdges() {
    using namespace evolute::stage_curves;
    Curve curve{"llc", {}, {}, {}};
    const CurvePoints points = noisy(turn(), checkpoints(40), 1, 1);
    for (Eigen::Index i = 0; i < points.x.size(); ++i) {
      curve.steps.push_back(stepAt(points.x[i]));
      curve.values.push_back(points.y[i]);
    }
    const StageProposal proposal = proposeStages({curve, {}, {}});
    StageSet set = stageSetFrom(proposal, "mine");
    QCOMPARE(set.edges.size(), std::size_t(1));
    QVERIFY(!set.edges[0].isByHand && set.edges[0].low < set.edges[0].high);
    QCOMPARE(set.edges[0].evidence.front(), std::string("slope of llc, p = 1.00"));
    QCOMPARE(set.stages[1].type, StageType::B);
    QCOMPARE(set.last, curve.steps.back());
    // After the edge went to the left of the rise, the second stage rises on the whole.
    QVERIFY(moveEdge(set, 0, 20));
    relabel(set, {proposal.points, proposal.reading.kernel});
    QCOMPARE(set.stages[1].type, StageType::A);
  }
};

QTEST_GUILESS_MAIN(TestStageSet)
#include "tst_stage_set.moc"
