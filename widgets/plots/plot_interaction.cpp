// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_interaction.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace evolute::widgets {

namespace {
constexpr double kDragThreshold = 4.0; // pixels
constexpr double kSmallestBox = 6.0;   // pixels: anything less is a slip of the hand
constexpr double kZoomPerNotch = 0.82;
} // namespace

PlotInteraction::PlotInteraction(QCustomPlot *plot) : QObject(plot), m_plot(plot), m_axes(plot->axisRect()) {
  plot->setInteractions({});
  plot->setMouseTracking(true);
  plot->installEventFilter(this);
  m_box = new QCPItemRect(plot);
  m_box->setLayer(QStringLiteral("overlay"));
  m_box->setVisible(false);
  m_box->setSelectable(false);
}

bool PlotInteraction::eventFilter(QObject *, QEvent *event) {
  switch (event->type()) {
  case QEvent::MouseButtonPress:
    return press(static_cast<QMouseEvent *>(event));
  case QEvent::MouseMove:
    return move(static_cast<QMouseEvent *>(event));
  case QEvent::MouseButtonRelease:
    return release(static_cast<QMouseEvent *>(event));
  case QEvent::MouseButtonDblClick: {
    auto *mouse = static_cast<QMouseEvent *>(event);
    if (mouse->button() != Qt::LeftButton)
      return false;
    if (const auto item = legendItemAt(mouse->position()))
      Q_EMIT legendDoubleClicked(*item);
    else
      Q_EMIT doubleClicked(mouse->position());
    return true;
  }
  case QEvent::Wheel:
    return wheel(static_cast<QWheelEvent *>(event));
  case QEvent::Leave:
    Q_EMIT left();
    return false;
  default:
    return false;
  }
}

QCPAxisRect *PlotInteraction::axesAt(const QPointF &pixel) const {
  QCPAxisRect *nearest = m_plot->axisRect();
  double least = std::numeric_limits<double>::infinity();
  for (QCPAxisRect *axes : m_plot->axisRects()) {
    const QRect rect = axes->rect();
    const double away = std::max({0.0, rect.top() - pixel.y(), pixel.y() - rect.bottom()});
    if (away < least) {
      least = away;
      nearest = axes;
    }
  }
  return nearest;
}

bool PlotInteraction::press(QMouseEvent *event) {
  m_axes = axesAt(event->position());
  m_pressed = m_last = event->position();
  const bool control = event->modifiers() & Qt::ControlModifier;
  if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && control))
    m_drag = Drag::Pan;
  else if (event->button() == Qt::LeftButton)
    m_drag = Drag::Pending;
  else
    return false;
  m_plot->setFocus(Qt::MouseFocusReason);
  return true;
}

bool PlotInteraction::move(QMouseEvent *event) {
  const QPointF at = event->position();
  if (m_drag == Drag::Pending && (at - m_pressed).manhattanLength() > kDragThreshold &&
      m_axes->rect().contains(m_pressed.toPoint()))
    m_drag = m_rangeSelectable && (event->modifiers() & Qt::ShiftModifier) ? Drag::Range : Drag::Box;
  if (m_drag == Drag::Pan)
    pan(m_last, at);
  else if (m_drag == Drag::Box || m_drag == Drag::Range)
    showBox(QRectF(m_pressed, at).normalized(), m_drag == Drag::Range || m_valueLocked);
  else if (m_drag == Drag::None)
    Q_EMIT moved(at);
  m_last = at;
  return true;
}

