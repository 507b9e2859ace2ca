// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/stage_path.h"

#include <algorithm>
#include <cstddef>

#include <QFontMetricsF>
#include <QLineF>
#include <QPainter>

#include "widgets/plots/math_label.h"

namespace evolute::widgets {

int stageAt(const std::vector<StageBand> &stages, std::int64_t step) {
  for (std::size_t i = stages.size(); i-- > 0;)
    if (step >= stages[i].start && step <= stages[i].end)
      return int(i);
  return -1;
}

QColor stagePathColor(const std::vector<StageBand> &stages, int stage, bool dark) {
  if (stage < 0)
    return stageLineColor(StageKind::Other, 1, dark);
  const StageKind kind = stages[std::size_t(stage)].kind;
  const auto before = std::count_if(stages.begin(), stages.begin() + stage,
                                    [kind](const StageBand &other) { return other.kind == kind; });
  return stageLineColor(kind, int(before), dark);
}

void paintStagesOnPath(QPainter &painter, const std::vector<std::int64_t> &steps,
                       const std::function<QPointF(std::size_t)> &at, const std::vector<StageBand> &stages,
                       const PlotTheme &theme) {
  const std::size_t count = steps.size();
  const auto firstFrom = [&](std::int64_t step) {
    return std::size_t(std::lower_bound(steps.begin(), steps.end(), step) - steps.begin());
  };
  // Unit normal of the path at a point, from points a few pixels away: neighbours may coincide.
  const auto normalAt = [&](std::size_t i) {
    std::size_t a = i, b = i;
    while (a > 0 && QLineF(at(a), at(i)).length() < 4 * theme.unit)
      --a;
    while (b + 1 < count && QLineF(at(b), at(i)).length() < 4 * theme.unit)
      ++b;
    const QLineF along(at(a), at(b));
    const QLineF normal = along.length() > 0 ? along.normalVector().unitVector() : QLineF(0, 0, 0, -1);
    return QPointF(normal.dx(), normal.dy());
  };
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const StageBand &stage = stages[s];
    const std::size_t from = firstFrom(stage.start), to = firstFrom(stage.end + 1);
    if (from >= to)
      continue; // no checkpoint lies in it
    if (s > 0) {
      const QPointF half = normalAt(from) * 1.5 * theme.markerSize;
      painter.setPen(QPen(theme.text, 1.2 * theme.unit));
      painter.drawLine(at(from) - half, at(from) + half);
    }
    const std::size_t middle = std::min((from + to) / 2, count - 1);
    const MathLabel label(stage.label);
    QRectF box = label.boundingRect(theme.font);
    box.moveCenter(at(middle) + normalAt(middle) * (0.7 * box.height() + 0.5 * theme.markerSize));
    painter.setPen(stagePathColor(stages, int(s), theme.dark));
    label.draw(painter, theme.font, box, Qt::AlignHCenter);
  }
}

void paintStageBar(QPainter &painter, const QRectF &bar, const std::vector<StageBand> &stages,
                   const std::function<double(std::int64_t)> &progress, const PlotTheme &theme) {
  const double height = QFontMetricsF(theme.font).height();
  double free = bar.bottom() + height; // letters go upwards and keep clear of one another
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const StageBand &stage = stages[s];
    const auto placeOf = [&](std::int64_t step) {
      return bar.bottom() - std::clamp(progress(step), 0.0, 1.0) * bar.height();
    };
    const QRectF piece(QPointF(bar.left(), placeOf(stage.end)), QPointF(bar.right(), placeOf(stage.start)));
    painter.setPen(QPen(theme.axis, theme.axisWidth));
    painter.setBrush(stagePathColor(stages, int(s), theme.dark));
    painter.drawRect(piece);
    const double y = std::min(piece.center().y(), free - height);
    if (y < bar.top() || y < piece.top() - height)
      continue; // too crowded: the path has its letter
    free = y;
    painter.setPen(theme.text);
    const MathLabel label(stage.label);
    QRectF box = label.boundingRect(theme.font);
    box.moveTopLeft(QPointF(bar.right() + 4 * theme.unit, y - 0.5 * box.height()));
    label.draw(painter, theme.font, box, Qt::AlignHCenter);
  }
}

} // namespace evolute::widgets
