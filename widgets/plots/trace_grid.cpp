// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trace_grid.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolTip>

#include <qcustomplot.h>

#include "widgets/figure/figure_source.h"
#include "widgets/plots/math_label.h"
#include "widgets/plots/trace_panel.h"

namespace evolute::widgets {

namespace {

/// Rows and columns of the panels; which place each takes is the arrangement's.
struct Places {
  int rows = 1, columns = 1;
  std::vector<QPoint> cells; // x = column, y = row
};

Places placesOf(const std::vector<TracePanel> &panels, TraceGrid::Arrangement arrangement, int fitting) {
  Places places;
  if (arrangement == TraceGrid::Arrangement::ByPlace) {
    for (const TracePanel &panel : panels) {
      places.cells.emplace_back(panel.column, panel.row);
      places.columns = std::max(places.columns, panel.column + 1);
      places.rows = std::max(places.rows, panel.row + 1);
    }
    return places;
  }
  places.columns = std::max(1, fitting);
  for (int i = 0; i < int(panels.size()); ++i)
    places.cells.emplace_back(i % places.columns, i / places.columns);
  places.rows = std::max(1, (int(panels.size()) + places.columns - 1) / places.columns);
  return places;
}

/// What is said of a panel in words: for a screen reader and as a tooltip.
QString wordsOf(const TracePanel &panel, bool withNotes) {
  QStringList lines{MathLabel(panel.title).plainText()};
  if (panel.marked)
    lines << TraceGrid::tr("recommended");
  for (const TraceRow &row : panel.rows) {
    QString line = MathLabel(row.label).plainText();
    if (!row.value.isEmpty())
      line += QStringLiteral(": ") + MathLabel(row.value).plainText();
    if (!row.word.isEmpty())
      line += QStringLiteral(", ") + row.word;
    if (withNotes && !row.note.isEmpty())
      line += QStringLiteral(". ") + row.note;
    lines << line;
  }
  return lines.join(QLatin1Char('\n'));
}

} // namespace

/// Draws the panels and takes mouse and keys.
class TraceGrid::Canvas : public QWidget {
public:
  explicit Canvas(TraceGrid *grid) : m_grid(grid) {
    setFocusPolicy(Qt::StrongFocus);
    setObjectName(QStringLiteral("traceCanvas"));
  }