bool PlotInteraction::release(QMouseEvent *event) {
  const Drag drag = std::exchange(m_drag, Drag::None);
  if (drag == Drag::Pending) {
    if (const auto item = legendItemAt(event->position()))
      Q_EMIT legendClicked(*item);
    else if (m_axes->rect().contains(event->position().toPoint()))
      Q_EMIT clicked(event->position());
  } else if (drag == Drag::Box || drag == Drag::Range) {
    m_box->setVisible(false);
    m_plot->layer(QStringLiteral("overlay"))->replot();
    m_last = event->position();
    if (drag == Drag::Box) {
      zoomToBox();
    } else {
      Q_EMIT rangeSelected(x()->pixelToCoord(std::min(m_pressed.x(), m_last.x())),
                           x()->pixelToCoord(std::max(m_pressed.x(), m_last.x())));
    }
  }
  return drag != Drag::None;
}

bool PlotInteraction::wheel(QWheelEvent *event) {
  const double notches = event->angleDelta().y() / 120.0;
  if (notches == 0)
    return true;
  const QPointF at = event->position();
  m_axes = axesAt(at);
  const QRect inside = m_axes->rect();
  const double factor = std::pow(kZoomPerNotch, notches);
  const bool overX = at.y() > inside.bottom(), overY = at.x() < inside.left();
  if (m_tied || !overY || overX)
    x()->scaleRange(factor,
                    x()->pixelToCoord(std::clamp(at.x(), double(inside.left()), double(inside.right()))));
  if (!m_valueLocked && (m_tied || !overX))
    y()->scaleRange(factor,
                    y()->pixelToCoord(std::clamp(at.y(), double(inside.top()), double(inside.bottom()))));
  changed();
  return true;
}

void PlotInteraction::pan(const QPointF &from, const QPointF &to) {
  const auto shift = [](QCPAxis *axis, double a, double b) {
    const double before = axis->pixelToCoord(a), after = axis->pixelToCoord(b);
    if (axis->scaleType() == QCPAxis::stLogarithmic)
      axis->setRange(axis->range().lower * before / after, axis->range().upper * before / after);
    else
      axis->moveRange(before - after);
  };
  shift(x(), from.x(), to.x());
  if (!m_valueLocked)
    shift(y(), from.y(), to.y());
  changed();
}

void PlotInteraction::showBox(const QRectF &pixels, bool wholeHeight) {
  const QRectF inside = m_axes->rect();
  QRectF box = pixels.intersected(inside);
  if (wholeHeight)
    box = QRectF(box.left(), inside.top(), box.width(), inside.height());
  const QColor color = m_plot->palette().color(QPalette::Highlight);
  QColor pale = color;
  pale.setAlpha(40);
  m_box->setPen(QPen(color, 1, m_drag == Drag::Range ? Qt::SolidLine : Qt::DashLine));
  m_box->setBrush(pale);
  for (QCPItemPosition *corner : {m_box->topLeft, m_box->bottomRight})
    corner->setType(QCPItemPosition::ptAbsolute);
  m_box->topLeft->setPixelPosition(box.topLeft());
  m_box->bottomRight->setPixelPosition(box.bottomRight());
  m_box->setVisible(true);
  m_plot->layer(QStringLiteral("overlay"))->replot();
}

void PlotInteraction::zoomToBox() {
  const QRectF box = QRectF(m_pressed, m_last).normalized().intersected(m_axes->rect());
  if (box.width() < kSmallestBox || (!m_valueLocked && box.height() < kSmallestBox))
    return;
  const QCPRange wide(x()->pixelToCoord(box.left()), x()->pixelToCoord(box.right()));
  const QCPRange high(y()->pixelToCoord(box.bottom()), y()->pixelToCoord(box.top()));
  x()->setRange(wide);
  if (!m_valueLocked)
    y()->setRange(high);
  changed();
}

void PlotInteraction::changed() {
  Q_EMIT viewEdited();
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

std::optional<int> PlotInteraction::legendItemAt(const QPointF &pixel) const {
  if (!m_plot->legend || !m_plot->legend->visible())
    return std::nullopt;
  for (int i = 0; i < m_plot->legend->itemCount(); ++i)
    if (m_plot->legend->item(i)->outerRect().contains(pixel.toPoint()))
      return i;
  return std::nullopt;
}

} // namespace evolute::widgets
