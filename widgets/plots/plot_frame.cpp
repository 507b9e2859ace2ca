// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_frame.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::widgets {

MathLabelElement::MathLabelElement(QCustomPlot *plot, QCPAxisRect *axes, Qt::Orientation orientation)
    : QCPLayoutElement(plot), m_axes(axes), m_orientation(orientation) {
  setMargins({});
}

void MathLabelElement::setLook(const QFont &font, const QColor &color, double gap) {
  m_font = font;
  m_color = color;
  m_gap = gap;
}

QSize MathLabelElement::minimumOuterSizeHint() const {
  if (m_label.isEmpty())
    return {0, 0};
  const int height = int(std::ceil(m_label.boundingRect(m_font).height() + m_gap));
  return m_orientation == Qt::Horizontal ? QSize(0, height) : QSize(height, 0);
}

QSize MathLabelElement::maximumOuterSizeHint() const {
  const QSize least = minimumOuterSizeHint();
  return m_orientation == Qt::Horizontal ? QSize(QWIDGETSIZE_MAX, least.height())
                                         : QSize(least.width(), QWIDGETSIZE_MAX);
}

void MathLabelElement::draw(QCPPainter *painter) {
  if (m_label.isEmpty())
    return;
  painter->save();
  painter->setPen(m_color);
  const QRectF own = outerRect(), inner = m_axes->rect();
  if (m_orientation == Qt::Horizontal) {
    m_label.draw(*painter, m_font, QRectF(inner.left(), own.top(), inner.width(), own.height()),
                 Qt::AlignHCenter);
  } else {
    painter->translate(own.center().x(), inner.center().y());
    painter->rotate(-90);
    m_label.draw(*painter, m_font,
                 QRectF(-0.5 * inner.height(), -0.5 * own.width(), inner.height(), own.width()),
                 Qt::AlignHCenter);
  }
  painter->restore();
}

MathLegendItem::MathLegendItem(QCPLegend *legend, const QString &markup,
                               std::function<void(QCPPainter &, const QRectF &)> drawIcon)
    : QCPAbstractLegendItem(legend), m_label(markup), m_drawIcon(std::move(drawIcon)) {
  setAntialiased(true);
}

void MathLegendItem::draw(QCPPainter *painter) {
  painter->save();
  if (m_dimmed)
    painter->setOpacity(0.35);
  const QSize icon = mParentLegend->iconSize();
  const QRectF place(QPointF(rect().left(), rect().center().y() - 0.5 * icon.height()), QSizeF(icon));
  painter->save();
  m_drawIcon(*painter, place);
  painter->restore();
  painter->setPen(mParentLegend->textColor());
  m_label.draw(*painter, mParentLegend->font(),
               QRectF(rect()).adjusted(icon.width() + mParentLegend->iconTextPadding(), 0, 0, 0),
               Qt::AlignLeft);
  painter->restore();
}

QSize MathLegendItem::minimumOuterSizeHint() const {
  const QRectF text = m_label.boundingRect(mParentLegend->font());
  const QSize icon = mParentLegend->iconSize();
  return {int(std::ceil(icon.width() + mParentLegend->iconTextPadding() + text.width())) + mMargins.left() +
              mMargins.right(),
          std::max(icon.height(), int(std::ceil(text.height())) + 2) + mMargins.top() + mMargins.bottom()};
}

void TimeTicker::generate(const QCPRange &range, const QLocale &, QChar, int, QVector<double> &ticks,
                          QVector<double> *subTicks, QVector<QString> *labels) {
  ticks.clear();
  if (subTicks)
    subTicks->clear();
  if (labels)
    labels->clear();
  const QFontMetricsF metrics(m_axis->tickLabelFont());
  const auto width = [&](const QString &text) { return metrics.horizontalAdvance(text); };
  for (const auto &tick : m_time.ticks(range.lower, range.upper, m_axis->axisRect()->width(), width)) {
    if (tick.label.isEmpty()) {
      if (subTicks)
        subTicks->append(tick.coordinate);
      continue;
    }
    ticks.append(tick.coordinate);
    if (labels)
      labels->append(tick.label);
  }
}

bool ValueTicker::countsDecades(const QCPRange &range) const {
  return m_axis->scaleType() == QCPAxis::stLogarithmic && range.lower > 0 && range.upper > 3 * range.lower;
}

void ValueTicker::generate(const QCPRange &range, const QLocale &locale, QChar format, int precision,
                           QVector<double> &ticks, QVector<double> *subTicks, QVector<QString> *labels) {
  m_decades = countsDecades(range);
  const bool upright = QCPAxis::orientation(m_axis->axisType()) == Qt::Vertical;
  const double length = upright ? m_axis->axisRect()->height() : m_axis->axisRect()->width();
  const QFontMetricsF metrics(m_axis->tickLabelFont());
  const double room =
      upright ? 2.6 * metrics.height() : 2.2 * metrics.horizontalAdvance(QLatin1String("−0.00"));
  setTickCount(std::clamp(int(length / room), 2, 8));
  QCPAxisTickerLog::generate(range, locale, format, precision, ticks, subTicks, labels);
}

