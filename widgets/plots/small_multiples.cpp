// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/small_multiples.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollArea>

#include <qcustomplot.h>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/small_multiples_painter.h"

namespace evolute::widgets {

class SmallMultiples::Canvas : public QWidget {
public:
  explicit Canvas(SmallMultiples *owner) : m_owner(owner) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
  }
  SmallMultiplesContent content;
  PlotTheme theme;
  QSize room; // of the view that this scrolls in

  void contentChanged() {
    setMinimumHeight(int(std::ceil(painterOf().height())));
    update();
  }
  SmallMultiplesPainter painterOf() const {
    return {content, theme, QSizeF(width(), std::max(60, room.height()))};
  }

protected:
  void paintEvent(QPaintEvent *event) override {
    QPainter painter(this);
    painter.fillRect(event->rect(), theme.background);
    painterOf().paint(painter, event->rect());
  }
  void resizeEvent(QResizeEvent *) override { contentChanged(); }
  void mouseMoveEvent(QMouseEvent *event) override {
    const SmallMultiplesPainter panels = painterOf();
    const int panel = panels.panelAt(event->position());
    const QString id = panel < 0 ? QString() : content.panels[std::size_t(panel)].series.id;
    if (id != m_hovered)
      Q_EMIT m_owner->panelHovered(m_hovered = id);
    Q_EMIT m_owner->hovered(panel < 0 ? QString() : wordsAt(panels, panel, event->position()));
  }
  void leaveEvent(QEvent *) override {
    if (!m_hovered.isEmpty())
      Q_EMIT m_owner->panelHovered(m_hovered = QString());
    Q_EMIT m_owner->hovered({});
  }
  void mousePressEvent(QMouseEvent *event) override {
    setFocus(Qt::MouseFocusReason);
    const int panel = painterOf().panelAt(event->position());
    if (event->button() != Qt::LeftButton)
      return;
    if (panel < 0)
      Q_EMIT m_owner->selectionCleared();
    else
      choose(panel, event->modifiers() & Qt::ControlModifier);
  }
  void mouseDoubleClickEvent(QMouseEvent *event) override {
    const SmallMultiplesPainter panels = painterOf();
    const int panel = panels.panelAt(event->position());
    if (panel < 0)
      return;
    if (const auto step = content.time.nearestCheckpoint(
            content.time.coordinate(panels.stepAt(panel, event->position().x()))))
      Q_EMIT m_owner->cursorMoved(*step);
  }
  void keyPressEvent(QKeyEvent *event) override {
    if (event->key() == Qt::Key_Escape) {
      Q_EMIT m_owner->selectionCleared();
      return;
    }
    const int to = event->modifiers() & ~Qt::KeypadModifier ? -1 : neighbour(event->key());
    if (to < 0)
      QWidget::keyPressEvent(event);
    else
      choose(to, false);
  }
  bool event(QEvent *event) override {
    if (event->type() == QEvent::ShortcutOverride) { // the window's arrow keys move the time cursor
      const auto *key = static_cast<QKeyEvent *>(event);
      if (!(key->modifiers() & ~Qt::KeypadModifier) &&
          (neighbour(key->key()) >= 0 || key->key() == Qt::Key_Escape)) {
        event->accept();
        return true;
      }
    }
    return QWidget::event(event);
  }

private:
  QString wordsAt(const SmallMultiplesPainter &panels, int panel, const QPointF &at) const {
    const SmallPanel &p = content.panels[std::size_t(panel)];
    QString text = MathLabel(p.series.label).plainText();
    if (!p.badge.isEmpty())
      text += QStringLiteral(" · ") + p.badge;
    const double x = content.time.coordinate(panels.stepAt(panel, at.x()));
    const auto nearest = std::min_element(p.series.points.begin(), p.series.points.end(),
                                          [&](const CurvePoint &a, const CurvePoint &b) {
                                            return std::abs(content.time.coordinate(double(a.step)) - x) <
                                                   std::abs(content.time.coordinate(double(b.step)) - x);
                                          });
    if (nearest == p.series.points.end())
      return text;
    text += SmallMultiples::tr(" · step %1: %2")
                .arg(formatStep(nearest->step), std::isfinite(nearest->error)
                                                    ? formatWithError(nearest->value, nearest->error)
                                                    : formatNumber(nearest->value));
    const Range range = panels.range();
    if (nearest->value < range.low || nearest->value > range.high)
      text += SmallMultiples::tr(" · outside the range shown");
    return nearest->note.isEmpty() ? text : text + QStringLiteral(" · ") + nearest->note;
  }
  int neighbour(int key) const {
    const int last = int(content.panels.size()) - 1;
    if (last < 0)
      return -1;
    int now = -1;
    for (int i = 0; i <= last && now < 0; ++i)
      if (content.selected.contains(content.panels[std::size_t(i)].series.id))
        now = i;
    const int columns = painterOf().columns();
    const int by = key == Qt::Key_Left    ? -1
                   : key == Qt::Key_Right ? 1
                   : key == Qt::Key_Up    ? -columns
                                          : columns;
    switch (key) {
    case Qt::Key_Home:
      return 0;
    case Qt::Key_End:
      return last;
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
      return now < 0 ? 0 : now + by < 0 || now + by > last ? now : now + by;
    default:
      return -1;
    }
  }
  void choose(int panel, bool add) {
    const QString id = content.panels[std::size_t(panel)].series.id;
    Q_EMIT m_owner->panelClicked(id, add);
    m_owner->fit();
  }

  SmallMultiples *m_owner;
  QString m_hovered;
};

