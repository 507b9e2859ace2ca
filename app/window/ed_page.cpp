// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QSplitter>
#include <QUndoStack>

#include "app/session/undo.h"
#include "app/window/ed_plane.h"
#include "app/window/ed_space_data.h"
#include "app/window/ed_text.h"
#include "app/window/pane_data.h"
#include "app/window/stage_data.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scatter_matrix.h"
#include "widgets/plots/trajectory_plot.h"
#include "widgets/three_d/trajectory_view3d.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {
constexpr int kMatrixComponents = 4;
} // namespace

EdPage::EdPage(RunSession &session, ViewState &view, TrajectoryShape &shape, QUndoStack &undo,
               QWidget *parent)
    : PanePage(parent), m_session(session), m_view(view), m_shape(shape) {
  setObjectName(u"edPage"_s);
  m_space = new widgets::TrajectoryView3d;
  m_space->setTitle(tr("Trajectory in PC1, PC2, PC3"));
  m_plane = new widgets::TrajectoryPlot;
  m_plane->setTitle(tr("Plane"));
  m_matrix = new widgets::ScatterMatrix;
  m_matrix->setTitle(tr("All planes"));
  m_series = new widgets::CurvePlot;
  m_series->setTitle(tr("Components over training"));
  m_series->setValueLabel(tr("Component"));
  setPanes({{u"ed.space"_s, m_space},
            {u"ed.plane"_s, m_plane},
            {u"ed.matrix"_s, m_matrix},
            {u"ed.series"_s, m_series}},
           {220, 150});
  const auto column = [](QWidget *above, QWidget *below) {
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->addWidget(above);
    splitter->addWidget(below);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({1400, 1000});
    return splitter;
  };
  m_left = column(m_space, m_matrix);
  m_right = column(m_plane, m_series);
  auto *both = new QSplitter(Qt::Horizontal);
  both->addWidget(m_left);
  both->addWidget(m_right);
  both->setChildrenCollapsible(false);
  both->setSizes({1000, 1000});
  auto *layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(both);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored); // not to push the docks of another tab aside

  m_color = new QComboBox;
  m_color->setObjectName(u"edColor"_s);
  m_color->setAccessibleName(tr("What colours tell"));
  m_color->addItems({tr("Colour: step"), tr("Colour: stage")});
  m_space->addTool(m_color);
  connect(m_color, &QComboBox::activated, this,
          [this, &undo](int index) { pushPathByStage(undo, m_view, index == 1); });
  m_edPlane = new EdPlane(m_plane, session, view, shape, undo);
  connect(m_space, &widgets::TrajectoryView3d::cursorMoved, this, &EdPage::cursorChosen);
  connect(m_plane, &widgets::TrajectoryPlot::cursorMoved, this, &EdPage::cursorChosen);
  connect(m_matrix, &widgets::ScatterMatrix::cursorMoved, this, &EdPage::cursorChosen);
  connect(m_series, &widgets::CurvePlot::cursorMoved, this, &EdPage::cursorChosen);
  connect(m_matrix, &widgets::ScatterMatrix::planeChosen, this, [this, &undo](int first, int second) {
    EdView wanted = m_view.edView();
    if (second >= EdView::kComponents)
      return;
    wanted.first = first;
    wanted.second = second;
    pushEdView(undo, m_view, wanted, tr("Change plane"));
  });
  connect(&m_session, &RunSession::opened, this, &EdPage::showAxis);
  connect(&m_session, &RunSession::checkpointsAdded, this, &EdPage::showAxis);
  connect(&m_session, &RunSession::closed, this, &EdPage::showTrajectory);
  connect(&m_session, &RunSession::trajectoryChanged, this, &EdPage::showTrajectory);
  connect(&m_session, &RunSession::jobsChanged, this, &EdPage::showText);
  connect(&m_session, &RunSession::stagesChanged, this, &EdPage::showStages);
  connect(&m_view, &ViewState::pathByStageChanged, this, &EdPage::showStages);
  connect(&m_session, &RunSession::cursorMoved, this, &EdPage::showCursor);
  connect(&m_shape, &TrajectoryShape::changed, this, &EdPage::showTrajectory);
  connect(&m_view, &ViewState::edViewChanged, this, &EdPage::showTrajectory);
  connect(&m_view, &ViewState::timeAxisChanged, this, &EdPage::showAxis);
  showStages();
}

