// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "widgets/three_d/camera3d.h"
#include "widgets/three_d/trajectory3d.h"

class QPainter;

namespace evolute::widgets {

// A scene through QPainter: true vectors in PDF and SVG. (VTK's own vector export, GL2PS, puts one raster
// picture of the window into the file.)

/// Lines and balls, the far ones first; a tube has a halo of paper, so that what crosses in front is seen to.
void paintBodies(QPainter &painter, const Bodies3d &bodies, const Camera3d &camera, const QSizeF &view,
                 const PlotTheme &theme);

/// Pixels at the right that a camera should leave to the scale of colours; 0 where there is none.
double colorBarRoom(const Trajectory3dData &data, const PlotTheme &theme);

/// What is written over the bodies, drawn or shaded: names of axes, signs of marks, start and end, letters of
/// stages where colours tell these, the scale of colours, the note. The `cursor` is marked on the scale, and where it
/// stands at an end of the path, whose sign hides the ball.
void paintLabels(QPainter &painter, const Trajectory3dData &data, const TimeAxis &time, const Bodies3d &bodies,
                 const Camera3d &camera, const QSizeF &view, const PlotTheme &theme,
                 std::optional<std::int64_t> cursor);

} // namespace evolute::widgets
