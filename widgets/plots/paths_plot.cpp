// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/paths_plot.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <QLocale>
#include <QToolTip>

#include "widgets/plots/plot_frame.h"
#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"

namespace evolute::widgets {

namespace {

constexpr double kMargin = 0.06;   // of the range, on each side
constexpr double kHoverReach = 14; // pixels
constexpr int kLegendMost = 16;

QCPScatterStyle styleOf(MarkShape shape, const QColor &color, const PlotTheme &theme) {
  const QPen rim(theme.background, 0.7 * theme.unit);
  const double size = 1.9 * theme.markerSize;
  switch (shape) {
  case MarkShape::Diamond:
    return {QCPScatterStyle::ssDiamond, rim, color, 1.15 * size};
  case MarkShape::Square:
    return {QCPScatterStyle::ssSquare, rim, color, size};
  case MarkShape::Star: {
    QPainterPath star; // QCustomPlot's own has no fill
    for (int i = 0; i < 10; ++i) {
      const double angle = M_PI * (i / 5.0 - 0.5),
                   radius = i % 2 == 0 ? 4.6 : 1.9; // scatter paths are 6 units wide
      const QPointF at(radius * std::cos(angle), radius * std::sin(angle));
      i == 0 ? star.moveTo(at) : star.lineTo(at);
    }
    star.closeSubpath();
    return {star, rim, color, 0.9 * size};
  }
  case MarkShape::Circle:
    break;
  }
  return {QCPScatterStyle::ssCircle, QPen(color, 1.6 * theme.unit), theme.background, 0.85 * size};
}

bool isShown(double value, bool log) {
  return std::isfinite(value) && (!log || value > 0);
}

/// The head of an arrow at the end of a path, in pixels, so that it points the right way at every zoom.
class ArrowHeads : public QCPAbstractPlottable {
public:
  ArrowHeads(QCPAxis *x, QCPAxis *y) : QCPAbstractPlottable(x, y) { setSelectable(QCP::stNone); }
  void setPaths(const PlaneData *data, const PlotTheme &theme) {
    m_data = data;
    m_length = 7 * theme.unit;
  }
  double selectTest(const QPointF &, bool, QVariant *) const override { return -1; }
  QCPRange getKeyRange(bool &found, QCP::SignDomain) const override {
    found = false;
    return {};
  }
  QCPRange getValueRange(bool &found, QCP::SignDomain, const QCPRange &) const override {
    found = false;
    return {};
  }

protected:
  void draw(QCPPainter *painter) override {
    if (m_data)
      for (const PlanePath &path : m_data->paths)
        if (!path.faint)
          drawHead(*painter, path);
  }
  void drawLegendIcon(QCPPainter *, const QRectF &) const override {}

private:
  std::optional<QPointF> pixel(const PlanePath &path, std::size_t i) const {
    if (!isShown(path.x[i], m_data->logX) || !isShown(path.y[i], m_data->logY))
      return std::nullopt;
    return QPointF(keyAxis()->coordToPixel(path.x[i]), valueAxis()->coordToPixel(path.y[i]));
  }
  /// At half of the way, where paths seldom lie on one another, from its tangent over a stretch as long as
  /// the head.
  void drawHead(QCPPainter &painter, const PlanePath &path) const {
    double whole = 0;
    std::vector<QPointF> points;
    for (std::size_t i = 0; i < path.x.size(); ++i)
      if (const auto at = pixel(path, i)) {
        if (!points.empty())
          whole += QLineF(points.back(), *at).length();
        points.push_back(*at);
      }
    if (whole < 6 * m_length)
      return;
    double way = 0;
    for (std::size_t i = 1; i < points.size(); ++i) {
      way += QLineF(points[i - 1], points[i]).length();
      if (way < 0.55 * whole)
        continue;
      std::size_t back = i - 1;
      while (back > 0 && QLineF(points[back], points[i]).length() < m_length)
        --back;
      const QLineF line(points[i], points[back]);
      if (line.length() < 0.5)
        return;
      QLineF left = line.unitVector(), right = left;
      left.setLength(m_length);
      right.setLength(m_length);
      left.setAngle(line.angle() + 24);
      right.setAngle(line.angle() - 24);
      painter.setAntialiasing(true);
      painter.setPen(Qt::NoPen);
      painter.setBrush(path.color);
      painter.drawPolygon(QPolygonF({points[i], left.p2(), right.p2()}));
      return;
    }
  }
  const PlaneData *m_data = nullptr;
  double m_length = 7;
};

/// The frame and what belongs to it: one for the screen, one for each figure.
struct PathsScene {
  explicit PathsScene(QCustomPlot &plot) : frame(plot) {}
  PlotFrame frame;

