// SPDX-License-Identifier: GPL-3.0-or-later
// The part of RunSession that sets work going.
#include <algorithm>
#include <cmath>
#include <utility>

#include "app/jobs/ed_job.h"
#include "app/session/run_session.h"
#include "core/error.h"

namespace evolute::app {

std::vector<std::int64_t> RunSession::stepsOf(const core::LlcRequest &request) const {
  if (!request.steps.empty())
    return request.steps;
  std::vector<std::int64_t> steps;
  for (const auto &checkpoint : m_run.index.checkpoints)
    steps.push_back(checkpoint.step);
  return steps;
}

QString RunSession::llcObstacle() const {
  if (m_phase != Phase::Open)
    return tr("No run is open.");
  if (m_run.index.checkpoints.empty())
    return tr("There is no readable checkpoint to estimate yet.");
  return QString::fromStdString(m_model.problem); // still empty while the model is being recognised
}

Job *RunSession::computeLlc(const core::LlcRequest &request) {
  if (m_phase != Phase::Open)
    return nullptr;
  const auto promoted = std::make_shared<PromotedSteps>();
  const auto post = poster();
  LlcJobEvents events;
  events.computing = [post](std::int64_t step) {
    post([step](RunSession &session) { session.setMark(step, CheckpointMark::State::Computing); });
  };
  events.done = [post](core::LlcEstimate estimate) {
    post([estimate = std::move(estimate)](RunSession &session) {
      session.setMark(estimate.step, CheckpointMark::State::Done);
      session.takeEstimates({estimate});
    });
  };
  events.failed = [post](std::int64_t step, QString sentence) {
    post([step, sentence](RunSession &session) {
      session.setMark(step, CheckpointMark::State::Failed, sentence);
    });
  };
  const QString title =
      request.components.size() == 1
          ? tr("λ̂ of %1, %n checkpoint(s)", nullptr, int(stepsOf(request).size()))
                .arg(QString::fromStdString(request.components.front()))
          : tr("λ̂ of %1 components, %n checkpoint(s)", nullptr, int(stepsOf(request).size()))
                .arg(request.components.size());
  Job *job =
      addJob({title, QString::fromStdString(request.device.device), JobPriority::Estimates,
              [run = m_run, request, future = m_store, numerics = m_numerics, promoted, events,
               noStore = m_resultsLocation](JobControl &control) {
                const auto store = future.get();
                if (!store)
                  throw core::Error(tr("There is no place for results. %1").arg(noStore).toStdString());
                return runLlcJob(run, request, *store, numerics, *promoted, events, control);
              }});
  const auto steps = stepsOf(request);
  m_llcJobs[job->id()] = {{steps.begin(), steps.end()}, promoted};
  for (const auto step : steps)
    if (const CheckpointMark *mark = checkpoint(step); mark && mark->state == CheckpointMark::State::File)
      setMark(step, CheckpointMark::State::Queued);
  connect(job, &Job::ended, this, [this, id = job->id(), generation = m_generation] {
    if (generation == m_generation)
      endLlcJob(id);
  });
  announce();
  return job;
}

void RunSession::endLlcJob(quint64 id) {
  std::set<std::int64_t> steps = std::exchange(m_llcJobs[id].steps, {});
  m_llcJobs.erase(id);
  for (const auto &[other, state] : m_llcJobs)
    std::erase_if(steps, [&state = state](std::int64_t step) { return state.steps.contains(step); });
  settleMarks(steps);
  announce();
}

void RunSession::promote(std::int64_t step) {
  for (const auto &[id, job] : m_llcJobs)
    if (job.steps.contains(step))
      job.promoted->add(step);
}

void RunSession::forecast(const core::LlcRequest &request, QObject *context,
                          std::function<void(const std::optional<LlcForecast> &, const QString &)> done) {
  if (m_phase != Phase::Open || m_run.index.checkpoints.empty()) {
    done(std::nullopt,
         m_phase == Phase::Open ? tr("There is no checkpoint to estimate yet.") : tr("No run is open."));
    return;
  }
  if (m_forecastJob)
    m_forecastJob->cancel();
  LlcForecast cost;
  const auto steps = stepsOf(request);
  const std::set<std::int64_t> wanted(steps.begin(), steps.end());
  const std::string settings = request.settings.hash();
  cost.estimates = std::int64_t(wanted.size() * request.components.size());
  cost.stored = std::count_if(m_estimates.begin(), m_estimates.end(), [&](const core::LlcEstimate &estimate) {
    return estimate.settingsHash == settings && estimate.slice == request.slice &&
           wanted.contains(estimate.step) &&
           std::find(request.components.begin(), request.components.end(), estimate.component) !=
               request.components.end();
  });
  m_forecastJob = addJob(
      {tr("Forecast"), QString::fromStdString(request.device.device), JobPriority::Interactive,
       [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), run = m_run, request,
        cost, forecastSeconds = m_numerics.forecastEstimateSeconds](JobControl &control) mutable {
         QString problem;
         try {
           cost.secondsPerEstimate = forecastSeconds(run, request);
         } catch (const std::exception &error) { // shown where it was asked for, not as a failed job
           problem = QString::fromUtf8(error.what());
         }
         if (!control.isCancelled())
           post([guard, done, cost, problem](RunSession &) {
             if (guard)
               done(problem.isEmpty() ? std::optional(cost) : std::nullopt, problem);
           });
         return QString();
       },
       true});
}

