// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on a tiny run that it trains itself.
#include <cmath>
#include <csignal>
#include <functional>

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/cli_program.h"

using namespace evolute::test;

namespace {

/// Waits until a line of --progress json says that `units` are done. False when the program ends before.
bool waitForProgress(QProcess &process, double units) {
  process.setReadChannel(QProcess::StandardError); // the one that waitForReadyRead() waits for
  QByteArray seen;
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < kLongEnoughMs && process.waitForReadyRead(kLongEnoughMs)) {
    seen += process.readAllStandardError();
    const QList<QByteArray> lines = seen.split('\n');
    for (qsizetype i = 0; i + 1 < lines.size(); ++i)
      if (QJsonDocument::fromJson(lines[i]).object()["done"].toDouble() >= units)
        return true;
  }
  return false;
}

void copyFolder(const QString &from, const QString &to) {
  QDirIterator files(from, QDir::Files, QDirIterator::Subdirectories); // leaves hidden .evolute out
  while (files.hasNext()) {
    const QString file = files.next(), copy = to + "/" + QDir(from).relativeFilePath(file);
    QDir().mkpath(QFileInfo(copy).path());
    QVERIFY2(QFile::copy(file, copy), qPrintable(copy));
  }
}

QByteArray contentOf(const QString &path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// What must not depend on how often the work was interrupted: all but the time it took and where it came
/// from.
QJsonArray numbersOf(const Outcome &outcome) {
  QJsonArray estimates;
  for (const QJsonValue &value : outcome.json()["estimates"].toArray()) {
    QJsonObject estimate = value.toObject();
    estimate.remove("seconds");
    estimate.remove("reused");
    estimates.append(estimate);
  }
  return estimates;
}

bool hasKeys(const QJsonObject &object, const QStringList &keys) {
  for (const QString &key : keys)
    if (!object.contains(key)) {
      qWarning("%s is missing", qPrintable(key));
      return false;
    }
  return true;
}

QStringList sampler(int draws = 6) {
  return {"--chains",  "2",  "--draws",   QString::number(draws),
          "--burn-in", "2",  "--batch",   "16",
          "--samples", "64", "--threads", "1"};
}

} // namespace

class TestCli : public QObject {
  Q_OBJECT

  QTemporaryDir m_folder;
  QString m_run;
  Outcome m_trained;

  QString path(const QString &name) const { return m_folder.filePath(name); }
  QString writePoints(const QString &name, const std::vector<std::vector<double>> &rows);
  QString freshCopy(const QString &name) {
    copyFolder(m_run, path(name));
    return path(name);
  }
  QStringList training(const QString &out, int steps) const {
    return {"train",
            "icl-regression",
            "--out",
            out,
            "--steps",
            QString::number(steps),
            "--batch",
            "8",
            "--task-dimension",
            "2",
            "--pairs",
            "3",
            "--width",
            "8",
            "--heads",
            "2",
            "--layers",
            "2",
            "--linear-checkpoints",
            "4",
            "--log-checkpoints",
            "3",
            "--log-every",
            "5",
            "--threads",
            "1",
            "--json"};
  }
  QStringList llc(const QString &runFolder, const QStringList &more, int draws = 6) const {
    return QStringList{"llc", runFolder, "--json", "--quiet"} + sampler(draws) + more;
  }

private Q_SLOTS:
  void initTestCase();
  void trainingWritesARun();
  void interruptedTrainingGoesOnToTheSameWeights();
  void anotherRunIsNotOverwritten();
  void infoSaysWhatTheFolderHolds();
  void doctorNamesTheLibraries();
  void estimatesHaveTheFieldsOfTheContract();
  void estimatesComeByStepAndThenAsAskedFor();
  void askingAgainCostsNothing();
  void peopleGetATableAndScriptsGetOnlyJson();
  void progressIsOneObjectALine();
  void interruptedEstimatesAreKeptAndTheWorkGoesOn();
  void killedInTheMiddleTheNumbersAreTheSame();
  void aSamplerThatOnlyDivergesIsANumericalFailure();
  void essentialDynamicsOfARunHasAPointACheckpoint();
  void pointsOnALineHaveOneComponent();
  void anEllipseHasFourVertices();
  void jointSpacePutsEqualRunsOnEqualPoints();
  void aFamilyIsComparedWithItsOracles();
  void aFamilyThatIsNoneIsBadInput();
  void theBenchTellsWhatItMeasured();
  void validationReportsTheRowsItFinished();
  void tablesHoldTheNumbersThatWerePrinted();
  void mistakesGetASentenceAndACode_data();
  void mistakesGetASentenceAndACode();
};