  void build(const PlaneData &data, const PlotTheme &theme);
  void addPath(const PlanePath &path, const PlotTheme &theme);
  void addMark(const PlaneMark &mark, const PlotTheme &theme);
  void equaliseAxes(const PlaneData &data);
};

void PathsScene::addPath(const PlanePath &path, const PlotTheme &theme) {
  auto *curve = new QCPCurve(frame.x, frame.y);
  QColor color = path.color;
  if (path.faint)
    color.setAlphaF(0.25F);
  const QPen pen(color, theme.lineWidth * 0.9, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin);
  curve->setPen(pen);
  curve->setSelectable(QCP::stNone);
  QVector<QCPCurveData> points;
  for (std::size_t i = 0; i < path.x.size(); ++i)
    points.append({double(i), path.x[i], path.y[i]});
  curve->data()->set(points, true);
  if (path.dots)
    curve->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, color, 0.8 * theme.markerSize));
  if (!path.label.isEmpty() && frame.legend->itemCount() < kLegendMost)
    frame.legend->addItem(new MathLegendItem(frame.legend, path.label, [pen](QCPPainter &p, const QRectF &r) {
      p.setPen(pen);
      p.drawLine(QLineF(r.left(), r.center().y(), r.right(), r.center().y()));
    }));
}

void PathsScene::addMark(const PlaneMark &mark, const PlotTheme &theme) {
  auto *curve = new QCPCurve(frame.x, frame.y);
  curve->setLineStyle(QCPCurve::lsNone);
  curve->setSelectable(QCP::stNone);
  curve->setScatterStyle(styleOf(mark.shape, mark.color, theme));
  curve->addData(mark.x, mark.y);
  if (mark.label.isEmpty())
    return;
  auto *text = new QCPItemText(&frame.plot);
  text->setLayer(QStringLiteral("bands"));
  text->setSelectable(false);
  text->position->setAxes(frame.x, frame.y);
  text->position->setAxisRect(frame.axes);
  text->position->setCoords(mark.x, mark.y);
  text->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
  text->setPadding(QMargins(int(5 * theme.unit), 0, 0, int(2 * theme.unit)));
  text->setFont(theme.font);
  text->setColor(theme.text);
  text->setText(MathLabel(mark.label).plainText());
}