  void setPanels(std::vector<TracePanel> panels) {
    m_panels = std::move(panels);
    m_current = std::min(m_current, int(m_panels.size()) - 1);
    arrange();
  }
  const std::vector<TracePanel> &panels() const { return m_panels; }
  void setArrangement(Arrangement arrangement) {
    m_arrangement = arrangement;
    arrange();
  }
  Arrangement arrangement() const { return m_arrangement; }
  void setTheme(const PlotTheme &theme) {
    m_theme = theme;
    arrange();
  }
  int current() const { return m_current; }
  void setCurrent(int panel) {
    if (panel == m_current)
      return;
    update(panelRect(m_current));
    m_current = panel;
    update(panelRect(m_current));
    setAccessibleDescription(m_current >= 0 ? wordsOf(m_panels[std::size_t(m_current)], true) : QString());
  }
  QRect panelRect(int panel) const {
    if (panel < 0 || panel >= int(m_places.cells.size()))
      return {};
    const QPoint cell = m_places.cells[std::size_t(panel)];
    const int gap = m_layout.gap();
    return {QPoint(gap + cell.x() * (m_layout.size().width() + gap),
                   gap + cell.y() * (m_layout.size().height() + gap)),
            m_layout.size()};
  }
  QRect chipRect(int panel, int row) const {
    const QRect place = panelRect(panel);
    if (place.isEmpty() || row < 0 || row >= int(m_panels[std::size_t(panel)].rows.size()))
      return {};
    return m_layout.chip(row, m_panels[std::size_t(panel)].rows[std::size_t(row)].word, m_theme.font)
        .toAlignedRect()
        .translated(place.topLeft());
  }
  /// The whole in a rectangle of this size: as many columns as let the panels be largest.
  void paintFigure(QPainter &painter, const QSizeF &room, const PlotTheme &theme) const {
    const TracePanelLayout layout(theme, rowsOfAPanel());
    const QSizeF panel = layout.size() + QSize(layout.gap(), layout.gap());
    Places best;
    double scale = 0;
    for (int columns = 1; columns <= std::max(1, int(m_panels.size())); ++columns) {
      const Places places = placesOf(m_panels, m_arrangement, columns);
      const double size = std::min(room.width() / (places.columns * panel.width()),
                                   room.height() / (places.rows * panel.height()));
      if (size > scale) {
        scale = size;
        best = places;
      }
    }
    for (std::size_t i = 0; i < m_panels.size(); ++i) {
      painter.save();
      painter.scale(scale, scale);
      painter.translate(best.cells[i].x() * panel.width(), best.cells[i].y() * panel.height());
      paintTracePanel(painter, m_panels[i], layout, theme, false);
      painter.restore();
    }
  }

protected:
  void paintEvent(QPaintEvent *event) override {
    QPainter painter(this);
    painter.fillRect(event->rect(), m_theme.background);
    for (int i = 0; i < int(m_panels.size()); ++i) {
      const QRect place = panelRect(i);
      if (!place.adjusted(-2, -2, 2, 2).intersects(event->rect()))
        continue;
      painter.save();
      painter.translate(place.topLeft());
      paintTracePanel(painter, m_panels[std::size_t(i)], m_layout, m_theme, i == m_current);
      painter.restore();
    }
  }
  void resizeEvent(QResizeEvent *) override { arrange(); }
  void mousePressEvent(QMouseEvent *event) override {
    setFocus(Qt::MouseFocusReason);
    const int panel = panelAt(event->position().toPoint());
    if (panel < 0)
      return;
    for (int row = 0; row < rowsOfAPanel(); ++row) {
      const QRectF plot = m_layout.plot(row).translated(panelRect(panel).topLeft());
      if (event->position().y() >= plot.top() && event->position().y() <= plot.bottom())
        Q_EMIT m_grid->rowChosen(row);
    }
    choose(panel);
  }
  void keyPressEvent(QKeyEvent *event) override {
    const int to = event->modifiers() & ~Qt::KeypadModifier ? -1 : neighbour(event->key());
    if (to < 0)
      QWidget::keyPressEvent(event);
    else
      choose(to);
  }
  bool event(QEvent *event) override {
    if (event->type() == QEvent::ShortcutOverride) { // the window's arrow keys move the time cursor
      const auto *key = static_cast<QKeyEvent *>(event);
      if (!(key->modifiers() & ~Qt::KeypadModifier) && neighbour(key->key()) >= 0) {
        event->accept();
        return true;
      }
    }
    if (event->type() == QEvent::ToolTip) {
      const auto *help = static_cast<QHelpEvent *>(event);
      QToolTip::showText(help->globalPos(), tipAt(help->pos()), this);
      return true;
    }
    return QWidget::event(event);
  }

private:
  int rowsOfAPanel() const { return m_panels.empty() ? 1 : int(m_panels.front().rows.size()); }

  void arrange() {
    m_layout = TracePanelLayout(m_theme, rowsOfAPanel());
    const int gap = m_layout.gap();
    const int width = m_layout.size().width() + gap, height = m_layout.size().height() + gap;
    m_places = placesOf(m_panels, m_arrangement, (this->width() - gap) / width);
    const bool byPlace = m_arrangement == Arrangement::ByPlace;
    setMinimumSize((byPlace ? m_places.columns : 1) * width + gap, m_places.rows * height + gap);
    update();
  }
  int panelAt(const QPoint &point) const {
    for (int i = 0; i < int(m_panels.size()); ++i)
      if (panelRect(i).contains(point))
        return i;
    return -1;
  }
  QString tipAt(const QPoint &point) const {
    const int panel = panelAt(point);
    if (panel < 0)
      return {};
    const TracePanel &p = m_panels[std::size_t(panel)];
    for (int row = 0; row < int(p.rows.size()); ++row)
      if (chipRect(panel, row).contains(point)) {
        const TraceRow &r = p.rows[std::size_t(row)];
        return r.note.isEmpty() ? r.word : r.word + QStringLiteral(": ") + r.note;
      }
    return wordsOf(p, false);
  }
  /// Where this key leads; -1 for another key, the current one where there is no further.
  int neighbour(int key) const {
    const bool moves = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up ||
                       key == Qt::Key_Down || key == Qt::Key_Home || key == Qt::Key_End;
    const int last = int(m_panels.size()) - 1;
    if (!moves || last < 0)
      return -1;
    if (m_current < 0)
      return 0;
    if (key == Qt::Key_Home)
      return 0;
    if (key == Qt::Key_End)
      return last;
    if (m_arrangement == Arrangement::InOrder) {
      const int by = key == Qt::Key_Left    ? -1
                     : key == Qt::Key_Right ? 1
                     : key == Qt::Key_Up    ? -m_places.columns
                                            : m_places.columns;
      const int to = m_current + by;
      return to < 0 || to > last ? m_current : to;
    }
    const QPoint by(key == Qt::Key_Left    ? -1
                    : key == Qt::Key_Right ? 1
                                           : 0,
                    key == Qt::Key_Up     ? -1
                    : key == Qt::Key_Down ? 1
                                          : 0);
    const auto to =
        std::find(m_places.cells.begin(), m_places.cells.end(), m_places.cells[std::size_t(m_current)] + by);
    return to == m_places.cells.end() ? m_current : int(to - m_places.cells.begin());
  }
  void choose(int panel) {
    const bool other = panel != m_current;
    setCurrent(panel);
    m_grid->fit();
    if (other)
      Q_EMIT m_grid->panelChosen(panel);
  }

