// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trajectory_scene.h"

#include "widgets/plots/stage_path.h"
#include "widgets/plots/trajectory_overlay.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::widgets {

namespace {

constexpr int kColors = 128; // steps of the colour scale: finer ones cannot be told apart
constexpr std::size_t kMostDots = 600;
constexpr double kMargin = 0.06;
constexpr double kFormReach = 0.5; // of the path's extent

QPolygonF diamond(const QPointF &at, double r) {
  return {{at + QPointF(0, -r), at + QPointF(r, 0), at + QPointF(0, r), at + QPointF(-r, 0)}};
}

/// A line that passes through a rectangle crosses one of its diagonals.
bool isCrossedBy(const QRectF &rect, const QLineF &line) {
  if (rect.contains(line.p1()) || rect.contains(line.p2()))
    return true;
  return line.intersects({rect.topLeft(), rect.bottomRight()}, nullptr) == QLineF::BoundedIntersection ||
         line.intersects({rect.topRight(), rect.bottomLeft()}, nullptr) == QLineF::BoundedIntersection;
}

} // namespace

QRectF freePlace(const QPointF &at, const QSizeF &room, double radius, const QRectF &inside,
                 const std::vector<QLineF> &lines, const std::vector<QRectF> &taken) {
  const double outX = at.x() >= inside.center().x() ? 1 : -1, outY = at.y() <= inside.center().y() ? -1 : 1;
  const QPointF sides[] = {{outX, 0},  {0, outY},     {outX, outY},  {0, -outY},
                           {-outX, 0}, {outX, -outY}, {-outX, outY}, {-outX, -outY}};
  QRectF best;
  auto least = std::numeric_limits<std::ptrdiff_t>::max();
  for (const double gap : {1.8, 3.6, 6.0}) // of the mark's radius
    for (const QPointF &side : sides) {
      QRectF place(QPointF(), room);
      place.moveCenter(at + QPointF(side.x() * (gap * radius + 0.5 * room.width()),
                                    side.y() * (gap * radius + 0.5 * room.height())));
      place.moveLeft(std::max(inside.left(), std::min(place.left(), inside.right() - room.width())));
      place.moveTop(std::max(inside.top(), std::min(place.top(), inside.bottom() - room.height())));
      auto covered = std::count_if(lines.begin(), lines.end(),
                                   [&](const QLineF &line) { return isCrossedBy(place, line); });
      if (std::any_of(taken.begin(), taken.end(),
                      [&](const QRectF &other) { return place.intersects(other); }))
        covered += std::ptrdiff_t(lines.size()) + 1; // worse than all of the path
      if (covered < least) {
        least = covered;
        best = place;
      }
    }
  return best;
}

double TrajectoryContent::progress(std::int64_t step) const {
  const double first = time.coordinate(double(data.steps.front()));
  const double last = time.coordinate(double(data.steps.back()));
  return last > first ? (time.coordinate(double(step)) - first) / (last - first) : 0.0;
}

int TrajectoryContent::nearestPoint(std::int64_t step) const {
  const auto after = std::upper_bound(data.steps.begin(), data.steps.end(), step);
  return std::max(0, int(after - data.steps.begin()) - 1);
}

int TrajectoryContent::pointAt(std::int64_t step) const {
  const auto found = std::lower_bound(data.steps.begin(), data.steps.end(), step);
  return found != data.steps.end() && *found == step ? int(found - data.steps.begin()) : -1;
}

int TrajectoryContent::stageAt(std::int64_t step) const {
  return widgets::stageAt(stages, step);
}

QColor TrajectoryContent::stageColorOf(int stage, bool dark) const {
  return stagePathColor(stages, stage, dark);
}

void PathPlottable::setContent(const TrajectoryContent *content, const PlotTheme &theme) {
  m_content = content;
  m_theme = theme;
}

QCPRange PathPlottable::getKeyRange(bool &found, QCP::SignDomain) const {
  found = m_content && !m_content->isEmpty();
  return found ? TrajectoryScene::extent(*m_content).x : QCPRange();
}

QCPRange PathPlottable::getValueRange(bool &found, QCP::SignDomain, const QCPRange &) const {
  found = m_content && !m_content->isEmpty();
  return found ? TrajectoryScene::extent(*m_content).y : QCPRange();
}

