// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include <QPointF>
#include <QQuaternion>
#include <QSizeF>
#include <QVector3D>

namespace evolute::widgets {

/// Where a 3D scene is seen from. A value, and the only projection there is: what OpenGL shades, the labels
/// over it, picking and vector figures agree to the pixel.
///
/// Parallel, so that lengths can be compared and that the three axis views are the 2D planes exactly.
struct Camera3d {
  QVector3D centre; ///< in the middle of the view
  QQuaternion turn; ///< from the world's directions to right, up, towards the viewer
  float height = 1; ///< of the view, in the world's unit
  bool operator==(const Camera3d &) const = default;

  /// Pixels from the top left; the scale is one on both axes.
  QPointF toPixel(const QVector3D &point, const QSizeF &view) const;
  double depth(const QVector3D &point) const; ///< larger is nearer
  double pixelsPerUnit(const QSizeF &view) const { return view.height() / double(height); }

  void rotate(const QPointF &pixels, const QSizeF &view); ///< a drag by so much
  void pan(const QPointF &pixels, const QSizeF &view);
  void zoom(double factor, const QPointF &at, const QSizeF &view); ///< above 1: nearer; `at` stays in place
  /// Shows all points, with room about them, as seen now; nothing lies in the last `rightMargin` pixels. At
  /// least one point.
  void fit(const std::vector<QVector3D> &points, const QSizeF &view, double rightMargin = 0);

  /// Turned so that component `right` runs to the right and `up` upwards (0 = PC1).
  static QQuaternion alongPlane(int right, int up);
  static QQuaternion fromTheSide(); ///< the first view: all three axes are seen
};

} // namespace evolute::widgets
