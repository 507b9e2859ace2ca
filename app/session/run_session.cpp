// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/session/run_session.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QLocale>

#include "app/jobs/ed_job.h"
#include "app/jobs/llc_job.h"
#include "app/jobs/load_job.h"
#include "app/session/run_summary.h"

namespace evolute::app {

namespace {
constexpr std::chrono::minutes kQuiet{10}; // after the last arrival a run is not called live any more
}

RunSession::RunSession(JobQueue &jobs, Numerics numerics, QObject *parent)
    : QObject(parent), m_jobs(jobs), m_numerics(std::move(numerics)) {
  connect(&m_jobs, &JobQueue::jobsChanged, this, &RunSession::jobsChanged);
  connect(&m_jobs.inbox(), &Inbox::delivered, this, &RunSession::announce);
  connect(&m_watcher, &RunWatcher::changed, this, &RunSession::takeChange);
  connect(&m_watcher, &RunWatcher::lost, this, [this](const QString &sentence) {
    m_lost = sentence;
    setLive(false);
    Q_EMIT folderLost(sentence);
  });
  connect(&m_watcher, &RunWatcher::found, this, [this] {
    m_lost.clear();
    Q_EMIT folderFound();
  });
  m_quiet.setSingleShot(true);
  m_quiet.setInterval(kQuiet);
  connect(&m_quiet, &QTimer::timeout, this, [this] { setLive(false); });
  m_stageKeeper.setMaxThreadCount(1);
}

RunSession::~RunSession() {
  blockSignals(true);
  m_jobs.disconnect(this); // it may outlive us while our jobs wind up
  m_jobs.inbox().disconnect(this);
  reset();
}

std::function<void(std::function<void(RunSession &)>)> RunSession::poster() {
  return [sender = m_jobs.inbox().sender(), self = QPointer<RunSession>(this),
          generation = m_generation](std::function<void(RunSession &)> item) {
    sender.post([self, generation, item = std::move(item)] {
      if (self && self->m_generation == generation)
        item(*self);
    });
  };
}

void RunSession::announce() {
  // Taken out first: who is told may change things in turn.
  const Pending pending = std::exchange(m_pending, {});
  if (!pending.added.empty())
    Q_EMIT checkpointsAdded(pending.added);
  if (!pending.replaced.empty())
    Q_EMIT checkpointsReplaced(pending.replaced);
  if (pending.metrics)
    Q_EMIT metricsChanged();
  if (!pending.estimates.empty())
    Q_EMIT estimatesAdded(pending.estimates);
  if (pending.estimatesChanged)
    Q_EMIT estimatesChanged();
  if (pending.trajectory)
    Q_EMIT trajectoryChanged(m_trajectory);
  if (!pending.marks.empty())
    Q_EMIT checkpointStateChanged({pending.marks.begin(), pending.marks.end()});
}

void RunSession::reset() {
  ++m_generation;
  m_watcher.stop();
  for (const auto &job : std::exchange(m_ownJobs, {}))
    if (job)
      job->cancel();
  m_edJob = nullptr;
  m_edWanted = false;
  m_ed.reset();
  m_store = {};
  m_llcJobs.clear();
  m_pending = {};
  m_quiet.stop();

  m_phase = Phase::Closed;
  m_summary = {};
  m_run = {};
  m_model = {};
  m_modelKnown = false;
  m_metrics.reset();
  m_estimates.clear();
  m_trajectory = {};
  m_trajectoryProblem.clear();
  m_marks.clear();
  m_cursor = 0;
  m_following = m_live = false;
  m_lastArrival = {};
  m_lost.clear();
  m_resultsLocation.clear();
  m_presets = core::llcPresets();
  m_stages.reset();
  m_compared.reset();
}

void RunSession::close() {
  if (m_phase == Phase::Closed)
    return;
  reset();
  Q_EMIT closed();
}

Job *RunSession::addJob(JobSpec spec) {
  std::erase_if(m_ownJobs, [](const QPointer<Job> &job) { return !job || job->hasEnded(); });
  Job *job = m_jobs.add(std::move(spec));
  m_ownJobs.emplace_back(job);
  return job;
}

void RunSession::open(const QString &path) {
  close();
  ++m_generation;
  m_phase = Phase::Opening;
  const auto post = poster();
  LoadEvents events;
  events.opened = [post](core::Run run, std::shared_ptr<core::MetricsLog> log,
                         std::shared_ptr<const MetricsSnapshot> metrics) {
    // Written on the worker: a run may hold thousands of names.
    RunSummary summary = summarize(run, *metrics);
    post([run = std::move(run), log = std::move(log), metrics = std::move(metrics),
          summary = std::move(summary)](RunSession &session) {
      session.takeOpened(run, summary, log, metrics);
    });
  };
  const auto promise = std::make_shared<StorePromise>();
  m_store = promise->future();
  events.results = [post, promise](std::shared_ptr<core::ResultStore> store,
                                   std::vector<core::LlcEstimate> estimates, QString problem) {
    const QString location = store ? QString::fromStdString(store->location()) : problem;
    promise->set(std::move(store));
    post([estimates = std::move(estimates), location](RunSession &session) {
      session.takeResults(estimates, location);
    });
  };
  events.model = [post](core::ModelSummary model) {
    post([model = std::move(model)](RunSession &session) { session.takeModel(model); });
  };
  Job *job = addJob({tr("Open %1").arg(path),
                     {},
                     JobPriority::Interactive,
                     [path, numerics = m_numerics, events](JobControl &control) {
                       return loadRun(path.toStdU16String(), numerics, events, control);
                     },
                     true});
  connect(job, &Job::ended, this, [this, job, generation = m_generation] {
    if (generation != m_generation || job->state() == JobState::Finished)
      return;
    const QString sentence = job->sentence();
    if (m_phase == Phase::Opening) {
      reset();
      Q_EMIT openFailed(sentence);
    } else {
      Q_EMIT message(sentence);
    }
  });
}

void RunSession::whenOpened(QObject *context, std::function<void()> then) {
  auto *once = new QObject(context);
  connect(this, &RunSession::opened, once, [once, then = std::move(then)] {
    once->deleteLater();
    then();
  });
  connect(this, &RunSession::openFailed, once, &QObject::deleteLater);
  connect(this, &RunSession::closed, once, &QObject::deleteLater);
}

void RunSession::takeOpened(const core::Run &run, const RunSummary &summary,
                            std::shared_ptr<core::MetricsLog> log,
                            std::shared_ptr<const MetricsSnapshot> metrics) {
  m_phase = Phase::Open;
  m_run = run;
  m_summary = summary;
  m_metrics = std::move(metrics);
  m_marks.clear();
  for (const auto &checkpoint : m_run.index.checkpoints)
    m_marks.push_back({checkpoint.step, CheckpointMark::State::File, {}});
  m_cursor = m_marks.empty() ? 0 : m_marks.back().step;
  Q_EMIT opened(m_summary);
  Q_EMIT cursorMoved(m_cursor);
  m_watcher.watch(m_run, std::move(log), m_watchOptions);
  readPresets();
  readKeptStages();
}

void RunSession::takeResults(std::vector<core::LlcEstimate> estimates, const QString &location) {
  m_resultsLocation = location;
  if (!location.isEmpty())
    Q_EMIT message(location);
  takeEstimates(std::move(estimates));
}

void RunSession::takeModel(const core::ModelSummary &model) {
  m_model = model;
  m_modelKnown = true;
  Q_EMIT modelChanged();
  startTrajectory();
}

void RunSession::takeEstimates(std::vector<core::LlcEstimate> estimates) {
  const auto order = [](const core::LlcEstimate &a, const core::LlcEstimate &b) {
    return std::tie(a.step, a.component, a.slice, a.settingsHash, a.dataHash) <
           std::tie(b.step, b.component, b.slice, b.settingsHash, b.dataHash);
  };
  for (auto &estimate : estimates) {
    const auto place = std::lower_bound(m_estimates.begin(), m_estimates.end(), estimate, order);
    const bool there = place != m_estimates.end() && !order(estimate, *place);
    if (there && place->checkpointHash == estimate.checkpointHash)
      continue;
    setMark(estimate.step, CheckpointMark::State::Done);
    if (there)
      *place = estimate;
    else
      m_estimates.insert(place, estimate);
    m_pending.estimates.push_back(std::move(estimate));
    m_pending.estimatesChanged = true;
  }
}

void RunSession::replaceEstimates(std::vector<core::LlcEstimate> estimates) {
  const std::size_t before = m_estimates.size();
  std::set<std::int64_t> had;
  for (const auto &estimate : std::exchange(m_estimates, {}))
    had.insert(estimate.step);
  takeEstimates(std::move(estimates));
  m_pending.estimates.clear(); // nothing new, perhaps fewer
  m_pending.estimatesChanged = m_pending.estimatesChanged || before != m_estimates.size();
  settleMarks(had);
}

void RunSession::takeChange(const RunChange &change) {
  m_run.index = change.index;
  for (const auto step : change.added)
    setMark(step, CheckpointMark::State::File);
  for (const auto step : change.removed)
    setMark(step, CheckpointMark::State::Missing, tr("The file is gone."));
  m_pending.added = change.added;
  m_pending.replaced = change.replaced;
  if (change.metrics) {
    m_metrics = change.metrics;
    m_pending.metrics = true;
  }
  const RunSummary before = std::exchange(m_summary, summarize(m_run, *m_metrics));

  if (!change.added.empty() || !change.replaced.empty() || change.metrics)
    noticeArrival();
  announce();
  if (m_summary != before)
    Q_EMIT summaryChanged();
  if (m_following && !change.added.empty())
    setCursor(m_run.index.checkpoints.back().step);
  if (!change.replaced.empty())
    recheck();
  if (!change.replaced.empty() || !change.added.empty()) {
    if (m_modelKnown && !m_model.problem.empty())
      summarizeAgain(); // the first checkpoint of a run that was empty
    else
      startTrajectory();
  }
  announce();
}

void RunSession::recheck() {
  m_ed.reset(); // a row of other weights cannot be taken out again: the next one starts anew
  addJob({tr("Check replaced checkpoints"),
          {},
          JobPriority::Interactive,
          [post = poster(), run = m_run, future = m_store](JobControl &control) {
            const auto store = future.get();
            auto estimates =
                store ? currentEstimates(run, *store, control) : std::vector<core::LlcEstimate>();
            post([estimates = std::move(estimates)](RunSession &session) {
              session.replaceEstimates(estimates);
            });
            return QString();
          },
          true});
}

void RunSession::summarizeAgain() {
  addJob({tr("Recognise the model"),
          {},
          JobPriority::Interactive,
          [post = poster(), run = m_run, summarizeModel = m_numerics.summarizeModel](JobControl &) {
            auto model = summarizeModel(run);
            post([model = std::move(model)](RunSession &session) { session.takeModel(model); });
            return QString();
          },
          true});
}

void RunSession::noticeArrival() {
  m_lastArrival = QDateTime::currentDateTime();
  m_quiet.start();
  setLive(true);
}

void RunSession::setLive(bool live) {
  if (std::exchange(m_live, live) != live)
    Q_EMIT liveChanged(live);
}

const CheckpointMark *RunSession::checkpoint(std::int64_t step) const {
  const auto found =
      std::lower_bound(m_marks.begin(), m_marks.end(), step,
                       [](const CheckpointMark &mark, std::int64_t value) { return mark.step < value; });
  return found != m_marks.end() && found->step == step ? &*found : nullptr;
}

void RunSession::setMark(std::int64_t step, CheckpointMark::State state, const QString &reason) {
  const CheckpointMark mark{step, state, reason};
  const auto place =
      std::lower_bound(m_marks.begin(), m_marks.end(), step,
                       [](const CheckpointMark &a, std::int64_t value) { return a.step < value; });
  if (place == m_marks.end() || place->step != step)
    m_marks.insert(place, mark);
  else if (*place != mark)
    *place = mark;
  else
    return;
  m_pending.marks.insert(step);
}

void RunSession::settleMarks(const std::set<std::int64_t> &steps) {
  for (const auto step : steps) {
    const CheckpointMark *mark = checkpoint(step);
    if (!mark || mark->state == CheckpointMark::State::Failed ||
        mark->state == CheckpointMark::State::Missing)
      continue;
    const auto first =
        std::lower_bound(m_estimates.begin(), m_estimates.end(), step,
                         [](const auto &estimate, std::int64_t value) { return estimate.step < value; });
    const bool estimated = first != m_estimates.end() && first->step == step;
    setMark(step, estimated ? CheckpointMark::State::Done : CheckpointMark::State::File);
  }
}

void RunSession::setCursor(std::int64_t step) {
  if (m_marks.empty())
    return;
  auto nearest = m_marks.begin();
  for (auto mark = m_marks.begin(); mark != m_marks.end(); ++mark)
    if (std::abs(mark->step - step) < std::abs(nearest->step - step))
      nearest = mark;
  if (nearest->step == m_cursor)
    return;
  m_cursor = nearest->step;
  Q_EMIT cursorMoved(m_cursor);
}

void RunSession::moveCursorBy(int checkpoints) {
  const CheckpointMark *mark = checkpoint(m_cursor);
  if (!mark)
    return;
  const auto last = std::int64_t(m_marks.size()) - 1;
  const auto index = std::int64_t(mark - m_marks.data());
  setCursor(m_marks[std::size_t(std::clamp<std::int64_t>(index + checkpoints, 0, last))].step);
}

void RunSession::setFollow(bool follow) {
  if (std::exchange(m_following, follow) == follow)
    return;
  Q_EMIT followChanged(follow);
  if (follow && !m_marks.empty())
    setCursor(m_marks.back().step);
}

} // namespace evolute::app
