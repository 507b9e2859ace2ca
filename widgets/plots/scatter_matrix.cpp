// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/scatter_matrix.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include <QMouseEvent>
#include <QPainter>

#include <qcustomplot.h>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_table_model.h"
#include "widgets/plots/stage_path.h"

namespace evolute::widgets {

namespace {

constexpr int kColors = 128;
constexpr double kMargin = 0.07; // of a panel, about the path

class Canvas : public QWidget {
public:
  std::function<void(QPainter &)> paint;
  using QWidget::QWidget;

protected:
  void paintEvent(QPaintEvent *) override {
    QPainter painter(this);
    paint(painter);
  }
};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
};

Range rangeOf(const std::vector<double> &values) {
  Range range;
  for (const double v : values)
    if (std::isfinite(v)) {
      range.low = std::min(range.low, v);
      range.high = std::max(range.high, v);
    }
  if (!(range.high > range.low))
    range = range.low <= range.high ? Range{range.low - 0.5, range.high + 0.5} : Range{0, 1};
  return range;
}

} // namespace

struct ScatterMatrix::Private {
  explicit Private(ScatterMatrix *owner) : q(owner), canvas(new Canvas(owner)) {}

  std::vector<Panel> layout(const QSizeF &size, const PlotTheme &theme) const;
  QPointF place(const Panel &panel, std::size_t i) const;
  void draw(QPainter &painter, const QSizeF &size, const PlotTheme &theme, bool withCursor) const;
  void drawPath(QPainter &painter, const Panel &panel, const PlotTheme &theme) const;
  double progress(std::size_t i) const;
  std::size_t cursorIndex() const;
  const Panel *panelAt(const std::vector<Panel> &panels, const QPointF &at) const;
  void changed();

  ScatterMatrix *q;
  Canvas *canvas;
  ComponentData data;
  std::vector<Range> ranges;
  TimeAxis time;
  std::optional<std::int64_t> cursor;
  int first = 0, second = 1;
};

ScatterMatrix::ScatterMatrix(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  d->canvas->paint = [this](QPainter &painter) {
    const PlotTheme look = theme();
    painter.fillRect(d->canvas->rect(), look.background);
    d->draw(painter, d->canvas->size(), look, true);
  };
  d->canvas->installEventFilter(this);
  setContent(d->canvas);
  d->changed();
}

ScatterMatrix::~ScatterMatrix() {
  d->canvas->removeEventFilter(this);
}

std::vector<ScatterMatrix::Panel> ScatterMatrix::Private::layout(const QSizeF &size,
                                                                 const PlotTheme &theme) const {
  // Below the diagonal alone: above it stands the same once more, mirrored. Row and column of panel (x, y).
  std::vector<Panel> panels;
  const int count = int(data.columns.size()) - 1;
  if (count < 1)
    return panels;
  const double label = 1.7 * QFontMetricsF(theme.font).height(), gap = 5 * theme.unit;
  const double wide = (size.width() - label - gap) / count, high = (size.height() - label - gap) / count;
  for (int row = 0; row < count; ++row)
    for (int column = 0; column <= row; ++column)
      panels.push_back(
          {column, row + 1, QRectF(label + column * wide, gap + row * high, wide - gap, high - gap)});
  return panels;
}

QPointF ScatterMatrix::Private::place(const Panel &panel, std::size_t i) const {
  const auto along = [&](int component) {
    const Range &range = ranges[std::size_t(component)];
    const double share = (data.columns[std::size_t(component)][i] - range.low) / (range.high - range.low);
    return kMargin + (1 - 2 * kMargin) * share;
  };
  return {panel.rect.left() + along(panel.x) * panel.rect.width(),
          panel.rect.bottom() - along(panel.y) * panel.rect.height()};
}

double ScatterMatrix::Private::progress(std::size_t i) const {
  const double start = time.coordinate(double(data.steps.front()));
  const double end = time.coordinate(double(data.steps.back()));
  return end > start ? (time.coordinate(double(data.steps[i])) - start) / (end - start) : 0;
}

std::size_t ScatterMatrix::Private::cursorIndex() const {
  const auto after = std::upper_bound(data.steps.begin(), data.steps.end(), *cursor);
  return std::size_t(std::max<std::ptrdiff_t>(0, after - data.steps.begin() - 1));
}