void TestCli::initTestCase() {
  m_run = path("run");
  m_trained = run(training(m_run, 40));
  QVERIFY2(m_trained.code == 0, m_trained.err);
}

void TestCli::trainingWritesARun() {
  const QJsonObject json = m_trained.json();
  QVERIFY(hasKeys(json, {"out", "steps", "checkpoints", "final_loss", "resumed", "stopped"}));
  QCOMPARE(json["steps"].toInt(), 40);
  QCOMPARE(json["checkpoints"].toInt(), 7); // 0 10 20 30 40 and 1 6 40 in log time: 0 1 6 10 20 30 40
  QCOMPARE(json["stopped"].toBool(), false);
  QVERIFY(std::isfinite(json["final_loss"].toDouble()) && json["final_loss"].toDouble() > 0);
  QVERIFY(QFile::exists(m_run + "/run.toml"));
  QVERIFY(QFile::exists(m_run + "/metrics.jsonl"));
}

void TestCli::interruptedTrainingGoesOnToTheSameWeights() {
  constexpr int kSteps = 2000;
  const QString whole = path("whole"), parts = path("parts");
  QCOMPARE(run(training(whole, kSteps)).code, 0);

  QProcess process;
  start(process, training(parts, kSteps) + QStringList{"--progress", "json"});
  QVERIFY(waitForProgress(process, 20));
  ::kill(pid_t(process.processId()), SIGINT);
  const Outcome stopped = finish(process);
  QCOMPARE(stopped.code, 130);
  QCOMPARE(stopped.json()["stopped"].toBool(), true);
  QVERIFY(stopped.json()["steps"].toInt() < kSteps);

  const Outcome resumed = run(training(parts, kSteps));
  QCOMPARE(resumed.code, 0);
  QCOMPARE(resumed.json()["resumed"].toBool(), true);
  const QString last = "/checkpoints/step_2000.safetensors";
  QVERIFY(!contentOf(whole + last).isEmpty());
  QVERIFY(contentOf(whole + last) == contentOf(parts + last));
}

void TestCli::anotherRunIsNotOverwritten() {
  const QByteArray before = contentOf(m_run + "/run.toml");
  const Outcome other = run(training(m_run, 50));
  QCOMPARE(other.code, 3);
  QVERIFY2(other.err.contains(m_run.toUtf8()), other.err);
  QCOMPARE(contentOf(m_run + "/run.toml"), before);
}

void TestCli::infoSaysWhatTheFolderHolds() {
  const QString copy = freshCopy("with junk");
  QFile junk(copy + "/checkpoints/step_999.safetensors");
  QVERIFY(junk.open(QIODevice::WriteOnly) && junk.write("this is no checkpoint, whatever its name says") > 0);
  junk.close();

  const Outcome told = run({"info", copy, "--json"});
  QCOMPARE(told.code, 0);
  const QJsonObject json = told.json();
  QVERIFY(hasKeys(json, {"name", "root", "checkpoints", "skipped", "growing", "family", "model", "parameters",
                         "components", "component_weights", "slices", "problem", "metrics"}));
  QCOMPARE(json["checkpoints"].toArray().size(), 7);
  QCOMPARE(json["checkpoints"].toArray().first()["step"].toInt(), 0);
  QVERIFY(QFile::exists(json["checkpoints"].toArray().first()["path"].toString()));
  QCOMPARE(json["skipped"].toArray().size() + json["growing"].toArray().size(), 1);
  QCOMPARE(json["family"].toString(), "icl-regression-transformer");
  QCOMPARE(json["problem"].toString(), "");
  for (const char *component : {"all", "L0.H0", "L0.H1", "L1.H0", "L1.H1", "L0.mlp", "embed"})
    QVERIFY2(json["components"].toArray().contains(component), component);
  QCOMPARE(json["component_weights"]["all"].toInt(), json["parameters"].toInt());
  QVERIFY(json["metrics"]["rows"].toInt() > 0);

  const Outcome words = run({"info", copy});
  QVERIFY2(words.out.contains("7, steps 0 to 40") && words.out.contains("L0.H1"), words.out);
}

