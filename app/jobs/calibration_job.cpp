// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/calibration_job.h"

#include <algorithm>

#include <QCoreApplication>

#include "core/error.h"

namespace evolute::app {

namespace {

struct CalibrationJob {
  Q_DECLARE_TR_FUNCTIONS(evolute::app::CalibrationJob)
};

void dropTraces(core::CalibrationCell &cell) {
  cell.estimate.loss.resize(0, 0);
  cell.estimate.excess.resize(0, 0);
}

} // namespace

QString runCalibrationJob(const core::Run &run, const core::CalibrationRequest &request,
                          const core::CalibrationPlan &plan, core::ResultStore &store,
                          const Numerics &numerics, const CalibrationJobEvents &events, JobControl &control) {
  core::CalibrationEvents calibration;
  QString firstFailure;
  calibration.progress = [&](const core::CalibrationEvents::State &state) {
    const double total = double(std::max<std::int64_t>(state.cellsTotal, 1));
    control.report((double(state.cellsDone) + state.fractionOfCurrent) / total, state.secondsLeft,
                   CalibrationJob::tr("%1 of %2: %3")
                       .arg(state.cellsDone)
                       .arg(state.cellsTotal)
                       .arg(QString::fromStdString(state.what)));
    return control.proceed();
  };
  calibration.cell = [&](const core::CalibrationCell &cell) {
    CalibrationCellReport report{cell, core::excessEnvelopes(cell.estimate, kTraceStretches)};
    dropTraces(report.cell);
    events.cell(std::move(report));
  };
  calibration.failed = [&](const std::string &sentence) {
    const QString text = QString::fromStdString(sentence);
    if (firstFailure.isEmpty())
      firstFailure = text;
    events.failed(text);
  };

  core::CalibrationResult result = numerics.calibrate(run, request, plan, store, calibration);
  if (result.cells.empty() && !result.stopped)
    throw core::Error(CalibrationJob::tr("No cell could be made. %1").arg(firstFailure).toStdString());
  const auto stored = std::count_if(result.cells.begin(), result.cells.end(),
                                    [](const core::CalibrationCell &cell) { return cell.stored; });
  QString sentence = CalibrationJob::tr("%n cell(s)", nullptr, int(result.cells.size()));
  if (stored > 0)
    sentence += CalibrationJob::tr(", %n found stored", nullptr, int(stored));
  if (result.stopped)
    sentence += CalibrationJob::tr("; the rest when it is started again");
  else
    sentence += result.recommended ? CalibrationJob::tr("; one recommended")
                                   : CalibrationJob::tr("; none recommended");
  for (core::CalibrationCell &cell : result.cells)
    dropTraces(cell);
  events.ended(std::move(result));
  return sentence;
}

} // namespace evolute::app
