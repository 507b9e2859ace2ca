// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/stage_lane.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/plots/math_label.h"
#include "widgets/plots/plot_style.h"

namespace evolute::widgets {

namespace {

constexpr double kGrasp = 5.0; // pixels on either side of an edge

QString allDigits(std::int64_t step) {
  return QLocale(QLocale::English).toString(qint64(step));
}

} // namespace

StageLane::StageLane(QWidget *parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::ClickFocus);
  setAccessibleName(tr("Stages"));
}

void StageLane::setScale(const TimeAxis &axis, double lower, double upper) {
  m_axis = axis;
  m_lower = lower;
  m_upper = upper;
  update();
}

void StageLane::setStages(std::vector<StageBand> stages) {
  m_drag.reset(); // what was grasped is not there any more
  m_stages = std::move(stages);
  QStringList words;
  for (const StageBand &stage : m_stages)
    words << tr("%1 from step %2 to %3")
                 .arg(MathLabel(stage.label).plainText(), formatStep(stage.start), formatStep(stage.end));
  setAccessibleDescription(words.join(QStringLiteral("; ")));
  update();
}

void StageLane::setTitle(const QString &title) {
  m_title = title;
  setAccessibleName(title.isEmpty() ? tr("Stages") : tr("Stages of %1").arg(title));
  update();
}

void StageLane::setEditable(bool editable) {
  m_editable = editable;
}

void StageLane::setCursorStep(std::optional<std::int64_t> step) {
  m_cursor = step;
  update();
}

double StageLane::pixelOf(std::int64_t step) const {
  return (m_axis.coordinate(double(step)) - m_lower) / (m_upper - m_lower) * width();
}

std::int64_t StageLane::stepAt(double pixel) const {
  return std::llround(
      std::max(0.0, m_axis.step(m_lower + pixel / std::max(1, width()) * (m_upper - m_lower))));
}

int StageLane::stageAt(double pixel) const {
  for (std::size_t i = 0; i < m_stages.size(); ++i)
    if (pixel >= pixelOf(m_stages[i].start) && pixel <= pixelOf(m_stages[i].end))
      return int(i);
  return -1;
}

int StageLane::edgeAt(double pixel) const {
  int nearest = -1;
  double reach = kGrasp;
  for (std::size_t i = 1; i < m_stages.size(); ++i)
    if (const double away = std::abs(pixelOf(m_stages[i].start) - pixel); away <= reach) {
      reach = away;
      nearest = int(i) - 1;
    }
  return m_editable ? nearest : -1;
}

void StageLane::dragTo(double pixel) {
  const auto edge = std::size_t(m_drag->edge);
  StageBand &before = m_stages[edge], &after = m_stages[edge + 1];
  // At least one step is left of either stage.
  m_drag->to = std::clamp(stepAt(pixel), before.start + 1, after.end - 1);
  before.end = after.start = m_drag->to;
  update();
}

QString StageLane::words(int stage) const {
  const StageBand &band = m_stages[std::size_t(stage)];
  QString text = MathLabel(band.label).plainText();
  if (!band.name.isEmpty())
    text += QLatin1Char(' ') + MathLabel(band.name).plainText();
  text = tr("%1: steps %2 to %3").arg(text, allDigits(band.start), allDigits(band.end));
  if (!m_title.isEmpty())
    text = m_title + QStringLiteral(" · ") + text;
  return band.note.isEmpty() ? text : text + QLatin1Char('\n') + band.note;
}

bool StageLane::event(QEvent *event) {
  if (event->type() != QEvent::ToolTip)
    return QWidget::event(event);
  const auto *help = static_cast<QHelpEvent *>(event);
  if (const int stage = stageAt(help->pos().x()); stage >= 0)
    QToolTip::showText(help->globalPos(), words(stage), this);
  else
    QToolTip::hideText();
  return true;
}

void StageLane::mousePressEvent(QMouseEvent *event) {
  if (event->button() != Qt::LeftButton)
    return;
  const double x = event->position().x();
  if (const int edge = edgeAt(x); edge >= 0) {
    const std::int64_t step = m_stages[std::size_t(edge)].end;
    m_drag = Drag{edge, step, step};
  } else {
    Q_EMIT clicked(stepAt(x));
  }
}