void TestCli::doctorNamesTheLibraries() {
  const Outcome told = run({"doctor", "--json"});
  QCOMPARE(told.code, 0);
  const QJsonObject json = told.json();
  QVERIFY(hasKeys(json, {"evolute", "torch", "blas", "gflops", "threads", "devices", "folder", "file_watches",
                         "display", "warnings"}));
  QVERIFY(!json["torch"].toString().isEmpty() && !json["blas"].toString().isEmpty());
  QVERIFY(json["gflops"].toDouble() > 0);
  QCOMPARE(json["devices"].toArray().first()["name"].toString(), "cpu");
  QVERIFY(run({"doctor"}).out.contains("LibTorch"));
}

void TestCli::estimatesHaveTheFieldsOfTheContract() {
  const Outcome told = run(llc(freshCopy("fields"), {"--checkpoints", "first,last"}));
  QVERIFY2(told.code == 0, told.err);
  const QJsonObject json = told.json();
  QVERIFY(hasKeys(json, {"estimates", "settings", "computed", "reused", "failed", "stopped", "stored_in"}));
  QCOMPARE(json["estimates"].toArray().size(), 2);
  for (const QJsonValue &value : json["estimates"].toArray()) {
    const QJsonObject estimate = value.toObject();
    QVERIFY(hasKeys(estimate, {"step", "component", "slice", "llc", "se", "sd", "rhat", "ess", "acceptance",
                               "init_loss", "verdict", "chains", "seconds"}));
    QVERIFY(estimate["llc"].isDouble() && estimate["se"].toDouble() > 0 &&
            estimate["init_loss"].toDouble() > 0);
    QCOMPARE(estimate["chains"].toArray().size(), 2);
    QCOMPARE(estimate["chains"].toArray().first()["draws"].toInt(), 6);
  }
  QCOMPARE(json["settings"]["drawCount"].toInt(), 6);
  QVERIFY(QFile::exists(json["stored_in"].toArray().first().toString()));
}

void TestCli::estimatesComeByStepAndThenAsAskedFor() {
  const Outcome told =
      run(llc(freshCopy("order"), {"--checkpoints", "40,0,10", "--components", "L1.H0,all"}));
  QVERIFY2(told.code == 0, told.err);
  QStringList order;
  for (const QJsonValue &estimate : told.json()["estimates"].toArray())
    order << QString::number(estimate["step"].toInt()) + " " + estimate["component"].toString();
  QCOMPARE(order, (QStringList{"0 L1.H0", "0 all", "10 L1.H0", "10 all", "40 L1.H0", "40 all"}));
}

void TestCli::askingAgainCostsNothing() {
  const QString copy = freshCopy("again");
  const QStringList asked = llc(copy, {"--checkpoints", "0,10", "--components", "heads"});
  const Outcome first = run(asked), second = run(asked);
  QCOMPARE(first.json()["computed"].toInt(), 8);
  QCOMPARE(second.code, 0);
  QCOMPARE(second.json()["computed"].toInt(), 0);
  QCOMPARE(second.json()["reused"].toInt(), 8);
  QCOMPARE(second.json()["estimates"].toArray(), [&] { // what is stored is what was said, to the last digit
    QJsonArray expected;
    for (const QJsonValue &value : first.json()["estimates"].toArray()) {
      QJsonObject estimate = value.toObject();
      estimate["reused"] = true;
      expected.append(estimate);
    }
    return expected;
  }());
  const Outcome other = run(asked + QStringList{"--gamma", "11"});
  QCOMPARE(other.json()["computed"].toInt(), 8); // other settings are other estimates
}

