// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/numerics.h"
#include "app/jobs/run_watcher.h"
#include "core/checkpoint/metrics_log.h"
#include "core/checkpoint/run_description.h"
#include "core/results/result_store.h"

namespace evolute::app {

/// The log that belongs to a run, not read yet: what run.toml names, else the usual names beside the
/// checkpoints. Null when there is none.
std::shared_ptr<core::MetricsLog> logOf(const core::Run &run);
/// Never null; empty without a log.
std::shared_ptr<const MetricsSnapshot> snapshotOf(const core::MetricsLog *log);

/// Identity of a checkpoint's weights, remembered in `store` (may be null) for as long as the file stays as
/// it is. Reads the file when it is not. \throws Error.
std::string hashOfCheckpoint(const core::CheckpointEntry &checkpoint, core::ResultStore *store);

/// What the store has for this run, without traces. Estimates of weights that the folder does not hold any
/// more (a checkpoint written again) are left out; those of files that are gone stay: nothing speaks against
/// them.
std::vector<core::LlcEstimate> currentEstimates(const core::Run &run, core::ResultStore &store,
                                                const JobControl &control);

/// The run's results, opened by the load job and waited for by whoever needs them before it is that far.
class StorePromise {
public:
  using Store = std::shared_ptr<core::ResultStore>;
  /// Null: there is no place for results. Waits; for workers only. \throws Error when loading was stopped.
  class Future {
  public:
    Store get() const;

  private:
    friend class StorePromise;
    std::shared_future<Store> m_future;
  };
  Future future() const { return m_future; }
  void set(Store store) { m_promise.set_value(std::move(store)); }
  StorePromise() { m_future.m_future = m_promise.get_future().share(); }

private:
  std::promise<Store> m_promise;
  Future m_future;
};

/// Called on the worker, in this order.
struct LoadEvents {
  std::function<void(core::Run, std::shared_ptr<core::MetricsLog>, std::shared_ptr<const MetricsSnapshot>)>
      opened;
  /// `store` is null when results can neither be read nor kept: `problem` says why.
  std::function<void(std::shared_ptr<core::ResultStore> store, std::vector<core::LlcEstimate> estimates,
                     QString problem)>
      results;
  std::function<void(core::ModelSummary)> model;
};

/// Opens a run: first what a first picture needs (names, log), then stored results, then what the model is.
/// \throws Error when there is no run.
QString loadRun(const std::filesystem::path &path, const Numerics &numerics, const LoadEvents &events,
                JobControl &control);

} // namespace evolute::app
