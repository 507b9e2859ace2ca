// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/ed_space_data.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "app/window/ed_data.h"
#include "app/window/pane_data.h"
#include "widgets/plots/plot_style.h"

using namespace Qt::StringLiterals;

namespace evolute::app {

namespace {

QString componentLabel(const core::Trajectory &path, Eigen::Index k) {
  return u"PC%1 (%2 %)"_s.arg(k + 1).arg(100 * path.explained(k), 0, 'f', 1);
}

std::vector<QVector3D> spacePoints(const core::Trajectory &path) {
  std::vector<QVector3D> points;
  points.reserve(path.steps.size());
  for (Eigen::Index i = 0; i < path.points.rows(); ++i)
    points.emplace_back(float(path.points(i, 0)), float(path.points(i, 1)), float(path.points(i, 2)));
  return points;
}

/// The path as it was has a place among the axes of the smooth one only where these are the same.
bool showsRaw(const core::Trajectory &raw, const core::TrajectoryGeometry *geometry, const EdView &view) {
  return geometry && view.raw && geometry->settings.smoothing.isOn() &&
         !geometry->settings.smoothing.beforePca && raw.steps == geometry->path.steps;
}

} // namespace

widgets::Trajectory3dData edSpace(const core::Trajectory &raw, const core::Trajectory &path,
                                  const core::TrajectoryGeometry *geometry, const EdView &view) {
  widgets::Trajectory3dData data;
  if (path.points.cols() < 3)
    return data;
  data.steps = path.steps;
  data.points = spacePoints(path);
  for (int k = 0; k < 3; ++k)
    data.axisLabels[k] = componentLabel(path, k);
  data.first = view.first;
  data.second = view.second;
  if (!geometry)
    return data;
  data.note = smoothingText(geometry->settings.smoothing, path.steps.size());
  if (showsRaw(raw, geometry, view))
    data.raw = spacePoints(raw);
  const core::PlaneGeometry *plane = geometry->plane(view.first, view.second);
  if (!plane)
    return data;
  if (view.circles || view.evolute) {
    const DrawnCircles drawn = drawnCircles(*plane);
    data.circles = drawn.circles;
    data.circleEvery = drawn.every;
    data.evoluteBreaks = drawn.breaks;
    data.circlesDrawn = view.circles;
    data.evolute = view.evolute;
  }
  for (const widgets::TrajectoryMark &mark : edMarks(*geometry, view)) {
    if (mark.kind == widgets::TrajectoryMarkKind::Form)
      continue;
    const auto vertex = std::find_if(plane->vertices.begin(), plane->vertices.end(), [&](const auto &v) {
      return plane->points(v.index, 0) == mark.x && plane->points(v.index, 1) == mark.y;
    });
    data.marks.push_back(
        {data.points[std::size_t(vertex->index)], mark.label, mark.note, mark.kind, mark.doubtful});
  }
  if (view.forms)
    for (std::size_t i = 0; i < geometry->forms.size(); ++i) {
      const core::Form &form = geometry->forms[i];
      data.marks.push_back({QVector3D(float(form.place(0)), float(form.place(1)), float(form.place(2))),
                            u"f%1"_s.arg(i + 1), formText(*geometry, form), widgets::TrajectoryMarkKind::Form,
                            !(form.rank <= kDoubtfulRank)});
    }
  return data;
}

widgets::ComponentData edComponents(const core::Trajectory &path, int most) {
  widgets::ComponentData data;
  data.steps = path.steps;
  for (Eigen::Index k = 0; k < std::min<Eigen::Index>(most, path.points.cols()); ++k) {
    const Eigen::VectorXd column = path.points.col(k);
    data.columns.emplace_back(column.begin(), column.end());
    data.labels << componentLabel(path, k);
  }
  return data;
}

std::vector<widgets::CurveSeries> componentCurves(const core::Trajectory &raw, const core::Trajectory &path,
                                                  const core::TrajectoryGeometry *geometry,
                                                  const EdView &view) {
  std::vector<widgets::CurveSeries> curves;
  const auto shown = std::min<Eigen::Index>(EdView::kComponents, path.points.cols());
  const auto add = [&](const core::Trajectory &from, Eigen::Index k, const QString &id, bool faint) {
    widgets::CurveSeries curve;
    curve.id = id;
    curve.label = componentLabel(path, k);
    curve.color = widgets::seriesColor(int(k), int(shown), false);
    curve.faint = faint;
    for (Eigen::Index i = 0; i < from.points.rows(); ++i) {
      widgets::CurvePoint point;
      point.step = from.steps[std::size_t(i)];
      point.value = from.points(i, k);
      curve.points.push_back(point);
    }
    curves.push_back(std::move(curve));
  };
  for (Eigen::Index k = 0; k < shown; ++k)
    add(path, k, u"pc:%1"_s.arg(k + 1), false);
  if (showsRaw(raw, geometry, view))
    for (Eigen::Index k = 0; k < shown; ++k)
      add(raw, k, u"pc:%1:raw"_s.arg(k + 1), true);
  if (!geometry || !view.forms)
    return curves;
  for (std::size_t f = 0; f < geometry->forms.size(); ++f)
    for (Eigen::Index k = 0; k < std::min<Eigen::Index>(shown, geometry->forms[f].place.size()); ++k) {
      widgets::CurveSeries line;
      line.id = u"form:%1:%2"_s.arg(f + 1).arg(k + 1);
      line.label = u"f%1"_s.arg(f + 1);
      line.color = widgets::seriesColor(int(k), int(shown), false);
      line.line = Qt::DotLine;
      line.faint = true;
      for (const std::int64_t step : {path.steps.front(), path.steps.back()}) {
        widgets::CurvePoint point;
        point.step = step;
        point.value = geometry->forms[f].place(k);
        line.points.push_back(point);
      }
      curves.push_back(std::move(line));
    }
  return curves;
}

} // namespace evolute::app
