// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trajectory_overlay.h"

#include <algorithm>
#include <cmath>

namespace evolute::widgets {

namespace {

constexpr double kMostPixels = 1e5; // beyond, painters lose digits

QString tr(const char *text) {
  return QCoreApplication::translate("TrajectoryPlot", text);
}

/// Calls `flush` with each unbroken piece of a line.
template <class ToPixel, class Flush>
void eachPiece(const std::vector<double> &x, const std::vector<double> &y, const ToPixel &toPixel,
               const Flush &flush) {
  QPolygonF piece;
  const auto end = [&] {
    if (piece.size() > 1)
      flush(piece);
    piece.clear();
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    const QPointF at = toPixel(x[i], y[i]);
    if (std::isfinite(at.x()) && std::isfinite(at.y()) &&
        std::max(std::abs(at.x()), std::abs(at.y())) < kMostPixels)
      piece << at;
    else
      end();
  }
  end();
}

QColor markColor(TrajectoryMarkKind kind, const PlotTheme &theme) {
  switch (kind) {
  case TrajectoryMarkKind::TightVertex:
  case TrajectoryMarkKind::WideVertex:
  case TrajectoryMarkKind::Cusp:
    return QColor(0xD5, 0x5E, 0x00); // Okabe and Ito's vermillion
  case TrajectoryMarkKind::Form:
    return QColor(0xCC, 0x79, 0xA7); // and reddish purple
  case TrajectoryMarkKind::Place:
    break;
  }
  return theme.text;
}

QPolygonF triangle(const QPointF &at, double r, bool up) {
  const double s = up ? 1 : -1;
  return {
      {at + QPointF(0, -s * r), at + QPointF(0.87 * r, 0.5 * s * r), at + QPointF(-0.87 * r, 0.5 * s * r)}};
}

QPolygonF star(const QPointF &at, double r) {
  QPolygonF points;
  for (int i = 0; i < 10; ++i) {
    const double angle = M_PI * (i / 5.0 - 0.5), length = i % 2 ? 0.45 * r : r;
    points << at + length * QPointF(std::cos(angle), std::sin(angle));
  }
  return points;
}

} // namespace

QColor evoluteColor(bool dark) {
  return dark ? QColor(0x56, 0xB4, 0xE9) : QColor(0x00, 0x72, 0xB2);
}

QColor circleColor(const PlotTheme &theme) {
  QColor color = theme.text;
  color.setAlphaF(0.16F);
  return color;
}

QColor rawPathColor(const PlotTheme &theme) {
  QColor color = theme.text;
  color.setAlphaF(0.28F);
  return color;
}

void drawMarkSign(QPainter &painter, TrajectoryMarkKind kind, bool doubtful, const QPointF &at,
                  const PlotTheme &theme) {
  const double r = 1.2 * theme.markerSize;
  const QColor color = markColor(kind, theme);
  const QColor paper = theme.forFigure ? QColor(Qt::white) : theme.background;
  painter.setPen(QPen(doubtful ? color : theme.text, (doubtful ? 1.2 : 0.7) * theme.unit));
  painter.setBrush(doubtful ? paper : color);
  switch (kind) {
  case TrajectoryMarkKind::TightVertex:
  case TrajectoryMarkKind::WideVertex:
    painter.drawPolygon(triangle(at, r, kind == TrajectoryMarkKind::TightVertex));
    break;
  case TrajectoryMarkKind::Cusp:
    painter.setPen(QPen(color, (doubtful ? 1.2 : 2.4) * theme.unit));
    painter.drawLine(at + QPointF(-0.7 * r, -0.7 * r), at + QPointF(0.7 * r, 0.7 * r));
    painter.drawLine(at + QPointF(-0.7 * r, 0.7 * r), at + QPointF(0.7 * r, -0.7 * r));
    break;
  case TrajectoryMarkKind::Form:
    painter.drawPolygon(star(at, 1.35 * r));
    break;
  case TrajectoryMarkKind::Place:
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(at - QPointF(0.75 * r, 0.75 * r), QSizeF(1.5 * r, 1.5 * r)));
    break;
  }
}

void UnderlayPlottable::setContent(const TrajectoryContent *content, const PlotTheme &theme) {
  m_content = content;
  m_theme = theme;
}