void StageLane::mouseMoveEvent(QMouseEvent *event) {
  const double x = event->position().x();
  if (m_drag) {
    dragTo(x);
    const QString text = tr("edge at step %1").arg(allDigits(m_drag->to));
    QToolTip::showText(event->globalPosition().toPoint(), text, this);
    Q_EMIT hovered(text);
    return;
  }
  setCursor(edgeAt(x) >= 0 ? Qt::SplitHCursor : Qt::ArrowCursor);
  const int stage = stageAt(x);
  Q_EMIT hovered(stage < 0 ? QString() : words(stage).section(QLatin1Char('\n'), 0, 0));
}

void StageLane::mouseReleaseEvent(QMouseEvent *event) {
  if (event->button() != Qt::LeftButton || !m_drag)
    return;
  const Drag drag = *std::exchange(m_drag, std::nullopt);
  if (drag.to != drag.from)
    Q_EMIT edgeMoved(drag.edge, drag.to);
}

void StageLane::mouseDoubleClickEvent(QMouseEvent *event) {
  const double x = event->position().x();
  if (event->button() == Qt::LeftButton && m_editable && edgeAt(x) < 0 && stageAt(x) >= 0)
    Q_EMIT splitRequested(stepAt(x));
}

void StageLane::contextMenuEvent(QContextMenuEvent *event) {
  const double x =
      event->reason() == QContextMenuEvent::Keyboard && m_cursor ? pixelOf(*m_cursor) : event->pos().x();
  if (const int stage = stageAt(x); m_editable && stage >= 0)
    Q_EMIT menuRequested(stage, stepAt(x), mapToGlobal(QPoint(int(x), height())));
}

void StageLane::leaveEvent(QEvent *) {
  Q_EMIT hovered({});
}

void StageLane::keyPressEvent(QKeyEvent *event) {
  if (event->key() != Qt::Key_Escape || !m_drag) {
    QWidget::keyPressEvent(event);
    return;
  }
  const Drag drag = *std::exchange(m_drag, std::nullopt);
  m_stages[std::size_t(drag.edge)].end = m_stages[std::size_t(drag.edge) + 1].start = drag.from;
  update();
}

void StageLane::paintEvent(QPaintEvent *) {
  const PlotTheme theme = screenTheme(palette(), font());
  QPainter p(this);
  p.setRenderHint(QPainter::Antialiasing);
  p.fillRect(rect(), theme.background);
  for (const StageBand &stage : m_stages) {
    const double from = std::clamp(pixelOf(stage.start), 0.0, double(width()));
    const double to = std::clamp(pixelOf(stage.end), 0.0, double(width()));
    const QRectF box(from, 0, to - from, height());
    p.fillRect(box, stageColor(stage.kind, theme.dark));
    p.setPen(QPen(theme.axis, 1));
    p.drawLine(box.topLeft(), box.bottomLeft());
    p.setPen(theme.text);
    const MathLabel whole(stage.name.isEmpty() ? stage.label : stage.label + QLatin1Char(' ') + stage.name);
    const MathLabel letter(stage.label);
    if (whole.boundingRect(theme.font).width() + 4 < box.width())
      whole.draw(p, theme.font, box, Qt::AlignHCenter);
    else if (letter.boundingRect(theme.font).width() + 4 < box.width())
      letter.draw(p, theme.font, box, Qt::AlignHCenter);
  }
  if (!m_title.isEmpty()) {
    const QFontMetricsF metrics(theme.font);
    QColor paper = theme.background;
    paper.setAlpha(220);
    const double afterTitle = metrics.horizontalAdvance(m_title) + 8;
    p.fillRect(QRectF(0, 1, afterTitle, height() - 2), paper);
    p.setPen(theme.axis);
    p.setFont(theme.font);
    p.drawText(QRectF(4, 0, afterTitle, height()), Qt::AlignVCenter | Qt::AlignLeft, m_title);
  }
  if (m_cursor) {
    p.setPen(QPen(theme.cursor, 1.5));
    const double x = pixelOf(*m_cursor);
    p.drawLine(QPointF(x, 0), QPointF(x, height()));
  }
}

} // namespace evolute::widgets
