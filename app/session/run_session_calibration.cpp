// SPDX-License-Identifier: GPL-3.0-or-later
// The part of RunSession that calibrates, and keeps what was found as presets.
#include "app/jobs/calibration_job.h"
#include "app/session/run_session.h"
#include "core/error.h"
#include "core/llc/preset_file.h"

namespace evolute::app {

void RunSession::planCalibration(
    const core::CalibrationRequest &request, QObject *context,
    std::function<void(const std::optional<core::CalibrationPlan> &, const QString &)> done) {
  if (m_phase != Phase::Open || m_run.index.checkpoints.empty()) {
    done(std::nullopt,
         m_phase == Phase::Open ? tr("There is no checkpoint to calibrate on yet.") : tr("No run is open."));
    return;
  }
  if (m_planJob)
    m_planJob->cancel();
  m_planJob = addJob(
      {tr("Plan the calibration"), QString::fromStdString(request.device.device), JobPriority::Interactive,
       [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), run = m_run, request,
        planCalibration = m_numerics.planCalibration](JobControl &control) {
         QString problem;
         auto plan = std::make_shared<std::optional<core::CalibrationPlan>>();
         try {
           *plan = planCalibration(run, request, [&](const core::Progress &progress) {
             control.report(double(progress.done) / double(std::max<std::int64_t>(progress.total, 1)),
                            std::numeric_limits<double>::quiet_NaN(), QString::fromStdString(progress.what));
             return control.proceed();
           });
         } catch (const std::exception &error) { // shown where it was asked for, not as a failed job
           problem = QString::fromUtf8(error.what());
         }
         if (!control.isCancelled())
           post([guard, done, plan, problem](RunSession &) {
             if (guard)
               done(*plan, problem);
           });
         return QString();
       },
       true});
}

Job *RunSession::calibrate(const core::CalibrationRequest &request, const core::CalibrationPlan &plan,
                           QObject *context, const CalibrationCallbacks &callbacks) {
  if (m_phase != Phase::Open)
    return nullptr;
  const auto post = poster();
  const QPointer<QObject> guard(context);
  CalibrationJobEvents events;
  events.cell = [post, guard, callbacks](CalibrationCellReport report) {
    post([guard, callbacks, report = std::move(report)](RunSession &session) {
      session.takeEstimates({report.cell.estimate});
      if (guard)
        callbacks.cell(report);
    });
  };
  events.failed = [post, guard, callbacks](QString sentence) {
    post([guard, callbacks, sentence](RunSession &) {
      if (guard)
        callbacks.failed(sentence);
    });
  };
  events.ended = [post, guard, callbacks](core::CalibrationResult result) {
    post([guard, callbacks, result = std::move(result)](RunSession &) {
      if (guard)
        callbacks.ended(result);
    });
  };
  return addJob({tr("Calibrate %1, %n cell(s)", nullptr, int(plan.cellCount()))
                     .arg(QString::fromStdString(request.component)),
                 QString::fromStdString(request.device.device), JobPriority::Estimates,
                 [run = m_run, request, plan, future = m_store, numerics = m_numerics, events,
                  noStore = m_resultsLocation](JobControl &control) {
                   const auto store = future.get();
                   if (!store)
                     throw core::Error(tr("There is no place for results. %1").arg(noStore).toStdString());
                   return runCalibrationJob(run, request, plan, *store, numerics, events, control);
                 }});
}

void RunSession::readPresets() {
  addJob({tr("Look for sampler settings kept with the run"),
          {},
          JobPriority::Interactive,
          [post = poster(), folder = m_run.index.root](JobControl &) {
            std::vector<std::string> problems;
            auto presets = core::llcPresetsOf(folder, &problems);
            post([presets = std::move(presets), problems](RunSession &session) {
              session.m_presets = presets;
              Q_EMIT session.presetsChanged();
              for (const std::string &problem : problems)
                Q_EMIT session.message(QString::fromStdString(problem));
            });
            return QString();
          },
          true});
}

void RunSession::savePreset(const core::LlcPreset &preset, QObject *context,
                            std::function<void(const QString &, const QString &)> done) {
  if (m_phase != Phase::Open) {
    done({}, tr("No run is open."));
    return;
  }
  addJob({tr("Store the preset %1").arg(QString::fromStdString(preset.name)),
          {},
          JobPriority::Interactive,
          [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), preset,
           folder = m_run.index.root](JobControl &) {
            QString file, problem;
            try {
              file = QString::fromStdString(core::savePreset(folder, preset).string());
            } catch (const std::exception &error) {
              problem = QString::fromUtf8(error.what());
            }
            post([guard, done, file, problem](RunSession &session) {
              if (problem.isEmpty())
                session.readPresets();
              if (guard)
                done(file, problem);
            });
            return QString();
          },
          true});
}

} // namespace evolute::app
