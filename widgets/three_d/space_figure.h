// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "widgets/figure/figure_source.h"
#include "widgets/three_d/camera3d.h"
#include "widgets/three_d/trajectory3d.h"

namespace evolute::widgets {

class ShadedRenderer;

/// A path in space as seen by a camera, on paper: shaded where the device holds pixels and there is OpenGL,
/// true vectors elsewhere. A value, for figures and for the frames of a film.
struct SpaceFigure : FigureSource {
  QString title; ///< markup
  Trajectory3dData data;
  TimeAxis time;
  Camera3d camera;
  bool fits = false; ///< the camera's direction counts, its place and height follow the size
  std::optional<std::int64_t> cursor;
  bool shades = false;
  /// Used for shading where it is set: many frames then share one context. Else made for each picture, in the
  /// GUI thread.
  std::shared_ptr<ShadedRenderer> renderer;

  QString figureTitle() const override;
  void paintFigure(QCPPainter &painter, const FigureSpec &spec) const override;
  bool needsPixels() const override { return shades; }
  QString tableText() const override;
};

} // namespace evolute::widgets
