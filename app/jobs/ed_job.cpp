// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/ed_job.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include <QCoreApplication>

#include "app/jobs/load_job.h"
#include "core/error.h"
#include "core/trajectory/trajectory_source.h"

namespace evolute::app {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRefineInterval = std::chrono::milliseconds(500);
constexpr int kComponents = 10;
constexpr std::uintmax_t kReadAtMost = 256 << 20; // bytes
constexpr int kShareOfPca = 10;                   // of the time, one part in ten at most goes into refining

struct EdJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::EdJob)
};

} // namespace

EdComputation::EdComputation(Numerics numerics, core::DeviceOptions device)
    : m_numerics(std::move(numerics)), m_device(std::move(device)) {}

QString EdComputation::update(const core::Run &run, core::ResultStore *results, JobControl &control,
                              const Events &events) {
  if (!m_features)
    m_features = m_numerics.makeFeatures(run, m_device);
  if (m_pca.rowCount() == 0 && results && publishStored(run, *results, control, events))
    return EdJob::tr("Taken from the stored results.");

  std::vector<core::SkippedFile> skipped;
  addRows(run, control, events, skipped);
  const core::Trajectory trajectory = m_pca.compute(kComponents);
  events.refined(trajectory);
  if (control.isCancelled())
    return EdJob::tr("Stopped after %n checkpoint(s).", nullptr, int(m_pca.rowCount()));
  // One that lacks checkpoints is not kept: the next opening should try them again.
  if (results && skipped.empty())
    store(run, *results, trajectory, control);
  return EdJob::tr("%n checkpoint(s)", nullptr, int(m_pca.rowCount()));
}

bool EdComputation::publishStored(const core::Run &run, core::ResultStore &results, JobControl &control,
                                  const Events &events) const {
  // Reading large files to look for a trajectory that may not be there would keep the first picture waiting.
  std::uintmax_t budget = kReadAtMost;
  const auto hashOf = [&](const core::CheckpointEntry &checkpoint) -> std::string {
    if (auto remembered = results.rememberedHash(checkpoint))
      return *remembered;
    if (checkpoint.bytes > budget || control.proceed() == core::Flow::Stop)
      return {};
    budget -= checkpoint.bytes;
    try {
      return hashOfCheckpoint(checkpoint, &results);
    } catch (const core::Error &) {
      return {}; // told when its features are wanted
    }
  };
  const auto trajectory = results.findTrajectory(m_features->probeHash());
  if (!trajectory || trajectory->steps.size() != run.index.checkpoints.size() ||
      core::checkpointsHash(run.index.checkpoints, hashOf) != trajectory->source)
    return false;
  events.refined(*trajectory);
  return true;
}

void EdComputation::addRows(const core::Run &run, JobControl &control, const Events &events,
                            std::vector<core::SkippedFile> &skipped) {
  auto nextRefinement = Clock::now();
  std::size_t told = 0;
  const auto observe = [&](const core::Progress &progress) {
    for (; told < skipped.size(); ++told)
      events.skipped(skipped[told]);
    const double fraction = progress.total > 0 ? double(progress.done) / double(progress.total) : 0.0;
    control.report(fraction, std::nan(""),
                   EdJob::tr("%1 of %2 checkpoints").arg(progress.done).arg(progress.total));
    if (const auto start = Clock::now(); start >= nextRefinement && m_pca.rowCount() >= 3) {
      events.refined(m_pca.compute(kComponents));
      const auto end = Clock::now();
      nextRefinement = end + std::max<Clock::duration>(kRefineInterval, kShareOfPca * (end - start));
    }
    return control.proceed();
  };
  m_features->addMissingRows(m_pca, run, &skipped, observe);
  for (; told < skipped.size(); ++told)
    events.skipped(skipped[told]);
}

void EdComputation::store(const core::Run &run, core::ResultStore &results, core::Trajectory trajectory,
                          JobControl &control) const {
  const auto source = core::checkpointsHash(run.index.checkpoints, [&](const auto &checkpoint) {
    return control.proceed() == core::Flow::Stop ? std::string() : hashOfCheckpoint(checkpoint, &results);
  });
  if (!source)
    return;
  trajectory.source = *source;
  results.putTrajectory(m_features->probeHash(), trajectory);
}

} // namespace evolute::app