void TestCli::peopleGetATableAndScriptsGetOnlyJson() {
  const QString copy = freshCopy("table for people");
  const Outcome words = run(QStringList{"llc", copy, "--checkpoints", "last"} + sampler());
  QVERIFY2(words.code == 0, words.err);
  QVERIFY2(words.out.startsWith("step  component"), words.out);
  QVERIFY2(words.err.contains("1 estimate computed"), words.err);
  const Outcome json = run(llc(copy, {"--checkpoints", "last"}));
  QVERIFY(QJsonDocument::fromJson(json.out).isObject());
  QCOMPARE(json.err, QByteArray()); // --quiet
}

void TestCli::progressIsOneObjectALine() {
  const Outcome told =
      run(QStringList{"llc", freshCopy("progress"), "--json", "--progress", "json", "--checkpoints", "0,40"} +
          sampler());
  QCOMPARE(told.code, 0);
  int objects = 0;
  double done = 0;
  for (const QByteArray &line : told.err.trimmed().split('\n')) {
    const QJsonObject object = QJsonDocument::fromJson(line).object();
    if (object.isEmpty())
      continue; // a remark
    ++objects;
    QCOMPARE(object.keys(), (QStringList{"done", "seconds_left", "total", "what"}));
    QCOMPARE(object["total"].toDouble(), 2.0);
    QVERIFY(object["done"].toDouble() >= done);
    done = object["done"].toDouble();
  }
  QVERIFY(objects >= 1);
}

void TestCli::interruptedEstimatesAreKeptAndTheWorkGoesOn() {
  const QString copy = freshCopy("interrupted");
  const QStringList asked = llc(copy, {"--components", "all,heads"}, 300);
  for (const int signal : {SIGINT, SIGTERM}) {
    QProcess process;
    QStringList watched = asked;
    watched.removeAll("--quiet");
    start(process, watched + QStringList{"--progress", "json"});
    // the 5 components of a checkpoint are one job and finish together
    const int finished = signal == SIGINT ? 5 : 10;
    QVERIFY(waitForProgress(process, finished + 1));
    ::kill(pid_t(process.processId()), signal);
    const Outcome stopped = finish(process);
    QCOMPARE(stopped.code, 130);
    const QJsonObject json = stopped.json();
    QCOMPARE(json["stopped"].toBool(), true);
    QVERIFY(json["estimates"].toArray().size() >= finished);
    QVERIFY(json["estimates"].toArray().size() < 35);
  }
  const Outcome whole = run(asked);
  QVERIFY2(whole.code == 0, whole.err);
  QCOMPARE(whole.json()["estimates"].toArray().size(), 35);
  QVERIFY(whole.json()["reused"].toInt() >= 10);
  for (const QJsonValue &estimate : whole.json()["estimates"].toArray()) // no half estimate was stored
    for (const QJsonValue &chain : estimate["chains"].toArray())
      QCOMPARE(chain["draws"].toInt(), 300);
}

void TestCli::killedInTheMiddleTheNumbersAreTheSame() {
  const QStringList what = {"--components", "all,heads", "--checkpoints", "0,10,40"};
  const Outcome untouched = run(llc(freshCopy("untouched"), what, 300));
  QVERIFY2(untouched.code == 0, untouched.err);

  const QString copy = freshCopy("killed");
  QProcess process;
  QStringList watched = llc(copy, what, 300);
  watched.removeAll("--quiet");
  start(process, watched + QStringList{"--progress", "json"});
  QVERIFY(waitForProgress(process, 6)); // the first checkpoint's 5 components are stored
  process.kill(); // SIGKILL: nothing can be tidied up
  QVERIFY(process.waitForFinished());
  QCOMPARE(process.exitStatus(), QProcess::CrashExit);

  const Outcome resumed = run(llc(copy, what, 300));
  QVERIFY2(resumed.code == 0, resumed.err);
  QVERIFY(resumed.json()["reused"].toInt() >= 5);
  QVERIFY(resumed.json()["computed"].toInt() > 0);
  QCOMPARE(numbersOf(resumed), numbersOf(untouched));
}

void TestCli::aSamplerThatOnlyDivergesIsANumericalFailure() {
  const Outcome told = run(llc(freshCopy("diverged"), {"--checkpoints", "last", "--epsilon", "1e12"}));
  QCOMPARE(told.code, 4);
  const QJsonObject estimate = told.json()["estimates"].toArray().first().toObject();
  QVERIFY(estimate["llc"].isNull());
  QCOMPARE(estimate["verdict"].toString(), "diverged");
}

