// SPDX-License-Identifier: GPL-3.0-or-later
// The part of RunSession that proposes stages and keeps those of the run.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "app/jobs/stages_job.h"
#include "app/session/run_session.h"
#include "core/error.h"
#include "core/results/result_tables.h"

namespace evolute::app {

namespace {

constexpr char kKeptName[] = "stages";           // what `evolute-cli stages --store` takes without --name
constexpr std::uintmax_t kLargestFile = 4 << 20; // bytes; a set of a hundred stages has twenty thousand

core::StageSet stageFile(const std::filesystem::path &file) {
  const auto size = std::filesystem::file_size(file);
  if (size > kLargestFile)
    throw core::Error(file.string() + ": expected a file of stages, found one of " + std::to_string(size) +
                      " bytes");
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in)
    throw core::Error(file.string() + ": cannot be read");
  return core::stageSetFromToml(text, file.string());
}

core::StageSet stagesIn(const std::filesystem::path &path) {
  if (!std::filesystem::exists(path))
    throw core::Error(path.string() + ": expected a run's folder or a file of stages, found nothing there");
  if (!std::filesystem::is_directory(path))
    return stageFile(path);
  const core::ResultStore store(core::openRun(path).index.root, core::ResultStore::Access::ReadOnly);
  std::vector<std::string> names = store.stageSetNames();
  if (names.empty())
    throw core::Error(path.string() +
                      ": expected a run with stages kept, found none; open it and suggest some, "
                      "or run `evolute-cli stages RUN --store`");
  const bool hasUsual = std::find(names.begin(), names.end(), kKeptName) != names.end();
  return store.findStageSet(hasUsual ? kKeptName : names.front()).value();
}

} // namespace

void RunSession::readKeptStages() {
  // Behind what is still being written: the run may have been closed a moment ago.
  m_stageKeeper.start([post = poster(), future = m_store] {
    std::optional<core::StageSet> set;
    QString problem;
    try {
      if (const auto store = future.get())
        set = store->findStageSet(kKeptName);
    } catch (const std::exception &error) {
      problem = QString::fromUtf8(error.what());
    }
    post([set = std::move(set), problem](RunSession &session) {
      if (!problem.isEmpty())
        Q_EMIT session.message(problem);
      if (!set || session.m_stages) // what the user has made meanwhile is newer
        return;
      session.m_stages = set;
      Q_EMIT session.stagesChanged();
    });
  });
}

void RunSession::setStages(std::optional<core::StageSet> stages) {
  if (m_phase != Phase::Open || stages == m_stages)
    return;
  if (stages)
    stages->name = kKeptName;
  m_stages = std::move(stages);
  m_stageKeeper.start([post = poster(), future = m_store, set = m_stages] {
    QString problem;
    try {
      const auto store = future.get();
      if (!store)
        problem = tr("The stages are not kept: there is no place for results.");
      else if (set)
        store->putStageSet(*set);
      else
        store->removeStageSet(kKeptName);
    } catch (const std::exception &error) {
      problem = tr("The stages are not kept: %1").arg(QString::fromUtf8(error.what()));
    }
    if (!problem.isEmpty())
      post([problem](RunSession &session) { Q_EMIT session.message(problem); });
  });
  Q_EMIT stagesChanged();
}

void RunSession::setComparedStages(std::optional<ComparedStages> stages) {
  if (m_phase != Phase::Open || stages == m_compared)
    return;
  m_compared = std::move(stages);
  Q_EMIT comparedStagesChanged();
}

Job *RunSession::proposeStages(const StagesRequest &request, QObject *context,
                               std::function<void(const core::StageProposal &)> done) {
  if (m_phase != Phase::Open)
    return nullptr;
  const std::string &name = request.curve.steps.empty() ? request.metric : request.curve.name;
  const auto proposed = [post = poster(), guard = QPointer<QObject>(context),
                         done = std::move(done)](core::StageProposal proposal) {
    post([guard, done, proposal = std::move(proposal)](RunSession &) {
      if (guard)
        done(proposal);
    });
  };
  return addJob(
      {tr("Stages of %1").arg(QString::fromStdString(name)), QString::fromStdString(m_device.device),
       JobPriority::Trajectory,
       [request, proposed](JobControl &control) { return runStagesJob(request, proposed, control); }, true});
}

void RunSession::measureStages(const core::StageProposal &proposal, const core::MilestoneSettings &settings,
                               const core::StageSet &set, QObject *context,
                               std::function<void(const std::vector<core::StageChange> &)> done) {
  if (m_phase != Phase::Open)
    return;
  if (m_measureJob)
    m_measureJob->cancel();
  std::vector<double> places;
  for (const core::StageEdge &edge : set.edges)
    places.push_back(core::logTime(edge.step));
  m_measureJob = addJob(
      {tr("Change of the curve in each stage"),
       {},
       JobPriority::Interactive,
       [post = poster(), guard = QPointer<QObject>(context), done = std::move(done), settings,
        places = std::move(places),
        process = core::GaussianProcess(proposal.points, proposal.reading.kernel)](JobControl &control) {
         // Too few points have no law: then nothing is known of any stage.
         const bool hasLaw = process.kernel().lengthScale > 0;
         auto changes = hasLaw ? core::stagesBetween(process, places, settings)
                               : std::vector<core::StageChange>(places.size() + 1);
         if (!control.isCancelled())
           post([guard, done, changes = std::move(changes)](RunSession &) {
             if (guard)
               done(changes);
           });
         return QString();
       },
       true});
}

void RunSession::readStages(
    const QString &path, QObject *context,
    std::function<void(const std::optional<core::StageSet> &, const QString &problem)> done) {
  if (m_phase != Phase::Open) {
    done(std::nullopt, tr("Open a run first: stages belong to one."));
    return;
  }
  addJob({tr("Read stages"),
          {},
          JobPriority::Interactive,
          [post = poster(), guard = QPointer<QObject>(context), done = std::move(done),
           from = std::filesystem::path(path.toStdU16String())](JobControl &) {
            std::optional<core::StageSet> set;
            QString problem;
            try {
              set = stagesIn(from);
            } catch (const std::exception &error) {
              problem = QString::fromUtf8(error.what());
            }
            post([guard, done, set = std::move(set), problem](RunSession &) {
              if (guard)
                done(set, problem);
            });
            return QString();
          },
          true});
}

void RunSession::writeStages(const QString &file, QObject *context,
                             std::function<void(const QString &problem)> done) {
  if (m_phase != Phase::Open || !m_stages)
    return;
  addJob({tr("Write stages"),
          {},
          JobPriority::Interactive,
          [post = poster(), guard = QPointer<QObject>(context), done = std::move(done),
           text = core::toToml(*m_stages), to = std::filesystem::path(file.toStdU16String())](JobControl &) {
            QString problem;
            try {
              core::writeTextFile(to, text);
            } catch (const std::exception &error) {
              problem = QString::fromUtf8(error.what());
            }
            post([guard, done, problem](RunSession &) {
              if (guard)
                done(problem);
            });
            return QString();
          },
          true});
}

} // namespace evolute::app