void PathPlottable::draw(QCPPainter *painter) {
  if (!m_content || m_content->isEmpty())
    return;
  const TrajectoryData &data = m_content->data;
  painter->setAntialiasing(true);
  const bool byStage = m_content->showsStages();
  const auto colorIndex = [&](std::size_t i) {
    return byStage ? m_content->stageAt(data.steps[i])
                   : int(std::lround(m_content->progress(data.steps[i]) * (kColors - 1)));
  };
  const auto colorOf = [&](int index) {
    return byStage ? m_content->stageColorOf(index, m_theme.dark)
                   : progressColor(double(index) / (kColors - 1), m_theme.dark);
  };
  // One polyline a colour: joints inside it are round, and a long path needs few pens.
  QPolygonF piece;
  int pieceColor = colorIndex(0);
  const auto flush = [&] {
    if (piece.size() > 1) {
      painter->setPen(QPen(colorOf(pieceColor), (byStage ? 1.5 : 1.2) * m_theme.lineWidth, Qt::SolidLine,
                           Qt::RoundCap, Qt::RoundJoin));
      painter->drawPolyline(piece);
    }
  };
  for (std::size_t i = 0; i < data.steps.size(); ++i) {
    const QPointF at = coordsToPixels(data.x[i], data.y[i]);
    if (!std::isfinite(data.x[i]) || !std::isfinite(data.y[i])) {
      flush();
      piece.clear();
      continue;
    }
    piece.append(at);
    if (const int color = colorIndex(i); color != pieceColor) {
      flush();
      piece = {at};
      pieceColor = color;
    }
  }
  flush();
  if (data.steps.size() <= kMostDots) {
    painter->setPen(Qt::NoPen);
    for (std::size_t i = 0; i < data.steps.size(); ++i)
      if (std::isfinite(data.x[i]) && std::isfinite(data.y[i])) {
        painter->setBrush(colorOf(colorIndex(i)));
        painter->drawEllipse(coordsToPixels(data.x[i], data.y[i]), 0.42 * m_theme.markerSize,
                             0.42 * m_theme.markerSize);
      }
  }
  if (byStage)
    paintStagesOnPath(
        *painter, data.steps, [&](std::size_t i) { return coordsToPixels(data.x[i], data.y[i]); },
        m_content->stages, m_theme);
  drawEnds(*painter);
}

void PathPlottable::drawEnds(QCPPainter &painter) const {
  const TrajectoryData &data = m_content->data;
  const double r = 1.1 * m_theme.markerSize;
  const QColor paper = m_theme.forFigure ? QColor(Qt::white) : m_theme.background;
  const QPointF first = coordsToPixels(data.x.front(), data.y.front());
  const QPointF last = coordsToPixels(data.x.back(), data.y.back());
  painter.setPen(QPen(m_theme.text, 1.3 * m_theme.unit));
  painter.setBrush(paper);
  painter.drawEllipse(first, r, r);
  painter.setBrush(m_theme.text);
  painter.drawPolygon(diamond(last, 1.25 * r));
  painter.setPen(m_theme.text);
  std::vector<QLineF> lines;
  const auto addPath = [&](const std::vector<double> &x, const std::vector<double> &y) {
    for (std::size_t i = 1; i < x.size(); ++i)
      if (std::isfinite(x[i - 1] + y[i - 1] + x[i] + y[i]))
        lines.emplace_back(coordsToPixels(x[i - 1], y[i - 1]), coordsToPixels(x[i], y[i]));
  };
  addPath(data.x, data.y);
  addPath(m_content->overlays.rawX, m_content->overlays.rawY);
  std::vector<QRectF> taken;
  for (const QPointF &end : {first, last})
    taken.emplace_back(end - QPointF(1.4 * r, 1.4 * r), QSizeF(2.8 * r, 2.8 * r));
  const auto name = [&](const QPointF &at, std::int64_t step) {
    const MathLabel label(QCoreApplication::translate("TrajectoryPlot", "step %1").arg(formatStep(step)));
    const QSizeF room = label.boundingRect(m_theme.font).size() + QSizeF(2, 0);
    taken.push_back(freePlace(at, room, r, clipRect(), lines, taken));
    label.draw(painter, m_theme.font, taken.back(), Qt::AlignHCenter);
  };
  name(first, data.steps.front());
  if (data.steps.size() > 1)
    name(last, data.steps.back());
}

