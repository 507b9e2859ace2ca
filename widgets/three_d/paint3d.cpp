// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/paint3d.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>
#include <QLinearGradient>
#include <QPainter>

#include "widgets/plots/math_label.h"
#include "widgets/plots/stage_path.h"
#include "widgets/plots/trajectory_overlay.h"

namespace evolute::widgets {

namespace {

constexpr std::size_t kPieceOfLine = 16; // segments that share a depth, of a line thin enough not to matter
constexpr double kShortAxis = 14;        // pixels at 96 dpi: seen from its end an axis has no name
constexpr double kHalo = 1.6;            // of a tube's width
constexpr int kPatchAlpha = 200;

/// A piece of line or a ball, to be drawn in one go.
struct Piece {
  double depth = 0;
  QPolygonF line;
  QColor color;
  double width = 1;
  bool tube = false;
  QPointF ball;
  double radius = 0;
};

void addLine(std::vector<Piece> &pieces, const Line3d &line, const Camera3d &camera, const QSizeF &view) {
  const bool tube = line.tubeRadius > 0;
  const double width =
      tube ? std::max(line.width, 2 * line.tubeRadius * camera.pixelsPerUnit(view)) : line.width;
  const std::size_t most = tube ? 1 : kPieceOfLine;
  const auto colorAt = [&](std::size_t i) { return line.colors[line.colors.size() == 1 ? 0 : i]; };
  for (std::size_t i = 0; i + 1 < line.points.size();) {
    Piece piece;
    piece.color = colorAt(i);
    piece.width = width;
    piece.tube = tube;
    piece.line << camera.toPixel(line.points[i], view);
    double depth = camera.depth(line.points[i]);
    std::size_t taken = 0;
    for (; taken < most && i + 1 < line.points.size() && colorAt(i) == piece.color; ++taken) {
      ++i;
      piece.line << camera.toPixel(line.points[i], view);
      depth += camera.depth(line.points[i]);
    }
    piece.depth = depth / double(taken + 1);
    pieces.push_back(std::move(piece));
  }
}

QString tr(const char *text) {
  return QCoreApplication::translate("TrajectoryView3d", text);
}

/// Text beside `at` on the side that `away` points to, over a patch of `paper` where this is a colour: what lies under it
/// shows faintly.
void nameBeside(QPainter &painter, const QString &markup, const QPointF &at, QPointF away, double gap,
                const QFont &font, const QColor &color, const QSizeF &view, const QColor &paper = {}) {
  const MathLabel label(markup);
  if (label.isEmpty())
    return;
  const double length = std::hypot(away.x(), away.y());
  away = length > 0 ? away / length : QPointF(1, 0);
  const QSizeF room = label.boundingRect(font).size() + QSizeF(2, 0);
  QRectF box(QPointF(0, 0), room);
  box.moveCenter(at + away * gap + QPointF(away.x() * 0.5 * room.width(), away.y() * 0.5 * room.height()));
  box.moveLeft(std::clamp(box.left(), 0.0, std::max(0.0, view.width() - room.width())));
  box.moveTop(std::clamp(box.top(), 0.0, std::max(0.0, view.height() - room.height())));
  if (paper.isValid())
    painter.fillRect(box, QColor(paper.red(), paper.green(), paper.blue(), kPatchAlpha));
  painter.setPen(color);
  label.draw(painter, font, box, Qt::AlignHCenter);
}

void paintEnds(QPainter &painter, const Trajectory3dData &data, const Camera3d &camera, const QSizeF &view,
               const PlotTheme &theme, std::optional<std::size_t> cursor) {
  const double r = 1.1 * theme.markerSize;
  const QColor paper = theme.forFigure ? QColor(Qt::white) : theme.background;
  const auto outline = [&](std::size_t i) {
    return cursor == i ? QPen(theme.cursor, 3 * theme.unit) : QPen(theme.text, 1.3 * theme.unit);
  };
  const QPointF first = camera.toPixel(data.points.front(), view);
  const QPointF last = camera.toPixel(data.points.back(), view);
  const QPointF middle(0.5 * view.width(), 0.5 * view.height());
  painter.setPen(outline(0));
  painter.setBrush(paper);
  painter.drawEllipse(first, r, r);
  painter.setPen(outline(data.points.size() - 1));
  painter.setBrush(theme.text);
  const double d = 1.25 * r;
  painter.drawPolygon(
      QPolygonF{last + QPointF(0, -d), last + QPointF(d, 0), last + QPointF(0, d), last + QPointF(-d, 0)});
  const auto name = [&](const QPointF &at, std::int64_t step) {
    nameBeside(painter, tr("step %1").arg(formatStep(step)), at, at - middle, 1.8 * r, theme.font, theme.text,
               view, paper);
  };
  name(first, data.steps.front());
  if (data.steps.size() > 1)
    name(last, data.steps.back());
}

double colorBarWidth(const PlotTheme &theme) {
  return QFontMetricsF(theme.font).horizontalAdvance(QStringLiteral("00.0k")) + 20 * theme.unit;
}

/// A wedge beside the scale of colours at the cursor's step.
void paintCursorOnBar(QPainter &painter, const QRectF &bar, double share, const PlotTheme &theme) {
  const double y = bar.bottom() - std::clamp(share, 0.0, 1.0) * bar.height(), s = 4 * theme.unit;
  const QPointF tip(bar.left() - 0.5 * s, y);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.cursor);
  painter.drawPolygon(QPolygonF{tip, tip + QPointF(-2 * s, -s), tip + QPointF(-2 * s, s)});
}

void paintColorBar(QPainter &painter, const Trajectory3dData &data, const TimeAxis &time, const QSizeF &view,
                   const PlotTheme &theme, std::optional<std::int64_t> cursor) {
  const QFontMetricsF metrics(theme.font);
  const double first = time.coordinate(double(data.steps.front()));
  const double last = time.coordinate(double(data.steps.back()));
  const QRectF bar(view.width() - colorBarWidth(theme), 2 * metrics.height(), 9 * theme.unit,
                   view.height() - 4.5 * metrics.height());
  if (bar.height() < 4 * metrics.height() || !(last > first))
    return;
  if (cursor)
    paintCursorOnBar(painter, bar, (time.coordinate(double(*cursor)) - first) / (last - first), theme);
  painter.setFont(theme.font);
  painter.setPen(theme.text);
  painter.drawText(QPointF(bar.left(), bar.top() - 0.5 * metrics.height()),
                   data.showsStages() ? tr("Stage") : tr("Step"));
  if (data.showsStages()) {
    paintStageBar(
        painter, bar, data.stages,
        [&](std::int64_t step) { return (time.coordinate(double(step)) - first) / (last - first); }, theme);
    return;
  }
  QLinearGradient scale(bar.bottomLeft(), bar.topLeft());
  for (int i = 0; i <= 32; ++i)
    scale.setColorAt(i / 32.0, progressColor(i / 32.0, theme.dark));
  painter.setPen(Qt::NoPen);
  painter.setBrush(scale);
  painter.drawRect(bar);
  painter.setPen(QPen(theme.text, theme.axisWidth));
  for (const auto &tick :
       time.ticks(first, last, bar.height(), [&](const QString &) { return metrics.height() * 0.9; })) {
    if (tick.label.isEmpty())
      continue;
    const double y = bar.bottom() - (tick.coordinate - first) / (last - first) * bar.height();
    painter.drawLine(QLineF(bar.right(), y, bar.right() + 3 * theme.unit, y));
    painter.drawText(QPointF(bar.right() + 5 * theme.unit, y + 0.36 * metrics.ascent()), tick.label);
  }
}

} // namespace

