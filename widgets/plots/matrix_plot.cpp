// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/matrix_plot.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>
#include <QPainter>

#include <qcustomplot.h>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/value_ticks.h"

namespace evolute::widgets {

namespace {

constexpr double kBarWidth = 0.8;  // of the colour bar, in lines
constexpr double kRounding = 1e-6; // of the range: attention may sum to a little more than 1

std::pair<double, double> rangeOf(const MatrixData &data) {
  if (data.range)
    return *data.range;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const double value : data.values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return low <= high ? std::pair(low, high) : std::pair(0.0, 1.0);
}

struct Marks {
  int column = -1, row = -1;
  std::vector<int> selected;
};

/// Where everything stands in a rectangle, and how it is drawn.
class MatrixPainter {
public:
  MatrixPainter(const MatrixData &data, const PlotTheme &theme, const QRectF &room)
      : m_data(data), m_theme(theme), m_metrics(theme.font), m_range(rangeOf(data)) {
    m_line = 1.35 * theme.font.pixelSize();
    double names = 0, ticks = 0;
    for (const QString &row : data.rows)
      names = std::max(names, m_metrics.horizontalAdvance(row));
    for (const double tick : valueTicks(m_range.first, m_range.second, 5))
      ticks = std::max(ticks, m_metrics.horizontalAdvance(formatNumber(tick)));
    const double chip = data.rowColors.empty() ? 0 : 0.8 * m_line;
    const double left = (data.rowLabel.isEmpty() ? 0.4 : 1.6) * m_line + chip +
                        std::min(names, 0.3 * room.width()) + 0.4 * m_line;
    const double right = (kBarWidth + 1.4 + (data.valueLabel.isEmpty() ? 0 : 1.4)) * m_line + ticks;
    const double bottom = (data.columnLabel.isEmpty() ? 1.5 : 2.8) * m_line;
    m_cells = room.adjusted(left, 0.5 * m_line, -right, -bottom);
    if (data.squareCells && data.rows.size() > 0 && data.columns.size() > 0) {
      const double side = std::min(m_cells.width() / double(data.columns.size()),
                                   m_cells.height() / double(data.rows.size()));
      m_cells.setSize({side * double(data.columns.size()), side * double(data.rows.size())});
    }
  }

  QRectF cell(int row, int column) const {
    const double w = m_cells.width() / double(m_data.columns.size()),
                 h = m_cells.height() / double(m_data.rows.size());
    return {m_cells.left() + column * w, m_cells.top() + row * h, w, h};
  }
  QPoint cellAt(const QPointF &point) const { // x = column, y = row; (-1, -1) outside
    if (!m_cells.contains(point) || m_data.values.empty())
      return {-1, -1};
    const auto place = [](double share, qsizetype count) {
      return std::min(int(share * double(count)), int(count) - 1);
    };
    return {place((point.x() - m_cells.left()) / m_cells.width(), m_data.columns.size()),
            place((point.y() - m_cells.top()) / m_cells.height(), m_data.rows.size())};
  }
  int rowAt(const QPointF &point) const { // names count too
    if (point.y() < m_cells.top() || point.y() >= m_cells.bottom() || point.x() >= m_cells.right() ||
        m_data.rows.isEmpty())
      return -1;
    return std::min(int((point.y() - m_cells.top()) / m_cells.height() * double(m_data.rows.size())),
                    int(m_data.rows.size()) - 1);
  }

