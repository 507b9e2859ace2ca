// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/stacked_scene.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace evolute::widgets {

namespace {

constexpr double kMargin = 0.05;    // of the range, on each side
constexpr double kRowHeight = 17.0; // theme units

QColor colorOf(const StackedPanel &panel, std::size_t index, bool dark) {
  return panel.series[index].color.isValid() ? panel.series[index].color
                                             : seriesColor(int(index), int(panel.series.size()), dark);
}

void expand(std::optional<QCPRange> &range, double value) {
  if (std::isfinite(value))
    range ? range->expand(value) : void(range = QCPRange(value, value));
}

QCPRange widened(const std::optional<QCPRange> &range) {
  if (!range)
    return {0, 1};
  const double room = range->size() > 0 ? kMargin * range->size() : 0.5;
  return {range->lower - room, range->upper + room};
}

} // namespace

EvidenceMarks::EvidenceMarks(QCustomPlot *plot, std::vector<QCPAxisRect *> panels, QCPAxisRect *rows)
    : QCPLayerable(plot, QStringLiteral("main")), m_panels(std::move(panels)), m_rows(rows) {}

void EvidenceMarks::setContent(const StackedContent *content, const PlotTheme &theme) {
  m_content = content;
  m_theme = theme;
}

double EvidenceMarks::pixelOf(std::int64_t step) const {
  return m_panels.front()->axis(QCPAxis::atBottom)->coordToPixel(m_content->time.coordinate(double(step)));
}

double EvidenceMarks::middleOf(std::size_t row) const {
  return m_rows->top() + (double(row) + 0.5) / double(m_content->rows.size()) * m_rows->height();
}

QString EvidenceMarks::noteAt(const QPointF &pixel, double reach) const {
  if (!m_content || !m_rows || !m_rows->rect().contains(pixel.toPoint()))
    return {};
  QString note;
  for (std::size_t row = 0; row < m_content->rows.size(); ++row)
    for (const EvidenceMark &mark : m_content->rows[row].marks)
      if (const double away = std::hypot(pixelOf(mark.step) - pixel.x(), middleOf(row) - pixel.y());
          away < reach) {
        reach = away;
        note = mark.note;
      }
  return note;
}

