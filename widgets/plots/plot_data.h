// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <QColor>
#include <QString>

namespace evolute::widgets {

// What plots draw: finished values. Nothing here is computed by a widget; the app maps core's results onto
// these. Texts named "markup" may hold Greek, hats, sub- and superscripts: see math_label.h.

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN(); ///< "there is no such value"

/// How steps are laid along an axis; see time_axis.h.
enum class TimeAxisKind { LogOnePlus, Linear, Index };

struct CurvePoint {
  std::int64_t step = 0;
  double value = kNone; ///< a point that is not finite breaks the line and is not drawn
  double error = kNone; ///< half length of the error bar, unit of the value
  double low = kNone;   ///< edges of a pale band (spread over chains, say)
  double high = kNone;
  bool suspect = false; ///< drawn hollow, left out of the line and of the fitted range
  QString note;         ///< shown on hover: why it is suspect
};

struct CurveSeries {
  QString id;                        ///< unique in one plot; names the series in signals and tables
  QString label;                     ///< markup, shown in the legend
  QColor color;                      ///< invalid: taken from the palette by position
  std::vector<CurvePoint> points;    ///< ascending steps
  Qt::PenStyle line = Qt::SolidLine; ///< Qt::NoPen: markers only
  double widthFactor = 1.0;          ///< of the theme's line width; a baseline run is drawn heavier
  bool faint = false;                ///< pale, behind the others: raw values behind smooth ones
};

enum class StageKind { Rising, Falling, Other }; ///< of lambda-hat: warm, cool, grey

struct StageBand {
  std::int64_t start = 0;
  std::int64_t end = 0;
  QString label; ///< markup, short: "A1"
  StageKind kind = StageKind::Other;
  QString name = {}; ///< markup, behind the label where there is room; may be empty
  QString note = {}; ///< shown on hover
};

/// One run in a plane of two components. The vectors have one length.
struct TrajectoryData {
  std::vector<std::int64_t> steps; ///< ascending
  std::vector<double> x, y;        ///< unit of the features
  QString xLabel, yLabel;          ///< markup with the share explained: "PC1 (62.1 %)"
  QString label;                   ///< markup, the run's name; may be empty
};

/// What a named place on a trajectory is; each kind has a sign of its own.
enum class TrajectoryMarkKind { Place, TightVertex, WideVertex, Cusp, Form };

/// A named place on a trajectory: a vertex, a cusp, a form, a stage edge.
struct TrajectoryMark {
  double x = 0, y = 0;
  QString label; ///< markup
  QString note;  ///< shown on hover
  TrajectoryMarkKind kind = TrajectoryMarkKind::Place;
  bool doubtful = false; ///< drawn hollow: chance would do as well
};

/// An osculating circle in the plane shown; not finite where there is none.
struct PlaneCircle {
  double x = kNone, y = kNone, radius = kNone;
};

/// What is drawn with a trajectory: behind it the path before smoothing, circles and their centres.
struct TrajectoryOverlays {
  std::vector<double> rawX, rawY;         ///< the path as it was, pale; may be empty
  std::vector<PlaneCircle> circles;       ///< one a step of the trajectory, or none
  int circleEvery = 1;                    ///< of them so many are drawn faintly; the cursor's always
  std::vector<double> evoluteX, evoluteY; ///< a line; breaks where a value is not finite
  QString note;                           ///< markup under the axes: how it was smoothed
};

enum class CheckpointState { File, Metrics, Computing, Done, Failed };

struct CheckpointMark {
  std::int64_t step = 0;
  CheckpointState state = CheckpointState::File;
  QString note; ///< shown on hover: why it failed, say
};

} // namespace evolute::widgets
