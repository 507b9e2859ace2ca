// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/load_job.h"

#include <exception>
#include <map>
#include <utility>

#include <QCoreApplication>

#include "core/checkpoint/checkpoint_file.h"
#include "core/error.h"

namespace evolute::app {

namespace {

struct LoadJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::LoadJob)
};

} // namespace

StorePromise::Store StorePromise::Future::get() const {
  try {
    return m_future.get();
  } catch (const std::future_error &) { // the load job ended before it was that far
    throw core::Error(LoadJob::tr("The run was not opened to its end; open it again.").toStdString());
  }
}

std::shared_ptr<core::MetricsLog> logOf(const core::Run &run) {
  const std::string named = core::textOr(run.description.log, "file", "");
  const std::string stepColumn = core::textOr(run.description.log, "step", "step");
  if (!named.empty())
    return std::make_shared<core::MetricsLog>(run.index.root / named, stepColumn);
  const auto found = core::findMetricsFile(run.index.root);
  return found ? std::make_shared<core::MetricsLog>(*found, stepColumn) : nullptr;
}

std::shared_ptr<const MetricsSnapshot> snapshotOf(const core::MetricsLog *log) {
  auto snapshot = std::make_shared<MetricsSnapshot>();
  if (log) {
    snapshot->series = log->series();
    snapshot->rowCount = log->rowCount();
    snapshot->badLineCount = log->badLineCount();
    snapshot->fileName = QString::fromStdString(log->path().filename().string());
  }
  return snapshot;
}

std::string hashOfCheckpoint(const core::CheckpointEntry &checkpoint, core::ResultStore *store) {
  if (store) {
    if (auto remembered = store->rememberedHash(checkpoint))
      return *remembered;
  }
  std::string hash = core::CheckpointFile::open(checkpoint).contentHash();
  if (store)
    store->rememberHash(checkpoint, hash);
  return hash;
}

std::vector<core::LlcEstimate> currentEstimates(const core::Run &run, core::ResultStore &store,
                                                const JobControl &control) {
  std::map<std::int64_t, const core::CheckpointEntry *> files;
  for (const auto &checkpoint : run.index.checkpoints)
    files[checkpoint.step] = &checkpoint;
  std::map<std::int64_t, std::string> hashes;
  std::vector<core::LlcEstimate> current;
  for (auto &estimate : store.estimates()) {
    if (control.isCancelled())
      break;
    const auto file = files.find(estimate.step);
    if (file != files.end() && !hashes.contains(estimate.step)) {
      try {
        hashes[estimate.step] = hashOfCheckpoint(*file->second, &store);
      } catch (const std::exception &) {
        hashes[estimate.step] = estimate.checkpointHash; // unreadable now: no reason to hide what was found
      }
    }
    if (file == files.end() || hashes[estimate.step] == estimate.checkpointHash)
      current.push_back(std::move(estimate));
  }
  return current;
}

QString loadRun(const std::filesystem::path &path, const Numerics &numerics, const LoadEvents &events,
                JobControl &control) {
  const core::Run run = core::openRun(path);
  const auto log = logOf(run);
  if (log)
    log->refresh();
  events.opened(run, log, snapshotOf(log.get()));
  if (control.proceed() == core::Flow::Stop)
    return LoadJob::tr("Stopped.");

  std::shared_ptr<core::ResultStore> store;
  std::vector<core::LlcEstimate> estimates;
  QString problem;
  try {
    store = std::make_shared<core::ResultStore>(run.index.root);
    estimates = currentEstimates(run, *store, control);
  } catch (const std::exception &error) {
    problem = QString::fromUtf8(error.what());
  }
  events.results(store, std::move(estimates), problem);
  if (control.proceed() == core::Flow::Stop)
    return LoadJob::tr("Stopped.");

  events.model(numerics.summarizeModel(run));
  return LoadJob::tr("%n checkpoint(s)", nullptr, int(run.index.checkpoints.size()));
}

} // namespace evolute::app
