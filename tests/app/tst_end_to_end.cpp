// SPDX-License-Identifier: GPL-3.0-or-later
// The main job with the real programs, start to finish: a run trains while a window watches it, λ̂ is estimated,
// the trajectory computed, figures exported, and everything found again on reopening.
// EVOLUTE_TEST_STEPS sets the length of the training (default 300; the slow test takes the whole demo).
#include <QFile>
#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

namespace {

constexpr int kPatience = 160'000; // ms

QString program(const char *name) {
  return QStringLiteral(EVOLUTE_BINARY_DIR "/") + QLatin1String(name);
}

struct Outcome {
  int code = -1;
  QByteArray out, err;
  QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
};

} // namespace

class TestEndToEnd : public QObject {
  Q_OBJECT

  QTemporaryDir m_dir;
  QProcessEnvironment m_environment = QProcessEnvironment::systemEnvironment();
  QString run() const { return m_dir.filePath(QStringLiteral("run")); }

  void prepare(QProcess &process) const { process.setProcessEnvironment(m_environment); }

  Outcome call(const char *name, const QStringList &arguments) const {
    QProcess process;
    prepare(process);
    process.start(program(name), arguments);
    if (!process.waitForFinished(kPatience))
      process.kill();
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
            process.readAllStandardError()};
  }

  QStringList llcArguments() const {
    return {QStringLiteral("llc"),      run(), QStringLiteral("--json"), QStringLiteral("--checkpoints"),
            QStringLiteral("log:5"),    QStringLiteral("--draws"),       QStringLiteral("40"),
            QStringLiteral("--burn-in"), QStringLiteral("20"),           QStringLiteral("--batch"),
            QStringLiteral("64"),       QStringLiteral("--samples"),     QStringLiteral("512")};
  }

  /// A picture of the real window on the run after `seconds`.
  QImage windowPicture(int seconds, const char *name) const {
    const QString file = m_dir.filePath(QLatin1String(name));
    const Outcome outcome = call("evolute", {run(), QStringLiteral("--screenshot"), file, QStringLiteral("--after"),
                                             QString::number(seconds)});
    return outcome.code == 0 ? QImage(file) : QImage();
  }

  static int colours(const QImage &image) {
    QSet<QRgb> seen;
    for (int y = 0; y < image.height(); y += 3)
      for (int x = 0; x < image.width(); x += 3)
        seen << image.pixel(x, y);
    return int(seen.size());
  }

