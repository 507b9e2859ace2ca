// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "app/session/session_store.h"
#include "app/session/undo.h"

using namespace evolute::app;

namespace {

constexpr int kPatience = 60'000; // ms: a busy machine is no failure

SavedSession example() {
  SavedSession session;
  session.runs = {{QStringLiteral("/data/run α"), 9'007'199'254'740'993, true},
                  {QStringLiteral("/data/b"), 0, false}};
  session.timeAxis = TimeAxisKind::Index;
  session.hiddenPanes = {QStringLiteral("ed"), QStringLiteral("scree")};
  session.hiddenSeries = {QStringLiteral("loss")};
  session.windowGeometry = QByteArray("\x00\xff\x01 geometry", 12);
  session.windowState = QByteArray(3000, '\xfe');
  return session;
}

void writeText(const QString &path, const QByteArray &text) {
  QFile file(path);
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write(text);
}

} // namespace

class TestSessionStore : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { QStandardPaths::setTestModeEnabled(true); }

  void aSessionComesBackAsItWas() {
    QTemporaryDir dir;
    QVERIFY(!SessionStore(dir.path()).load());
    QCOMPARE(SessionStore(dir.path()).save(example()), QString());
    const auto back = SessionStore(dir.path()).load();
    QVERIFY(back.has_value());
    QVERIFY(*back == example());
  }

  void theProgramsOwnFolderIsTheDefault() {
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation);
    QDir(folder).removeRecursively();
    QCOMPARE(SessionStore().save(example()), QString());
    QVERIFY(QFile::exists(folder + QStringLiteral("/session.json")));
    QDir(folder).removeRecursively();
  }

  void aFileThatIsNotOursIsKeptAside_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("cut off") << QByteArray("{\"format\": 1, \"runs\": [");
    QTest::newRow("of a later version") << QByteArray("{\"format\": 99}");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no object") << QByteArray("[1, 2]");
  }
  void aFileThatIsNotOursIsKeptAside() {
    QFETCH(QByteArray, text);
    QTemporaryDir dir;
    writeText(dir.filePath(QStringLiteral("session.json")), text);
    QVERIFY(!SessionStore(dir.path()).load());
    QFile aside(dir.filePath(QStringLiteral("session.json.broken")));
    QVERIFY(aside.open(QIODevice::ReadOnly));
    QCOMPARE(aside.readAll(), text);
  }

  void aFolderThatCannotBeWrittenIsOneSentence() {
    QTemporaryDir dir;
    writeText(dir.filePath(QStringLiteral("file")), "x");
    const QString folder = dir.filePath(QStringLiteral("file/inside"));
    SessionStore store(folder);
    const QString problem = store.save(example());
    QVERIFY2(problem.contains(folder), qPrintable(problem));
    QSignalSpy failed(&store, &SessionStore::saveFailed);
    store.addRecent(QStringLiteral("/data/a"));
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kPatience);
  }

  void eachStepThatCanBeUndoneIsSaved() {
    QTemporaryDir dir;
    QUndoStack stack;
    ViewState view;
    const auto current = [&view] {
      SavedSession session;
      session.timeAxis = view.timeAxis();
      return session;
    };
    const auto savedAxis = [&dir]() -> QString {
      const auto saved = SessionStore(dir.path()).load();
      return saved ? nameOf(saved->timeAxis) : QString();
    };
    SessionStore store(dir.path());
    store.follow(&stack, current);
    pushTimeAxis(stack, view, TimeAxisKind::Linear);
    QTRY_COMPARE_WITH_TIMEOUT(savedAxis(), QStringLiteral("linear"), kPatience);
    stack.undo();
    QTRY_COMPARE_WITH_TIMEOUT(savedAxis(), QStringLiteral("log1p"), kPatience);
    store.stop();
    stack.redo();
    QTest::qWait(50);
    QCOMPARE(savedAxis(), QStringLiteral("log1p"));
  }

  void recentRunsAreNewestFirstAndOnceEach() {
    QTemporaryDir dir;
    {
      SessionStore store(dir.path());
      QSignalSpy changed(&store, &SessionStore::recentRunsChanged);
      for (int i = 0; i < SessionStore::kRecentLimit + 3; ++i)
        store.addRecent(QStringLiteral("/data/%1").arg(i));
      store.addRecent(QStringLiteral("/data/10"));
      store.removeRecent(QStringLiteral("/data/11"));
      QCOMPARE(changed.size(), SessionStore::kRecentLimit + 5);
    } // waits for the file
    const SessionStore store(dir.path());
    const auto &recent = store.recentRuns();
    QCOMPARE(int(recent.size()), SessionStore::kRecentLimit - 1);
    QCOMPARE(recent.front().path, QStringLiteral("/data/10"));
    QCOMPARE(recent[1].path, QStringLiteral("/data/22"));
    QVERIFY(recent.front().lastOpened.isValid());
    QCOMPARE(std::count_if(recent.begin(), recent.end(),
                           [](const RecentRun &run) { return run.path == QLatin1String("/data/10"); }),
             1);
  }

  void twoWindowsKeepEachOthersRecentRuns() {
    QTemporaryDir folder;
    SessionStore one(folder.path()), other(folder.path()); // both have read an empty list
    const auto paths = [](const SessionStore &store) {
      QStringList list;
      for (const RecentRun &run : store.recentRuns())
        list << run.path;
      return list;
    };
    one.addRecent(QStringLiteral("/data/a"));
    QTRY_COMPARE_WITH_TIMEOUT(paths(SessionStore(folder.path())), QStringList{QStringLiteral("/data/a")},
                              kPatience);
    other.addRecent(QStringLiteral("/data/b"));
    const QStringList both{QStringLiteral("/data/b"), QStringLiteral("/data/a")};
    QTRY_COMPARE_WITH_TIMEOUT(paths(SessionStore(folder.path())), both, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(paths(other), both, kPatience); // and what the other added is shown
    one.removeRecent(QStringLiteral("/data/a"));
    QTRY_COMPARE_WITH_TIMEOUT(paths(SessionStore(folder.path())), QStringList{QStringLiteral("/data/b")},
                              kPatience);
  }

  void aRecentRunThatIsGoneIsFlagged() {
    QTemporaryDir dir, here;
    SessionStore store(dir.path());
    store.addRecent(here.path());
    store.addRecent(QStringLiteral("/nowhere/at/all"));
    store.checkRecent();
    QTRY_VERIFY_WITH_TIMEOUT(store.recentRuns()[0].missing, kPatience);
    QVERIFY(!store.recentRuns()[1].missing);
  }
};

QTEST_GUILESS_MAIN(TestSessionStore)
#include "tst_session_store.moc"
