// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/demo_run.h"

#include <algorithm>
#include <set>

#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

#include "app/window/step_choice.h"
#include "core/hash.h"
#include "core/llc/llc_settings.h"
#include "core/training/trainer.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr std::int64_t kFirstMoving = 10;
constexpr int kEstimatesAtOnce = 4;

template <class Presets> const auto &presetNamed(const Presets &presets, const std::string &name) {
  const auto found =
      std::find_if(presets.begin(), presets.end(), [&](const auto &p) { return p.name == name; });
  Q_ASSERT(found != presets.end());
  return found->settings;
}

const core::TrainSettings &demoSettings() {
  return presetNamed(core::trainPresets(), "demo");
}

std::vector<std::int64_t> estimatedSteps() {
  const core::TrainSettings &settings = demoSettings();
  const auto grid =
      core::checkpointGrid(settings.steps, settings.linearCheckpoints, settings.logarithmicCheckpoints);
  // The first few steps hardly move the network: one estimate speaks for them.
  auto steps = spreadInLogTime(grid, kFirstMoving, settings.steps, DemoRun::kEstimates - 1);
  steps.insert(steps.begin(), 0);
  return steps;
}

} // namespace

DemoRun::DemoRun(RunSession &session, TrainingProcess &training, QObject *parent)
    : QObject(parent), m_session(session), m_training(training) {
  connect(&m_session, &RunSession::opened, this, [this] {
    const bool shown = isShown();
    if (shown != m_shown)
      Q_EMIT shownChanged(m_shown = shown);
    estimateWhatLanded();
  });
  connect(&m_session, &RunSession::closed, this, [this] {
    if (m_shown)
      Q_EMIT shownChanged(m_shown = false);
  });
  connect(&m_session, &RunSession::checkpointsAdded, this, &DemoRun::estimateWhatLanded);
  connect(&m_session, &RunSession::modelChanged, this, &DemoRun::estimateWhatLanded);
}

QString DemoRun::folder() {
  // Named by its settings: a newer version with another demo must not meet the old one's run.
  const std::string settings = TrainingProcess::arguments(demoSettings(), {}).join(u' ').toStdString();
  const QString name = u"demo-"_s + QString::fromStdString(core::hashOf(settings).substr(0, 8));
  return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation)).filePath(name);
}

bool DemoRun::isShown() const {
  return m_session.phase() == RunSession::Phase::Open && QDir(m_session.summary().path) == QDir(folder());
}

QString DemoRun::stripText() const {
  return tr("Demo · A two-layer transformer learns linear regression in context, live. "
            "Stage LR1: it learns the prior and predicts ŷ ≈ 0. "
            "Stage LR2: it learns from its context, the loss falls again and the LLC rises. "
            "After Hoogland et al. 2024, arXiv:2402.02364.");
}

void DemoRun::start() {
  if (!QDir().mkpath(folder())) {
    Q_EMIT failed(
        tr("The demo needs to write to %1, which cannot be made.").arg(QDir::toNativeSeparators(folder())));
    return;
  }
  m_declined = false;
  // Starting a run that is complete only says so; an interrupted one goes on from its last checkpoint.
  if (!m_training.isRunning())
    m_training.start(demoSettings(), folder());
  if (!isShown() && QFileInfo::exists(QDir(folder()).filePath(u"run.toml"_s)))
    m_session.open(folder()); // else it is opened once the training has described it
}

void DemoRun::estimateWhatLanded() {
  if (m_declined || !isShown() || !m_session.isModelKnown() || !m_session.model().problem.empty() ||
      (m_job && !m_job->hasEnded()))
    return;
  core::LlcRequest request;
  request.settings = presetNamed(core::llcPresets(), "quick");
  std::set<std::int64_t> have;
  for (const core::LlcEstimate &estimate : m_session.estimates())
    if (estimate.settingsHash == request.settings.hash() && estimate.component == "all")
      have.insert(estimate.step);
  for (const std::int64_t step : estimatedSteps()) {
    const CheckpointMark *mark = m_session.checkpoint(step);
    if (mark && mark->state == CheckpointMark::State::File && !have.contains(step))
      request.steps.push_back(step);
  }
  if (request.steps.empty())
    return;
  // A few at a time, spread over what waits: checkpoints that land meanwhile have their turn soon.
  request.steps =
      spreadInLogTime(request.steps, request.steps.front(), request.steps.back(), kEstimatesAtOnce);
  m_job = m_session.computeLlc(request);
  if (m_job)
    connect(m_job, &Job::ended, this, [this] {
      m_declined = !m_job || m_job->state() != JobState::Finished;
      estimateWhatLanded();
    });
}

} // namespace evolute::app
