// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/llc_job.h"

#include <QCoreApplication>

#include "core/error.h"

namespace evolute::app {

namespace {

struct LlcJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::LlcJob)
};

QString describe(const core::LlcCurveEvents::State &state) {
  if (state.currentComponent.empty())
    return LlcJob::tr("Looking for stored estimates");
  return LlcJob::tr("%1 of %2: step %3, %4")
      .arg(state.estimatesDone)
      .arg(state.estimatesTotal)
      .arg(state.currentStep)
      .arg(QString::fromStdString(state.currentComponent));
}

} // namespace

QString runLlcJob(const core::Run &run, const core::LlcRequest &request, core::ResultStore &store,
                  const Numerics &numerics, PromotedSteps &promoted, const LlcJobEvents &events,
                  JobControl &control) {
  core::LlcCurveEvents curve;
  std::int64_t shown = -1;
  QString firstFailure;
  curve.progress = [&](const core::LlcCurveEvents::State &state) {
    // While it looks for stored ones it passes over all steps, without a component.
    if (!state.currentComponent.empty() && state.currentStep != shown) {
      shown = state.currentStep;
      events.computing(shown);
    }
    const double total = double(std::max<std::int64_t>(state.estimatesTotal, 1));
    control.report((double(state.estimatesDone) + state.fractionOfCurrent) / total, state.secondsLeft,
                   describe(state));
    return control.proceed();
  };
  curve.done = [&](const core::LlcEstimate &estimate, bool) {
    core::LlcEstimate light = estimate;
    light.loss.resize(0, 0);
    light.excess.resize(0, 0);
    shown = -1; // its next component shows the step as being computed again
    events.done(std::move(light));
  };
  curve.failed = [&](std::int64_t step, const std::string &sentence) {
    const QString text = QString::fromStdString(sentence);
    if (firstFailure.isEmpty())
      firstFailure = text;
    events.failed(step, text);
  };
  curve.blocked = [&](const std::string &sentence) {
    return control.pauseBecause(LlcJob::tr("Paused: %1").arg(QString::fromStdString(sentence)));
  };
  curve.promoted = [&] { return promoted.take(); };

  const core::LlcCurveOutcome outcome = numerics.computeLlcCurve(run, request, store, curve);
  if (outcome.computed + outcome.reused == 0 && outcome.failed > 0)
    throw core::Error(LlcJob::tr("None of the estimates could be made. %1").arg(firstFailure).toStdString());
  QString sentence = LlcJob::tr("%n computed", nullptr, int(outcome.computed));
  if (outcome.reused > 0)
    sentence += LlcJob::tr(", %n found stored", nullptr, int(outcome.reused));
  if (outcome.failed > 0)
    sentence += LlcJob::tr(", %n failed", nullptr, int(outcome.failed));
  return sentence;
}

} // namespace evolute::app
