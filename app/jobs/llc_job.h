// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include <QString>

#include "app/jobs/job_control.h"
#include "app/jobs/numerics.h"

namespace evolute::app {

/// Steps that the user wants next, handed from the window to the computing thread.
class PromotedSteps {
public:
  void add(std::int64_t step) {
    const std::lock_guard lock(m_mutex);
    m_steps.push_back(step);
  }
  std::vector<std::int64_t> take() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_steps, {});
  }

private:
  std::mutex m_mutex;
  std::vector<std::int64_t> m_steps;
};

/// Called on the worker.
struct LlcJobEvents {
  std::function<void(std::int64_t step)> computing;
  std::function<void(core::LlcEstimate)> done; ///< without traces: those are in the store
  std::function<void(std::int64_t step, QString sentence)> failed;
};

/// A curve of estimates; pausing blocks and cancelling stops within one sampler step, what is finished is
/// stored. Returns the sentence for the job. \throws Error when nothing can start or every estimate failed.
QString runLlcJob(const core::Run &run, const core::LlcRequest &request, core::ResultStore &store,
                  const Numerics &numerics, PromotedSteps &promoted, const LlcJobEvents &events,
                  JobControl &control);

} // namespace evolute::app