void TestCli::essentialDynamicsOfARunHasAPointACheckpoint() {
  const Outcome told =
      run({"ed", freshCopy("ed"), "--json", "--dims", "3", "--probe", "16", "--threads", "1"});
  QVERIFY2(told.code == 0, told.err);
  const QJsonObject json = told.json();
  QVERIFY(hasKeys(json, {"explained", "points", "spaces", "vertices", "forms", "geometry", "joint", "probe",
                         "skipped", "stopped"}));
  QCOMPARE(json["explained"].toArray().size(), 3);
  double explained = 0, previous = 1;
  for (const QJsonValue &share : json["explained"].toArray()) {
    QVERIFY(share.toDouble() >= 0 && share.toDouble() <= previous);
    previous = share.toDouble();
    explained += share.toDouble();
  }
  QVERIFY(explained > 0 && explained <= 1 + 1e-9);
  QCOMPARE(json["points"].toArray().size(), 7);
  QCOMPARE(json["points"][6]["step"].toInt(), 40);
  QCOMPARE(json["points"][6]["pc"].toArray().size(), 3);
  QVERIFY(json["points"][6]["pc"][0].toDouble() >
          json["points"][0]["pc"][0].toDouble()); // PC1 grows with time
}

QString TestCli::writePoints(const QString &name, const std::vector<std::vector<double>> &rows) {
  QByteArray header = QStringLiteral("{'descr': '<f8', 'fortran_order': False, 'shape': (%1, %2), }\n")
                          .arg(rows.size())
                          .arg(rows.front().size())
                          .toLatin1();
  QByteArray content = QByteArray("\x93NUMPY\x01\x00", 8) + char(header.size()) + '\0' + header;
  for (const auto &row : rows)
    content.append(reinterpret_cast<const char *>(row.data()), qsizetype(row.size() * sizeof(double)));
  QFile file(path(name));
  if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
    qFatal("%s cannot be written", qPrintable(file.fileName()));
  return file.fileName();
}

void TestCli::pointsOnALineHaveOneComponent() {
  std::vector<std::vector<double>> rows;
  for (int t = 0; t < 5; ++t)
    rows.push_back({t + 7.0, 2 * t + 7.0, 2 * t + 7.0}); // along a direction of length 3
  const Outcome told = run({"ed", writePoints("line.npy", rows), "--json"});
  QVERIFY2(told.code == 0, told.err);
  QVERIFY(std::abs(told.json()["explained"][0].toDouble() - 1) < 1e-6);
  for (int t = 0; t < 5; ++t) {
    QCOMPARE(told.json()["points"][t]["step"].toInt(), t);
    QVERIFY(std::abs(told.json()["points"][t]["pc"][0].toDouble() - 3.0 * (t - 2)) <
            1e-5); // float32 features
  }
}

void TestCli::anEllipseHasFourVertices() {
  std::vector<std::vector<double>> flat;
  for (int t = 0; t < 600; ++t) {
    const double angle = 0.1 + (2 * M_PI + 0.9) * t / 599;
    flat.push_back({2 * std::cos(angle), std::sin(angle)});
  }
  const Outcome told =
      run({"ed", writePoints("ellipse.npy", flat), "--json", "--smooth", "6", "--walks", "19"});
  QVERIFY2(told.code == 0, told.err);
  const QJsonArray vertices = told.json()["vertices"].toArray();
  QCOMPARE(vertices.size(), 4);
  for (int k = 0; k < 4; ++k) {
    const QJsonObject vertex = vertices[k].toObject();
    QVERIFY(hasKeys(vertex, {"run", "step", "plane", "kind", "radius", "curvature", "centre", "contact_angle",
                             "first_step", "last_step", "prominence", "rank"}));
    // Every quarter turn is 131 steps; float features and a smoothed grid leave a step or two.
    QVERIFY(std::abs(vertex["step"].toInt() - (M_PI / 2 * (k + 1) - 0.1) / (2 * M_PI + 0.9) * 599) < 3);
    QCOMPARE(vertex["kind"].toString(), k % 2 == 0 ? "wide" : "tight");
    QVERIFY(std::abs(vertex["radius"].toDouble() - (k % 2 == 0 ? 4 : 0.5)) < 0.05);
    QVERIFY(vertex["rank"].toDouble() >= 0.05 && vertex["rank"].toDouble() <= 1);
  }
  QVERIFY(told.json()["forms"].toArray().isEmpty()); // one plane shows nothing of a form
  const QJsonObject geometry = told.json()["geometry"].toObject();
  QCOMPARE(geometry["runs"][0]["walks"].toInt(), 19);
  QCOMPARE(geometry["smoothing"]["sigma"].toDouble(), 6.0);
  QCOMPARE(told.json()["points"][5]["smoothed"].toArray().size(), 2);

  const Outcome plain = run({"ed", path("ellipse.npy"), "--json", "--smooth", "0", "--walks", "0"});
  QVERIFY(plain.json()["points"][5]["smoothed"].isUndefined());
  for (const QJsonValue &vertex : plain.json()["vertices"].toArray())
    QVERIFY(vertex["rank"].isNull());
}