void EdPage::showText() {
  const widgets::EmptyText text = trajectoryText(m_session);
  for (const NamedPane &named : panes())
    named.pane->setEmptyText(text);
}

void EdPage::showTrajectory() {
  showText();
  const core::Trajectory &raw = m_session.trajectory();
  const EdView &view = m_view.edView();
  const core::TrajectoryGeometry *geometry = raw.steps.empty() ? nullptr : m_shape.geometry().get();
  const core::Trajectory &path = geometry ? geometry->path : raw;
  widgets::Trajectory3dData space = edSpace(raw, path, geometry, view);
  space.stages = m_session.stages() ? stageBands(*m_session.stages()) : std::vector<widgets::StageBand>();
  space.byStage = m_view.isPathByStage();
  m_space->setTrajectory(space);
  widgets::ComponentData components = edComponents(path, kMatrixComponents);
  components.stages = space.stages;
  components.byStage = space.byStage;
  m_matrix->setComponents(components);
  m_matrix->setCurrentPlane(view.first, view.second);
  m_series->setSeries(componentCurves(raw, path, geometry, view));
  showCursor(m_session.cursor());
}

void EdPage::showStages() {
  const bool any = m_session.stages().has_value();
  m_color->setCurrentIndex(m_view.isPathByStage() && any ? 1 : 0);
  m_color->setEnabled(any);
  m_color->setToolTip(any ? tr("What the colours of the path tell")
                          : tr("There are no stages yet: see the Stages tab"));
  const auto bands = any ? stageBands(*m_session.stages()) : std::vector<widgets::StageBand>();
  m_plane->setStages(bands);
  m_plane->setColoredByStage(m_view.isPathByStage());
  m_series->setStages(bands);
  showTrajectory();
}

void EdPage::showAxis() {
  std::vector<std::int64_t> steps;
  for (const CheckpointMark &mark : m_session.checkpoints())
    steps.push_back(mark.step);
  const widgets::TimeAxis axis(plotAxis(m_view.timeAxis()), steps);
  m_space->setTimeAxis(axis);
  m_plane->setTimeAxis(axis);
  m_matrix->setTimeAxis(axis);
  m_series->setTimeAxis(axis);
  showCursor(m_session.cursor());
}

void EdPage::showCursor(std::int64_t step) {
  m_space->setCursorStep(step);
  m_plane->setCursorStep(step);
  m_matrix->setCursorStep(step);
  m_series->setCursorStep(step);
}

QJsonObject EdPage::cameraState() const {
  if (!m_space->isViewEdited())
    return {};
  const widgets::Camera3d camera = m_space->camera();
  return {{u"turn"_s, QJsonArray{double(camera.turn.scalar()), double(camera.turn.x()),
                                 double(camera.turn.y()), double(camera.turn.z())}},
          {u"centre"_s,
           QJsonArray{double(camera.centre.x()), double(camera.centre.y()), double(camera.centre.z())}},
          {u"height"_s, double(camera.height)}};
}

void EdPage::setCameraState(const QJsonObject &state) {
  const QJsonArray turn = state[u"turn"_s].toArray(), centre = state[u"centre"_s].toArray();
  const auto number = [](const QJsonArray &list, int i) { return float(list.at(i).toDouble()); };
  widgets::Camera3d camera;
  camera.turn = QQuaternion(number(turn, 0), number(turn, 1), number(turn, 2), number(turn, 3)).normalized();
  camera.centre = QVector3D(number(centre, 0), number(centre, 1), number(centre, 2));
  camera.height = float(state[u"height"_s].toDouble());
  if (turn.size() == 4 && centre.size() == 3 && camera.height > 0 && camera.turn.length() > 0.5F)
    m_space->setCamera(camera);
}

void EdPage::arrange() {
  for (const NamedPane &named : panes())
    named.pane->setVisible(hasRoom(named.pane));
  m_left->setVisible(!m_space->isHidden() || !m_matrix->isHidden());
  m_right->setVisible(!m_plane->isHidden() || !m_series->isHidden());
}

} // namespace evolute::app