void UnderlayPlottable::draw(QCPPainter *painter) {
  if (!m_content || m_content->isEmpty())
    return;
  const TrajectoryOverlays &over = m_content->overlays;
  const auto toPixel = [this](double x, double y) { return coordsToPixels(x, y); };
  painter->setAntialiasing(true);
  painter->setBrush(Qt::NoBrush);
  painter->setPen(QPen(circleColor(m_theme), 0.8 * m_theme.unit));
  if (!over.circles.empty() && over.circleEvery > 0)
    for (std::size_t i = 0; i < over.circles.size(); i += std::size_t(over.circleEvery)) {
      const PlaneCircle &c = over.circles[i];
      const QPointF middle = coordsToPixels(c.x, c.y), edge = coordsToPixels(c.x + c.radius, c.y + c.radius);
      const double rx = std::abs(edge.x() - middle.x()), ry = std::abs(edge.y() - middle.y());
      if (std::isfinite(rx) && std::isfinite(ry) && std::max(rx, ry) < kMostPixels)
        painter->drawEllipse(middle, rx, ry);
    }
  painter->setPen(QPen(rawPathColor(m_theme), 0.9 * m_theme.unit));
  eachPiece(over.rawX, over.rawY, toPixel, [&](const QPolygonF &piece) { painter->drawPolyline(piece); });
  painter->setPen(QPen(evoluteColor(m_theme.dark), 0.8 * m_theme.lineWidth));
  eachPiece(over.evoluteX, over.evoluteY, toPixel,
            [&](const QPolygonF &piece) { painter->drawPolyline(piece); });
}

void MarksPlottable::setContent(const TrajectoryContent *content, const PlotTheme &theme) {
  m_content = content;
  m_theme = theme;
}

void MarksPlottable::draw(QCPPainter *painter) {
  if (!m_content || m_content->isEmpty())
    return;
  painter->setAntialiasing(true);
  const double r = 1.2 * m_theme.markerSize;
  std::vector<QRectF> taken; // by names: a second one there would be read as neither
  for (const TrajectoryMark &mark : m_content->marks) {
    const QPointF at = coordsToPixels(mark.x, mark.y);
    drawMarkSign(*painter, mark.kind, mark.doubtful, at, m_theme);
    const MathLabel label(mark.label);
    if (label.isEmpty())
      continue;
    const QSizeF room = label.boundingRect(m_theme.font).size();
    const QRectF right(at + QPointF(1.5 * r, -0.5 * room.height()), room);
    const QRectF left(at - QPointF(1.5 * r + room.width(), 0.5 * room.height()), room);
    for (const QRectF &place : {right, left}) {
      const bool free = clipRect().contains(place.toAlignedRect()) &&
                        std::none_of(taken.begin(), taken.end(),
                                     [&](const QRectF &other) { return other.intersects(place); });
      if (!free)
        continue;
      painter->setPen(m_theme.text);
      label.draw(*painter, m_theme.font, place, Qt::AlignLeft);
      taken.push_back(place);
      break;
    }
  }
}

std::vector<LegendSign> legendOf(const TrajectoryContent &content, const PlotTheme &theme) {
  std::vector<LegendSign> signs;
  if (content.isEmpty())
    return signs;
  const TrajectoryOverlays &over = content.overlays;
  const auto line = [&](const QString &text, const QColor &color, double width) {
    signs.push_back({text, [=](QCPPainter &p, const QRectF &r) {
                       p.setPen(QPen(color, width));
                       p.drawLine(QLineF(r.left(), r.center().y(), r.right(), r.center().y()));
                     }});
  };
  if (!over.rawX.empty())
    line(tr("not smoothed"), rawPathColor(theme), theme.unit);
  if (!over.evoluteX.empty())
    line(tr("evolute"), evoluteColor(theme.dark), 0.8 * theme.lineWidth);
  if (!over.circles.empty() && over.circleEvery > 0)
    signs.push_back({tr("osculating circles"), [=](QCPPainter &p, const QRectF &r) {
                       p.setPen(QPen(rawPathColor(theme), theme.unit));
                       p.setBrush(Qt::NoBrush);
                       p.drawEllipse(r.center(), 0.45 * r.height(), 0.45 * r.height());
                     }});
  const std::pair<TrajectoryMarkKind, QString> kinds[] = {
      {TrajectoryMarkKind::TightVertex, tr("vertex, tight")},
      {TrajectoryMarkKind::WideVertex, tr("vertex, wide")},
      {TrajectoryMarkKind::Cusp, tr("cusp")},
      {TrajectoryMarkKind::Form, tr("form")}};
  for (const auto &[kind, text] : kinds)
    for (const bool doubtful : {false, true})
      if (std::any_of(content.marks.begin(), content.marks.end(), [&, k = kind](const TrajectoryMark &mark) {
            return mark.kind == k && mark.doubtful == doubtful;
          }))
        signs.push_back({doubtful ? tr("%1, as in random walks").arg(text) : text,
                         [theme, k = kind, doubtful](QCPPainter &p, const QRectF &r) {
                           drawMarkSign(p, k, doubtful, r.center(), theme);
                         }});
  return signs;
}

} // namespace evolute::widgets
