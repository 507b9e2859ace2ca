// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/shaded_scene.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <vtkActor.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkNew.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderWindow.h>
#include <vtkRenderer.h>
#include <vtkSmartPointer.h>
#include <vtkSphereSource.h>
#include <vtkTubeFilter.h>
#include <vtkUnsignedCharArray.h>

namespace evolute::widgets {

namespace {

constexpr int kTubeSides = 12;
constexpr int kBallSides = 24;

using Lines = std::vector<const Line3d *>; // of one width

vtkSmartPointer<vtkPolyData> polyLines(const Lines &lines) {
  vtkNew<vtkPoints> points;
  vtkNew<vtkCellArray> cells;
  vtkNew<vtkUnsignedCharArray> colors;
  colors->SetNumberOfComponents(3);
  for (const Line3d *line : lines) {
    cells->InsertNextCell(int(line->points.size()));
    for (std::size_t i = 0; i < line->points.size(); ++i) {
      const QVector3D &p = line->points[i];
      cells->InsertCellPoint(points->InsertNextPoint(p.x(), p.y(), p.z()));
      const QColor &c = line->colors[line->colors.size() == 1 ? 0 : i];
      colors->InsertNextTuple3(c.red(), c.green(), c.blue());
    }
  }
  auto data = vtkSmartPointer<vtkPolyData>::New();
  data->SetPoints(points);
  data->SetLines(cells);
  data->GetPointData()->SetScalars(colors);
  return data;
}

vtkSmartPointer<vtkActor> lineActor(const Lines &lines, double ratio) {
  vtkNew<vtkPolyDataMapper> mapper;
  auto actor = vtkSmartPointer<vtkActor>::New();
  if (lines.front()->tubeRadius > 0) {
    vtkNew<vtkTubeFilter> tube;
    tube->SetInputData(polyLines(lines));
    tube->SetRadius(lines.front()->tubeRadius);
    tube->SetNumberOfSides(kTubeSides);
    tube->CappingOn();
    mapper->SetInputConnection(tube->GetOutputPort());
    actor->GetProperty()->SetAmbient(0.25);
    actor->GetProperty()->SetDiffuse(0.8);
    actor->GetProperty()->SetSpecular(0.15);
    actor->GetProperty()->SetSpecularPower(20);
  } else {
    mapper->SetInputData(polyLines(lines));
    actor->GetProperty()->LightingOff();
    actor->GetProperty()->SetLineWidth(float(lines.front()->width * ratio));
  }
  actor->SetMapper(mapper);
  return actor;
}

vtkSmartPointer<vtkActor> ballActor(const Ball3d &ball) {
  vtkNew<vtkSphereSource> sphere;
  sphere->SetCenter(ball.at.x(), ball.at.y(), ball.at.z());
  sphere->SetRadius(ball.radius);
  sphere->SetThetaResolution(kBallSides);
  sphere->SetPhiResolution(kBallSides);
  vtkNew<vtkPolyDataMapper> mapper;
  mapper->SetInputConnection(sphere->GetOutputPort());
  auto actor = vtkSmartPointer<vtkActor>::New();
  actor->SetMapper(mapper);
  actor->GetProperty()->SetColor(ball.color.redF(), ball.color.greenF(), ball.color.blueF());
  actor->GetProperty()->SetAmbient(0.25);
  actor->GetProperty()->SetDiffuse(0.8);
  return actor;
}

} // namespace

struct ShadedScene::Private {
  vtkNew<vtkRenderer> renderer;
  vtkSmartPointer<vtkRenderWindow> window;
  /// Bodies and what shows them.
  struct Part {
    Bodies3d bodies;
    std::vector<vtkSmartPointer<vtkActor>> actors;
  };
  Part still, cursor;
  double ratio = 1;

  void build(Part &part) {
    for (vtkActor *actor : part.actors)
      renderer->RemoveActor(actor);
    part.actors.clear();
    std::map<std::pair<double, double>, Lines> groups;
    for (const Line3d &line : part.bodies.lines)
      groups[{line.tubeRadius, line.width}].push_back(&line);
    for (const auto &[width, lines] : groups)
      part.actors.push_back(lineActor(lines, ratio));
    for (const Ball3d &ball : part.bodies.balls)
      part.actors.push_back(ballActor(ball));
    for (vtkActor *actor : part.actors)
      renderer->AddActor(actor);
  }
};

ShadedScene::ShadedScene() : d(std::make_unique<Private>()) {
  d->renderer->GetActiveCamera()->ParallelProjectionOn();
}

ShadedScene::~ShadedScene() {
  attach(nullptr);
}

void ShadedScene::attach(vtkRenderWindow *window) {
  if (d->window)
    d->window->RemoveRenderer(d->renderer);
  d->window = window;
  if (window)
    window->AddRenderer(d->renderer);
}

void ShadedScene::setBodies(const Bodies3d &bodies) {
  d->still.bodies = bodies;
  d->build(d->still);
}

void ShadedScene::setCursorBodies(const Bodies3d &bodies) {
  d->cursor.bodies = bodies;
  d->build(d->cursor);
}

void ShadedScene::setCamera(const Camera3d &camera) {
  const QQuaternion back = camera.turn.conjugated();
  const QVector3D towards = back.rotatedVector({0, 0, 1}), up = back.rotatedVector({0, 1, 0});
  // Any distance does for a parallel projection, as long as all bodies lie before the camera.
  const float distance = float(4 * std::max(double(camera.height), d->still.bodies.extent));
  const QVector3D eye = camera.centre + distance * towards;
  vtkCamera *vtk = d->renderer->GetActiveCamera();
  vtk->SetFocalPoint(camera.centre.x(), camera.centre.y(), camera.centre.z());
  vtk->SetPosition(eye.x(), eye.y(), eye.z());
  vtk->SetViewUp(up.x(), up.y(), up.z());
  vtk->SetParallelScale(0.5 * double(camera.height));
  d->renderer->ResetCameraClippingRange();
}

void ShadedScene::setBackground(const QColor &color) {
  d->renderer->SetBackground(color.redF(), color.greenF(), color.blueF());
}

void ShadedScene::setPixelRatio(double ratio) {
  if (std::exchange(d->ratio, ratio) == ratio)
    return;
  d->build(d->still);
  d->build(d->cursor);
}

int ShadedScene::actorCount() const {
  return d->renderer->VisibleActorCount();
}

std::array<double, 6> ShadedScene::bounds() const {
  std::array<double, 6> bounds{};
  d->renderer->ComputeVisiblePropBounds(bounds.data());
  return bounds;
}

} // namespace evolute::widgets