void PathsScene::build(const PlaneData &data, const PlotTheme &theme) {
  QCustomPlot &plot = frame.plot;
  plot.clearPlottables();
  for (int i = plot.itemCount() - 1; i >= 0; --i)
    if (plot.item(i)->layer()->name() == QLatin1String("bands")) // the drag box of the mouse stays
      plot.removeItem(i);
  frame.legend->clearItems();
  const auto prepare = [](QCPAxis *axis, bool log) {
    axis->setScaleType(log ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    axis->setTicker(QSharedPointer<ValueTicker>::create(axis));
  };
  prepare(frame.x, data.logX);
  prepare(frame.y, data.logY);
  frame.apply(theme);
  frame.xLabel->setMarkup(data.xLabel);
  frame.yLabel->setMarkup(data.yLabel);
  for (const bool faint : {true, false})
    for (const PlanePath &path : data.paths)
      if (path.faint == faint)
        addPath(path, theme);
  auto *heads = new ArrowHeads(frame.x, frame.y);
  heads->setPaths(&data, theme);
  std::set<QString> kinds;
  for (const PlaneMark &mark : data.marks) {
    if (!isShown(mark.x, data.logX) || !isShown(mark.y, data.logY))
      continue;
    addMark(mark, theme);
    if (mark.kind.isEmpty() || !kinds.insert(mark.kind).second)
      continue;
    const QCPScatterStyle style = styleOf(mark.shape, theme.text, theme);
    frame.legend->addItem(
        new MathLegendItem(frame.legend, mark.kind, [style](QCPPainter &p, const QRectF &r) {
          style.applyTo(&p, style.pen());
          style.drawShape(&p, r.center());
        }));
  }
  frame.legend->setVisible(frame.legend->itemCount() > 1);
}

void PathsScene::equaliseAxes(const PlaneData &data) {
  if (!data.equalAxes || data.logX || data.logY)
    return;
  const QRect rect = frame.axes->rect();
  if (rect.width() < 2 || rect.height() < 2)
    return;
  const double perX = frame.x->range().size() / rect.width(), perY = frame.y->range().size() / rect.height();
  if (perX < perY)
    frame.x->setRange(frame.x->range().center(), perY * rect.width(), Qt::AlignCenter);
  else
    frame.y->setRange(frame.y->range().center(), perX * rect.height(), Qt::AlignCenter);
}

QCPRange widened(const std::optional<QCPRange> &range, bool log) {
  if (!range)
    return log ? QCPRange(1, 10) : QCPRange(0, 1);
  if (log) {
    const double part = std::max(std::pow(range->upper / range->lower, kMargin), 1.05);
    return {range->lower / part, range->upper * part};
  }
  const double room = range->size() > 0 ? kMargin * range->size() : 0.5;
  return {range->lower - room, range->upper + room};
}

std::pair<QCPRange, QCPRange> extentOf(const PlaneData &data) {
  std::optional<QCPRange> x, y;
  const auto include = [&](double px, double py) {
    if (!isShown(px, data.logX) || !isShown(py, data.logY))
      return;
    x ? x->expand(px) : void(x = QCPRange(px, px));
    y ? y->expand(py) : void(y = QCPRange(py, py));
  };
  for (const PlanePath &path : data.paths)
    for (std::size_t i = 0; i < path.x.size(); ++i)
      include(path.x[i], path.y[i]);
  for (const PlaneMark &mark : data.marks)
    include(mark.x, mark.y);
  return {widened(x, data.logX), widened(y, data.logY)};
}

} // namespace

struct PathsPlot::Private {
  explicit Private(PathsPlot *owner)
      : plot(new QCustomPlot(owner)), scene(*plot), mouse(new PlotInteraction(plot)) {}

  void place(PathsScene &target) const {
    const auto [x, y] = extentOf(data);
    target.frame.x->setRange(userView ? plot->xAxis->range() : x);
    target.frame.y->setRange(userView ? plot->yAxis->range() : y);
    target.equaliseAxes(data);
  }
  void placeLegend(PlotFrame &frame) const {
    std::vector<QPointF> points;
    for (const PlanePath &path : data.paths) {
      const std::size_t stride = 1 + path.x.size() / 200;
      for (std::size_t i = 0; i < path.x.size(); i += stride)
        if (isShown(path.x[i], data.logX) && isShown(path.y[i], data.logY))
          points.emplace_back(frame.x->coordToPixel(path.x[i]), frame.y->coordToPixel(path.y[i]));
    }
    frame.placeLegend(points);
  }
  QString textAt(const QPointF &at) const {
    double nearest = kHoverReach;
    QString text;
    const auto consider = [&](double x, double y, const auto &words) {
      const double away =
          QLineF(at, QPointF(plot->xAxis->coordToPixel(x), plot->yAxis->coordToPixel(y))).length();
      if (away < nearest) {
        nearest = away;
        text = words();
      }
    };
    for (const PlaneMark &mark : data.marks)
      consider(mark.x, mark.y, [&] { return mark.note; });
    for (const PlanePath &path : data.paths)
      for (std::size_t i = 0; i < path.x.size(); ++i)
        consider(path.x[i], path.y[i], [&] {
          return tr("%1, step %2: (%3, %4)")
              .arg(MathLabel(path.label).plainText(),
                   QLocale(QLocale::English).toString(qint64(path.steps[i])), formatNumber(path.x[i]),
                   formatNumber(path.y[i]));
        });
    return text;
  }
  bool isEmpty() const {
    return std::all_of(data.paths.begin(), data.paths.end(),
                       [](const PlanePath &path) { return path.x.empty(); });
  }

