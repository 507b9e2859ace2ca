// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/stages_job.h"

#include <algorithm>
#include <limits>

#include <QCoreApplication>

#include "core/error.h"
#include "core/stages/vertex_marks.h"

namespace evolute::app {

namespace {

constexpr double kShareOfWalks = 0.5; // of the bar, where there are walks

struct StagesJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::StagesJob)
};

core::Curve columnOf(const StagesRequest &request, const std::string &name) {
  if (request.metrics)
    if (const auto found = request.metrics->series.find(name); found != request.metrics->series.end())
      return {name, found->second.steps, found->second.values, {}};
  throw core::Error(
      StagesJob::tr("The log has no column %1.").arg(QString::fromStdString(name)).toStdString());
}

} // namespace

QString runStagesJob(const StagesRequest &request, const std::function<void(core::StageProposal)> &proposed,
                     JobControl &control) {
  core::StageInputs inputs;
  inputs.curve = request.curve.steps.empty() ? columnOf(request, request.metric) : request.curve;
  for (const std::string &name : request.changesOf)
    if (name != request.metric)
      inputs.metrics.push_back(columnOf(request, name));
  const double share = request.trajectory.steps.empty() ? 0 : kShareOfWalks;
  const auto report = [&control](double begin, double end) {
    return [&control, begin, end](const core::Progress &progress) {
      const double done = double(progress.done) / double(std::max<std::int64_t>(progress.total, 1));
      control.report(begin + done * (end - begin), std::numeric_limits<double>::quiet_NaN(),
                     QString::fromStdString(progress.what));
      return control.proceed();
    };
  };
  const QString stopped = StagesJob::tr("Stopped; nothing was proposed.");
  if (control.proceed() == core::Flow::Stop)
    return stopped;
  inputs.vertices =
      core::vertexMarks(request.trajectory, kVertexWalks, request.settings.milestones.seed, report(0, share));
  if (control.isCancelled())
    return stopped;
  core::StageProposal proposal = core::proposeStages(inputs, request.settings, report(share, 1));
  if (proposal.stopped)
    return stopped;
  const auto boundaries = int(proposal.boundaries.size());
  proposed(std::move(proposal));
  return boundaries == 0 ? StagesJob::tr("no boundary is credible")
                         : StagesJob::tr("%n boundary(ies) proposed", nullptr, boundaries);
}

} // namespace evolute::app