  TraceGrid *m_grid;
  std::vector<TracePanel> m_panels;
  Arrangement m_arrangement = Arrangement::InOrder;
  int m_current = -1;
  PlotTheme m_theme;
  TracePanelLayout m_layout;
  Places m_places;
};

struct TraceGrid::Private {
  QScrollArea *scroll = nullptr;
  Canvas *canvas = nullptr;
  PlotTable table;
};

TraceGrid::TraceGrid(QWidget *parent) : PlotPane(parent), d(std::make_unique<Private>()) {
  d->scroll = new QScrollArea(this);
  d->scroll->setFrameShape(QFrame::NoFrame);
  d->scroll->setWidgetResizable(true);
  d->canvas = new Canvas(this);
  d->scroll->setWidget(d->canvas);
  setContent(d->scroll);
  d->scroll->setFocusProxy(d->canvas);
  themeChanged();
}

TraceGrid::~TraceGrid() = default;

void TraceGrid::setPanels(std::vector<TracePanel> panels) {
  d->canvas->setPanels(std::move(panels));
  contentChanged(!d->canvas->panels().empty());
}

const std::vector<TracePanel> &TraceGrid::panels() const {
  return d->canvas->panels();
}

void TraceGrid::setArrangement(Arrangement arrangement) {
  d->canvas->setArrangement(arrangement);
  fit();
}

TraceGrid::Arrangement TraceGrid::arrangement() const {
  return d->canvas->arrangement();
}

void TraceGrid::setCurrent(int panel) {
  d->canvas->setCurrent(panel);
}

int TraceGrid::current() const {
  return d->canvas->current();
}

void TraceGrid::setTable(PlotTable table) {
  d->table = std::move(table);
  if (isTableShown())
    contentChanged(!isEmpty());
}

QRect TraceGrid::panelRect(int panel) const {
  return d->canvas->panelRect(panel);
}

QRect TraceGrid::chipRect(int panel, int row) const {
  return d->canvas->chipRect(panel, row);
}

QWidget *TraceGrid::canvas() const {
  return d->canvas;
}

void TraceGrid::fit() {
  const QRect place = panelRect(current());
  if (!place.isEmpty())
    d->scroll->ensureVisible(place.center().x(), place.center().y(), place.width() / 2 + 8,
                             place.height() / 2 + 8);
}

void TraceGrid::themeChanged() {
  d->canvas->setTheme(theme());
  contentChanged(!panels().empty());
}

void TraceGrid::paintFigure(QCPPainter &painter, const FigureSpec &spec) const {
  d->canvas->paintFigure(painter, spec.units(), figureTheme(spec));
}

PlotTable TraceGrid::table() const {
  return d->table;
}

QString TraceGrid::summary() const {
  int good = 0, waiting = 0;
  for (const TracePanel &panel : panels()) {
    const auto all = [&](ChipKind kind) {
      return std::all_of(panel.rows.begin(), panel.rows.end(),
                         [kind](const TraceRow &row) { return row.kind == kind; });
    };
    good += all(ChipKind::Good) ? 1 : 0;
    waiting += all(ChipKind::Waiting) ? 1 : 0;
  }
  return tr("%n panel(s) of chain traces", nullptr, int(panels().size())) +
         tr("; %1 good in every row, %2 waiting").arg(good).arg(waiting);
}

} // namespace evolute::widgets
