// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/session_store.h"

#include <algorithm>
#include <utility>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QSaveFile>
#include <QStandardPaths>
#include <QThreadPool>
#include <QUndoStack>

namespace evolute::app {

namespace {

constexpr int kFormat = 1; // of both files
constexpr int kSaveEveryMs = 30'000;
constexpr int kLockMs = 1000;

QByteArray jsonFromSession(const SavedSession &session) {
  QJsonArray runs;
  for (const auto &run : session.runs)
    runs.append(QJsonObject{{QStringLiteral("path"), run.path},
                            {QStringLiteral("cursor_step"), qint64(run.cursorStep)},
                            {QStringLiteral("follow"), run.follow}});
  const QJsonObject root{
      {QStringLiteral("format"), kFormat},
      {QStringLiteral("runs"), runs},
      {QStringLiteral("time_axis"), nameOf(session.timeAxis)},
      {QStringLiteral("path_by_stage"), session.pathByStage},
      {QStringLiteral("hidden_panes"), QJsonArray::fromStringList(session.hiddenPanes)},
      {QStringLiteral("hidden_series"), QJsonArray::fromStringList(session.hiddenSeries)},
      {QStringLiteral("essential_dynamics"), session.edView},
      {QStringLiteral("pane_sizes"), session.paneSizes},
      {QStringLiteral("window_geometry"), QString::fromLatin1(session.windowGeometry.toBase64())},
      {QStringLiteral("window_state"), QString::fromLatin1(session.windowState.toBase64())}};
  return QJsonDocument(root).toJson();
}

QStringList stringsFrom(const QJsonValue &value) {
  QStringList list;
  for (const auto &item : value.toArray())
    list << item.toString();
  return list;
}

SavedSession sessionFromJson(const QJsonObject &root) {
  SavedSession session;
  for (const auto &value : root[QLatin1String("runs")].toArray()) {
    const QJsonObject run = value.toObject();
    const QString path = run[QLatin1String("path")].toString();
    if (!path.isEmpty())
      session.runs.push_back(
          {path, run[QLatin1String("cursor_step")].toInteger(), run[QLatin1String("follow")].toBool()});
  }
  session.timeAxis = timeAxisFromName(root[QLatin1String("time_axis")].toString()).value_or(session.timeAxis);
  session.pathByStage = root[QLatin1String("path_by_stage")].toBool();
  session.hiddenPanes = stringsFrom(root[QLatin1String("hidden_panes")]);
  session.hiddenSeries = stringsFrom(root[QLatin1String("hidden_series")]);
  session.edView = root[QLatin1String("essential_dynamics")].toObject();
  session.paneSizes = root[QLatin1String("pane_sizes")].toObject();
  session.windowGeometry =
      QByteArray::fromBase64(root[QLatin1String("window_geometry")].toString().toLatin1());
  session.windowState = QByteArray::fromBase64(root[QLatin1String("window_state")].toString().toLatin1());
  return session;
}

/// The object in a file of ours; nothing when there is none. What is not ours is moved aside, so that the
/// next save does not destroy it.
std::optional<QJsonObject> readObject(const QString &path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly))
    return std::nullopt;
  const QJsonDocument document = QJsonDocument::fromJson(file.readAll());
  if (document.isObject() && document.object()[QLatin1String("format")].toInt() == kFormat)
    return document.object();
  file.close();
  const QString aside = path + QStringLiteral(".broken");
  QFile::remove(aside);
  QFile::rename(path, aside);
  return std::nullopt;
}

/// Empty, or one sentence why the file could not be written. Any thread.
QString writeFile(const QString &path, const QByteArray &json) {
  const QString folder = QFileInfo(path).absolutePath();
  if (!QDir().mkpath(folder))
    return SessionStore::tr("The session cannot be saved: the folder %1 cannot be made.").arg(folder);
  QSaveFile file(path); // a temporary name first: a crash leaves the old file or the new one
  if (file.open(QIODevice::WriteOnly) && file.write(json) == json.size() && file.commit())
    return {};
  return SessionStore::tr("The session cannot be saved to %1: %2.").arg(path, file.errorString());
}

std::vector<RecentRun> readRecent(const QString &path) {
  std::vector<RecentRun> runs;
  const auto object = readObject(path);
  if (!object)
    return runs;
  for (const auto &value : (*object)[QLatin1String("runs")].toArray()) {
    const QJsonObject run = value.toObject();
    const QString folder = run[QLatin1String("path")].toString();
    if (!folder.isEmpty() && runs.size() < SessionStore::kRecentLimit)
      runs.push_back({folder,
                      QDateTime::fromString(run[QLatin1String("last_opened")].toString(), Qt::ISODateWithMs),
                      false});
  }
  return runs;
}

QByteArray jsonFromRecent(const std::vector<RecentRun> &recent) {
  QJsonArray runs;
  for (const auto &run : recent)
    runs.append(QJsonObject{{QStringLiteral("path"), run.path},
                            {QStringLiteral("last_opened"), run.lastOpened.toString(Qt::ISODateWithMs)}});
  return QJsonDocument(QJsonObject{{QStringLiteral("format"), kFormat}, {QStringLiteral("runs"), runs}})
      .toJson();
}

} // namespace