void ScatterMatrix::Private::drawPath(QPainter &painter, const Panel &panel, const PlotTheme &theme) const {
  QPolygonF piece;
  const bool byStage = data.showsStages();
  const auto colorIndex = [&](std::size_t i) {
    return byStage ? stageAt(data.stages, data.steps[i]) : int(std::lround(progress(i) * (kColors - 1)));
  };
  int color = std::numeric_limits<int>::min(); // of no point
  const auto flush = [&] {
    if (piece.size() > 1) {
      const QColor pen = byStage ? stagePathColor(data.stages, color, theme.dark)
                                 : progressColor(double(color) / (kColors - 1), theme.dark);
      painter.setPen(QPen(pen, theme.lineWidth, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
      painter.drawPolyline(piece);
    }
  };
  for (std::size_t i = 0; i < data.steps.size(); ++i) {
    const QPointF at = place(panel, i);
    if (!std::isfinite(at.x()) || !std::isfinite(at.y())) {
      flush();
      piece.clear();
      continue;
    }
    piece << at;
    if (const int now = colorIndex(i); now != color) {
      flush();
      piece = {at};
      color = now;
    }
  }
  flush();
}

void ScatterMatrix::Private::draw(QPainter &painter, const QSizeF &size, const PlotTheme &theme,
                                  bool withCursor) const {
  painter.setRenderHint(QPainter::Antialiasing);
  const std::vector<Panel> panels = layout(size, theme);
  const int last = int(data.columns.size()) - 1;
  for (const Panel &panel : panels) {
    const bool current = withCursor && panel.x == first && panel.y == second;
    painter.setPen(QPen(current ? theme.text : theme.grid, (current ? 1.6 : 1) * theme.axisWidth));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(panel.rect);
    painter.save();
    painter.setClipRect(panel.rect);
    drawPath(painter, panel, theme);
    if (withCursor && cursor && std::binary_search(data.steps.begin(), data.steps.end(), *cursor)) {
      painter.setPen(QPen(theme.cursor, 2 * theme.unit));
      painter.drawEllipse(place(panel, cursorIndex()), theme.markerSize, theme.markerSize);
    }
    painter.restore();
    // Names stand once, along the left and the lower edge.
    painter.setPen(theme.text);
    const double room = 1.7 * QFontMetricsF(theme.font).height();
    if (panel.y == last)
      MathLabel(data.labels[panel.x])
          .draw(painter, theme.font, QRectF(panel.rect.left(), panel.rect.bottom(), panel.rect.width(), room),
                Qt::AlignHCenter);
    if (panel.x == 0) {
      painter.save();
      painter.translate(0.5 * room, panel.rect.center().y());
      painter.rotate(-90);
      MathLabel(data.labels[panel.y])
          .draw(painter, theme.font,
                QRectF(-0.5 * panel.rect.height(), -0.5 * room, panel.rect.height(), room), Qt::AlignHCenter);
      painter.restore();
    }
  }
}

const ScatterMatrix::Panel *ScatterMatrix::Private::panelAt(const std::vector<Panel> &panels,
                                                            const QPointF &at) const {
  const auto found =
      std::find_if(panels.begin(), panels.end(), [&](const Panel &panel) { return panel.rect.contains(at); });
  return found == panels.end() ? nullptr : &*found;
}

void ScatterMatrix::Private::changed() {
  ranges.clear();
  for (const std::vector<double> &column : data.columns)
    ranges.push_back(rangeOf(column));
  canvas->update();
  q->contentChanged(!data.steps.empty() && data.columns.size() > 1);
}

bool ScatterMatrix::eventFilter(QObject *watched, QEvent *event) {
  if (watched != d->canvas ||
      (event->type() != QEvent::MouseButtonPress && event->type() != QEvent::MouseButtonDblClick))
    return PlotPane::eventFilter(watched, event);
  const auto &mouse = static_cast<const QMouseEvent &>(*event);
  const std::vector<Panel> all = panels();
  const Panel *panel = d->panelAt(all, mouse.position());
  if (!panel || d->data.steps.empty() || mouse.button() != Qt::LeftButton)
    return false;
  if (event->type() == QEvent::MouseButtonDblClick) {
    Q_EMIT planeChosen(panel->x, panel->y);
    return true;
  }
  std::size_t best = 0;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < d->data.steps.size(); ++i) {
    const QPointF away = d->place(*panel, i) - mouse.position();
    if (const double distance = std::hypot(away.x(), away.y()); distance < nearest) {
      nearest = distance;
      best = i;
    }
  }
  setCursorStep(d->data.steps[best]);
  Q_EMIT cursorMoved(d->data.steps[best]);
  return false; // the focus still has to come here
}

void ScatterMatrix::setTimeAxis(const TimeAxis &axis) {
  d->time = axis;
  d->canvas->update();
}

void ScatterMatrix::setComponents(const ComponentData &components) {
  Q_ASSERT(components.labels.size() == std::ssize(components.columns));
  d->data = components;
  d->changed();
}

void ScatterMatrix::setCursorStep(std::int64_t step) {
  d->cursor = step;
  d->canvas->update();
}

void ScatterMatrix::setCurrentPlane(int first, int second) {
  d->first = first;
  d->second = second;
  d->canvas->update();
}

std::vector<ScatterMatrix::Panel> ScatterMatrix::panels() const {
  return d->layout(d->canvas->size(), theme());
}

void ScatterMatrix::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const PlotTheme look = figureTheme(spec);
  QSizeF size = spec.units();
  painter.save();
  if (spec.showTitle) {
    const double height = 1.5 * QFontMetricsF(look.titleFont).height();
    painter.setPen(look.text);
    MathLabel(title()).draw(painter, look.titleFont, QRectF(0, 0, size.width(), height), Qt::AlignHCenter);
    painter.translate(0, height);
    size.rheight() -= height;
  }
  d->draw(painter, size, look, spec.showCursor);
  painter.restore();
}

PlotTable ScatterMatrix::table() const {
  PlotTable table;
  table.header << tr("step");
  for (const QString &label : d->data.labels)
    table.header << MathLabel(label).plainText();
  table.rows = int(d->data.steps.size());
  table.cell = [this](int row, int column) {
    return column == 0 ? QString::number(d->data.steps[std::size_t(row)])
                       : csvNumber(d->data.columns[std::size_t(column - 1)][std::size_t(row)]);
  };
  return table;
}

QString ScatterMatrix::summary() const {
  return tr("All planes of %n component(s)", nullptr, int(d->data.columns.size())) +
         tr(", from step %1 to step %2")
             .arg(formatStep(d->data.steps.front()), formatStep(d->data.steps.back()));
}

void ScatterMatrix::themeChanged() {
  d->canvas->update();
}

} // namespace evolute::widgets