void TestCli::aFamilyIsComparedWithItsOracles() {
  const QString sweep = path("sweep");
  for (const char *tasks : {"2", "inf"}) {
    const Outcome trained = run(training(sweep + "/tasks-" + tasks, 20) + QStringList{"--tasks", tasks});
    QVERIFY2(trained.code == 0, trained.err);
  }
  QVERIFY(run(llc(sweep + "/tasks-2", {"--checkpoints", "last"})).code == 0);
  const Outcome told = run({"ed", sweep, "--joint", "--json", "--dims", "2", "--probe", "16", "--evaluation", "50",
                            "--walks", "0", "--weighting", "runs", "--threads", "1", "--tables", path("tables")});
  QVERIFY2(told.code == 0, told.err);
  const QJsonObject json = told.json();
  QVERIFY(hasKeys(json, {"explained", "points", "spaces", "joint", "probe", "skipped", "stopped", "family", "files"}));
  QCOMPARE(json["explained"].toArray().size(), 2);
  const QJsonObject family = json["family"].toObject();
  QVERIFY(hasKeys(family, {"parameter", "weighting", "members", "oracles", "kept_features", "projection_error",
                           "storage", "llc_settings", "llc_left_out"}));
  QCOMPARE(family["parameter"].toString(), "tasks");
  QCOMPARE(family["weighting"].toString(), "runs");
  QCOMPARE(family["oracles"].toArray().size(), 2); // ridge, dMMSE of two tasks
  QCOMPARE(family["oracles"][1]["name"].toString(), "dMMSE 2");
  QCOMPARE(family["oracles"][0]["pc"].toArray().size(), 2);
  const QJsonObject two = family["members"][0].toObject(), fresh = family["members"][1].toObject();
  QVERIFY(hasKeys(two, {"run", "label", "value", "curve", "oracle_losses", "critical", "estimates"}));
  QCOMPARE(two["value"].toDouble(), 2.0);
  QVERIFY(fresh["value"].isNull()); // infinity is no number of JSON
  QCOMPARE(fresh["label"].toString(), "tasks inf");
  const QJsonObject curve = two["curve"].toObject();
  for (const char *name : {"loss", "ood_loss", "to_ridge", "to_dmmse", "ood_to_ridge", "ood_to_dmmse"})
    QCOMPARE(curve[name].toArray().size(), curve["steps"].toArray().size());
  QVERIFY(fresh["curve"]["to_dmmse"][0].isNull());
  QVERIFY(hasKeys(two["critical"].toObject(), {"step", "ood_loss", "rise", "rise_se"}));
  QCOMPARE(two["estimates"].toArray().size(), 1);
  QCOMPARE(two["estimates"][0]["step"].toInt(), 20);

  QCOMPARE(json["files"].toArray().size(), 3);
  QFile runs(path("tables/runs.csv"));
  QVERIFY(runs.open(QIODevice::ReadOnly));
  const QList<QByteArray> lines = runs.readAll().trimmed().split('\n');
  QCOMPARE(lines.size(), 3);
  QVERIFY(lines[0].startsWith("run,name,value,loss,ood_loss"));
  QVERIFY(lines[2].contains("tasks inf,inf"));
}

