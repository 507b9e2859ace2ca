// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/family_job.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <QCoreApplication>

#include "core/error.h"

namespace evolute::app {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRefineInterval = std::chrono::seconds(1);
constexpr int kShareOfResults = 10; // of the time, one part in ten at most goes into results on the way

struct FamilyJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::FamilyJob)
};

} // namespace

QString runFamilyJob(const std::vector<std::filesystem::path> &paths, const core::FamilySettings &settings,
                     const core::DeviceOptions &device, const Numerics &numerics,
                     const FamilyJobEvents &events, JobControl &control) {
  const core::Family family = core::openFamily(paths);
  if (family.members.size() < 2)
    throw core::Error(FamilyJob::tr("%1: expected two runs or more to compare, found one.")
                          .arg(QString::fromStdString(paths.front().string()))
                          .toStdString());
  events.opened(family, core::familyEstimates(family));
  const auto source = numerics.makeFamily(family, settings, device);

  std::vector<core::SkippedFile> skipped;
  std::size_t told = 0;
  const auto tellSkipped = [&] {
    for (; told < skipped.size(); ++told)
      events.skipped(skipped[told]);
  };
  auto next = Clock::now() + kRefineInterval / 2;
  source->addMissing(&skipped, [&](const core::Progress &progress) {
    tellSkipped();
    control.report(progress.total > 0 ? double(progress.done) / double(progress.total) : 0.0, std::nan(""),
                   FamilyJob::tr("%1 of %2 checkpoints").arg(progress.done).arg(progress.total));
    if (const auto start = Clock::now(); start >= next && progress.done < progress.total) {
      events.refined(source->result());
      const auto end = Clock::now();
      next = end + std::max<Clock::duration>(kRefineInterval, kShareOfResults * (end - start));
    }
    return control.proceed();
  });
  tellSkipped();
  events.refined(source->result());
  const QString runs = FamilyJob::tr("%n run(s)", nullptr, int(family.members.size()));
  return control.isCancelled() ? FamilyJob::tr("Stopped; %1 so far").arg(runs) : runs;
}

} // namespace evolute::app
