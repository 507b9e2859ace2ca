// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/three_d/space_figure.h"

#include <QCoreApplication>
#include <QLocale>

#include <qcustomplot.h>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/three_d/paint3d.h"
#include "widgets/three_d/shaded_scene.h"

namespace evolute::widgets {

namespace {

constexpr double kMostPixels = 1e8; // of a shaded picture; beyond, vectors are drawn

QImage shadedImage(ShadedRenderer &renderer, const Bodies3d &bodies, const Camera3d &camera,
                   const QSize &size, double ratio) {
  renderer.scene().setBackground(Qt::white);
  renderer.scene().setPixelRatio(ratio);
  renderer.scene().setBodies(bodies);
  renderer.scene().setCamera(camera);
  return renderer.render(size);
}

} // namespace

QString SpaceFigure::figureTitle() const {
  return MathLabel(title).plainText();
}

void SpaceFigure::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const PlotTheme look = figureTheme(spec);
  QSizeF view = spec.units();
  painter.save();
  if (spec.showTitle) {
    const double height = 1.5 * QFontMetricsF(look.titleFont).height();
    painter.setPen(look.text);
    MathLabel(title).draw(painter, look.titleFont, QRectF(0, 0, view.width(), height), Qt::AlignHCenter);
    painter.translate(0, height);
    view.rheight() -= height;
  }
  Bodies3d bodies;
  if (!data.points.empty())
    bodies = bodiesOf(data, time, look);
  Camera3d seen = camera;
  if (fits && !bodies.frame.empty())
    seen.fit(bodies.frame, view, colorBarRoom(data, look));
  const std::optional<std::int64_t> shown = spec.showCursor && !data.points.empty() ? cursor : std::nullopt;
  if (shown) {
    const Bodies3d there = cursorBodies(data, look, bodies.extent, *shown);
    bodies.lines.insert(bodies.lines.end(), there.lines.begin(), there.lines.end());
    bodies.balls = there.balls;
  }
  QImage shaded;
  const bool pixels = painter.device() && painter.device()->devType() == QInternal::Image;
  if (shades && pixels && !spec.transparent) { // on a transparent page there is nothing to shade against
    const double ratio = painter.combinedTransform().m11();
    const QSize size = (view * ratio).toSize();
    if (double(size.width()) * size.height() <= kMostPixels)
      shaded = renderer ? shadedImage(*renderer, bodies, seen, size, ratio)
                        : shadedImage(*std::make_unique<ShadedRenderer>(), bodies, seen, size, ratio);
  }
  if (shaded.isNull())
    paintBodies(painter, bodies, seen, view, look);
  else
    painter.drawImage(QRectF(QPointF(0, 0), view), shaded);
  paintLabels(painter, data, time, bodies, seen, view, look, shown);
  if (shown) {
    const QFontMetricsF metrics(look.labelFont);
    painter.setFont(look.labelFont);
    painter.setPen(look.cursor);
    painter.drawText(QPointF(metrics.height(), metrics.height() + metrics.ascent()),
                     QCoreApplication::translate("TrajectoryView3d", "step %1")
                         .arg(QLocale(QLocale::English).toString(qint64(*shown))));
  }
  painter.restore();
}

QString SpaceFigure::tableText() const {
  PlotTable table;
  table.header = {QStringLiteral("step")};
  for (const QString &label : data.axisLabels)
    table.header << MathLabel(label).plainText();
  table.rows = int(data.steps.size());
  table.cell = [this](int row, int column) {
    const auto i = std::size_t(row);
    return column == 0 ? QString::number(data.steps[i]) : csvNumber(double(data.points[i][column - 1]));
  };
  return toCsv(table);
}

} // namespace evolute::widgets