void TestCli::aFamilyThatIsNoneIsBadInput() {
  const Outcome nothing = run({"ed", freshCopy("alone"), path("not there"), "--joint", "--json"});
  QCOMPARE(nothing.code, 3);
  const Outcome unknown = run({"ed", path("alone"), "--joint", "--parameter", "depth", "--json"});
  QCOMPARE(unknown.code, 3);
  QVERIFY2(unknown.err.contains("depth"), unknown.err);
  QCOMPARE(run({"ed", path("alone"), "--joint", "--weighting", "mass"}).code, 2);
}

void TestCli::jointSpacePutsEqualRunsOnEqualPoints() {
  const QString a = freshCopy("joint a"), b = freshCopy("joint b");
  const QStringList common = {"--json", "--dims", "2", "--probe", "16", "--threads", "1"};
  const QJsonObject joint = run(QStringList{"ed", a, b, "--joint"} + common).json();
  QCOMPARE(joint["points"].toArray().size(), 14);
  QCOMPARE(joint["spaces"].toArray().size(), 1);
  for (int i = 0; i < 7; ++i) {
    QCOMPARE(joint["points"][i]["step"], joint["points"][i + 7]["step"]);
    QVERIFY(joint["points"][i]["run"] != joint["points"][i + 7]["run"]);
    QVERIFY(std::abs(joint["points"][i]["pc"][0].toDouble() - joint["points"][i + 7]["pc"][0].toDouble()) <
            1e-6);
  }
  const QJsonObject apart = run(QStringList{"ed", a, b} + common).json();
  QCOMPARE(apart["spaces"].toArray().size(), 2);
  QVERIFY(apart["explained"].isNull());
}

void TestCli::validationReportsTheRowsItFinished() {
  QProcess process;
  start(process, {"validate", "--json", "--progress", "json", "--threads", "1"});
  QVERIFY(waitForProgress(process, 1));
  ::kill(pid_t(process.processId()), SIGINT);
  const Outcome stopped = finish(process);
  QCOMPARE(stopped.code, 130);
  QCOMPARE(stopped.json()["stopped"].toBool(), true);
  const QJsonArray rows = stopped.json()["rows"].toArray();
  QVERIFY(!rows.isEmpty());
  for (const QJsonValue &row : rows) {
    QVERIFY(hasKeys(row.toObject(), {"model", "exact", "target", "llc", "se", "ok"}));
    QVERIFY2(row["ok"].toBool(), qPrintable(row["model"].toString()));
  }
}

void TestCli::theBenchTellsWhatItMeasured() {
  const Outcome outcome = run({"bench", "--quick", "--relative-error", "0.1", "--threads", "2", "--json"});
  QVERIFY2(outcome.code == 0, outcome.err);
  const QJsonObject told = outcome.json();
  QVERIFY(told["machine_gflops"].toDouble() > 0);
  QCOMPARE(told["threads"].toInt(), 2);
  QCOMPARE(told["relative_error"].toDouble(), 0.1);
  const QJsonArray rows = told["rows"].toArray();
  QCOMPARE(rows.size(), 2);
  for (const QJsonValue &row : rows) {
    QVERIFY(hasKeys(row.toObject(), {"case", "model", "weights", "batch", "chains", "chain_steps", "chain_steps_per_s",
                                     "matrix_gflops", "share", "replica_bytes", "pass_bytes", "llc", "se", "seconds_to_error", "seconds"}));
    const double rate = row["chain_steps_per_s"].toDouble(), flops = row["matrix_gflops"].toDouble();
    QVERIFY(rate > 0 && row["chain_steps"].toInt() > 0);
    QVERIFY(rate * row["seconds"].toDouble() > row["chain_steps"].toInt()); // the row also trains and loads
    QVERIFY(std::abs(row["share"].toDouble() * told["machine_gflops"].toDouble() - flops) < 1e-9 * flops);
  }
  QCOMPARE(rows[0]["weights"].toInt(), 55);
  QCOMPARE(rows[0]["replica_bytes"].toDouble(), 55.0 * 4 * 4);
  QCOMPARE(rows[1]["weights"].toInt(), 52741);
  // 6 operations for each of 55 weights and 400 samples
  QVERIFY(std::abs(rows[0]["matrix_gflops"].toDouble() / rows[0]["chain_steps_per_s"].toDouble() - 132e-6) < 1e-12);
}