  PlaneData data; // before the scene: its arrowheads point into it
  QCustomPlot *plot;
  PathsScene scene;
  PlotInteraction *mouse;
  std::vector<std::pair<std::size_t, std::size_t>> rows; // of the table: path, point
  bool userView = false;
};

PathsPlot::PathsPlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  setContent(d->plot);
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] {
    d->userView = true;
    d->scene.equaliseAxes(d->data);
  });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::left, this, [this] { Q_EMIT hovered({}); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) {
    const QString text = d->textAt(at);
    text.isEmpty() ? QToolTip::hideText()
                   : QToolTip::showText(d->plot->mapToGlobal(at.toPoint()), text, d->plot);
    Q_EMIT hovered(text);
  });
  // The axes' rectangle is known only after QCustomPlot's layout: keep the scale equal at every size.
  connect(d->plot, &QCustomPlot::afterLayout, this, [this] {
    d->place(d->scene);
    d->scene.frame.axes->update(QCPLayoutElement::upPreparation); // ticks of the new ranges
    d->placeLegend(d->scene.frame);
  });
  themeChanged();
}

PathsPlot::~PathsPlot() {
  // The canvas dies after this, with our base class; a leave event on its way must not find us half gone.
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

void PathsPlot::setData(PlaneData data) {
  d->data = std::move(data);
  d->mouse->setAxesTied(d->data.equalAxes);
  d->rows.clear();
  for (std::size_t s = 0; s < d->data.paths.size(); ++s)
    for (std::size_t p = 0; p < d->data.paths[s].x.size(); ++p)
      d->rows.emplace_back(s, p);
  themeChanged();
}

const PlaneData &PathsPlot::data() const {
  return d->data;
}

void PathsPlot::fit() {
  d->userView = false;
  themeChanged();
}

void PathsPlot::themeChanged() {
  d->scene.build(d->data, theme());
  d->place(d->scene);
  d->plot->setPlottingHint(QCP::phFastPolylines);
  d->plot->replot(QCustomPlot::rpQueuedReplot);
  contentChanged(!d->isEmpty());
}

void PathsPlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  std::optional<PathsScene> own;
  paintPlotFigure(
      painter, spec,
      [&](QCustomPlot &plot, const PlotTheme &theme) {
        own.emplace(plot).build(d->data, theme);
        if (spec.showTitle)
          own->frame.title->setMarkup(title());
        own->frame.legend->setVisible(spec.showLegend && own->frame.legend->itemCount() > 1);
        d->place(*own);
      },
      [&] {
        d->place(*own);
        d->placeLegend(own->frame);
      });
}

PlotTable PathsPlot::table() const {
  PlotTable table;
  table.header = {tr("run"), tr("step"), d->data.header.value(0), d->data.header.value(1)};
  const int points = int(d->rows.size());
  table.rows = points + int(d->data.marks.size());
  table.cell = [this, points](int row, int column) -> QString {
    if (row >= points) {
      const PlaneMark &mark = d->data.marks[std::size_t(row - points)];
      if (column < 2)
        return column == 0 ? MathLabel(mark.label.isEmpty() ? mark.note : mark.label).plainText() : QString();
      return csvNumber(column == 2 ? mark.x : mark.y);
    }
    const auto [s, p] = d->rows[std::size_t(row)];
    const PlanePath &path = d->data.paths[s];
    if (column == 0)
      return MathLabel(path.label).plainText();
    return column == 1 ? QString::number(path.steps[p]) : csvNumber(column == 2 ? path.x[p] : path.y[p]);
  };
  return table;
}

QString PathsPlot::summary() const {
  return tr("%n path(s) in the plane of %1 and %2", nullptr, int(d->data.paths.size()))
      .arg(d->data.header.value(0), d->data.header.value(1));
}

} // namespace evolute::widgets
