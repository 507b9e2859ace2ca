// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/trajectory3d.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/stage_path.h"
#include "widgets/plots/trajectory_overlay.h"

namespace evolute::widgets {

namespace {

constexpr double kTubeShare = 0.006; // radius, of the extent
constexpr double kTailTubes = 1.9;   // times the path's radius
constexpr double kBallTubes = 3.2;
constexpr std::size_t kTailParts = 20; // the tail is one part in so many of the path
constexpr int kCircleCorners = 72;
constexpr float kFormReach = 0.5F; // of the extent: a form farther off is not framed

bool isFinite(const QVector3D &p) {
  return std::isfinite(p.x()) && std::isfinite(p.y()) && std::isfinite(p.z());
}

/// `front` over `back`, without transparency: bodies need no sorting then.
QColor over(const QColor &front, const QColor &back) {
  const auto mix = [a = front.alphaF()](double f, double b) { return float(a * f + (1 - a) * b); };
  return QColor::fromRgbF(mix(front.redF(), back.redF()), mix(front.greenF(), back.greenF()),
                          mix(front.blueF(), back.blueF()));
}

/// Appends `line` in pieces: broken where a point is not finite, without points that repeat (a tube has no
/// direction there).
void addPieces(std::vector<Line3d> &lines, const Line3d &line) {
  Line3d piece = line;
  piece.points.clear();
  piece.colors.clear();
  const auto end = [&] {
    if (piece.points.size() > 1)
      lines.push_back(piece);
    piece.points.clear();
    piece.colors.clear();
  };
  for (std::size_t i = 0; i < line.points.size(); ++i) {
    if (!isFinite(line.points[i])) {
      end();
      continue;
    }
    if (!piece.points.empty() && piece.points.back() == line.points[i])
      continue;
    piece.points.push_back(line.points[i]);
    piece.colors.push_back(line.colors[line.colors.size() == 1 ? 0 : i]);
  }
  end();
}

std::vector<QColor> pathColors(const Trajectory3dData &data, const TimeAxis &time, const PlotTheme &theme) {
  std::vector<QColor> colors;
  colors.reserve(data.steps.size());
  if (data.showsStages()) {
    for (const std::int64_t step : data.steps)
      colors.push_back(stagePathColor(data.stages, stageAt(data.stages, step), theme.dark));
    return colors;
  }
  const double first = time.coordinate(double(data.steps.front()));
  const double last = time.coordinate(double(data.steps.back()));
  for (const std::int64_t step : data.steps)
    colors.push_back(progressColor(
        last > first ? (time.coordinate(double(step)) - first) / (last - first) : 0, theme.dark));
  return colors;
}

std::vector<QVector3D> circlePoints(const Trajectory3dData &data, std::size_t i) {
  const PlaneCircle &circle = data.circles[i];
  std::vector<QVector3D> points;
  if (!std::isfinite(circle.radius))
    return points;
  for (int k = 0; k <= kCircleCorners; ++k) {
    const double angle = 2 * M_PI * k / kCircleCorners;
    QVector3D p = data.points[i];
    p[data.first] = float(circle.x + circle.radius * std::cos(angle));
    p[data.second] = float(circle.y + circle.radius * std::sin(angle));
    points.push_back(p);
  }
  return points;
}

void addCurveShape(Bodies3d &bodies, const Trajectory3dData &data, const PlotTheme &theme) {
  const QColor paper = theme.background.alpha() ? theme.background : QColor(Qt::white);
  if (!data.raw.empty())
    addPieces(bodies.lines, {data.raw, {over(rawPathColor(theme), paper)}, theme.unit, 0});
  if (data.circles.size() != data.points.size())
    return;
  if (data.circlesDrawn && data.circleEvery > 0)
    for (std::size_t i = 0; i < data.circles.size(); i += std::size_t(data.circleEvery))
      addPieces(bodies.lines,
                {circlePoints(data, i), {over(circleColor(theme), paper)}, 0.8 * theme.unit, 0});
  if (!data.evolute)
    return;
  Line3d line{{}, {evoluteColor(theme.dark)}, 0.8 * theme.lineWidth, 0};
  constexpr float kBreak = std::numeric_limits<float>::quiet_NaN();
  for (std::size_t i = 0; i < data.circles.size(); ++i) {
    if (i < data.evoluteBreaks.size() && data.evoluteBreaks[i])
      line.points.push_back({kBreak, kBreak, kBreak});
    QVector3D centre = data.points[i];
    centre[data.first] = float(data.circles[i].x);
    centre[data.second] = float(data.circles[i].y);
    line.points.push_back(centre);
  }
  addPieces(bodies.lines, line);
}

} // namespace

std::size_t pointAt(const Trajectory3dData &data, std::int64_t step) {
  const auto after = std::upper_bound(data.steps.begin(), data.steps.end(), step);
  return std::size_t(std::max<std::ptrdiff_t>(0, after - data.steps.begin() - 1));
}

Bodies3d cursorBodies(const Trajectory3dData &data, const PlotTheme &theme, double extent,
                      std::int64_t step) {
  Bodies3d bodies;
  bodies.extent = extent;
  const std::size_t i = pointAt(data, step);
  if (!isFinite(data.points[i]))
    return bodies;
  const double tube = kTubeShare * extent;
  const std::size_t tail = std::min(i, data.points.size() / kTailParts + 1);
  addPieces(bodies.lines,
            {{data.points.begin() + std::ptrdiff_t(i - tail), data.points.begin() + std::ptrdiff_t(i) + 1},
             {theme.cursor},
             2 * theme.lineWidth,
             kTailTubes * tube});
  bodies.balls.push_back({data.points[i], kBallTubes * tube, theme.cursor});
  if (data.circles.size() == data.points.size() && data.circlesDrawn)
    addPieces(bodies.lines, {circlePoints(data, i), {theme.cursor}, 1.2 * theme.unit, 0});
  return bodies;
}

Bodies3d bodiesOf(const Trajectory3dData &data, const TimeAxis &time, const PlotTheme &theme) {
  Q_ASSERT(data.points.size() == data.steps.size());
  Bodies3d bodies;
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  QVector3D low(kInfinite, kInfinite, kInfinite), high = -low;
  for (const std::vector<QVector3D> *points : {&data.points, &data.raw})
    for (const QVector3D &p : *points)
      if (isFinite(p))
        for (int k = 0; k < 3; ++k) {
          low[k] = std::min(low[k], p[k]);
          high[k] = std::max(high[k], p[k]);
        }
  if (!isFinite(low))
    return bodies;
  const QVector3D size = high - low;
  bodies.extent = std::max({double(size.x()), double(size.y()), double(size.z())});
  if (!(bodies.extent > 0))
    bodies.extent = 1;
  bodies.origin = low;
  for (int k = 0; k < 3; ++k) {
    QVector3D end = low;
    end[k] = std::max(high[k], low[k] + float(0.1 * bodies.extent)); // long enough to bear its name
    bodies.axisEnds[k] = end;
    bodies.lines.push_back({{low, end}, {theme.axis}, 1.5 * theme.axisWidth, 0});
    bodies.frame.push_back(end);
  }
  for (int corner = 0; corner < 8; ++corner)
    bodies.frame.push_back(
        {corner & 1 ? high.x() : low.x(), corner & 2 ? high.y() : low.y(), corner & 4 ? high.z() : low.z()});
  for (const SpaceMark &mark : data.marks)
    if ((mark.at - 0.5F * (low + high)).length() < (0.5F + kFormReach) * float(bodies.extent))
      bodies.frame.push_back(mark.at);

  addCurveShape(bodies, data, theme);
  addPieces(bodies.lines,
            {data.points, pathColors(data, time, theme), 1.4 * theme.lineWidth, kTubeShare * bodies.extent});
  return bodies;
}

} // namespace evolute::widgets
