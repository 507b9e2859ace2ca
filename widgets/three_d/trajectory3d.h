// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <QColor>
#include <QString>
#include <QVector3D>

#include "widgets/plots/plot_data.h"
#include "widgets/plots/plot_style.h"
#include "widgets/plots/time_axis.h"

namespace evolute::widgets {

/// A named place in space; see TrajectoryMark.
struct SpaceMark {
  QVector3D at;
  QString label, note;
  TrajectoryMarkKind kind = TrajectoryMarkKind::Place;
  bool doubtful = false;
};

/// One run in the space of three components: finished values. Vectors that speak of points have the length of
/// `steps` or are empty.
struct Trajectory3dData {
  std::vector<std::int64_t> steps; ///< ascending
  std::vector<QVector3D> points;
  std::vector<QVector3D> raw;    ///< before smoothing, pale
  std::vector<StageBand> stages; ///< told on hover; may be empty
  bool byStage = false;          ///< colours tell the stage; without stages they tell the time all the same
  /// Osculating circles of one plane of components, each through its point, parallel to the plane: seen
  /// along the third component they are those of the 2D plot.
  int first = 0, second = 1;
  std::vector<PlaneCircle> circles; ///< one a point or none
  int circleEvery = 1;
  bool evolute = false;            ///< draw the centres of `circles` as a line
  std::vector<bool> evoluteBreaks; ///< one a point: no line leads to this centre; may be empty
  bool circlesDrawn = false;       ///< `circles` may be there for the evolute or the cursor alone
  std::vector<SpaceMark> marks;
  QString axisLabels[3]; ///< markup: "PC1 (63.1 %)"
  QString note;          ///< markup: how it was smoothed

  bool showsStages() const { return byStage && !stages.empty(); }
};

/// A line in space. Widths are screen pixels, or world units where it is a tube.
struct Line3d {
  std::vector<QVector3D> points;
  std::vector<QColor> colors; ///< one a point, or one; opaque
  double width = 1;
  double tubeRadius = 0; ///< above 0: a shaded tube
};

struct Ball3d {
  QVector3D at;
  double radius = 1;
  QColor color;
};

/// The scene as simple bodies: what VTK shades and what a figure draws as vectors.
struct Bodies3d {
  std::vector<Line3d> lines;
  std::vector<Ball3d> balls;
  std::vector<QVector3D> frame;  ///< what a camera must show
  QVector3D origin, axisEnds[3]; ///< the axes meet in a corner of the path's box
  double extent = 0;             ///< longest side of that box
};

/// All but the cursor.
Bodies3d bodiesOf(const Trajectory3dData &data, const TimeAxis &time, const PlotTheme &theme);
/// The ball with its tail at `step`, and the circle there; apart, since they move often. `extent` as in the
/// bodies of all else. \pre there are points.
Bodies3d cursorBodies(const Trajectory3dData &data, const PlotTheme &theme, double extent, std::int64_t step);

/// Index of the last point at or before `step`, else 0. \pre there are points.
std::size_t pointAt(const Trajectory3dData &data, std::int64_t step);

} // namespace evolute::widgets