StepColorBar::StepColorBar(QCustomPlot *plot, QCPAxisRect *axes) : QCPLayoutElement(plot), m_axes(axes) {
  setMargins({});
}

void StepColorBar::setContent(const TrajectoryContent *content, const PlotTheme &theme) {
  m_content = content;
  m_theme = theme;
}

QSize StepColorBar::minimumOuterSizeHint() const {
  if (!m_content || m_content->isEmpty())
    return {0, 0};
  const QFontMetricsF metrics(m_theme.font);
  const double text =
      std::max(metrics.horizontalAdvance(QStringLiteral("00.0k")),
               metrics.horizontalAdvance(QCoreApplication::translate("TrajectoryPlot", "Step")));
  return {int(std::ceil(22 * m_theme.unit + text)), 0};
}

QSize StepColorBar::maximumOuterSizeHint() const {
  return {minimumOuterSizeHint().width(), QWIDGETSIZE_MAX};
}

void StepColorBar::draw(QCPPainter *painter) {
  if (!m_content || m_content->isEmpty())
    return;
  const QFontMetricsF metrics(m_theme.font);
  const QRect inner = m_axes->rect();
  const double top = inner.top() + 1.4 * metrics.height();
  const QRectF bar(outerRect().left() + 2 * m_theme.unit, top, 9 * m_theme.unit, inner.bottom() - top);
  if (bar.height() < 3 * metrics.height())
    return;
  painter->save();
  painter->setFont(m_theme.font);
  painter->setPen(m_theme.text);
  if (m_content->showsStages()) {
    painter->drawText(QPointF(bar.left(), inner.top() + metrics.ascent()),
                      QCoreApplication::translate("TrajectoryPlot", "Stage"));
    paintStageBar(
        *painter, bar, m_content->stages, [this](std::int64_t step) { return m_content->progress(step); },
        m_theme);
    painter->restore();
    return;
  }
  painter->drawText(QPointF(bar.left(), inner.top() + metrics.ascent()),
                    QCoreApplication::translate("TrajectoryPlot", "Step"));
  QLinearGradient scale(bar.bottomLeft(), bar.topLeft());
  for (int i = 0; i <= 32; ++i)
    scale.setColorAt(i / 32.0, progressColor(i / 32.0, m_theme.dark));
  painter->setPen(Qt::NoPen);
  painter->setBrush(scale);
  painter->drawRect(bar);
  const double first = m_content->time.coordinate(double(m_content->data.steps.front()));
  const double last = m_content->time.coordinate(double(m_content->data.steps.back()));
  painter->setPen(QPen(m_theme.text, m_theme.axisWidth));
  // Upright labels stack: each needs its height, not its width.
  const auto ticks = m_content->time.ticks(first, last, bar.height(),
                                           [&](const QString &) { return metrics.height() * 0.9; });
  for (const auto &tick : ticks) {
    if (tick.label.isEmpty())
      continue;
    const double y = bar.bottom() - (tick.coordinate - first) / (last - first) * bar.height();
    painter->drawLine(QLineF(bar.right(), y, bar.right() + 3 * m_theme.unit, y));
    painter->drawText(QPointF(bar.right() + 5 * m_theme.unit, y + 0.36 * metrics.ascent()), tick.label);
  }
  painter->restore();
}

TrajectoryScene::TrajectoryScene(QCustomPlot &plot) : m_frame(plot) {
  m_underlay = new UnderlayPlottable(m_frame.x, m_frame.y); // in order of drawing
  m_path = new PathPlottable(m_frame.x, m_frame.y);
  m_marks = new MarksPlottable(m_frame.x, m_frame.y);
  m_bar = new StepColorBar(&plot, m_frame.axes);
  plot.plotLayout()->addElement(1, 2, m_bar);
  m_note = new MathLabelElement(&plot, m_frame.axes, Qt::Horizontal);
  plot.plotLayout()->addElement(3, 1, m_note);
  m_frame.x->setTicker(QSharedPointer<ValueTicker>::create(m_frame.x));
}

