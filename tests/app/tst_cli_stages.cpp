// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on curves whose stages are known.
#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/results/result_store.h"
#include "tests/support/cli_program.h"
#include "tests/support/stage_curves.h"

using namespace evolute;
using namespace evolute::stage_curves;
using evolute::test::Outcome;
using evolute::test::run;

namespace {

core::LlcEstimate estimate(double x, double llc, const core::LlcSettings &settings,
                           const std::string &component) {
  core::LlcEstimate e;
  e.step = core::stepAt(x);
  e.checkpointHash = std::to_string(e.step);
  e.component = component;
  e.dataHash = "data";
  e.settingsHash = settings.hash();
  e.llc = llc;
  e.standardError = 1;
  return e;
}

} // namespace

class TestCliStages : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }

private Q_SLOTS:
  void aCurveHasTheFieldsOfTheContract() {
    QFile file(path("curve.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("\"Step\",\"a - llc\",\"a - llc__MIN\",\"a - llc__MAX\"\n");
    const core::CurvePoints points = noisy(turn(), checkpoints(50), 2, 1);
    for (Eigen::Index i = 0; i < points.x.size(); ++i) {
      const QByteArray y = '"' + QByteArray::number(points.y[i]) + '"';
      file.write('"' + QByteArray::number(qint64(core::stepAt(points.x[i]))) + "\"," + y + ',' + y + ',' + y +
                 '\n');
    }
    file.close();
    const Outcome outcome =
        run({"stages", file.fileName(), "--json", "--vertices", "3", "--out", path("s.toml")});
    QCOMPARE(outcome.code, 0);
    const QJsonObject json = outcome.json();
    QCOMPARE(json["stages"].toArray().size(), 2);
    const QJsonObject first = json["stages"][0].toObject(), boundary = json["boundaries"][0].toObject();
    QCOMPARE(first["type"].toString(), QStringLiteral("A"));
    QCOMPARE(json["stages"][1]["type"].toString(), QStringLiteral("B"));
    QCOMPARE(first["end"], boundary["step"]);
    QVERIFY(first["delta_low"].toDouble() < first["delta"].toDouble());
    QVERIFY(first["probability_rises"].toDouble() > 0.95);
    const double peak = std::expm1(milestonesOf(turn(), 0.25)[0]);
    QVERIFY(boundary["low"].toDouble() <= peak && peak <= boundary["high"].toDouble());
    QCOMPARE(boundary["evidence"][0]["kind"].toString(), QStringLiteral("slope"));
    QVERIFY(boundary["evidence"][0]["probability"].toDouble() >= 0.99);
    QCOMPARE(json["lanes"].toArray().last()["kind"].toString(), QStringLiteral("vertex"));
    QCOMPARE(json["curve"]["name"].toString(), QStringLiteral("a - llc"));
    QFile written(path("s.toml"));
    QVERIFY(written.open(QIODevice::ReadOnly));
    const core::StageSet set = core::stageSetFromToml(written.readAll().toStdString(), "s.toml");
    QCOMPARE(set.edges.size(), std::size_t(1));
    QCOMPARE(double(set.edges[0].step), boundary["step"].toDouble());
  }

  void aRunIsReadFromItsEstimatesAndKeepsItsStages() {
    const std::filesystem::path folder = path("run").toStdString();
    std::filesystem::create_directories(folder);
    core::LlcSettings settings, others;
    others.drawCount += 1;
    const core::CurvePoints points = noisy(turn(), checkpoints(20), 1, 2);
    {
      core::ResultStore store(folder);
      for (Eigen::Index i = 0; i < points.x.size(); ++i) {
        store.put(estimate(points.x[i], points.y[i], settings, "all"), settings);
        if (i < 8)
          store.put(estimate(points.x[i], -3, others, "all"), others);
      }
    }
    const Outcome outcome = run({"stages", path("run"), "--json", "--store", "--name", "mine"});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QCOMPARE(outcome.json()["stages"].toArray().size(), 2);
    QCOMPARE(outcome.json()["curve"].toObject()["points"].toInt(), int(points.x.size()));
    QVERIFY2(outcome.err.contains("2 settings, which do not compare"), outcome.err.constData());
    const auto kept = core::ResultStore(folder, core::ResultStore::Access::ReadOnly).findStageSet("mine");
    QVERIFY(kept && kept->stages.size() == 2 && kept->curve == "llc of all");
    const Outcome other = run({"stages", path("run"), "--component", "L0.H3"});
    QCOMPARE(other.code, 3);
    QVERIFY2(other.err.contains("found estimates of all"), other.err.constData());
  }

  /// The path goes round a corner at step 50: a vertex there is evidence, by the word alone.
  void theStoredTrajectoryGivesVertices() {
    const std::filesystem::path folder = path("bent").toStdString();
    std::filesystem::create_directories(folder);
    const core::LlcSettings settings;
    const core::CurvePoints points = noisy(turn(), checkpoints(40), 1, 3);
    core::Trajectory trajectory;
    trajectory.points.resize(points.x.size(), 3);
    for (Eigen::Index i = 0; i < points.x.size(); ++i) {
      trajectory.steps.push_back(core::stepAt(points.x[i]));
      const double s = points.x[i] - points.x[points.x.size() / 2];
      trajectory.points.row(i) << s, std::sqrt(1 + 4 * s * s), 0.1 * s;
    }
    trajectory.explained = Eigen::Vector3d(0.7, 0.2, 0.1);
    {
      core::ResultStore store(folder);
      for (Eigen::Index i = 0; i < points.x.size(); ++i)
        store.put(estimate(points.x[i], points.y[i], settings, "all"), settings);
    }
    const QStringList asked{"stages", path("bent"), "--json", "--quiet", "--vertices", "trajectory"};
    const Outcome none = run(asked);
    QCOMPARE(none.code, 3);
    QVERIFY2(none.err.contains("expected a stored trajectory, found none"), none.err.constData());
    core::ResultStore(folder).putTrajectory("probe", trajectory);
    const Outcome outcome = run(asked);
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    const QJsonObject lane = outcome.json()["lanes"].toArray().last().toObject();
    QCOMPARE(lane["kind"].toString(), QStringLiteral("vertex"));
    const auto corner = double(trajectory.steps[trajectory.steps.size() / 2]);
    bool found = false;
    for (const QJsonValue &mark : lane["marks"].toArray()) {
      found = found || std::abs(std::log1p(mark["step"].toDouble()) - std::log1p(corner)) < 0.5;
      QVERIFY(mark["rank"].isDouble()); // among random walks
    }
    QVERIFY(found);
    QCOMPARE(run({"stages", path("curve.csv"), "--vertices", "trajectory"}).code, 2);
    QCOMPARE(run({"stages", path("bent"), "--vertices", "3,trajectory"}).code, 2);
  }

  void twoCurvesAreSetBesideEachOther() {
    const auto write = [&](const char *name, double factor) {
      QFile file(path(name));
      QVERIFY(file.open(QIODevice::WriteOnly));
      file.write("step,llc\n");
      const core::CurvePoints points = noisy(turn(), checkpoints(50), 1, 4);
      for (Eigen::Index i = 0; i < points.x.size(); ++i)
        file.write(QByteArray::number(qint64(std::llround(factor * double(core::stepAt(points.x[i]))))) +
                   ',' + QByteArray::number(points.y[i]) + '\n');
    };
    write("one.csv", 1);
    write("thrice.csv", 3);
    const Outcome same =
        run({"stages", path("one.csv"), "--json", "--compare", path("one.csv"), "--out", path("one.toml")});
    QVERIFY2(same.code == 0, same.err.constData());
    const QJsonArray edges = same.json()["compared"].toObject()["edges"].toArray();
    QCOMPARE(edges.size(), 1);
    QCOMPARE(edges[0].toObject()["ratio"].toDouble(), 1.0);
    QVERIFY(edges[0].toObject()["overlap"].toBool());
    const Outcome later = run({"stages", path("thrice.csv"), "--json", "--compare", path("one.toml")});
    QVERIFY2(later.code == 0, later.err.constData());
    const QJsonArray pairs = later.json()["compared"].toObject()["edges"].toArray();
    QCOMPARE(pairs.size(), 1);
    const double ratio = pairs[0].toObject()["ratio"].toDouble(); // of the other's step to the own
    QVERIFY2(ratio > 0.2 && ratio < 0.5, qPrintable(QString::number(ratio)));
    QCOMPARE(run({"stages", path("one.csv"), "--compare", path("nothing")}).code, 3);
  }

  void whatCannotBeReadIsOneSentence() {
    const Outcome missing = run({"stages", path("missing.csv")});
    QCOMPARE(missing.code, 3);
    QCOMPARE(missing.err.count('\n'), 1);
    QCOMPARE(run({"stages", path("run"), "--certainty", "2"}).code, 2);
    std::filesystem::create_directories(path("empty").toStdString());
    const Outcome empty = run({"stages", path("empty")});
    QCOMPARE(empty.code, 3);
    QVERIFY2(empty.err.contains("found none; `evolute-cli llc` makes them"), empty.err.constData());
  }
};

QTEST_GUILESS_MAIN(TestCliStages)
#include "tst_cli_stages.moc"