double ValueTicker::getTickStep(const QCPRange &range) {
  return m_decades ? QCPAxisTickerLog::getTickStep(range) : QCPAxisTicker::getTickStep(range);
}

int ValueTicker::getSubTickCount(double step) {
  return m_decades ? QCPAxisTickerLog::getSubTickCount(step) : QCPAxisTicker::getSubTickCount(step);
}

QVector<double> ValueTicker::createTickVector(double step, const QCPRange &range) {
  if (!m_decades)
    return QCPAxisTicker::createTickVector(step, range);
  const double decades = std::log10(range.upper / range.lower);
  if (decades > 3)
    return QCPAxisTickerLog::createTickVector(step, range);
  // Few decades: several of each.
  const auto mantissas =
      decades > 1.4 ? std::vector<double>{1, 2, 5} : std::vector<double>{1, 1.5, 2, 3, 5, 7};
  QVector<double> result;
  for (double decade = std::pow(10.0, std::floor(std::log10(range.lower))); decade <= range.upper;
       decade *= 10)
    for (const double mantissa : mantissas)
      result.append(decade * mantissa);
  return result;
}

QVector<double> ValueTicker::createSubTickVector(int count, const QVector<double> &ticks) {
  return m_decades && ticks.size() > 1 && ticks[1] < 9.9 * ticks[0] ? QVector<double>()
         : m_decades ? QCPAxisTickerLog::createSubTickVector(count, ticks)
                     : QCPAxisTicker::createSubTickVector(count, ticks);
}

QString ValueTicker::getTickLabel(double tick, const QLocale &locale, QChar format, int precision) {
  if (m_decades && (tick < 0.999e-3 || tick >= 1e5))
    return QString::number(tick, 'e', 0); // the axis draws it as a power of ten
  if (m_decades)
    return QString::number(tick, 'g', 3);
  QString text = QCPAxisTicker::getTickLabel(tick, locale, format, precision);
  if (text.startsWith(QLatin1Char('-')))
    text.replace(0, 1, QChar(0x2212));
  return text;
}

PlotFrame::PlotFrame(QCustomPlot &target) : plot(target), axes(target.axisRect()) {
  x = axes->axis(QCPAxis::atBottom);
  y = axes->axis(QCPAxis::atLeft);
  plot.addLayer(QStringLiteral("bands"), plot.layer(QStringLiteral("grid")), QCustomPlot::limBelow);

  plot.layer(QStringLiteral("overlay"))->setMode(QCPLayer::lmBuffered);
  plot.setNoAntialiasingOnDrag(true);
  plot.setAutoAddPlottableToLegend(false);

  plot.plotLayout()->take(axes);
  plot.plotLayout()->simplify();
  title = new MathLabelElement(&plot, axes, Qt::Horizontal);
  xLabel = new MathLabelElement(&plot, axes, Qt::Horizontal);
  yLabel = new MathLabelElement(&plot, axes, Qt::Vertical);
  plot.plotLayout()->addElement(0, 1, title);
  plot.plotLayout()->addElement(1, 0, yLabel);
  plot.plotLayout()->addElement(1, 1, axes);
  plot.plotLayout()->addElement(2, 1, xLabel);
  plot.plotLayout()->setRowSpacing(0);
  plot.plotLayout()->setColumnSpacing(0);

  legend = plot.legend;
  legend->setFillOrder(QCPLegend::foRowsFirst, false);
  axes->insetLayout()->setInsetAlignment(0, Qt::AlignTop | Qt::AlignLeft);
  y->setTicker(QSharedPointer<ValueTicker>::create(y));
}

void styleAxis(QCPAxis &axis, const PlotTheme &theme) {
  const auto px = [&](double pixels) { return int(std::lround(pixels * theme.unit)); };
  axis.setBasePen(QPen(theme.axis, theme.axisWidth));
  axis.setTickPen(QPen(theme.axis, theme.axisWidth));
  axis.setSubTickPen(QPen(theme.axis, theme.axisWidth));
  axis.setTickLength(0, px(4));
  axis.setSubTickLength(0, px(2));
  axis.setTickLabelFont(theme.font);
  axis.setTickLabelColor(theme.text);
  axis.setTickLabelPadding(px(3));
  axis.setPadding(px(1));
  axis.setNumberFormat(QStringLiteral("gbc"));
  axis.setNumberPrecision(5);
  axis.grid()->setPen(QPen(theme.grid, theme.axisWidth));
  axis.grid()->setZeroLinePen(Qt::NoPen);
  axis.grid()->setSubGridVisible(false);
}