  void paint(QPainter &painter, const Marks &marks) const {
    if (m_cells.width() < 4 || m_cells.height() < 4)
      return;
    paintCells(painter);
    paintNames(painter, marks);
    paintBar(painter);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
    painter.drawRect(m_cells);
    if (marks.column >= 0 && marks.column < m_data.columns.size() && !m_theme.forFigure) {
      painter.setPen(QPen(m_theme.cursor, 1.5 * m_theme.axisWidth));
      const QRectF top = cell(0, marks.column);
      painter.drawRect(QRectF(top.left(), m_cells.top(), top.width(), m_cells.height()));
    }
    for (const int row : marks.selected)
      paintRowFrame(painter, row, m_theme.text);
    if (marks.row >= 0)
      paintRowFrame(painter, marks.row, m_theme.hover);
  }

private:
  double shareOf(double value) const {
    const double span = m_range.second - m_range.first;
    return span > 0 ? (value - m_range.first) / span : 0.5;
  }
  void paintCells(QPainter &painter) const {
    painter.setRenderHint(QPainter::Antialiasing, false); // else seams show between cells
    for (int row = 0; row < m_data.rows.size(); ++row)
      for (int column = 0; column < m_data.columns.size(); ++column) {
        const double value = m_data.at(row, column);
        const QRectF rect = cell(row, column);
        if (!std::isfinite(value)) {
          painter.fillRect(rect, QBrush(m_theme.grid, Qt::BDiagPattern));
          continue;
        }
        const QColor color = viridis(shareOf(value));
        painter.fillRect(rect, color);
        if (const double share = shareOf(value); share < -kRounding || share > 1 + kRounding)
          paintOutside(painter, rect, share > 1, color);
        const QString text = formatNumber(value, 3);
        if (m_data.showNumbers && m_metrics.horizontalAdvance(text) < 0.9 * rect.width() &&
            m_line < rect.height()) {
          painter.setFont(m_theme.font);
          painter.setPen(color.lightnessF() > 0.5 ? Qt::black : Qt::white);
          painter.drawText(rect, int(Qt::AlignCenter), text);
        }
      }
    painter.setRenderHint(QPainter::Antialiasing, true);
  }
  void paintOutside(QPainter &painter, const QRectF &rect, bool above, const QColor &ground) const {
    const double r = std::min({0.25 * m_line, 0.4 * rect.height(), 0.4 * rect.width()}), tip = above ? -0.8 * r : 0.8 * r;
    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground.lightnessF() > 0.5 ? Qt::black : Qt::white);
    const QPointF c = rect.center();
    painter.drawPolygon(QPolygonF{{c + QPointF(0, tip), c + QPointF(r, -tip), c + QPointF(-r, -tip)}});
    painter.setRenderHint(QPainter::Antialiasing, false);
  }
  void paintNames(QPainter &painter, const Marks &marks) const {
    painter.setFont(m_theme.font);
    painter.setPen(m_theme.text);
    const double chip = m_data.rowColors.empty() ? 0 : 0.8 * m_line;
    double free = m_cells.top() - m_line; // names above this would touch the last one
    for (int row = 0; row < m_data.rows.size(); ++row) {
      const QRectF rect = cell(row, 0);
      if (chip > 0) {
        const double side = std::min(0.6 * m_line, 0.9 * rect.height());
        painter.fillRect(
            QRectF(m_cells.left() - 0.3 * m_line - side, rect.center().y() - side / 2, side, side),
            m_data.rowColors[std::size_t(row)]);
      }
      if (rect.center().y() - m_line / 2 < free && row != marks.row)
        continue;
      free = rect.center().y() + 0.45 * m_line;
      painter.drawText(
          QRectF(0, rect.center().y() - m_line / 2, m_cells.left() - chip - 0.4 * m_line, m_line),
          int(Qt::AlignRight | Qt::AlignVCenter), m_data.rows[row]);
    }
    free = -HUGE_VAL;
    for (int column = 0; column < m_data.columns.size(); ++column) {
      const QString &name = m_data.columns[column];
      const double width = m_metrics.horizontalAdvance(name), x = cell(0, column).center().x();
      if (x - width / 2 < free)
        continue;
      free = x + width / 2 + 0.6 * m_line;
      painter.drawText(QRectF(x - width, m_cells.bottom() + 0.1 * m_line, 2 * width, m_line),
                       int(Qt::AlignCenter), name);
    }
    MathLabel(m_data.columnLabel)
        .draw(painter, m_theme.labelFont,
              QRectF(m_cells.left(), m_cells.bottom() + 1.2 * m_line, m_cells.width(), 1.5 * m_line),
              Qt::AlignHCenter);
    paintUpright(painter, m_data.rowLabel, 0.8 * m_line);
  }
  void paintUpright(QPainter &painter, const QString &markup, double x) const {
    if (markup.isEmpty())
      return;
    painter.save();
    painter.setPen(m_theme.text);
    painter.translate(x, m_cells.center().y());
    painter.rotate(-90);
    MathLabel(markup).draw(painter, m_theme.labelFont,
                           QRectF(-100 * m_line, -m_line, 200 * m_line, 2 * m_line), Qt::AlignHCenter);
    painter.restore();
  }
  void paintBar(QPainter &painter) const {
    const QRectF bar(m_cells.right() + 0.8 * m_line, m_cells.top(), kBarWidth * m_line, m_cells.height());
    QLinearGradient colors(bar.bottomLeft(), bar.topLeft());
    for (int k = 0; k <= 32; ++k)
      colors.setColorAt(k / 32.0, viridis(k / 32.0));
    painter.fillRect(bar, colors);
    painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(bar);
    painter.setFont(m_theme.font);
    double right = bar.right();
    for (const double tick :
         valueTicks(m_range.first, m_range.second, std::clamp(int(bar.height() / (1.6 * m_line)), 1, 5))) {
      const double y = bar.bottom() - shareOf(tick) * bar.height();
      painter.setPen(QPen(m_theme.axis, m_theme.axisWidth));
      painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + 0.2 * m_line, y));
      painter.setPen(m_theme.text);
      const QString text = formatNumber(tick);
      right = std::max(right, bar.right() + 0.35 * m_line + m_metrics.horizontalAdvance(text));
      painter.drawText(QRectF(bar.right() + 0.35 * m_line, y - m_line / 2, 20 * m_line, m_line),
                       int(Qt::AlignLeft | Qt::AlignVCenter), text);
    }
    paintUpright(painter, m_data.valueLabel, right + 0.8 * m_line);
  }
  void paintRowFrame(QPainter &painter, int row, const QColor &color) const {
    if (row >= m_data.rows.size())
      return;
    painter.setPen(QPen(color, 2 * m_theme.axisWidth));
    painter.setBrush(Qt::NoBrush);
    const QRectF rect = cell(row, 0);
    painter.drawRect(QRectF(m_cells.left(), rect.top(), m_cells.width(), rect.height()));
  }

  const MatrixData &m_data;
  PlotTheme m_theme;
  QFontMetricsF m_metrics;
  std::pair<double, double> m_range;
  double m_line = 0;
  QRectF m_cells;
};

} // namespace

