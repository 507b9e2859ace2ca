// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/timeline_dock.h"

#include "app/window/pane_data.h"
#include "app/window/stage_commands.h"
#include "app/window/stage_data.h"
#include "widgets/plots/stage_lane.h"
#include "widgets/plots/timeline_widget.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

TimelineDock::TimelineDock(RunSession &session, ViewState &view, QWidget *parent)
    : QDockWidget(tr("Timeline"), parent), m_session(session), m_timeline(new widgets::TimelineWidget) {
  using widgets::TimelineWidget;
  setObjectName(u"dock.timeline"_s);
  setFeatures(QDockWidget::NoDockWidgetFeatures);
  setTitleBarWidget(new QWidget(this)); // the lane speaks for itself
  setWidget(m_timeline);
  m_timeline->setObjectName(u"timeline"_s);
  m_timeline->setAccessibleName(tr("Timeline of checkpoints"));

  connect(m_timeline, &TimelineWidget::cursorMoved, this, &TimelineDock::cursorChosen);
  connect(m_timeline, &TimelineWidget::checkpointActivated, &m_session, &RunSession::promote);
  connect(m_timeline, &TimelineWidget::liveClicked, &m_session,
          [this] { m_session.setFollow(!m_session.isFollowing()); });
  connect(m_timeline, &TimelineWidget::hovered, this, &TimelineDock::hovered);
  connect(&view, &ViewState::timeAxisChanged, m_timeline,
          [this](TimeAxisKind kind) { m_timeline->setAxisKind(plotAxis(kind)); });

  connect(&m_session, &RunSession::opened, this, [this] {
    m_newSincePause = 0;
    showMarks();
    showLive();
  });
  connect(&m_session, &RunSession::closed, this, [this] {
    showMarks();
    showStages();
    showComparedStages();
  });
  connect(&m_session, &RunSession::stagesChanged, this, &TimelineDock::showStages);
  connect(&m_session, &RunSession::comparedStagesChanged, this, &TimelineDock::showComparedStages);
  connect(&m_session, &RunSession::checkpointsAdded, this, [this](const std::vector<std::int64_t> &steps) {
    m_newSincePause = m_session.isFollowing() ? 0 : m_newSincePause + int(steps.size());
    showMarks();
    showLive();
  });
  connect(&m_session, &RunSession::summaryChanged, this, &TimelineDock::showUnreadable);
  connect(&m_session, &RunSession::checkpointStateChanged, this, &TimelineDock::showStates);
  connect(&m_session, &RunSession::cursorMoved, m_timeline, &TimelineWidget::setCursorStep);
  connect(&m_session, &RunSession::liveChanged, this, &TimelineDock::showLive);
  connect(&m_session, &RunSession::followChanged, this, [this] {
    m_newSincePause = 0;
    showLive();
  });
  showUnreadable();
}

void TimelineDock::connectStages(StageCommands &commands) {
  using widgets::StageLane;
  StageLane *lane = m_timeline->stageLane();
  connect(lane, &StageLane::edgeMoved, &commands, &StageCommands::moveEdge);
  connect(lane, &StageLane::splitRequested, &commands, &StageCommands::split);
  connect(lane, &StageLane::menuRequested, &commands, &StageCommands::showMenu);
}

void TimelineDock::showStages() {
  m_timeline->setStages(m_session.stages() ? stageBands(*m_session.stages())
                                           : std::vector<widgets::StageBand>());
}

void TimelineDock::showComparedStages() {
  const auto &other = m_session.comparedStages();
  m_timeline->setComparedStages(other ? other->title : QString(),
                                other ? stageBands(other->set) : std::vector<widgets::StageBand>());
}

void TimelineDock::showUnreadable() {
  m_timeline->setUnreadable(timelineMarks(m_session.summary().unreadable, nullptr));
  m_timeline->setEmptyText(m_session.phase() == RunSession::Phase::Open
                               ? tr("This run has no checkpoint yet.")
                               : tr("Open a run to see its checkpoints here."));
}

void TimelineDock::showMarks() {
  showUnreadable();
  m_timeline->setCheckpoints(timelineMarks(m_session.checkpoints(), m_session.metrics().get()));
  m_timeline->setCursorStep(m_session.cursor());
}

void TimelineDock::showStates(const std::vector<std::int64_t> &steps) {
  for (const std::int64_t step : steps) {
    const CheckpointMark *mark = m_session.checkpoint(step);
    if (!mark) {
      showMarks(); // a checkpoint has gone
      return;
    }
    const auto drawn = timelineMarks({*mark}, m_session.metrics().get());
    m_timeline->setState(step, drawn.front().state, drawn.front().note);
  }
}

void TimelineDock::showLive() {
  using Live = widgets::TimelineWidget::Live;
  if (m_session.isFollowing())
    m_timeline->setLive(Live::Following, m_session.isLive() ? tr("LIVE") : tr("Following"));
  else if (m_session.isLive())
    m_timeline->setLive(Live::Paused, m_newSincePause > 0 ? tr("Follow ▸ %n new", nullptr, m_newSincePause)
                                                          : tr("Follow ▸"));
  else
    m_timeline->setLive(Live::Off);
}

} // namespace evolute::app