void RunSession::fetchEstimate(const core::EstimateKey &key, QObject *context,
                               std::function<void(const std::optional<core::LlcEstimate> &)> done) {
  if (m_phase != Phase::Open) {
    done(std::nullopt);
    return;
  }
  addJob({tr("Read chains"),
          {},
          JobPriority::Interactive,
          [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), key,
           future = m_store](JobControl &) {
            const auto store = future.get();
            auto found =
                std::make_shared<std::optional<core::LlcEstimate>>(store ? store->find(key) : std::nullopt);
            post([guard, done, found](RunSession &) {
              if (guard)
                done(*found);
            });
            return QString();
          },
          true});
}

void RunSession::fetchMetrics(QObject *context, std::function<void(const std::vector<core::MetricValue> &)> done) {
  if (m_phase != Phase::Open) {
    done({});
    return;
  }
  addJob({tr("Read metrics"),
          {},
          JobPriority::Interactive,
          [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), future = m_store](JobControl &) {
            const auto store = future.get();
            auto values = std::make_shared<std::vector<core::MetricValue>>();
            if (store)
              *values = store->metrics();
            post([guard, done, values](RunSession &) {
              if (guard)
                done(*values);
            });
            return QString();
          },
          true});
}

void RunSession::fetchAttention(
    const core::AttentionRequest &request, QObject *context,
    std::function<void(const std::optional<core::AttentionOnText> &, const QString &)> done) {
  if (m_phase != Phase::Open || !m_numerics.attentionOn) {
    done(std::nullopt, tr("No run is open."));
    return;
  }
  if (m_attentionJob)
    m_attentionJob->cancel();
  m_attentionJob = addJob(
      {tr("Attention"), QString::fromStdString(request.device.device), JobPriority::Interactive,
       [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), run = m_run, request,
        attentionOn = m_numerics.attentionOn](JobControl &control) {
         auto found = std::make_shared<std::optional<core::AttentionOnText>>();
         QString problem;
         try {
           *found = attentionOn(run, request);
         } catch (const std::exception &error) { // shown where it was asked for, not as a failed job
           problem = QString::fromUtf8(error.what());
         }
         if (!control.isCancelled())
           post([guard, done, found, problem](RunSession &) {
             if (guard)
               done(*found, problem);
           });
         return QString();
       },
       true});
}

void RunSession::startTrajectory() {
  if (m_phase != Phase::Open || !m_modelKnown)
    return;
  QString problem;
  if (!m_model.problem.empty())
    problem = tr("The model of this run is not known; the messages say why.");
  else if (m_run.index.checkpoints.size() < 2)
    problem = tr("Essential dynamics need two checkpoints or more.");
  if (problem != m_trajectoryProblem) {
    m_trajectoryProblem = problem;
    m_pending.trajectory = true;
  }
  if (!problem.isEmpty())
    return;
  if (m_edJob && !m_edJob->hasEnded()) {
    m_edWanted = true;
    return;
  }
  if (!m_ed)
    m_ed = std::make_shared<EdComputation>(m_numerics, m_device);

  const auto post = poster();
  EdComputation::Events events;
  events.refined = [post](core::Trajectory trajectory) {
    post([trajectory = std::move(trajectory)](RunSession &session) {
      session.m_trajectory = trajectory;
      session.m_pending.trajectory = true;
    });
  };
  events.skipped = [post](core::SkippedFile file) {
    post([file = std::move(file)](RunSession &session) {
      for (const auto &checkpoint : session.m_run.index.checkpoints)
        if (checkpoint.path == file.path)
          session.setMark(checkpoint.step, CheckpointMark::State::Failed,
                          QString::fromStdString(file.reason));
    });
  };
  m_edJob =
      addJob({tr("Essential dynamics"), QString::fromStdString(m_device.device), JobPriority::Trajectory,
              [ed = m_ed, run = m_run, future = m_store, events](JobControl &control) {
                return ed->update(run, future.get().get(), control, events);
              },
              true});
  Q_EMIT jobsChanged(); // again, now that it is known which of them is the trajectory's
  connect(m_edJob, &Job::ended, this, [this, job = m_edJob, generation = m_generation] {
    if (generation != m_generation || !job)
      return;
    if (job->state() == JobState::Failed) {
      m_trajectoryProblem = job->sentence();
      m_pending.trajectory = true;
    }
    if (std::exchange(m_edWanted, false))
      startTrajectory();
    announce();
  });
}

} // namespace evolute::app