class MatrixPlot::Canvas : public QWidget {
public:
  explicit Canvas(MatrixPlot *owner) : m_owner(owner) {
    setMouseTracking(true);
    setMinimumSize(80, 60);
  }
  MatrixData data;
  PlotTheme theme;
  Marks marks;
  MatrixPainter painterOf() const { return {data, theme, QRectF(rect())}; }

protected:
  void paintEvent(QPaintEvent *) override {
    QPainter painter(this);
    painter.fillRect(rect(), theme.background);
    painterOf().paint(painter, marks);
  }
  void mouseMoveEvent(QMouseEvent *event) override {
    const MatrixPainter matrix = painterOf();
    const int row = matrix.rowAt(event->position());
    if (row != m_hovered)
      Q_EMIT m_owner->rowHovered(m_hovered = row);
    const QPoint cell = matrix.cellAt(event->position());
    Q_EMIT m_owner->hovered(cell.x() < 0 ? row < 0 ? QString() : data.rows[row]
                                         : MatrixPlot::tr("%1, %2: %3")
                                               .arg(data.rows[cell.y()], data.columns[cell.x()],
                                                    formatNumber(data.at(cell.y(), cell.x()))));
  }
  void leaveEvent(QEvent *) override {
    if (m_hovered >= 0)
      Q_EMIT m_owner->rowHovered(m_hovered = -1);
    Q_EMIT m_owner->hovered({});
  }
  void mousePressEvent(QMouseEvent *event) override {
    setFocus(Qt::MouseFocusReason);
    if (event->button() != Qt::LeftButton)
      return;
    const MatrixPainter matrix = painterOf();
    if (const QPoint cell = matrix.cellAt(event->position()); cell.x() >= 0)
      Q_EMIT m_owner->columnChosen(cell.x());
    else if (const int row = matrix.rowAt(event->position()); row >= 0)
      Q_EMIT m_owner->rowClicked(row, event->modifiers() & Qt::ControlModifier);
  }

private:
  MatrixPlot *m_owner;
  int m_hovered = -1;
};

struct MatrixPlot::Private {
  Canvas *canvas = nullptr;
};

MatrixPlot::MatrixPlot(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>()) {
  d->canvas = new Canvas(this);
  setContent(d->canvas);
  themeChanged();
}

MatrixPlot::~MatrixPlot() = default;

void MatrixPlot::setData(MatrixData data) {
  d->canvas->data = std::move(data);
  d->canvas->update();
  contentChanged(!d->canvas->data.values.empty());
}

const MatrixData &MatrixPlot::data() const {
  return d->canvas->data;
}

void MatrixPlot::setMarkedColumn(int column) {
  d->canvas->marks.column = column;
  d->canvas->update();
}

void MatrixPlot::setHighlightedRow(int row) {
  if (std::exchange(d->canvas->marks.row, row) != row)
    d->canvas->update();
}

void MatrixPlot::setSelectedRows(const std::vector<int> &rows) {
  d->canvas->marks.selected = rows;
  d->canvas->update();
}

std::pair<double, double> MatrixPlot::colorRange() const {
  return rangeOf(data());
}

QRectF MatrixPlot::cellRect(int row, int column) const {
  return d->canvas->painterOf().cell(row, column);
}

QWidget *MatrixPlot::canvas() const {
  return d->canvas;
}

void MatrixPlot::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const PlotTheme theme = figureTheme(spec);
  QRectF room(QPointF(), QSizeF(spec.units()));
  painter.save();
  if (!spec.transparent)
    painter.fillRect(room, theme.background);
  if (spec.showTitle) {
    const double line = 1.6 * theme.titleFont.pixelSize();
    painter.setPen(theme.text);
    MathLabel(title()).draw(painter, theme.titleFont, QRectF(0, 0, room.width(), line), Qt::AlignHCenter);
    room.setTop(line);
  }
  Marks marks = d->canvas->marks;
  marks.row = -1;
  MatrixPainter(data(), theme, room).paint(painter, marks);
  painter.restore();
}

PlotTable MatrixPlot::table() const {
  PlotTable table;
  table.header = QStringList{QStringLiteral("name")} + data().columns;
  table.rows = int(data().rows.size());
  table.cell = [this](int row, int column) {
    if (column == 0)
      return data().rows[row];
    const double value = data().at(row, column - 1);
    return std::isfinite(value) ? QString::number(value, 'g', 9) : QString();
  };
  return table;
}

QString MatrixPlot::summary() const {
  const auto [low, high] = colorRange();
  return tr("%1 rows by %2 columns, values from %3 to %4")
      .arg(data().rows.size())
      .arg(data().columns.size())
      .arg(formatNumber(low), formatNumber(high));
}

void MatrixPlot::themeChanged() {
  d->canvas->theme = theme();
  d->canvas->update();
}

} // namespace evolute::widgets