void TestCli::tablesHoldTheNumbersThatWerePrinted() {
  const QString copy = freshCopy("tables");
  const Outcome nothing = run({"table", copy, "--out", path("no tables"), "--json"});
  QCOMPARE(nothing.code, 0);
  const QJsonObject estimate = run(llc(copy, {"--checkpoints", "last"})).json()["estimates"][0].toObject();
  const Outcome told = run({"table", copy, "--out", path("csv"), "--json"});
  QVERIFY2(told.code == 0, told.err);
  bool found = false;
  QVERIFY(!told.json()["files"].toArray().isEmpty());
  for (const QJsonValue &file : told.json()["files"].toArray()) {
    QVERIFY(QFile::exists(file.toString()));
    const QList<QByteArray> lines = contentOf(file.toString()).trimmed().split('\n');
    const auto column = lines.front().trimmed().split(',').indexOf("llc");
    if (column < 0)
      continue;
    found = true;
    QCOMPARE(lines[1].split(',')[column].toDouble(), estimate["llc"].toDouble());
  }
  QVERIFY(found);
}

void TestCli::mistakesGetASentenceAndACode_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::addColumn<int>("code");
  QTest::addColumn<QByteArray>("says");
  QTest::newRow("unknown command") << QStringList{"fly"} << 2 << QByteArray("--help");
  QTest::newRow("unknown preset") << QStringList{"llc", m_run, "--preset", "best"} << 2
                                  << QByteArray("\"best\"");
  QTest::newRow("width and heads") << QStringList{"train", "icl-regression", "--out", path("w"), "--width",
                                                  "10",    "--heads",        "3"}
                                   << 2 << QByteArray("multiple of the heads");
  QTest::newRow("no such folder") << QStringList{"info", path("nowhere")} << 3 << path("nowhere").toUtf8();
  QDir().mkpath(path("empty"));
  QTest::newRow("empty folder") << QStringList{"llc", path("empty")} << 3
                                << QByteArray("expected checkpoints");
  QTest::newRow("no such step") << QStringList{"llc", m_run, "--checkpoints", "7"} << 3
                                << QByteArray("no checkpoint at step 7");
  QTest::newRow("no such component") << QStringList{"llc", m_run, "--components", "L7.H7"} << 3
                                     << QByteArray("\"L7.H7\"");
  QTest::newRow("no such slice") << QStringList{"llc", m_run, "--slice", "klingon"} << 3
                                 << QByteArray("klingon");
  QTest::newRow("no such device") << QStringList{"llc", m_run, "--device", "cuda:99"} << 3
                                  << QByteArray("cpu");
  QTest::newRow("a torn .npy") << QStringList{"ed", path("torn.npy")} << 3 << QByteArray("torn.npy");
  QTest::newRow("smoothing twice") << QStringList{"ed", m_run, "--arc-length", "--smooth-width", "log"} << 2
                                   << QByteArray("arc length or log time");
  QTest::newRow("points and runs") << QStringList{"ed", m_run, path("torn.npy")} << 2 << QByteArray(".npy");
  QTest::newRow("no table folder") << QStringList{"table", m_run} << 2 << QByteArray("--out");
  QFile torn(path("torn.npy"));
  QVERIFY(torn.open(QIODevice::WriteOnly) && torn.write("\x93NUMPY\x01") > 0);
}

void TestCli::mistakesGetASentenceAndACode() {
  QFETCH(QStringList, arguments);
  QFETCH(int, code);
  QFETCH(QByteArray, says);
  const Outcome told = run(arguments + QStringList{"--json"});
  QCOMPARE(told.code, code);
  QCOMPARE(told.out, QByteArray());
  QVERIFY2(told.err.contains(says), told.err);
  QVERIFY2(told.err.startsWith("evolute-cli: ") && told.err.count('\n') == 1, told.err);
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