double colorBarRoom(const Trajectory3dData &data, const PlotTheme &theme) {
  return data.steps.empty() ? 0 : 1.5 * colorBarWidth(theme);
}

void paintBodies(QPainter &painter, const Bodies3d &bodies, const Camera3d &camera, const QSizeF &view,
                 const PlotTheme &theme) {
  std::vector<Piece> pieces;
  for (const Line3d &line : bodies.lines)
    addLine(pieces, line, camera, view);
  for (const Ball3d &ball : bodies.balls) {
    Piece piece;
    piece.depth = camera.depth(ball.at) + ball.radius; // its front: the path runs into it
    piece.color = ball.color;
    piece.ball = camera.toPixel(ball.at, view);
    piece.radius = std::max(1.1 * theme.markerSize, ball.radius * camera.pixelsPerUnit(view));
    pieces.push_back(piece);
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece &a, const Piece &b) { return a.depth < b.depth; });
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipRect(QRectF(QPointF(0, 0), view));
  const QColor paper = theme.background.alpha() ? theme.background : QColor(Qt::white);
  for (const Piece &piece : pieces) {
    if (piece.radius > 0) {
      painter.setPen(QPen(paper, 0.8 * theme.unit));
      painter.setBrush(piece.color);
      painter.drawEllipse(piece.ball, piece.radius, piece.radius);
      continue;
    }
    painter.setBrush(Qt::NoBrush);
    if (piece.tube) {
      painter.setPen(QPen(paper, kHalo * piece.width, Qt::SolidLine, Qt::FlatCap));
      painter.drawPolyline(piece.line);
    }
    painter.setPen(QPen(piece.color, piece.width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(piece.line);
  }
  painter.restore();
}

void paintLabels(QPainter &painter, const Trajectory3dData &data, const TimeAxis &time, const Bodies3d &bodies,
                 const Camera3d &camera, const QSizeF &view, const PlotTheme &theme,
                 std::optional<std::int64_t> cursor) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  const QPointF origin = camera.toPixel(bodies.origin, view);
  for (int k = 0; k < 3; ++k) {
    const QPointF end = camera.toPixel(bodies.axisEnds[k], view), along = end - origin;
    if (std::hypot(along.x(), along.y()) > kShortAxis * theme.unit)
      nameBeside(painter, data.axisLabels[k], end, along, 5 * theme.unit, theme.labelFont, theme.text, view);
  }
  for (const SpaceMark &mark : data.marks) {
    const QPointF at = camera.toPixel(mark.at, view);
    drawMarkSign(painter, mark.kind, mark.doubtful, at, theme);
    nameBeside(painter, mark.label, at, {1, 0}, 1.5 * theme.markerSize, theme.font, theme.text, view);
  }
  if (!data.points.empty())
    paintEnds(painter, data, camera, view, theme,
              cursor ? std::optional(pointAt(data, *cursor)) : std::nullopt);
  if (data.showsStages())
    paintStagesOnPath(
        painter, data.steps, [&](std::size_t i) { return camera.toPixel(data.points[i], view); }, data.stages,
        theme);
  if (!data.steps.empty())
    paintColorBar(painter, data, time, view, theme, cursor);
  const MathLabel note(data.note);
  const double height = QFontMetricsF(theme.font).height() * 1.3;
  painter.setPen(theme.text);
  note.draw(painter, theme.font, QRectF(0, view.height() - height, view.width(), height), Qt::AlignHCenter);
  painter.restore();
}

} // namespace evolute::widgets
