// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/run_watcher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <set>
#include <utility>

#include <QFileSystemWatcher>
#include <QPointer>
#include <QStringList>
#include <QTimer>

#include "app/jobs/load_job.h"
#include "app/jobs/platform.h"

namespace evolute::app {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kHintDelay{50};       // a burst of notices is one look
constexpr int kHintStretch = 2;              // a large folder is not looked at without a break
constexpr int kStretch = 10;                 // without notices, looking takes one part in ten of the time
constexpr std::size_t kWatchedFolders = 256; // the system's watches are few; the interval serves the rest
constexpr int kGoodbyeMs = 2000;

QString textOf(const std::filesystem::path &path) {
  return QString::fromStdString(path.string());
}

/// Of a checkpoint in several files: the sum of their sizes and the time of the last.
FileStamp stampOfFiles(const core::CheckpointEntry &entry) {
  FileStamp stamp = stampOf(entry.path);
  for (const auto &part : entry.parts) {
    const FileStamp one = stampOf(part);
    stamp.size += one.size;
    stamp.modifiedNanoseconds = std::max(stamp.modifiedNanoseconds, one.modifiedNanoseconds);
  }
  return stamp;
}

/// Sorted: the order in which a folder is walked is no news.
std::vector<std::filesystem::path> pathsOf(const std::vector<core::SkippedFile> &files) {
  std::vector<std::filesystem::path> paths;
  for (const core::SkippedFile &file : files)
    paths.push_back(file.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

} // namespace

/// Lives in the watcher's thread, as do its children; made there on the first watch().
class RunWatcher::Worker : public QObject {
public:
  Worker(Inbox::Sender inbox, QPointer<RunWatcher> owner)
      : m_inbox(std::move(inbox)), m_owner(std::move(owner)) {}

  void begin(const core::Run &run, std::shared_ptr<core::MetricsLog> log, const Options &options,
             quint64 generation);
  void end();
  void look();

private:
  struct Seen {
    core::CheckpointEntry entry;
    FileStamp stamp;
  };
  struct FirstLook {
    FileStamp stamp;
    Clock::time_point when;
  };
  using Unsettled = std::map<std::filesystem::path, FirstLook>;
  void prepare();
  RunChange compare(core::RunIndex index);
  bool hasSettled(const std::filesystem::path &file, const FileStamp &stamp, const Unsettled &before);
  void readLog(RunChange &change);
  void watchFolders(const RunChange &change);
  void lookAgain();
  template <typename Action> void tell(Action action) {
    m_inbox.post([owner = m_owner, generation = m_generation, action = std::move(action)] {
      if (owner && owner->m_generation == generation)
        action(*owner);
    });
  }

  Inbox::Sender m_inbox;
  QPointer<RunWatcher> m_owner;
  QTimer *m_timer = nullptr;
  QFileSystemWatcher *m_hints = nullptr;

  core::Run m_run;
  std::shared_ptr<core::MetricsLog> m_log;
  Options m_options;
  quint64 m_generation = 0;
  bool m_onNetwork = false;
  bool m_active = false;
  bool m_lost = false;
  std::map<std::int64_t, Seen> m_known;
  Unsettled m_unsettled; // as they are now, but not for long enough
  std::vector<std::filesystem::path> m_growing, m_skipped;
  Clock::duration m_lastTook{};
};

void RunWatcher::Worker::prepare() {
  m_timer = new QTimer(this);
  m_timer->setSingleShot(true);
  connect(m_timer, &QTimer::timeout, this, &Worker::look);
  m_hints = new QFileSystemWatcher(this);
  connect(m_hints, &QFileSystemWatcher::directoryChanged, this, [this] {
    const auto wait = std::max<Clock::duration>(kHintDelay, kHintStretch * m_lastTook);
    if (m_timer->isActive() && m_timer->remainingTimeAsDuration() > wait)
      m_timer->start(std::chrono::ceil<milliseconds>(wait));
  });
}

void RunWatcher::Worker::begin(const core::Run &run, std::shared_ptr<core::MetricsLog> log,
                               const Options &options, quint64 generation) {
  if (!m_timer)
    prepare();
  end();
  m_run = run;
  m_log = std::move(log);
  m_options = options;
  m_generation = generation;
  m_onNetwork = isOnNetwork(run.index.root);
  m_growing = run.index.growing;
  m_skipped = pathsOf(run.index.skipped);
  m_active = true;
  // What was opened is taken as it is; a file that changed since shows a size of its own.
  for (const auto &entry : run.index.checkpoints) {
    FileStamp stamp = stampOfFiles(entry);
    if (stamp.size != entry.bytes)
      stamp = {};
    m_known[entry.step] = {entry, stamp};
  }
  look();
}

void RunWatcher::Worker::end() {
  if (!m_timer)
    return;
  m_timer->stop();
  const QStringList folders = m_hints->directories();
  if (!folders.isEmpty())
    m_hints->removePaths(folders);
  m_known.clear();
  m_unsettled.clear();
  m_growing.clear();
  m_skipped.clear();
  m_log.reset();
  m_active = m_lost = false;
}

void RunWatcher::Worker::look() {
  if (!m_active)
    return;
  const auto start = Clock::now();
  try {
    RunChange change = compare(core::scanRun(m_run.index.root, m_run.description.scan));
    if (std::exchange(m_lost, false))
      tell([](RunWatcher &watcher) { Q_EMIT watcher.found(); });
    readLog(change);
    watchFolders(change);
    if (!change.isEmpty())
      tell([change = std::move(change)](RunWatcher &watcher) { Q_EMIT watcher.changed(change); });
  } catch (const std::exception &error) {
    // A folder that is being moved or a mount that is away: said once, looked for again.
    if (!std::exchange(m_lost, true))
      tell([sentence = QString::fromUtf8(error.what())](RunWatcher &watcher) {
        Q_EMIT watcher.lost(sentence);
      });
  }
  m_lastTook = Clock::now() - start;
  lookAgain();
}

bool RunWatcher::Worker::hasSettled(const std::filesystem::path &file, const FileStamp &stamp,
                                    const Unsettled &before) {
  const auto first = before.find(file);
  if (first == before.end() || first->second.stamp != stamp) {
    m_unsettled[file] = {stamp, Clock::now()};
    return false;
  }
  if (Clock::now() - first->second.when >= m_options.settling)
    return true;
  m_unsettled.insert(*first);
  return false;
}

RunChange RunWatcher::Worker::compare(core::RunIndex index) {
  RunChange change;
  std::map<std::int64_t, Seen> now;
  const Unsettled before = std::exchange(m_unsettled, {});
  const std::set<std::filesystem::path> growing(index.growing.begin(), index.growing.end());

  for (const auto &entry : index.checkpoints) {
    const FileStamp stamp = stampOfFiles(entry);
    const auto known = m_known.find(entry.step);
    if (known != m_known.end() && known->second.entry.path == entry.path && known->second.stamp == stamp) {
      now.insert(*known);
      continue;
    }
    if (hasSettled(entry.path, stamp, before)) {
      now[entry.step] = {entry, stamp};
      (known == m_known.end() ? change.added : change.replaced).push_back(entry.step);
    } else if (known != m_known.end()) {
      now.insert(*known); // what was known holds until the new content has settled
    }
  }
  for (const auto &[step, seen] : m_known) {
    if (now.contains(step))
      continue;
    if (growing.contains(seen.entry.path))
      now[step] = seen; // being written again, in place
    else
      change.removed.push_back(step);
  }

  std::sort(index.growing.begin(), index.growing.end());
  change.growingChanged = index.growing != m_growing;
  m_growing = index.growing;
  std::vector<std::filesystem::path> skipped = pathsOf(index.skipped);
  change.skippedChanged = skipped != m_skipped;
  m_skipped = std::move(skipped);
  index.checkpoints.clear();
  for (const auto &[step, seen] : now)
    index.checkpoints.push_back(seen.entry);
  m_known = std::move(now);
  change.index = std::move(index);
  return change;
}

void RunWatcher::Worker::readLog(RunChange &change) {
  if (!m_log)
    m_log = logOf(m_run);
  if (m_log && m_log->refresh())
    change.metrics = snapshotOf(m_log.get());
}

void RunWatcher::Worker::watchFolders(const RunChange &change) {
  if (m_onNetwork)
    return; // changes made by other machines are not reported
  QStringList wanted{textOf(m_run.index.root)};
  std::set<std::filesystem::path> folders{m_run.index.root};
  const auto want = [&](const std::filesystem::path &file) {
    const auto folder = file.parent_path();
    if (folders.size() < kWatchedFolders && folders.insert(folder).second)
      wanted << textOf(folder);
  };
  std::for_each(change.index.growing.begin(), change.index.growing.end(), want);
  for (auto entry = change.index.checkpoints.rbegin(); entry != change.index.checkpoints.rend(); ++entry)
    want(entry->path);
  // A folder that was deleted and made again must be added again: Qt forgets it, which directories() shows.
  const QStringList have = m_hints->directories();
  wanted.removeIf([&](const QString &folder) { return have.contains(folder); });
  if (!wanted.isEmpty())
    m_hints->addPaths(wanted);
}

void RunWatcher::Worker::lookAgain() {
  Clock::duration wait = m_onNetwork ? m_options.networkInterval : m_options.interval;
  wait = std::max(wait, kStretch * m_lastTook);
  if (!m_unsettled.empty())
    wait = std::min(wait, std::max<Clock::duration>(m_options.settling, kHintStretch * m_lastTook));
  m_timer->start(std::chrono::ceil<milliseconds>(wait));
}

RunWatcher::RunWatcher(QObject *parent) : QObject(parent) {
  m_worker = new Worker(m_inbox.sender(), QPointer<RunWatcher>(this));
  m_thread = new QThread;
  m_thread->setObjectName(QStringLiteral("run watcher"));
  m_worker->moveToThread(m_thread);
  connect(m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
  m_thread->start();
}

RunWatcher::~RunWatcher() {
  ++m_generation;
  m_thread->quit();
  if (m_thread->wait(kGoodbyeMs))
    delete m_thread;
  else // stuck in a dead mount: it ends itself when the mount lets go
    connect(m_thread, &QThread::finished, m_thread, &QObject::deleteLater);
}

void RunWatcher::watch(const core::Run &run, std::shared_ptr<core::MetricsLog> log, const Options &options) {
  ++m_generation;
  QMetaObject::invokeMethod(
      m_worker, [worker = m_worker, run, log = std::move(log), options, generation = m_generation]() mutable {
        worker->begin(run, std::move(log), options, generation);
      });
}

void RunWatcher::stop() {
  ++m_generation;
  QMetaObject::invokeMethod(m_worker, [worker = m_worker] { worker->end(); });
}

void RunWatcher::look() {
  QMetaObject::invokeMethod(m_worker, [worker = m_worker] { worker->look(); });
}

} // namespace evolute::app