SessionStore::SessionStore(const QString &folder, QObject *parent)
    : QObject(parent),
      m_folder(folder.isEmpty() ? QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation)
                                : folder) {
  m_writer.setMaxThreadCount(1); // in order
  m_looker.setMaxThreadCount(1);
  m_timer.setInterval(kSaveEveryMs);
  connect(&m_timer, &QTimer::timeout, this, &SessionStore::saveCurrent);
  m_recent = readRecent(recentFile());
}

QString SessionStore::sessionFile() const {
  return m_folder + QStringLiteral("/session.json");
}
QString SessionStore::recentFile() const {
  return m_folder + QStringLiteral("/recent.json");
}

std::optional<SavedSession> SessionStore::load() const {
  const auto object = readObject(sessionFile());
  return object ? std::optional(sessionFromJson(*object)) : std::nullopt;
}

QString SessionStore::save(const SavedSession &session) {
  m_writer.waitForDone(); // an older state must not come out on top
  const QString problem = writeFile(sessionFile(), jsonFromSession(session));
  if (problem.isEmpty())
    m_saved = session;
  return problem;
}

void SessionStore::follow(QUndoStack *stack, std::function<SavedSession()> current) {
  stop();
  m_stack = stack;
  m_current = std::move(current);
  connect(stack, &QUndoStack::indexChanged, this, &SessionStore::saveCurrent);
  m_timer.start();
}

void SessionStore::stop() {
  m_timer.stop();
  if (m_stack)
    disconnect(m_stack, nullptr, this, nullptr);
  m_stack = nullptr;
  m_current = nullptr;
}

void SessionStore::saveCurrent() {
  if (!m_current)
    return;
  SavedSession session = m_current();
  if (session == m_saved)
    return;
  saveLater(sessionFile(), jsonFromSession(session));
  m_saved = std::move(session);
}

void SessionStore::saveLater(const QString &path, const QByteArray &json) {
  m_writer.start([path, json, sender = m_inbox.sender(), store = QPointer<SessionStore>(this)] {
    const QString problem = writeFile(path, json);
    if (problem.isEmpty())
      return;
    sender.post([store, problem] {
      if (!store)
        return;
      store->m_saved.reset(); // so that the next turn tries again
      Q_EMIT store->saveFailed(problem);
    });
  });
}

void SessionStore::changeRecent(const RecentChange &change) {
  change(m_recent); // shown at once
  Q_EMIT recentRunsChanged();
  ++m_recentChanges;
  m_writer.start(
      [change, path = recentFile(), sender = m_inbox.sender(), store = QPointer<SessionStore>(this)] {
        QString problem;
        std::vector<RecentRun> runs;
        {
          QDir().mkpath(QFileInfo(path).absolutePath());
          QLockFile lock(path + QStringLiteral(".lock"));
          lock.tryLock(kLockMs); // without it the list is written all the same: it is a convenience
          runs = readRecent(path);
          change(runs);
          problem = writeFile(path, jsonFromRecent(runs));
        }
        sender.post([store, problem, runs = std::move(runs)] {
          if (!store)
            return;
          --store->m_recentChanges;
          if (problem.isEmpty())
            store->takeRecent(runs);
          else
            Q_EMIT store->saveFailed(problem);
        });
      });
}

void SessionStore::takeRecent(std::vector<RecentRun> runs) {
  if (m_recentChanges > 0)
    return; // a newer change is under way and brings a newer list
  bool news = runs.size() != m_recent.size();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto known = std::find_if(m_recent.begin(), m_recent.end(),
                                    [&](const RecentRun &run) { return run.path == runs[i].path; });
    if (known != m_recent.end())
      runs[i].missing = known->missing;
    news = news || m_recent[i].path != runs[i].path;
  }
  m_recent = std::move(runs);
  if (news)
    Q_EMIT recentRunsChanged();
}

void SessionStore::addRecent(const QString &path) {
  changeRecent([path, now = QDateTime::currentDateTimeUtc()](std::vector<RecentRun> &runs) {
    std::erase_if(runs, [&](const RecentRun &run) { return run.path == path; });
    runs.insert(runs.begin(), {path, now, false});
    if (runs.size() > kRecentLimit)
      runs.resize(kRecentLimit);
  });
}

void SessionStore::removeRecent(const QString &path) {
  if (std::none_of(m_recent.begin(), m_recent.end(), [&](const RecentRun &run) { return run.path == path; }))
    return;
  changeRecent([path](std::vector<RecentRun> &runs) {
    std::erase_if(runs, [&](const RecentRun &run) { return run.path == path; });
  });
}

void SessionStore::checkRecent() {
  QStringList paths;
  for (const auto &run : m_recent)
    paths << run.path;
  m_looker.start([sender = m_inbox.sender(), paths, store = QPointer<SessionStore>(this)] {
    for (const QString &path : paths) {
      const bool missing = !QFileInfo::exists(path);
      sender.post([store, path, missing] {
        if (store)
          store->setMissing(path, missing);
      });
    }
  });
}

void SessionStore::setMissing(const QString &path, bool missing) {
  for (auto &run : m_recent) {
    if (run.path != path || run.missing == missing)
      continue;
    run.missing = missing;
    Q_EMIT recentRunsChanged();
  }
}

} // namespace evolute::app
