// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/stage_bands.h"

#include <algorithm>

namespace evolute::widgets {

QList<QCPAbstractItem *> addStageBands(QCPAxisRect &axes, const std::vector<StageBand> &stages,
                                       const TimeAxis &time, const PlotTheme &theme) {
  QCustomPlot *plot = axes.parentPlot();
  QList<QCPAbstractItem *> items;
  const auto pin = [&axes](QCPItemPosition *position, double coordinate, double share) {
    position->setTypeX(QCPItemPosition::ptPlotCoords);
    position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    position->setAxes(axes.axis(QCPAxis::atBottom), axes.axis(QCPAxis::atLeft));
    position->setAxisRect(&axes);
    position->setCoords(coordinate, share);
  };
  for (const StageBand &stage : stages) {
    const double from = time.coordinate(double(stage.start)), to = time.coordinate(double(stage.end));
    auto *band = new QCPItemRect(plot);
    pin(band->topLeft, from, 0);
    pin(band->bottomRight, to, 1);
    band->setPen(Qt::NoPen);
    band->setBrush(stageColor(stage.kind, theme.dark));
    auto *edge = new QCPItemLine(plot); // so that nothing rests on hue alone
    pin(edge->start, from, 0);
    pin(edge->end, from, 1);
    edge->setPen(QPen(theme.axis, theme.axisWidth, Qt::DashLine));
    items << band << edge;
  }
  for (QCPAbstractItem *item : items) {
    item->setLayer(QStringLiteral("bands"));
    item->setClipAxisRect(&axes);
    item->setSelectable(false);
  }
  return items;
}

StageNames::StageNames(QCustomPlot *plot, QCPAxis *x) : QCPLayerable(plot, QStringLiteral("axes")), m_x(x) {}

void StageNames::setContent(const std::vector<StageBand> &stages, const TimeAxis &time,
                            const PlotTheme &theme) {
  m_names.clear();
  for (const StageBand &stage : stages)
    m_names.push_back(
        {time.coordinate(double(stage.start)), time.coordinate(double(stage.end)),
         MathLabel(stage.name.isEmpty() ? stage.label : stage.label + QLatin1Char(' ') + stage.name),
         MathLabel(stage.label)});
  m_font = theme.font;
  m_color = theme.text;
}

void StageNames::draw(QCPPainter *painter) {
  const QRectF inside = m_x->axisRect()->rect();
  painter->setPen(m_color);
  for (const Name &name : m_names) {
    const double from = std::max(inside.left(), m_x->coordToPixel(name.from));
    const double to = std::min(inside.right(), m_x->coordToPixel(name.to));
    for (const MathLabel &label : {name.whole, name.letter}) {
      const QRectF box = label.boundingRect(m_font);
      if (to - from <= box.width())
        continue;
      label.draw(*painter, m_font, QRectF(from, inside.top() - 1.1 * box.height(), to - from, box.height()),
                 Qt::AlignHCenter);
      break;
    }
  }
}

} // namespace evolute::widgets