void EvidenceMarks::drawRow(QCPPainter &painter, std::size_t row) const {
  const EvidenceRow &evidence = m_content->rows[row];
  const bool together = evidence.sign == EvidenceSign::Together;
  const QColor color = together ? m_theme.text : seriesColor(int(evidence.sign), 4, m_theme.dark);
  const double y = middleOf(row), r = 0.75 * m_theme.markerSize;
  painter.setPen(QPen(m_theme.grid, m_theme.axisWidth));
  painter.drawLine(QLineF(m_rows->left(), y, m_rows->right(), y));
  for (const EvidenceMark &mark : evidence.marks) {
    const double x = pixelOf(mark.step);
    painter.setPen(QPen(color, (together ? 1.6 : 1.0) * m_theme.lineWidth, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QLineF(pixelOf(mark.low), y, pixelOf(mark.high), y));
    painter.setBrush(color);
    painter.setPen(Qt::NoPen);
    const QPointF at(x, y);
    switch (evidence.sign) {
    case EvidenceSign::Slope: // as on its own curve: a round point
      painter.drawEllipse(at, r, r);
      break;
    case EvidenceSign::Change:
      painter.drawRect(QRectF(at - QPointF(r, r), QSizeF(2 * r, 2 * r)));
      break;
    case EvidenceSign::Vertex:
      painter.drawPolygon(
          QPolygonF{{at + QPointF(0, -1.2 * r), at + QPointF(1.2 * r, r), at + QPointF(-1.2 * r, r)}});
      break;
    case EvidenceSign::Together:
      painter.drawPolygon(QPolygonF{{at + QPointF(0, -1.5 * r), at + QPointF(1.5 * r, 0),
                                     at + QPointF(0, 1.5 * r), at + QPointF(-1.5 * r, 0)}});
      break;
    }
  }
  // On paper of its own, so that no mark runs through the words.
  const MathLabel label(evidence.label);
  const QRectF box(m_rows->left() + 4 * m_theme.unit, y - 0.5 * kRowHeight * m_theme.unit,
                   label.boundingRect(m_theme.font).width() + 4 * m_theme.unit, kRowHeight * m_theme.unit);
  QColor paper = m_theme.background;
  if (paper.alpha() > 0)
    paper.setAlpha(215);
  painter.fillRect(box.adjusted(0, 2 * m_theme.unit, 0, -2 * m_theme.unit), paper);
  painter.setPen(m_theme.text);
  label.draw(painter, m_theme.font, box, Qt::AlignHCenter);
}

void EvidenceMarks::drawEdges(QCPPainter &painter) const {
  for (const QCPAxisRect *panel : m_panels) {
    painter.setClipRect(panel->rect());
    const double foot = panel->bottom() - 4 * m_theme.unit, cap = 3 * m_theme.unit;
    for (const EdgeInterval &edge : m_content->edges) {
      const double x = pixelOf(edge.step), low = pixelOf(edge.low), high = pixelOf(edge.high);
      painter.setPen(QPen(m_theme.text, m_theme.axisWidth, Qt::DotLine));
      painter.drawLine(QLineF(x, panel->top(), x, panel->bottom()));
      painter.setPen(QPen(m_theme.text, 1.4 * m_theme.axisWidth));
      painter.drawLine(QLineF(low, foot, high, foot));
      for (const double end : {low, high})
        painter.drawLine(QLineF(end, foot - cap, end, foot + cap));
    }
  }
}

void EvidenceMarks::draw(QCPPainter *painter) {
  if (!m_content)
    return;
  painter->save();
  drawEdges(*painter);
  if (m_rows) {
    painter->setClipRect(m_rows->rect());
    for (std::size_t row = 0; row < m_content->rows.size(); ++row)
      drawRow(*painter, row);
  }
  painter->restore();
}

StackedScene::StackedScene(QCustomPlot &plot, std::size_t panelCount, bool withRows)
    : m_frame(plot), m_margins(new QCPMarginGroup(&plot)) {
  plot.plotLayout()->take(m_frame.xLabel);
  plot.plotLayout()->simplify();
  m_panels.push_back({m_frame.axes, m_frame.x, m_frame.y, m_frame.yLabel});
  while (m_panels.size() < panelCount)
    m_panels.push_back(addPanel(int(m_panels.size()) + 1));
  if (withRows) {
    m_rows = new QCPAxisRect(&plot, false);
    for (const auto side : {QCPAxis::atBottom, QCPAxis::atLeft}) {
      QCPAxis *axis = m_rows->addAxis(side);
      axis->setLayer(QStringLiteral("axes"));
      axis->grid()->setLayer(QStringLiteral("grid"));
    }
    plot.plotLayout()->addElement(int(panelCount) + 1, 1, m_rows);
  }
  plot.plotLayout()->addElement(plot.plotLayout()->rowCount(), 1, m_frame.xLabel);
  std::vector<QCPAxisRect *> all;
  for (const Panel &panel : m_panels)
    all.push_back(panel.axes);
  m_marks = new EvidenceMarks(&plot, all, m_rows);
  m_names = new StageNames(&plot, m_frame.x);
  if (m_rows)
    all.push_back(m_rows);
  for (QCPAxisRect *axes : all) {
    axes->setMarginGroup(QCP::msLeft | QCP::msRight, m_margins);
    QObject::connect(
        axes->axis(QCPAxis::atBottom), qOverload<const QCPRange &>(&QCPAxis::rangeChanged), &plot,
        [all](const QCPRange &range) {
          for (QCPAxisRect *other : all)
            other->axis(QCPAxis::atBottom)->setRange(range); // sends nothing where it stands already
        });
  }
}

StackedScene::Panel StackedScene::addPanel(int row) {
  QCustomPlot &plot = m_frame.plot;
  auto *axes = new QCPAxisRect(&plot, false);
  Panel panel{axes, axes->addAxis(QCPAxis::atBottom), axes->addAxis(QCPAxis::atLeft), nullptr};
  for (QCPAxis *axis : {panel.x, panel.y}) {
    axis->setLayer(QStringLiteral("axes"));
    axis->grid()->setLayer(QStringLiteral("grid"));
  }
  panel.label = new MathLabelElement(&plot, axes, Qt::Vertical);
  panel.y->setTicker(QSharedPointer<ValueTicker>::create(panel.y));
  plot.plotLayout()->addElement(row, 0, panel.label);
  plot.plotLayout()->addElement(row, 1, axes);
  return panel;
}

void StackedScene::addSeries(const StackedContent &content, std::size_t index, const PlotTheme &theme) {
  const Panel &panel = m_panels[index];
  const StackedPanel &data = content.panels[index];
  for (const bool faint : {true, false})
    for (std::size_t i = 0; i < data.series.size(); ++i) {
      const CurveSeries &series = data.series[i];
      if (series.faint != faint)
        continue;
      const QColor color = colorOf(data, i, theme.dark);
      CurveItems::add(panel.x, panel.y, series, content.time).style(series, color, 1, theme);
      if (index > 0 || (faint && series.label.isEmpty()))
        continue;
      const QColor shade = CurveItems::shade(series, color);
      const QPen pen(shade, theme.lineWidth * series.widthFactor, series.line, Qt::FlatCap);
      m_frame.legend->addItem(
          new MathLegendItem(m_frame.legend, series.label,
                             [pen, shade, r = 0.5 * theme.markerSize](QCPPainter &p, const QRectF &at) {
                               p.setPen(pen);
                               if (pen.style() != Qt::NoPen) {
                                 p.drawLine(QLineF(at.left(), at.center().y(), at.right(), at.center().y()));
                               } else {
                                 p.setBrush(shade);
                                 p.drawEllipse(at.center(), r, r);
                               }
                             }));
    }
  for (const double level : data.levels) {
    auto *line = new QCPItemLine(&m_frame.plot);
    for (QCPItemPosition *end : {line->start, line->end}) {
      end->setTypeX(QCPItemPosition::ptAxisRectRatio);
      end->setTypeY(QCPItemPosition::ptPlotCoords);
      end->setAxes(panel.x, panel.y);
      end->setAxisRect(panel.axes);
    }
    line->start->setCoords(0, level);
    line->end->setCoords(1, level);
    line->setClipAxisRect(panel.axes);
    line->setPen(QPen(theme.axis, theme.axisWidth, Qt::DashLine));
    line->setLayer(QStringLiteral("bands"));
    line->setSelectable(false);
    m_items << line;
  }
}

void StackedScene::build(const StackedContent &content, const PlotTheme &theme) {
  QCustomPlot &plot = m_frame.plot;
  plot.clearPlottables();
  for (QCPAbstractItem *item : m_items)
    plot.removeItem(item);
  m_items.clear();
  m_frame.legend->clearItems();
  m_frame.apply(theme);
  m_frame.xLabel->setMarkup(content.time.title());
  const auto px = [&](double pixels) { return int(std::lround(pixels * theme.unit)); };
  const bool lastIsPanel = !m_rows || content.rows.empty();
  for (std::size_t i = 0; i < m_panels.size(); ++i) {
    const Panel &panel = m_panels[i];
    const bool isLast = i + 1 == m_panels.size() && lastIsPanel;
    for (QCPAxis *axis : {panel.x, panel.y})
      styleAxis(*axis, theme);
    panel.x->setTicker(QSharedPointer<TimeTicker>::create(panel.x, content.time));
    panel.x->setTickLabels(isLast);
    panel.axes->setMinimumMargins(QMargins(px(4), px(i == 0 ? 6 : 3), px(10), px(isLast ? 4 : 3)));
    panel.label->setLook(theme.labelFont, theme.text, 4 * theme.unit);
    const bool has = i < content.panels.size();
    panel.label->setMarkup(has ? content.panels[i].valueLabel : QString());
    m_frame.plot.plotLayout()->setRowStretchFactor(int(i) + 1, has ? content.panels[i].height : 1);
    m_items << addStageBands(*panel.axes, content.stages, content.time, theme);
    if (has)
      addSeries(content, i, theme);
  }
  if (m_rows) {
    QCPAxis *x = m_rows->axis(QCPAxis::atBottom), *y = m_rows->axis(QCPAxis::atLeft);
    for (QCPAxis *axis : {x, y})
      styleAxis(*axis, theme);
    x->setTicker(QSharedPointer<TimeTicker>::create(x, content.time));
    x->grid()->setVisible(true);
    y->setTicks(false);
    y->setTickLabels(false);
    y->grid()->setVisible(false);
    y->setRange(0, 1);
    const int height = px(kRowHeight * double(content.rows.size()));
    m_rows->setVisible(!content.rows.empty());
    m_rows->setMinimumMargins(QMargins(px(4), px(3), px(10), px(4)));
    m_rows->setMinimumSize(0, height); // rows keep their height, the panels share the rest
    m_rows->setMaximumSize(QWIDGETSIZE_MAX, height);
    m_items << addStageBands(*m_rows, content.stages, content.time, theme);
  }
  m_names->setContent(content.stages, content.time, theme);
  if (!content.stages.empty()) {
    QMargins margins = m_frame.axes->minimumMargins();
    margins.setTop(int(std::ceil(1.3 * theme.font.pixelSize())));
    m_frame.axes->setMinimumMargins(margins);
  }
  m_frame.legend->setVisible(m_frame.legend->itemCount() > 1);
  m_marks->setContent(&content, theme);
}

void StackedScene::fit(const StackedContent &content) {
  std::optional<QCPRange> x;
  for (const std::int64_t step : content.time.steps())
    expand(x, content.time.coordinate(double(step)));
  for (std::size_t i = 0; i < std::min(m_panels.size(), content.panels.size()); ++i) {
    std::optional<QCPRange> y;
    for (const CurveSeries &series : content.panels[i].series)
      for (const CurvePoint &p : series.points) {
        expand(x, content.time.coordinate(double(p.step)));
        if (!p.suspect)
          for (const double value : {p.value, p.low, p.high})
            expand(y, value);
      }
    for (const double level : content.panels[i].levels)
      expand(y, level);
    m_panels[i].y->setRange(widened(y));
  }
  m_frame.x->setRange(widened(x));
}

void StackedScene::placeLegend(const StackedContent &content) {
  if (!m_frame.legend->visible() || content.panels.empty())
    return;
  std::vector<QPointF> points;
  for (const CurveSeries &series : content.panels.front().series)
    for (std::size_t i = 0; i < series.points.size(); i += 1 + series.points.size() / 500)
      if (std::isfinite(series.points[i].value))
        points.emplace_back(m_frame.x->coordToPixel(content.time.coordinate(double(series.points[i].step))),
                            m_frame.y->coordToPixel(series.points[i].value));
  m_frame.placeLegend(points);
}

} // namespace evolute::widgets
