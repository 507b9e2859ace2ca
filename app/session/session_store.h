// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QObject>
#include <QPointer>
#include <QString>
#include <QStringList>
#include <QThreadPool>
#include <QTimer>

#include "app/jobs/inbox.h"
#include "app/session/view_state.h"

class QUndoStack;

namespace evolute::app {

/// What is put back when the program starts again. A value.
struct SavedSession {
  struct OpenRun {
    QString path; ///< absolute
    std::int64_t cursorStep = 0;
    bool follow = false;
    bool operator==(const OpenRun &) const = default;
  };
  std::vector<OpenRun> runs;
  TimeAxisKind timeAxis = TimeAxisKind::LogPlusOne;
  bool pathByStage = false;
  QStringList hiddenPanes, hiddenSeries;  ///< sorted
  QByteArray windowGeometry, windowState; ///< as QMainWindow gives them
  QJsonObject edView;                     ///< EdView::toJson()
  QJsonObject paneSizes;                  ///< of the splitters in the centre, as the window gives them
  bool operator==(const SavedSession &) const = default;
};

struct RecentRun {
  QString path;
  QDateTime lastOpened;
  bool missing = false; ///< as of the last checkRecent()
};

/// The session and the recent runs in one JSON file each, in the user's configuration folder; each is written
/// whole or not at all. An unreadable or foreign file counts as none and is kept beside with the ending
/// ".broken".
class SessionStore : public QObject {
  Q_OBJECT
public:
  static constexpr int kRecentLimit = 20;

  /// `folder`: for tests and portable installations; empty = the configuration folder of the program.
  explicit SessionStore(const QString &folder = {}, QObject *parent = nullptr);

  std::optional<SavedSession> load() const;
  /// Writes before it returns: for the moment of quitting. Empty, or one sentence why it could not.
  QString save(const SavedSession &session);

  /// From now on `current()` is saved after each step of `stack` and every 30 s while it differs from what
  /// was saved last. The stack and what `current` refers to must outlive this object or be ended with stop().
  void follow(QUndoStack *stack, std::function<SavedSession()> current);
  void stop();

  /// Newest first. `missing` is filled in by checkRecent().
  const std::vector<RecentRun> &recentRuns() const { return m_recent; }
  /// Other windows may write the list too: it is read again, changed and written, in the writer's thread and
  /// under a lock; what they added is here soon after.
  void addRecent(const QString &path);
  void removeRecent(const QString &path);
  /// Looks whether the folders are there, off the GUI thread (a dead network mount can take minutes).
  void checkRecent();

Q_SIGNALS:
  void recentRunsChanged();
  void saveFailed(const QString &sentence);

private:
  QString sessionFile() const;
  QString recentFile() const;
  void saveCurrent();
  using RecentChange = std::function<void(std::vector<RecentRun> &)>;
  void changeRecent(const RecentChange &change);
  void takeRecent(std::vector<RecentRun> runs);
  void saveLater(const QString &path, const QByteArray &json);
  void setMissing(const QString &path, bool missing);

  QString m_folder;
  std::function<SavedSession()> m_current;
  std::optional<SavedSession> m_saved;
  QUndoStack *m_stack = nullptr;
  QTimer m_timer;
  std::vector<RecentRun> m_recent;
  int m_recentChanges = 0; ///< on their way to the file
  Inbox m_inbox;
  QThreadPool m_writer; // apart: looking for a run may hang in a dead mount, saving must not
  QThreadPool m_looker;
};

} // namespace evolute::app
