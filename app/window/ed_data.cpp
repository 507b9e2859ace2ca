// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_data.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <QCoreApplication>

#include "app/window/plain_text.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

constexpr std::size_t kMostCircles = 60; // more of them turn into a grey patch
constexpr double kWidestCircle = 2;      // in extents of the path: wider ones cannot be told from lines

QString tr(const char *text) {
  return QCoreApplication::translate("EdData", text);
}

double extentOf(const core::PlanePoints &points) {
  return points.rows() == 0 ? 0 : (points.colwise().maxCoeff() - points.colwise().minCoeff()).maxCoeff();
}

QString number(double value, int digits = 3) {
  return QString::number(value, 'g', digits);
}

QString degrees(double radians) {
  return QString::number(radians * 180 / std::numbers::pi, 'f', 0) + u"°"_s;
}

QString stepText(const core::TrajectoryGeometry &geometry, Eigen::Index i) {
  return groupedText(geometry.path.steps[std::size_t(i)]);
}

QString rankText(double rank, int walks) {
  if (!std::isfinite(rank))
    return tr("not ranked among random walks");
  return tr("rank %1 among %2 random walks%3")
      .arg(number(rank, 2))
      .arg(walks)
      .arg(rank > kDoubtfulRank ? tr(": they do as well") : QString());
}

bool isDoubtful(double rank) {
  return !(rank <= kDoubtfulRank); // nor trusted before it is ranked
}

widgets::TrajectoryMarkKind kindOf(core::VertexKind kind) {
  switch (kind) {
  case core::VertexKind::Tight:
    return widgets::TrajectoryMarkKind::TightVertex;
  case core::VertexKind::Wide:
    return widgets::TrajectoryMarkKind::WideVertex;
  case core::VertexKind::Cusp:
    break;
  }
  return widgets::TrajectoryMarkKind::Cusp;
}

} // namespace

QString smoothingText(const core::SmoothingSettings &smoothing, std::size_t checkpoints) {
  if (!smoothing.isOn() || checkpoints == 0)
    return {};
  QString text = tr("smoothed: Gaussian, σ = %1 checkpoints (%2 %)")
                     .arg(number(smoothing.sigma), number(100 * smoothing.sigma / double(checkpoints)));
  if (smoothing.width == core::SmoothingWidth::Ramp)
    text += tr(", ramp from %1").arg(number(smoothing.startSigma));
  else if (smoothing.width == core::SmoothingWidth::LogTime)
    text += tr(", even in log time");
  if (smoothing.byArcLength)
    text += tr(", along arc length");
  if (smoothing.beforePca)
    text += tr(", before PCA");
  return text;
}

DrawnCircles drawnCircles(const core::PlaneGeometry &plane) {
  DrawnCircles drawn;
  const double widest = kWidestCircle * extentOf(plane.points);
  drawn.every = int(std::max<std::size_t>(1, plane.circles.size() / kMostCircles));
  double before = 0;
  for (const core::OsculatingCircle &circle : plane.circles) {
    const bool there = circle.radius <= widest;
    drawn.circles.push_back(there ? widgets::PlaneCircle{circle.centre.x(), circle.centre.y(), circle.radius}
                                  : widgets::PlaneCircle{});
    // Where the bend changes sides the centre goes through infinity.
    drawn.breaks.push_back(there && before * circle.curvature < 0);
    before = there ? circle.curvature : 0;
  }
  return drawn;
}

widgets::TrajectoryOverlays edOverlays(const core::Trajectory &raw, const core::TrajectoryGeometry &geometry,
                                       const EdView &view) {
  widgets::TrajectoryOverlays over;
  const core::SmoothingSettings &smoothing = geometry.settings.smoothing;
  over.note = smoothingText(smoothing, geometry.path.steps.size());
  // Smoothed before PCA the axes are others: the path as it was has no place among them.
  if (view.raw && smoothing.isOn() && !smoothing.beforePca && raw.steps == geometry.path.steps &&
      raw.points.cols() > view.second) {
    const Eigen::VectorXd x = raw.points.col(view.first), y = raw.points.col(view.second);
    over.rawX.assign(x.begin(), x.end());
    over.rawY.assign(y.begin(), y.end());
  }
  const core::PlaneGeometry *plane = geometry.plane(view.first, view.second);
  if (!plane)
    return over;
  const DrawnCircles drawn = drawnCircles(*plane);
  if (view.circles) {
    over.circleEvery = drawn.every;
    over.circles = drawn.circles;
  }
  if (view.evolute)
    for (std::size_t i = 0; i < drawn.circles.size(); ++i) {
      if (drawn.breaks[i]) {
        over.evoluteX.push_back(widgets::kNone);
        over.evoluteY.push_back(widgets::kNone);
      }
      over.evoluteX.push_back(drawn.circles[i].x);
      over.evoluteY.push_back(drawn.circles[i].y);
    }
  return over;
}

std::vector<widgets::TrajectoryMark> edMarks(const core::TrajectoryGeometry &geometry, const EdView &view) {
  std::vector<widgets::TrajectoryMark> marks;
  const core::PlaneGeometry *plane = geometry.plane(view.first, view.second);
  if (!plane)
    return marks;
  for (const core::Vertex &vertex : plane->vertices) {
    if (vertex.kind == core::VertexKind::Cusp ? !view.cusps : !view.vertices)
      continue;
    widgets::TrajectoryMark mark;
    mark.x = plane->points(vertex.index, 0);
    mark.y = plane->points(vertex.index, 1);
    mark.kind = kindOf(vertex.kind);
    mark.doubtful = isDoubtful(vertex.rank);
    if (!mark.doubtful)
      mark.label = stepText(geometry, vertex.index);
    mark.note = vertexText(geometry, *plane, vertex);
    marks.push_back(std::move(mark));
  }
  if (view.forms)
    for (std::size_t i = 0; i < geometry.forms.size(); ++i) {
      const core::Form &form = geometry.forms[i];
      widgets::TrajectoryMark mark;
      mark.x = form.place(view.first);
      mark.y = form.place(view.second);
      mark.kind = widgets::TrajectoryMarkKind::Form;
      mark.doubtful = isDoubtful(form.rank);
      mark.label = u"f%1"_s.arg(i + 1);
      mark.note = formText(geometry, form);
      marks.push_back(std::move(mark));
    }
  return marks;
}

QString vertexText(const core::TrajectoryGeometry &geometry, const core::PlaneGeometry &plane,
                   const core::Vertex &vertex) {
  const QString kind = vertex.kind == core::VertexKind::Tight  ? tr("Vertex, radius smallest")
                       : vertex.kind == core::VertexKind::Wide ? tr("Vertex, radius largest")
                                                               : tr("Cusp");
  return tr("%1 at step %2 in PC%3 × PC%4: radius %5, contact %6 (steps %7 to %8), %9")
      .arg(kind, stepText(geometry, vertex.index))
      .arg(plane.firstComponent + 1)
      .arg(plane.secondComponent + 1)
      .arg(number(vertex.circle.radius), degrees(vertex.contactAngle), stepText(geometry, vertex.first),
           stepText(geometry, vertex.last), rankText(vertex.rank, geometry.walks));
}

QString formText(const core::TrajectoryGeometry &geometry, const core::Form &form) {
  return tr("Form at step %1: planes disagree by %2 radii, contact %3 (steps %4 to %5), %6")
      .arg(stepText(geometry, form.index), number(form.disagreement, 2), degrees(form.contactAngle),
           stepText(geometry, form.first), stepText(geometry, form.last),
           rankText(form.rank, geometry.walks));
}

} // namespace evolute::app
