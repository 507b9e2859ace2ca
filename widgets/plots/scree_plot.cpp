// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/scree_plot.h"

#include <algorithm>
#include <cmath>

#include <QToolTip>

#include "widgets/plots/plot_frame.h"
#include "widgets/plots/plot_interaction.h"
#include "widgets/plots/plot_table_model.h"

namespace evolute::widgets {

namespace {

std::vector<double> runningSum(const std::vector<double> &shares) {
  std::vector<double> result;
  double sum = 0;
  for (const double share : shares)
    result.push_back(sum += share);
  return result;
}

void buildScree(PlotFrame &frame, const std::vector<double> &shares, const PlotTheme &theme) {
  QCustomPlot &plot = frame.plot;
  plot.clearPlottables();
  frame.legend->clearItems();
  frame.apply(theme);
  auto *bars = new QCPBars(frame.x, frame.y);
  auto *line = plot.addGraph();
  const auto sums = runningSum(shares);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    bars->addData(double(i + 1), 100 * shares[i]);
    line->addData(double(i + 1), 100 * sums[i]);
  }
  const QColor bar = seriesColor(0, 2, theme.dark), sum = seriesColor(1, 2, theme.dark);
  bars->setWidth(0.7);
  bars->setPen(Qt::NoPen);
  bars->setBrush(bar);
  line->setPen(QPen(sum, theme.lineWidth));
  line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, sum, theme.markerSize));
  for (QCPAbstractPlottable *item :
       {static_cast<QCPAbstractPlottable *>(bars), static_cast<QCPAbstractPlottable *>(line)})
    item->setSelectable(QCP::stNone);

  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  const std::size_t stride = std::max<std::size_t>(1, shares.size() / 12);
  for (std::size_t i = 0; i < shares.size(); i += stride)
    ticker->addTick(double(i + 1), QString::number(i + 1));
  frame.x->setTicker(ticker);
  frame.x->grid()->setVisible(false);
  frame.xLabel->setMarkup(ScreePlot::tr("Principal component"));
  frame.yLabel->setMarkup(ScreePlot::tr("Variance explained (%)"));
  const double marker = theme.markerSize;
  const QPen pen = line->pen();
  frame.legend->addItem(
      new MathLegendItem(frame.legend, ScreePlot::tr("each"), [bar](QCPPainter &p, const QRectF &r) {
        p.fillRect(r.adjusted(r.width() / 4, 0, -r.width() / 4, 0), bar);
      }));
  frame.legend->addItem(new MathLegendItem(
      frame.legend, ScreePlot::tr("together"), [pen, marker](QCPPainter &p, const QRectF &r) {
        p.setPen(pen);
        p.drawLine(QLineF(r.left(), r.center().y(), r.right(), r.center().y()));
        p.setBrush(pen.color());
        p.setPen(Qt::NoPen);
        p.drawEllipse(r.center(), marker / 2, marker / 2);
      }));
  frame.legend->setVisible(true);
  // Right of the middle: the bars are tall on the left, the sum runs along the top.
  frame.axes->insetLayout()->setInsetAlignment(0, Qt::AlignRight | Qt::AlignVCenter);
}

} // namespace

struct ScreePlot::Private {
  explicit Private(ScreePlot *owner)
      : plot(new QCustomPlot(owner)), frame(*plot), mouse(new PlotInteraction(plot)) {}
  QCustomPlot *plot;
  PlotFrame frame;
  PlotInteraction *mouse;
  std::vector<double> shares;
  bool userView = false;
};

ScreePlot::ScreePlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>(this)) {
  setContent(d->plot);
  connect(d->mouse, &PlotInteraction::viewEdited, this, [this] { d->userView = true; });
  connect(d->mouse, &PlotInteraction::doubleClicked, this, [this] { fit(); });
  connect(d->mouse, &PlotInteraction::left, this, [this] { Q_EMIT hovered({}); });
  connect(d->mouse, &PlotInteraction::moved, this, [this](const QPointF &at) {
    const auto i = std::llround(d->plot->xAxis->pixelToCoord(at.x())) - 1;
    QString text;
    if (i >= 0 && i < std::ssize(d->shares) && d->plot->axisRect()->rect().contains(at.toPoint()))
      text = tr("PC%1: %2 %, with those before %3 %")
                 .arg(i + 1)
                 .arg(formatNumber(100 * d->shares[std::size_t(i)]),
                      formatNumber(100 * runningSum(d->shares)[std::size_t(i)]));
    QToolTip::showText(d->plot->mapToGlobal(at.toPoint()), text, d->plot);
    Q_EMIT hovered(text);
  });
  themeChanged();
}

ScreePlot::~ScreePlot() {
  // The canvas dies after this, with our base class; a leave event on its way must not find us half gone.
  d->mouse->disconnect(this);
  d->plot->disconnect(this);
}

void ScreePlot::setExplained(const std::vector<double> &shares) {
  d->shares = shares;
  themeChanged();
}

void ScreePlot::themeChanged() {
  buildScree(d->frame, d->shares, theme());
  if (!d->userView) {
    d->plot->xAxis->setRange(0.4, std::max(1.6, double(d->shares.size()) + 0.6));
    d->plot->yAxis->setRange(0, 104);
  }
  d->plot->replot(QCustomPlot::rpQueuedReplot);
  contentChanged(!d->shares.empty());
}

void ScreePlot::fit() {
  d->userView = false;
  themeChanged();
}

void ScreePlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  paintPlotFigure(painter, spec, [&](QCustomPlot &plot, const PlotTheme &theme) {
    PlotFrame frame(plot);
    buildScree(frame, d->shares, theme);
    if (spec.showTitle)
      frame.title->setMarkup(title());
    frame.legend->setVisible(spec.showLegend);
    frame.x->setRange(d->plot->xAxis->range());
    frame.y->setRange(d->plot->yAxis->range());
  });
}

PlotTable ScreePlot::table() const {
  PlotTable table;
  table.header = {tr("component"), tr("share"), tr("cumulative share")};
  table.rows = int(d->shares.size());
  table.cell = [this, sums = runningSum(d->shares)](int row, int column) {
    const auto i = std::size_t(row);
    return column == 0 ? QString::number(row + 1) : csvNumber(column == 1 ? d->shares[i] : sums[i]);
  };
  return table;
}

QString ScreePlot::summary() const {
  const std::size_t few = std::min<std::size_t>(3, d->shares.size());
  return tr("Variance explained by %n component(s)", nullptr, int(d->shares.size())) +
         tr("; the first %1 explain %2 %")
             .arg(few)
             .arg(formatNumber(100 * runningSum(d->shares)[few - 1], 3));
}

} // namespace evolute::widgets