void PlotFrame::apply(const PlotTheme &theme) {
  const auto px = [&](double pixels) { return int(std::lround(pixels * theme.unit)); };
  m_forFigure = theme.forFigure;
  plot.setBackground(QBrush(theme.background));
  plot.setPlottingHint(QCP::phFastPolylines, !theme.forFigure);
  plot.plotLayout()->setMargins({});
  plot.plotLayout()->setAutoMargins(QCP::msNone);
  plot.plotLayout()->setMargins(QMargins(px(4), px(3), px(4), px(3)));
  title->setLook(theme.titleFont, theme.text, 4 * theme.unit);
  xLabel->setLook(theme.labelFont, theme.text, 2 * theme.unit);
  yLabel->setLook(theme.labelFont, theme.text, 4 * theme.unit);

  for (QCPAxis *axis : {x, y})
    styleAxis(*axis, theme);
  axes->setMinimumMargins(QMargins(px(4), px(6), px(10), px(4)));
  legend->setFont(theme.font);
  legend->setTextColor(theme.text);
  legend->setIconSize(px(18), px(10));
  legend->setIconTextPadding(px(5));
  legend->setMargins(QMargins(px(5), px(3), px(5), px(3)));
  legend->setRowSpacing(px(1));
  legend->setColumnSpacing(px(8));
  QColor paper = theme.background;
  paper.setAlpha(theme.background.alpha() ? 215 : 0);
  legend->setBrush(paper);
  legend->setBorderPen(Qt::NoPen);
  axes->insetLayout()->setMargins(QMargins(px(4), px(4), px(4), px(4)));
}

void PlotFrame::putLegendAbove() {
  constexpr int kRow = 1; // below the title
  int widest = 1;
  for (int i = 0; i < legend->itemCount(); ++i)
    widest = std::max(widest, legend->item(i)->minimumOuterSizeHint().width());
  const int room =
      axes->width() - legend->margins().left() - legend->margins().right() + legend->columnSpacing();
  axes->insetLayout()->take(legend);
  axes->insetLayout()->simplify();
  plot.plotLayout()->insertRow(kRow);
  plot.plotLayout()->addElement(kRow, 1, legend);
  legend->setWrap(std::max(1, room / (widest + legend->columnSpacing())));
  legend->setFillOrder(QCPLegend::foColumnsFirst, true);
  legend->setSizeConstraintRect(QCPLayoutElement::scrOuterRect);
  legend->setMaximumSize(legend->minimumOuterSizeHint());
  m_legendAbove = true;
}

void PlotFrame::placeLegend(const std::vector<QPointF> &points) {
  if (m_legendAbove)
    return;
  const QSize size = legend->minimumOuterSizeHint();
  const QRectF inside = axes->rect();
  const auto corner = [&](Qt::Alignment alignment) {
    QRectF box(inside.topLeft(), QSizeF(size));
    if (alignment & Qt::AlignRight)
      box.moveRight(inside.right());
    if (alignment & Qt::AlignBottom)
      box.moveBottom(inside.bottom());
    return box;
  };
  Qt::Alignment best = Qt::AlignTop | Qt::AlignLeft;
  auto fewest = std::numeric_limits<std::ptrdiff_t>::max();
  for (const Qt::Alignment alignment : {Qt::AlignTop | Qt::AlignLeft, Qt::AlignBottom | Qt::AlignRight,
                                        Qt::AlignTop | Qt::AlignRight, Qt::AlignBottom | Qt::AlignLeft}) {
    const QRectF box = corner(alignment);
    const auto hidden =
        std::count_if(points.begin(), points.end(), [&](const QPointF &p) { return box.contains(p); });
    if (hidden < fewest) {
      fewest = hidden;
      best = alignment;
    }
  }
  if (m_forFigure && fewest > 0 && legend->visible()) {
    putLegendAbove();
    return;
  }
  axes->insetLayout()->setInsetAlignment(0, best);
  axes->insetLayout()->update(QCPLayoutElement::upLayout);
}

void paintPlotFigure(QCPPainter &painter, const FigureSpec &spec,
                     const std::function<void(QCustomPlot &, const PlotTheme &)> &fill,
                     const std::function<void()> &laidOut) {
  QCustomPlot plot;
  const QSize size = spec.units();
  plot.resize(size);
  plot.setViewport(QRect(QPoint(0, 0), size));
  fill(plot, figureTheme(spec));
  // Margins depend on the tick labels, these on the length of the axes, and what laidOut() does on both.
  constexpr int kPasses = 2;
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const auto phase :
         {QCPLayoutElement::upPreparation, QCPLayoutElement::upMargins, QCPLayoutElement::upLayout})
      plot.plotLayout()->update(phase);
    if (laidOut)
      laidOut();
  }
  for (const auto mode : {QCPPainter::pmVectorized, QCPPainter::pmNoCaching, QCPPainter::pmNonCosmetic})
    painter.setMode(mode);
  plot.toPainter(&painter, size.width(), size.height());
}

} // namespace evolute::widgets