void TrajectoryScene::build(const TrajectoryContent &content, const PlotTheme &theme) {
  m_frame.apply(theme);
  m_frame.xLabel->setMarkup(content.data.xLabel);
  m_frame.yLabel->setMarkup(content.data.yLabel);
  m_note->setLook(theme.font, theme.text, 2 * theme.unit);
  m_note->setMarkup(content.isEmpty() ? QString() : content.overlays.note);
  m_underlay->setContent(&content, theme);
  m_path->setContent(&content, theme);
  m_marks->setContent(&content, theme);
  m_bar->setContent(&content, theme);
  m_frame.legend->clearItems();
  for (const LegendSign &sign : legendOf(content, theme))
    m_frame.legend->addItem(new MathLegendItem(m_frame.legend, sign.text, sign.draw));
  m_frame.legend->setVisible(m_frame.legend->itemCount() > 0);
}

void TrajectoryScene::placeLegend(const TrajectoryContent &content) {
  if (!m_frame.legend->visible() || content.isEmpty())
    return;
  std::vector<QPointF> points;
  const auto add = [&](double x, double y) {
    if (std::isfinite(x) && std::isfinite(y))
      points.push_back(m_path->coordsToPixels(x, y));
  };
  for (std::size_t i = 0; i < content.data.steps.size(); ++i)
    add(content.data.x[i], content.data.y[i]);
  for (std::size_t i = 0; i < content.overlays.rawX.size(); ++i)
    add(content.overlays.rawX[i], content.overlays.rawY[i]);
  for (const TrajectoryMark &mark : content.marks)
    add(mark.x, mark.y);
  // The names of both ends stand near them.
  const double line = QFontMetricsF(m_frame.legend->font()).height();
  for (const std::size_t end : {std::size_t(0), content.data.steps.size() - 1})
    for (const double up : {-1.0, 1.0})
      for (const double along : {-1.0, 0.0, 1.0})
        points.push_back(m_path->coordsToPixels(content.data.x[end], content.data.y[end]) +
                         QPointF(along * line, up * 1.5 * line));
  m_frame.placeLegend(points);
}

TrajectoryScene::Extent TrajectoryScene::extent(const TrajectoryContent &content) {
  QCPRange ranges[2];
  bool found[2] = {false, false};
  const auto take = [&](int axis, double v) {
    if (!std::isfinite(v))
      return;
    if (found[axis])
      ranges[axis].expand(v);
    else
      ranges[axis] = QCPRange(v, v);
    found[axis] = true;
  };
  for (const std::vector<double> *values : {&content.data.x, &content.overlays.rawX})
    for (const double v : *values)
      take(0, v);
  for (const std::vector<double> *values : {&content.data.y, &content.overlays.rawY})
    for (const double v : *values)
      take(1, v);
  // A form lies off the path; one far away must not shrink the path to a dot.
  const QCPRange x = ranges[0], y = ranges[1];
  const auto near = [](const QCPRange &range, double v) {
    return v > range.lower - kFormReach * range.size() && v < range.upper + kFormReach * range.size();
  };
  for (const TrajectoryMark &mark : content.marks)
    if (near(x, mark.x) && near(y, mark.y)) {
      take(0, mark.x);
      take(1, mark.y);
    }
  for (QCPRange &range : ranges) {
    const double room = range.size() > 0 ? kMargin * range.size() : 0.5;
    range = QCPRange(range.lower - room, range.upper + room);
  }
  return {ranges[0], ranges[1]};
}

void TrajectoryScene::equaliseAxes() {
  const QRect inside = m_frame.axes->rect();
  if (inside.width() <= 0 || inside.height() <= 0)
    return;
  const double perX = m_frame.x->range().size() / inside.width();
  const double perY = m_frame.y->range().size() / inside.height();
  const auto widen = [](QCPAxis *axis, double size) {
    axis->setRange(axis->range().center() - 0.5 * size, axis->range().center() + 0.5 * size);
  };
  if (perX > perY)
    widen(m_frame.y, perX * inside.height());
  else
    widen(m_frame.x, perY * inside.width());
}

} // namespace evolute::widgets