private Q_SLOTS:
  void initTestCase() {
    // Not the user's sessions and recent runs.
    for (const char *variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"})
      m_environment.insert(QLatin1String(variable), m_dir.filePath(QLatin1String(variable)));
    m_environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
  }

  void aWindowWatchesARunThatTrains() {
    const int steps = qEnvironmentVariableIntValue("EVOLUTE_TEST_STEPS");
    QProcess training;
    prepare(training);
    training.start(program("evolute-cli"),
                   {QStringLiteral("train"), QStringLiteral("icl-regression"), QStringLiteral("--preset"),
                    QStringLiteral("demo"), QStringLiteral("--steps"), QString::number(steps > 0 ? steps : 300),
                    QStringLiteral("--out"), run(), QStringLiteral("--json"), QStringLiteral("--quiet")});
    QVERIFY(training.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(run() + QStringLiteral("/run.toml")), kPatience);
    const QImage live = windowPicture(4, "live.png");
    QVERIFY2(colours(live) > 50, qPrintable(QString::number(colours(live)))); // curves, not an empty page
    QVERIFY(training.waitForFinished(kPatience));
    QCOMPARE(training.exitCode(), 0);
    const QJsonObject report = QJsonDocument::fromJson(training.readAllStandardOutput()).object();
    QCOMPARE(report[QStringLiteral("steps")].toInt(), steps > 0 ? steps : 300);
  }

  void estimatesAndTrajectoryComeFromTheCommandLine() {
    const Outcome llc = call("evolute-cli", llcArguments());
    QVERIFY2(llc.code == 0, llc.err.constData());
    const QJsonArray estimates = llc.json()[QStringLiteral("estimates")].toArray();
    QCOMPARE(estimates.size(), 5);
    for (const QJsonValue &estimate : estimates)
      QVERIFY(estimate[QStringLiteral("llc")].isDouble() && estimate[QStringLiteral("se")].toDouble() > 0);

    const Outcome ed = call("evolute-cli", {QStringLiteral("ed"), run(), QStringLiteral("--json")});
    QVERIFY2(ed.code == 0, ed.err.constData());
    const QJsonArray explained = ed.json()[QStringLiteral("explained")].toArray();
    QVERIFY(explained[0].toDouble() > explained[1].toDouble() && explained[1].toDouble() > 0);
    const Outcome info = call("evolute-cli", {QStringLiteral("info"), run(), QStringLiteral("--json")});
    QCOMPARE(ed.json()[QStringLiteral("points")].toArray().size(),
             info.json()[QStringLiteral("checkpoints")].toArray().size());
  }

  void figuresAreExportedWithoutAWindow_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("ending");
    QTest::addColumn<QByteArray>("magic");
    for (const char *kind : {"loss", "llc", "ed", "scree", "overview"}) {
      QTest::addRow("%s pdf", kind) << kind << "pdf" << QByteArray("%PDF-");
      QTest::addRow("%s png", kind) << kind << "png" << QByteArray("\x89PNG");
    }
    QTest::addRow("llc svg") << "llc" << "svg" << QByteArray("<?xml");
    QTest::addRow("llc csv") << "llc" << "csv" << QByteArray();
  }
  void figuresAreExportedWithoutAWindow() {
    QFETCH(QString, kind);
    QFETCH(QString, ending);
    QFETCH(QByteArray, magic);
    const QString file = m_dir.filePath(kind + u'.' + ending);
    const Outcome outcome = call("evolute", {QStringLiteral("--export"), run(), QStringLiteral("--figure"), kind,
                                             QStringLiteral("--out"), file});
    QVERIFY2(outcome.code == 0, outcome.err.constData());
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QByteArray bytes = written.readAll();
    QVERIFY2(bytes.startsWith(magic), bytes.left(20).constData());
    if (ending == QStringLiteral("csv"))
      QCOMPARE(bytes.trimmed().count('\n'), 5); // a heading and five estimates
    else
      QVERIFY(bytes.size() > 4000);
  }

  void theExportedTrajectoryIsTheOneThatTheWindowShows() {
    const auto figure = [this](const QString &ending) {
      const QString file = m_dir.filePath(QStringLiteral("shown.") + ending);
      call("evolute", {QStringLiteral("--export"), run(), QStringLiteral("--figure"), QStringLiteral("ed"),
                       QStringLiteral("--out"), file});
      QFile written(file);
      return written.open(QIODevice::ReadOnly) ? written.readAll() : QByteArray();
    };
    const QByteArray header = figure(QStringLiteral("csv")).split('\n').front();
    QVERIFY2(header.count("PC1") == 2 && header.contains("not smoothed"), header.constData());
    QVERIFY(figure(QStringLiteral("svg")).contains("smoothed: Gaussian"));
  }

  void aValidationTableBecomesAFigure() {
    const QString rows = m_dir.filePath(QStringLiteral("validation.csv"));
    QFile table(rows);
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("model,checks,exact,target,llc,se,ok,nbeta,gamma,epsilon\r\n\"network, small\",size,7.5,7,7.1,0.1,1,1e4,4,1e-5\r\n"
                "\"network, large\",size,504100,500000,500100,900,1,1e6,1e4,1e-7\r\n");
    table.close();
    for (const QString &ending : {QStringLiteral("pdf"), QStringLiteral("png"), QStringLiteral("csv")}) {
      const QString file = m_dir.filePath(QStringLiteral("f27.") + ending);
      const Outcome outcome = call("evolute", {QStringLiteral("--export"), rows, QStringLiteral("--figure"),
                                               QStringLiteral("validation"), QStringLiteral("--out"), file});
      QVERIFY2(outcome.code == 0, outcome.err.constData());
      QVERIFY(QFileInfo(file).size() > (ending == QStringLiteral("csv") ? 100 : 3000));
    }
    const Outcome refused = call("evolute", {QStringLiteral("--export"), m_dir.filePath(QStringLiteral("f27.pdf")),
                                             QStringLiteral("--figure"), QStringLiteral("validation"),
                                             QStringLiteral("--out"), m_dir.filePath(QStringLiteral("x.pdf"))});
    QVERIFY(refused.code != 0 && refused.err.contains("validate --table"));
  }

  void reopeningFindsEverythingAndComputesNothing() {
    const Outcome again = call("evolute-cli", llcArguments());
    QCOMPARE(again.code, 0);
    QCOMPARE(again.json()[QStringLiteral("computed")].toInt(-1), 0);
    QCOMPARE(again.json()[QStringLiteral("reused")].toInt(), 5);
    const QImage reopened = windowPicture(4, "reopened.png");
    QVERIFY2(colours(reopened) > 50, qPrintable(QString::number(colours(reopened))));
  }
};

QTEST_GUILESS_MAIN(TestEndToEnd)
#include "tst_end_to_end.moc"
