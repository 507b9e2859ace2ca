// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/camera3d.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::widgets {

namespace {
constexpr float kRoom = 1.18F;         // of the view about the points, for labels
constexpr float kDegreesPerView = 180; // a drag over the view's height
constexpr float kNarrowest = 1e-9F;
} // namespace

QPointF Camera3d::toPixel(const QVector3D &point, const QSizeF &view) const {
  const QVector3D seen = turn.rotatedVector(point - centre);
  const double scale = pixelsPerUnit(view);
  return {0.5 * view.width() + scale * double(seen.x()), 0.5 * view.height() - scale * double(seen.y())};
}

double Camera3d::depth(const QVector3D &point) const {
  return double(turn.rotatedVector(point - centre).z());
}

void Camera3d::rotate(const QPointF &pixels, const QSizeF &view) {
  const double perPixel = kDegreesPerView / std::max(1.0, view.height());
  const auto about = [&](const QVector3D &axis, double degrees) {
    turn = QQuaternion::fromAxisAndAngle(axis, float(degrees)) * turn;
  };
  about({0, 1, 0}, perPixel * pixels.x());
  about({1, 0, 0}, perPixel * pixels.y());
  turn.normalize();
}

void Camera3d::pan(const QPointF &pixels, const QSizeF &view) {
  const double scale = pixelsPerUnit(view);
  centre -= turn.conjugated().rotatedVector({float(pixels.x() / scale), float(-pixels.y() / scale), 0.0F});
}

void Camera3d::zoom(double factor, const QPointF &at, const QSizeF &view) {
  const QPointF fromMiddle = at - QPointF(0.5 * view.width(), 0.5 * view.height());
  pan(-fromMiddle, view);
  height = std::max(kNarrowest, float(double(height) / factor));
  pan(fromMiddle, view);
}

void Camera3d::fit(const std::vector<QVector3D> &points, const QSizeF &view, double rightMargin) {
  Q_ASSERT(!points.empty());
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  QVector3D low(kInfinite, kInfinite, kInfinite), high = -low;
  for (const QVector3D &point : points) {
    const QVector3D seen = turn.rotatedVector(point);
    for (int i = 0; i < 3; ++i) {
      low[i] = std::min(low[i], seen[i]);
      high[i] = std::max(high[i], seen[i]);
    }
  }
  centre = turn.conjugated().rotatedVector(0.5F * (low + high));
  const QVector3D size = high - low;
  const double margin = std::min(rightMargin, 0.2 * view.width());
  const float aspect = float((view.width() - margin) / std::max(1.0, view.height()));
  height = kRoom * std::max(size.y(), size.x() / std::max(aspect, 1e-3F));
  if (!(height > kNarrowest))
    height = std::max(size.z(), 1.0F);
  pan({-0.5 * margin, 0}, view);
}

QQuaternion Camera3d::alongPlane(int right, int up) {
  QVector3D x, y;
  x[right] = 1;
  y[up] = 1;
  const QVector3D z = QVector3D::crossProduct(x, y);
  QMatrix3x3 rows;
  for (int column = 0; column < 3; ++column) {
    rows(0, column) = x[column];
    rows(1, column) = y[column];
    rows(2, column) = z[column];
  }
  return QQuaternion::fromRotationMatrix(rows);
}

QQuaternion Camera3d::fromTheSide() {
  // The third axis upwards, then a quarter of the way about it and a little down from above.
  return QQuaternion::fromAxisAndAngle(1, 0, 0, 22) * QQuaternion::fromAxisAndAngle(0, 1, 0, -32) *
         alongPlane(0, 2);
}

} // namespace evolute::widgets