namespace {

/// Tells its canvas how much room there is.
class Scroll : public QScrollArea {
public:
  using QScrollArea::QScrollArea;
  std::function<void(QSize)> resized;

protected:
  void resizeEvent(QResizeEvent *event) override {
    resized(viewport()->size());
    QScrollArea::resizeEvent(event);
  }
};

} // namespace

struct SmallMultiples::Private {
  Scroll *scroll = nullptr;
  Canvas *canvas = nullptr;
};

SmallMultiples::SmallMultiples(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>()) {
  d->canvas = new Canvas(this);
  d->scroll = new Scroll(this);
  d->scroll->setFrameShape(QFrame::NoFrame);
  d->scroll->setWidgetResizable(true);
  d->scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  d->scroll->resized = [this](QSize size) {
    d->canvas->room = size;
    d->canvas->contentChanged();
  };
  d->scroll->setWidget(d->canvas);
  setContent(d->scroll);
  d->scroll->setFocusProxy(d->canvas);
  themeChanged();
}

SmallMultiples::~SmallMultiples() = default;

void SmallMultiples::setTimeAxis(const TimeAxis &axis) {
  d->canvas->content.time = axis;
  d->canvas->contentChanged();
}

void SmallMultiples::setValueLabel(const QString &markup) {
  d->canvas->content.valueLabel = markup;
  d->canvas->update();
}

void SmallMultiples::setPanels(std::vector<SmallPanel> panels) {
  d->canvas->content.panels = std::move(panels);
  d->canvas->contentChanged();
  contentChanged(!d->canvas->content.panels.empty());
}

const std::vector<SmallPanel> &SmallMultiples::panels() const {
  return d->canvas->content.panels;
}

void SmallMultiples::setStages(std::vector<StageBand> stages) {
  d->canvas->content.stages = std::move(stages);
  d->canvas->update();
}

void SmallMultiples::setSelected(const QStringList &ids) {
  d->canvas->content.selected = QSet<QString>(ids.begin(), ids.end());
  d->canvas->update();
}

void SmallMultiples::setHighlighted(const QString &id) {
  if (std::exchange(d->canvas->content.highlighted, id) != id)
    d->canvas->update();
}

void SmallMultiples::setCursorStep(std::int64_t step) {
  d->canvas->content.cursor = step;
  d->canvas->update();
}

void SmallMultiples::setValueRange(std::optional<Range> range) {
  d->canvas->content.range = range;
  d->canvas->contentChanged();
}

SmallMultiples::Range SmallMultiples::valueRange() const {
  return d->canvas->painterOf().range();
}

QRect SmallMultiples::panelRect(int panel) const {
  return d->canvas->painterOf().panel(panel).toRect();
}

QWidget *SmallMultiples::canvas() const {
  return d->canvas;
}

void SmallMultiples::fit() {
  for (int i = 0; i < int(panels().size()); ++i)
    if (d->canvas->content.selected.contains(panels()[std::size_t(i)].series.id)) {
      const QRect rect = panelRect(i);
      d->scroll->ensureVisible(rect.center().x(), rect.center().y(), rect.width() / 2, rect.height() / 2);
      return;
    }
}

void SmallMultiples::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  const PlotTheme theme = figureTheme(spec);
  SmallMultiplesContent content = d->canvas->content;
  content.highlighted.clear();
  const QSizeF size = spec.units();
  painter.save();
  if (!spec.transparent)
    painter.fillRect(QRectF(QPointF(), size), theme.background);
  QSizeF room = size;
  if (spec.showTitle) {
    const double line = 1.6 * theme.titleFont.pixelSize();
    painter.setPen(theme.text);
    MathLabel(title()).draw(painter, theme.titleFont, QRectF(0, 0, size.width(), line), Qt::AlignHCenter);
    painter.translate(0, line);
    room.rheight() -= line;
  }
  double scale = 1; // too many for the page: all smaller
  while (scale < 16 &&
         SmallMultiplesPainter(content, theme, scale * room).height() > 1.001 * scale * room.height())
    scale *= 1.15;
  painter.scale(1 / scale, 1 / scale);
  const SmallMultiplesPainter panels(content, theme, scale * room);
  panels.paint(painter, QRectF(0, 0, scale * room.width(), panels.height()));
  painter.restore();
}

PlotTable SmallMultiples::table() const {
  PlotTable table;
  table.header = {QStringLiteral("name"), QStringLiteral("step"), QStringLiteral("value"),
                  QStringLiteral("error"), QStringLiteral("group")};
  std::vector<std::pair<int, int>> rows;
  for (int i = 0; i < int(panels().size()); ++i)
    for (int k = 0; k < int(panels()[std::size_t(i)].series.points.size()); ++k)
      rows.emplace_back(i, k);
  table.rows = int(rows.size());
  table.cell = [this, rows](int row, int column) {
    const SmallPanel &panel = panels()[std::size_t(rows[std::size_t(row)].first)];
    const CurvePoint &point = panel.series.points[std::size_t(rows[std::size_t(row)].second)];
    const auto number = [](double value) {
      return std::isfinite(value) ? QString::number(value, 'g', 9) : QString();
    };
    switch (column) {
    case 0:
      return MathLabel(panel.series.label).plainText();
    case 1:
      return QString::number(point.step);
    case 2:
      return number(point.value);
    case 3:
      return number(point.error);
    default:
      return panel.badge;
    }
  };
  return table;
}

QString SmallMultiples::summary() const {
  const Range range = valueRange();
  return tr("%n panel(s) with shared axes, values from %1 to %2", nullptr, int(panels().size()))
      .arg(formatNumber(range.low), formatNumber(range.high));
}

void SmallMultiples::themeChanged() {
  d->canvas->theme = theme();
  d->canvas->contentChanged();
}

} // namespace evolute::widgets
